/** Reads migrations/ and what a database says of itself: which migrations it has had. */
import type Sqlite from 'better-sqlite3';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import { SpecboardError } from '../../src-shared/contract/errors.ts';

/** Drizzle's own table, kept in its format so that drizzle's tools understand the database. */
export const migrationsTable = '__drizzle_migrations';

/** All migrations of this version, in the order of the journal. Throws `internal` where the folder is not what it should be. */
export function readMigrations(migrationsFolder: string): MigrationMeta[] {
  try {
    return readMigrationFiles({ migrationsFolder });
  } catch (error) {
    throw new SpecboardError(
      'internal',
      'This copy of SpecBoard is not complete: its migrations are missing.',
      {
        hint: 'Install SpecBoard again.',
        details: error instanceof Error ? error.message : String(error),
        cause: error,
      },
    );
  }
}

/** Times (`when` of the journal) of the migrations that a database has had; empty for a new one. */
export function appliedMigrations(client: Sqlite.Database): Set<number> {
  const exists = client.prepare('SELECT 1 FROM sqlite_master WHERE type = ? AND name = ?');
  if (!exists.get('table', migrationsTable)) return new Set();
  const rows = client.prepare(`SELECT created_at FROM ${migrationsTable}`).pluck().all();
  return new Set(rows.map(Number));
}

/** Those that a database has not had. By membership, not by "later than the newest": a late merge is never skipped. */
export function pendingMigrations(
  migrations: MigrationMeta[],
  applied: ReadonlySet<number>,
): MigrationMeta[] {
  return migrations.filter((migration) => !applied.has(migration.folderMillis));
}

/** True where the database has had a migration that this version does not know. */
export function isNewer(migrations: MigrationMeta[], applied: ReadonlySet<number>): boolean {
  const known = new Set(migrations.map((migration) => migration.folderMillis));
  return [...applied].some((when) => !known.has(when));
}
