/** The type of the drizzle handle that repositories work with. */
import type Sqlite from 'better-sqlite3';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';

/** Drizzle over an open connection; `$client` is the connection itself, for the statements that must be fast. */
export type Orm = BetterSQLite3Database<Record<string, never>> & { $client: Sqlite.Database };

/** Runs `change` as one transaction that takes the write lock at its start, so that what it read cannot be outdated. */
export function transact<T>(orm: Orm, change: () => T): T {
  return orm.$client.transaction(change).immediate();
}
