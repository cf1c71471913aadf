/** Copies of the database beside it: `<file>.bak-<number of migrations it has had>`. */
import { chmodSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';

/** How many are kept. */
const keep = 2;

/**
 * Copies the database as other connections see it now, while they go on, and gives the copy's path. A copy that is not
 * finished never has the final name.
 */
export async function backUp(file: string, version: number): Promise<string> {
  const target = `${file}.bak-${version}`;
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  const source = new Sqlite(file, { readonly: true, fileMustExist: true });
  try {
    await source.backup(partial);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  } finally {
    source.close();
  }
  chmodSync(partial, 0o600);
  renameSync(partial, target);
  return target;
}

/** Writes a backup over the database, through SQLite, so that other connections see it as one change. */
export async function restore(backup: string, file: string): Promise<void> {
  const source = new Sqlite(backup, { readonly: true, fileMustExist: true });
  try {
    await source.backup(file);
  } finally {
    source.close();
  }
}

/** Deletes all backups but the newest two. */
export function pruneBackups(file: string): void {
  for (const { path } of listBackups(file).slice(keep)) rmSync(path, { force: true });
}

/** Backups of a database, newest first. */
export function listBackups(file: string): { path: string; version: number }[] {
  const prefix = `${basename(file)}.bak-`;
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => ({ path: join(dirname(file), name), version: Number(name.slice(prefix.length)) }))
    .sort((a, b) => b.version - a.version);
}
