/** The cache of hashes of a root: the file `scan` of its state folder. Losing it costs time, nothing else. */
import { closeSync, openSync, readFileSync, renameSync, rmSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalPlace } from './place.ts';
import { temporaryFile } from './place.ts';
import { parseRows, ScanRows } from './scan-rows.ts';
import { tryAgain } from './try-again.ts';

/** Rows of the last scan, and its id. Empty where there was none. */
export interface ScanCache {
  readonly id: string;
  readonly rows: ScanRows;
}

/** Reads it. */
export function readCache(place: LocalPlace): ScanCache {
  try {
    return parseRows(readFileSync(join(place.state, 'scan'))) ?? noCache();
  } catch {
    return noCache();
  }
}

/** Writes it beside and renames: a crash leaves the old one. Not being able to is no failure of a scan. */
export function writeCache(place: LocalPlace, { id, rows }: ScanCache): boolean {
  const temporary = temporaryFile(place);
  try {
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      for (const part of rows.toBytes(id)) writeWhole(descriptor, part);
    } finally {
      closeSync(descriptor);
    }
    tryAgain(() => renameSync(temporary, join(place.state, 'scan')));
    return true;
  } catch {
    rmSync(temporary, { force: true });
    return false;
  }
}

function writeWhole(descriptor: number, part: Uint8Array): void {
  for (let at = 0; at < part.length; ) at += writevSync(descriptor, [part.subarray(at)]);
}

function noCache(): ScanCache {
  return { id: '', rows: new ScanRows(0) };
}
