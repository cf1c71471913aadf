/**
 * A search over 10,000 runs: first page with marked pieces, beside a LIKE scan of the same database; and what reading a run for the
 * index costs. Run alone: `node tests/bench/history-search.ts`. Prints Markdown for docs/performance.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { openDatabase } from '../../src-main/db/connection.ts';
import { HistoryService } from '../../src-main/services/history/history.ts';
import { indexedText, searchedBytes, searchedRich } from '../../src-main/services/history/search-text.ts';
import { systemClock } from '../../src-shared/lib/clock.ts';
import { sampleExecution, sampleProfile, sampleSession } from '../support/database.ts';
import { format, ms, type Spread, spread, time } from './stats.ts';

const runs = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'sb-bench-history-'));
const file = join(folder, 'specboard.db');
const migrationsFolder = join(import.meta.dirname, '../../migrations');
const words =
  'loss accuracy epoch step batch value error shape frame index column row total mean city sales'.split(' ');

/** The same numbers in every run. */
function* random(seed: number): Generator<number> {
  for (let x = seed; ; ) {
    x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield x / 2_147_483_648;
  }
}

try {
  const db = await openDatabase({ file, migrationsFolder, now: Date.now });
  db.profiles.insert(sampleProfile('p'));
  db.sessions.insert(sampleSession('s', 'p'), 'owner');
  const numbers = random(7);
  const pick = () => words[Math.floor((numbers.next().value as number) * words.length)] ?? '';
  let textBytes = 0;
  let indexMs = 0;
  for (let n = 1; n <= runs; n += 1) {
    const id = `e${n}`;
    const code = `import pandas as pd\ndf${n} = pd.read_csv("data/part-${n}.csv")\ndf${n}.groupby("${pick()}").agg("${pick()}")`;
    const lines = Array.from(
      { length: 60 },
      (_, i) => `${pick()} ${pick()} ${n * 60 + i} ${pick()}=0.${i}`,
    ).join('\n');
    const bytes = Buffer.from(n % 500 === 0 ? `${lines}\nneedle${n}\n` : lines);
    textBytes += bytes.length + code.length;
    db.executions.insert(sampleExecution(id, 's', { number: n, code, state: 'succeeded', startedAt: n }));
    const totals = { outputBytes: bytes.length, outputCount: 1 };
    db.executions.append(id, [{ seq: 0, at: 1, event: { type: 'text', stream: 'stdout', bytes } }], totals);
    const started = performance.now();
    db.history.index(id, 1, indexedText(code, db.history.edges(id, searchedBytes, searchedRich)));
    indexMs += performance.now() - started;
  }
  const history = new HistoryService({
    db,
    executions: { onEnded: () => ({ dispose() {} }), running: () => [] } as never,
    hub: {} as never,
    dismiss: () => {},
    clock: systemClock,
    log: () => {},
  });
  const client = new Sqlite(file, { readonly: true });
  const scan = client.prepare(
    `SELECT e.id FROM execution e WHERE e.code LIKE @like OR EXISTS
      (SELECT 1 FROM execution_output o WHERE o.execution_id = e.id AND CAST(o.data AS TEXT) LIKE @like)
     ORDER BY e.started_at DESC LIMIT 50`,
  );
  const sizes = client.prepare('SELECT sum(length(block)) AS bytes FROM execution_text_data').get() as {
    bytes: number;
  };
  const queries = [
    ['a word that 20 runs have', 'needle', '%needle%'],
    ['a word that every run has', 'pandas ', '%pandas%'],
    ['two words', 'accuracy sales ', '%accuracy%'],
    ['a phrase that is nowhere', '"epoch pandas"', '%epoch pandas%'],
  ] as const;
  const rows: string[] = [];
  for (const [name, text, like] of queries) {
    const ours = await often(30, () => history.search({ text, limit: 50 }));
    const theirs = await often(5, () => scan.all({ like }));
    rows.push(`| ${name} | ${ms(ours)} | ${ms(theirs)} | ${format(theirs.median / ours.median)} |`);
  }
  process.stdout.write(`| First page over ${runs.toLocaleString('en')} runs (${(textBytes / 1e6).toFixed(0)} MB of text) | SpecBoard | LIKE scan | Ratio |
|---|---|---|---|
${rows.join('\n')}

Goal: 200 ms. Reading a run for the index takes ${(indexMs / runs).toFixed(2)} ms, after it has ended; the index is ${((sizes.bytes / textBytes) * 100).toFixed(0)} % of the text.
`);
  client.close();
  history.dispose();
  db.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function often(times: number, work: () => unknown): Promise<Spread> {
  const values: number[] = [];
  for (let n = 0; n < times; n += 1) values.push(await time(async () => work()));
  return spread(values);
}
