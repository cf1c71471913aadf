/** Looks at a database without writing to it, so that one that must not be touched is not. */
import { statSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { corrupt, newer } from './database-errors.ts';
import { appliedMigrations, isNewer, migrationsTable, readMigrations } from './migration-files.ts';

/** Files up to this size are checked as a whole at each start (about 10 ms); larger ones only before a migration. */
const checkBelowBytes = 8_388_608;

/**
 * Throws `database-newer` or `database-corrupt` where that is so. An empty file is a new database. Opens read-only: not
 * even the write-ahead log of another version is folded in.
 */
export function inspect(file: string, migrationsFolder: string): void {
  const { size } = statSync(file);
  if (size === 0) return;
  const client = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
  try {
    const applied = appliedMigrations(client);
    if (isNewer(readMigrations(migrationsFolder), applied)) throw newer(file);
    if (applied.size === 0 && isForeign(client))
      throw corrupt(file, new Error('not a database of SpecBoard'));
    if (size <= checkBelowBytes) checkWhole(client, file);
  } finally {
    client.close();
  }
}

/** Reads every page; throws `database-corrupt` with the first thing that is wrong. */
export function checkWhole(client: Sqlite.Database, file: string): void {
  const answer = client.pragma('quick_check(1)', { simple: true });
  if (answer !== 'ok') throw corrupt(file, new Error(String(answer)));
}

/** Someone else's database: it has tables, but none of ours. */
function isForeign(client: Sqlite.Database): boolean {
  const count = client
    .prepare("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT IN (?, 'sqlite_sequence')")
    .pluck()
    .get(migrationsTable);
  return Number(count) > 0;
}
