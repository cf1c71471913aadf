/**
 * Brings a database to this version: one process at a time, a backup first, all in one transaction. Whatever goes wrong,
 * the database is as it was.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { MigrationMeta } from 'drizzle-orm/migrator';
import { backUp, pruneBackups, restore } from './backup.ts';
import { busy, newer, toDatabaseError } from './database-errors.ts';
import { checkWhole } from './inspect.ts';
import {
  appliedMigrations,
  isNewer,
  migrationsTable,
  pendingMigrations,
  readMigrations,
} from './migration-files.ts';

/** How long to wait for another process that migrates (it copies the whole file first). */
const lockPatienceMs = 120_000;
const lockRetryMs = 100;

/** Page size of a new database. */
export const pageBytes = 8_192;

/** What `migrate` takes. `client` must be open for writing and have no transaction. */
export interface MigrateOptions {
  client: Sqlite.Database;
  file: string;
  migrationsFolder: string;
  now: () => number;
}

/**
 * Applies what is pending and gives the number of migrations applied. Throws SpecboardErrors; then nothing has changed.
 */
export async function migrate(options: MigrateOptions): Promise<number> {
  const { client, file, migrationsFolder, now } = options;
  const migrations = readMigrations(migrationsFolder);
  // A statement waits in the thread, so wait there only shortly and between tries outside.
  client.pragma('busy_timeout = 200');
  const deadline = now() + lockPatienceMs;
  // Only a new file takes it. Output is large blobs: a quarter faster than with 4096, with shorter pauses (tests/bench).
  client.pragma(`page_size = ${pageBytes}`);
  // The same; and one that is there would be written to. What is deleted then gives its space back in small steps.
  if (client.pragma('page_count', { simple: true }) === 0) client.pragma('auto_vacuum = INCREMENTAL');
  await patiently(deadline, now, () => client.pragma('journal_mode = WAL'));
  if (isNewer(migrations, appliedMigrations(client))) throw newer(file);
  // Cannot change inside a transaction, and a table that drizzle rebuilds is dropped on the way.
  client.pragma('foreign_keys = OFF');
  // Also where nothing is pending: it is how a folder or file that cannot be written shows at the start, not later.
  await patiently(deadline, now, () => client.exec('BEGIN IMMEDIATE'));
  let backup: string | undefined;
  try {
    const applied = appliedMigrations(client);
    if (isNewer(migrations, applied)) throw newer(file);
    const pending = pendingMigrations(migrations, applied);
    if (pending.length > 0 && applied.size > 0) {
      checkWhole(client, file);
      backup = await backUp(file, applied.size);
    }
    apply(client, pending);
    client.exec('COMMIT');
    if (backup) pruneBackups(file);
    return pending.length;
  } catch (error) {
    if (client.inTransaction) client.exec('ROLLBACK');
    if (backup) await restoreIfNeeded(client, file, backup, migrations);
    throw toDatabaseError(error, file);
  }
}

function apply(client: Sqlite.Database, pending: MigrationMeta[]): void {
  if (pending.length === 0) return;
  client.exec(
    `CREATE TABLE IF NOT EXISTS ${migrationsTable} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`,
  );
  const remember = client.prepare(`INSERT INTO ${migrationsTable} (hash, created_at) VALUES (?, ?)`);
  for (const migration of pending) {
    for (const statement of migration.sql) {
      if (statement.trim() !== '') client.exec(statement);
    }
    remember.run(migration.hash, migration.folderMillis);
  }
  const broken = client.pragma('foreign_key_check') as unknown[];
  if (broken.length > 0) throw new Error(`${broken.length} rows point to nothing after the migration`);
}

/** SQLite's own rollback has undone everything; the backup is for the case that it could not. */
async function restoreIfNeeded(
  client: Sqlite.Database,
  file: string,
  backup: string,
  migrations: MigrationMeta[],
): Promise<void> {
  try {
    const before = new Sqlite(backup, { readonly: true });
    const expected = appliedMigrations(before).size;
    before.close();
    checkWhole(client, file);
    const applied = appliedMigrations(client);
    if (applied.size === expected && !isNewer(migrations, applied)) {
      rmSync(backup, { force: true });
      return;
    }
  } catch {
    // Not readable as it is: restore.
  }
  client.close();
  await restore(backup, file);
}

async function patiently(deadline: number, now: () => number, attempt: () => unknown): Promise<void> {
  for (;;) {
    try {
      attempt();
      return;
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (typeof code !== 'string' || !code.startsWith('SQLITE_BUSY')) throw error;
      if (now() >= deadline) throw busy(error);
    }
    await sleep(lockRetryMs);
  }
}
