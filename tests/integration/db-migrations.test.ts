/** Migrations: the folder is in order, an older database is brought up with a backup, and a failure changes nothing. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backUp, listBackups, restore } from '../../src-main/db/backup.ts';
import type { SpecboardError } from '../../src-shared/contract/errors.ts';
import {
  type DatabaseFixture,
  laterMigrations,
  makeDatabaseFixture,
  migrationsFolder,
  sampleProfile,
  seed,
} from '../support/database.ts';

let fixture: DatabaseFixture;
beforeEach(() => {
  fixture = makeDatabaseFixture();
});
afterEach(() => fixture.dispose());

/** Migrations that there are. */
const released = readdirSync(migrationsFolder).filter((name) => name.endsWith('.sql')).length;
const addColumn = 'ALTER TABLE `driver_config` ADD `colour` text;';
const addTable =
  'CREATE TABLE `later` (`id` text);\n--> statement-breakpoint\nINSERT INTO `later` SELECT id FROM driver_config;';

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

async function failure(action: Promise<unknown>): Promise<SpecboardError> {
  return action.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: SpecboardError) => error,
  );
}

function query(sql: string): unknown[] {
  const client = new Sqlite(fixture.file, { readonly: true });
  try {
    return client.prepare(sql).all();
  } finally {
    client.close();
  }
}

describe('the folder migrations/', () => {
  const journal = JSON.parse(readFileSync(join(migrationsFolder, 'meta/_journal.json'), 'utf8')) as {
    entries: { idx: number; when: number; tag: string }[];
  };

  test('the journal rises in time and number, and lists every file', () => {
    const { entries } = journal;
    for (const [index, entry] of entries.entries()) {
      expect(entry.idx).toBe(index);
      expect(entry.when).toBeGreaterThan(entries[index - 1]?.when ?? 0);
    }
    const files = readdirSync(migrationsFolder).filter((name) => name.endsWith('.sql'));
    expect(files.sort()).toEqual(entries.map(({ tag }) => `${tag}.sql`).sort());
  });

  test('has everything that schema.ts has: drizzle-kit finds nothing to generate', () => {
    const root = join(migrationsFolder, '..');
    // Relative, because drizzle-kit takes no absolute folder; inside the ignored node_modules, to leave no trace.
    const copy = join('node_modules', '.cache', `specboard-migrations-${process.pid}`);
    cpSync(migrationsFolder, join(root, copy), { recursive: true });
    try {
      const before = readdirSync(join(root, copy));
      const kit = join(root, 'node_modules/drizzle-kit/bin.cjs');
      const schema = './src-main/db/schema.ts';
      const args = [kit, 'generate', '--dialect=sqlite', `--schema=${schema}`, `--out=${copy}`];
      const output = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
      expect(output).toContain('No schema changes');
      expect(readdirSync(join(root, copy))).toEqual(before);
    } finally {
      rmSync(join(root, copy), { recursive: true, force: true });
    }
  });

  test('makes the columns of the specification', async () => {
    await fixture.open();
    const columns = (table: string) =>
      (query(`PRAGMA table_info(${table})`) as { name: string }[]).map(({ name }) => name);
    expect(columns('driver_config')).toEqual([
      'id',
      'name',
      'driver_type',
      'settings',
      'is_default',
      'created_at',
      'updated_at',
    ]);
    expect(columns('remote_session')).toEqual(
      expect.arrayContaining(['id', 'config_id', 'status', 'started_at', 'last_activity', 'metadata']),
    );
    expect(columns('sync_manifest').slice(0, 7)).toEqual([
      'id',
      'session_id',
      'local_path',
      'remote_path',
      'checksum',
      'synced_at',
      'direction',
    ]);
    // What three-way comparing needs beside them.
    expect(columns('sync_manifest').slice(7)).toEqual([
      ...['root_id', 'path', 'kind', 'size', 'modified_at', 'executable', 'target'],
    ]);
    expect(columns('secret')).toEqual(['profile_id', 'field', 'stored_at', 'check_id']);
  });

  test('a second default profile is refused by the table itself', async () => {
    const db = await fixture.open();
    db.profiles.insert(sampleProfile('a', { isDefault: true }));
    db.profiles.insert(sampleProfile('b'));
    const client = new Sqlite(fixture.file);
    expect(() => client.exec("UPDATE driver_config SET is_default = 1 WHERE id = 'b'")).toThrow(/UNIQUE/);
    client.close();
  });
});

