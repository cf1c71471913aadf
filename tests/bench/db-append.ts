/**
 * Measures storing and reading output: `node tests/bench/db-append.ts [megabytes]` prints JSON. Beside it, as a baseline, the
 * same bytes appended to a plain file. MB are 10^6 bytes; nothing is asserted.
 */
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src-main/db/connection.ts';
import { migrationsFolder, sampleExecution, sampleOutput, seed } from '../support/database.ts';

const totalBytes = Number(process.argv[2] ?? 200) * 1e6;
const folder = mkdtempSync(join(tmpdir(), 'sb-bench-'));
const file = join(folder, 'specboard.db');

interface Figure {
  itemBytes: number;
  batchBytes: number;
  megabytesPerSecond: number;
  batchMedianMs: number;
  batchP99Ms: number;
  readMegabytesPerSecond: number;
}

try {
  const began = performance.now();
  const db = await openDatabase({ file, migrationsFolder, now: Date.now });
  const openNewMs = performance.now() - began;
  seed(db);
  const figures: Figure[] = [];
  for (const [itemBytes, batchBytes] of [
    [65_536, 262_144],
    [65_536, 65_536],
    [4_096, 262_144],
    [100, 100],
  ] as const) {
    const id = `e${figures.length}`;
    db.executions.insert(sampleExecution(id, 's', { number: figures.length + 1 }));
    figures.push(measure(id, itemBytes, batchBytes, Math.min(totalBytes, itemBytes * 200_000)));
  }
  const plainFile = measurePlainFile();
  db.close();
  const again = performance.now();
  (await openDatabase({ file, migrationsFolder, now: Date.now })).close();
  const openExistingMs = performance.now() - again;
  const round = (_key: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value;
  const databaseBytes = statSync(file).size;
  console.log(JSON.stringify({ figures, plainFile, openNewMs, openExistingMs, databaseBytes }, round, 2));

  function measure(id: string, itemBytes: number, batchBytes: number, bytes: number): Figure {
    const times: number[] = [];
    const perBatch = Math.max(1, Math.floor(batchBytes / itemBytes));
    let seq = 0;
    const start = performance.now();
    while (seq * itemBytes < bytes) {
      const items = Array.from({ length: perBatch }, (_, i) => sampleOutput(seq + i, itemBytes));
      seq += perBatch;
      const batchStart = performance.now();
      db.executions.append(id, items, { outputBytes: seq * itemBytes, outputCount: seq });
      times.push(performance.now() - batchStart);
    }
    const seconds = (performance.now() - start) / 1_000;
    times.sort((a, b) => a - b);
    const readStart = performance.now();
    let read = 0;
    for (let next: number | null = 0; next !== null; ) {
      const page: ReturnType<typeof db.executions.readOutput> = db.executions.readOutput(id, next, 1_048_576);
      read += page.items.length;
      next = page.next;
    }
    const readSeconds = (performance.now() - readStart) / 1_000;
    return {
      itemBytes,
      batchBytes,
      megabytesPerSecond: (seq * itemBytes) / 1e6 / seconds,
      batchMedianMs: times[Math.floor(times.length / 2)] ?? 0,
      batchP99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
      readMegabytesPerSecond: (read * itemBytes) / 1e6 / readSeconds,
    };
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function measurePlainFile(): { batchBytes: number; megabytesPerSecond: number } {
  const batch = new Uint8Array(262_144).fill(7);
  const path = join(folder, 'plain');
  const start = performance.now();
  for (let written = 0; written < totalBytes; written += batch.length) appendFileSync(path, batch);
  return {
    batchBytes: batch.length,
    megabytesPerSecond: totalBytes / 1e6 / ((performance.now() - start) / 1_000),
  };
}
