/**
 * A process of its own on a test's database. Arguments: command, file, migrations folder, then:
 * `open`: opens, prints the result, ends. `append <executionId> <count> <bytes>`: appends events one by one and prints each
 * seq once it is stored (count 0: for ever, until killed).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../src-main/db/connection.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import { sampleOutput } from './database.ts';

/** Starts the child; its lines come through `onLine`. Rejects where it ends with an error of its own. */
export function startDatabaseChild(
  args: readonly string[],
  onLine: (line: string, child: ChildProcess) => void = () => {},
): Promise<{ lines: string[]; signal: NodeJS.Signals | null }> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    onLine(line, child);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code !== 0 && signal === null) reject(new Error(`the database child ended with ${code}`));
      else resolve({ lines, signal });
    });
  });
}

async function main([
  command,
  file = '',
  migrationsFolder = '',
  id = '',
  count = '0',
  bytes = '0',
]: string[]) {
  const print = (value: unknown) => writeSync(1, `${JSON.stringify(value)}\n`);
  let db: Awaited<ReturnType<typeof openDatabase>>;
  try {
    db = await openDatabase({ file, migrationsFolder, now: Date.now });
  } catch (error) {
    print({ problem: toProblem(error) });
    return;
  }
  if (command === 'open') print({ profiles: db.profiles.list().length });
  if (command === 'append') {
    const last = Number(count) || Number.POSITIVE_INFINITY;
    let outputBytes = 0;
    for (let seq = 0; seq < last; seq += 1) {
      outputBytes += Number(bytes);
      db.executions.append(id, [sampleOutput(seq, Number(bytes))], { outputBytes, outputCount: seq + 1 });
      print(seq);
    }
  }
  db.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