describe('an older database', () => {
  test('is brought up with everything in it, and a backup of how it was', async () => {
    const old = await fixture.open();
    seed(old, 'e');
    old.close();
    expect(listBackups(fixture.file)).toEqual([]);
    const db = await fixture.open(laterMigrations(fixture.folder, addColumn, addTable));
    expect(db.profiles.get('p')).toEqual(sampleProfile('p', { isDefault: true }));
    expect(query('SELECT id FROM later')).toEqual([{ id: 'p' }]);
    db.close();
    const [backup, ...more] = listBackups(fixture.file);
    expect(more).toEqual([]);
    expect(backup?.version).toBe(released);
    if (process.platform !== 'win32') expect(statSync(backup?.path ?? '').mode & 0o777).toBe(0o600);
    const copy = makeDatabaseFixture();
    cpSync(backup?.path ?? '', copy.file);
    expect((await copy.open()).executions.get('e')).toMatchObject({ code: 'print(1)' });
    copy.dispose();
  });

  test('opening it again changes nothing and makes no backup', async () => {
    (await fixture.open()).close();
    const before = hashOf(fixture.file);
    (await fixture.open()).close();
    expect(hashOf(fixture.file)).toBe(before);
    expect(listBackups(fixture.file)).toEqual([]);
  });

  test('the newest two backups are kept', async () => {
    (await fixture.open()).close();
    const steps = ['a', 'b', 'c', 'd'].map((name) => `CREATE TABLE \`${name}\` (\`id\` text);`);
    for (let count = 1; count <= steps.length; count += 1) {
      (await fixture.open(laterMigrations(fixture.folder, ...steps.slice(0, count)))).close();
    }
    expect(listBackups(fixture.file).map(({ version }) => version)).toEqual([released + 3, released + 2]);
  });

  test('a migration that was merged late is not skipped', async () => {
    const later = laterMigrations(fixture.folder, addColumn, addTable);
    const journalPath = join(later, 'meta/_journal.json');
    const journal = JSON.parse(readFileSync(journalPath, 'utf8'));
    const own = journal.entries.slice(0, released);
    const [column, table] = journal.entries.slice(released);
    writeFileSync(journalPath, JSON.stringify({ ...journal, entries: [...own, table] }));
    (await fixture.open(later)).close();
    writeFileSync(journalPath, JSON.stringify({ ...journal, entries: [...own, column, table] }));
    (await fixture.open(later)).close();
    expect(query('SELECT colour FROM driver_config')).toEqual([]);
  });

  test('a migration that fails leaves it as it was, with no backup lying about', async () => {
    const old = await fixture.open();
    seed(old, 'e');
    old.close();
    const broken = laterMigrations(fixture.folder, addColumn, 'UPDATE `driver_config` SET nonsense = 1;');
    expect(await failure(fixture.open(broken))).toMatchObject({ code: 'internal' });
    expect(listBackups(fixture.file)).toEqual([]);
    const db = await fixture.open();
    expect(db.executions.get('e')).toBeDefined();
    expect(query("SELECT name FROM pragma_table_info('driver_config') WHERE name = 'colour'")).toEqual([]);
    expect(query('SELECT 1 FROM __drizzle_migrations')).toHaveLength(released);
  });

  test('a migration that leaves rows pointing to nothing is undone', async () => {
    const old = await fixture.open();
    seed(old);
    old.close();
    const orphaning = laterMigrations(fixture.folder, 'DELETE FROM `driver_config`;');
    await failure(fixture.open(orphaning));
    expect((await fixture.open()).profiles.list()).toHaveLength(1);
  });

  test('a backup can be written back under an open connection', async () => {
    const db = await fixture.open();
    db.profiles.insert(sampleProfile('a'));
    const backup = await backUp(fixture.file, 1);
    db.profiles.remove('a');
    await restore(backup, fixture.file);
    expect(db.profiles.list().map(({ id }) => id)).toEqual(['a']);
    db.profiles.insert(sampleProfile('b'));
    expect(db.profiles.list()).toHaveLength(2);
  });
});

test('a database of a newer version is refused and not touched, not even its write-ahead log', async () => {
  const db = await fixture.open(laterMigrations(fixture.folder, addColumn));
  db.profiles.insert(sampleProfile('a'));
  // Still open: its log is not folded in.
  const paths = [fixture.file, `${fixture.file}-wal`];
  const before = paths.map(hashOf);
  const error = await failure(fixture.open());
  expect(error.problem).toMatchObject({
    code: 'database-newer',
    kept: expect.stringContaining('not touched'),
    hint: expect.stringContaining('Update'),
  });
  expect(error.message).toContain(fixture.file);
  expect(paths.map(hashOf)).toEqual(before);
  db.close();
  const closed = hashOf(fixture.file);
  expect(await failure(fixture.open())).toMatchObject({ code: 'database-newer' });
  expect(hashOf(fixture.file)).toBe(closed);
  expect(listBackups(fixture.file)).toEqual([]);
});

test('a copy of SpecBoard without its migrations says so and makes no database', async () => {
  const error = await failure(fixture.open(join(fixture.folder, 'nowhere')));
  expect(error.problem).toMatchObject({ code: 'internal', hint: expect.stringContaining('Install') });
  expect(existsSync(fixture.file) ? statSync(fixture.file).size : 0).toBe(0);
});
