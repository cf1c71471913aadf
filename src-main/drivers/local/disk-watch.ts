/** Measures a folder, and watches that running code does not fill the disk: a folder has no quota of its own. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A folder with more entries than this is measured only in part: looking must not cost more than what it guards. */
const mostEntries = 100_000;

/** Bytes on disk of everything in the folders. What cannot be looked at does not count. Stops early on abort. */
export async function folderBytes(folders: readonly string[], signal?: AbortSignal): Promise<number> {
  const waiting = [...folders];
  let bytes = 0;
  let entries = 0;
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const at = folder;
    const found = await readdir(at, { withFileTypes: true }).catch(() => []);
    for (let from = 0; from < found.length; from += 64) {
      if (signal?.aborted || entries >= mostEntries) return bytes;
      const some = found.slice(from, from + 64);
      entries += some.length;
      const sizes = some.map(async (entry) => {
        if (entry.isDirectory()) waiting.push(join(at, entry.name));
        const stats = await lstat(join(at, entry.name)).catch(() => null);
        return stats ? (stats.blocks || Math.ceil(stats.size / 512)) * 512 : 0;
      });
      for (const size of await Promise.all(sizes)) bytes += size;
    }
  }
  return bytes;
}

/** What to watch. */
export interface DiskWatchOptions {
  folders: readonly string[];
  limitBytes: number;
  /** Default 2000. */
  everyMs?: number;
}

/**
 * Calls `onFull` once when the folders hold more than the limit and still grow; a folder that is too large but shrinks is
 * somebody cleaning up. Returns when that happened, or when the signal aborts.
 */
export async function watchDisk(
  options: DiskWatchOptions,
  onFull: () => void,
  signal: AbortSignal,
): Promise<void> {
  let before = Number.POSITIVE_INFINITY;
  while (!signal.aborted) {
    await delay(options.everyMs ?? 2000, undefined, { signal, ref: false }).catch(() => {});
    const bytes = await folderBytes(options.folders, signal);
    if (signal.aborted) return;
    if (bytes > options.limitBytes && (bytes > before || before === Number.POSITIVE_INFINITY))
      return onFull();
    before = bytes;
  }
}
