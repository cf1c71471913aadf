/** Several real processes on one database: at once, migrating at once, and killed in the midst of it. */
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listBackups } from '../../src-main/db/backup.ts';
import {
  type DatabaseFixture,
  laterMigrations,
  makeDatabaseFixture,
  migrationsFolder,
  sampleOutput,
  seed,
} from '../support/database.ts';
import { startDatabaseChild } from '../support/database-child.ts';

let fixture: DatabaseFixture;
beforeEach(() => {
  fixture = makeDatabaseFixture();
});
afterEach(() => fixture.dispose());

test('two processes write at the same time; each finds all of its output', async () => {
  const db = await fixture.open();
  seed(db, 'e1', 'e2');
  const count = 150;
  const write = (id: string) =>
    startDatabaseChild(['append', fixture.file, migrationsFolder, id, String(count), '4096']);
  const results = await Promise.all([write('e1'), write('e2')]);
  for (const { lines } of results) expect(lines).toHaveLength(count);
  const expected = Array.from({ length: count }, (_, seq) => sampleOutput(seq, 4_096));
  for (const id of ['e1', 'e2']) {
    expect(db.executions.readOutput(id, 0, 1e9).items).toEqual(expected);
    expect(db.executions.get(id)).toMatchObject({ outputCount: count, outputBytes: count * 4_096 });
  }
});

test('processes that make the database at the same time all get it', async () => {
  const open = () => startDatabaseChild(['open', fixture.file, migrationsFolder]);
  const results = await Promise.all([open(), open(), open()]);
  expect(results.map(({ lines }) => lines)).toEqual([
    ['{"profiles":0}'],
    ['{"profiles":0}'],
    ['{"profiles":0}'],
  ]);
});

test('processes that migrate at the same time: once, with one backup', async () => {
  const db = await fixture.open();
  seed(db, 'e');
  db.close();
  const released = readdirSync(migrationsFolder).filter((name) => name.endsWith('.sql')).length;
  const later = laterMigrations(
    fixture.folder,
    'ALTER TABLE `driver_config` ADD `colour` text;',
    'CREATE TABLE `later` (`id` text);\n--> statement-breakpoint\nINSERT INTO `later` SELECT id FROM driver_config;',
  );
  const open = () => startDatabaseChild(['open', fixture.file, later]);
  const results = await Promise.all([open(), open(), open()]);
  expect(results.map(({ lines }) => lines)).toEqual([
    ['{"profiles":1}'],
    ['{"profiles":1}'],
    ['{"profiles":1}'],
  ]);
  expect(listBackups(fixture.file).map(({ version }) => version)).toEqual([released]);
});

test('killed in the midst of appending, again and again: nothing that was acknowledged is missing', async () => {
  const rounds = 6;
  const seeded = await fixture.open();
  seed(seeded, ...Array.from({ length: rounds }, (_, round) => `e${round}`));
  seeded.close();
  for (let round = 0; round < rounds; round += 1) {
    const killAt = 5 + round * 23;
    const id = `e${round}`;
    const args = ['append', fixture.file, migrationsFolder, id, '0', String(1 + round * 9_000)];
    const { lines, signal } = await startDatabaseChild(args, (line, child) => {
      if (Number(line) === killAt) child.kill('SIGKILL');
    });
    expect(signal).toBe('SIGKILL');
    const acknowledged = lines.map(Number);
    expect(acknowledged.length).toBeGreaterThan(killAt);
    const db = await fixture.open();
    const { items } = db.executions.readOutput(id, 0, 1e9);
    expect(items.map(({ seq }) => seq)).toEqual(items.map((_, index) => index));
    expect(items.length).toBeGreaterThanOrEqual(acknowledged.length);
    expect(items).toEqual(items.map(({ seq }) => sampleOutput(seq, 1 + round * 9_000)));
    expect(db.executions.get(id)).toMatchObject({ outputCount: items.length });
    db.close();
  }
});
