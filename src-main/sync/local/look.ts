/** What is at a path now, compared with what a scan saw: by its times where those can be trusted, else by its content. */
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import type { Entry } from '../types.ts';
import type { JobContext } from '../worker/job.ts';
import { isGone } from './file-errors.ts';
import { hashFile, hashText, sameState } from './hash-file.ts';
import type { LocalPlace } from './place.ts';
import type { ScanCache } from './scan-cache.ts';

/** The stat of what is there, not following a link; undefined: nothing. */
export function lookAt(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Compares. `cache` is asked for when there is a lot to hash. */
export class Comparer {
  readonly #place: LocalPlace;
  readonly #context: JobContext;
  readonly #cache: () => ScanCache;
  #last: { path: string; stat: Stats; hash: string } | null = null;

  constructor(place: LocalPlace, context: JobContext, cache: () => ScanCache) {
    this.#place = place;
    this.#context = context;
    this.#cache = cache;
  }

  /** True where `path` (`file` for the file system) has this entry, and its stat is (still) `stat`. */
  isAt(path: string, file: string, stat: Stats, entry: Entry): boolean {
    if (!this.#looksLike(stat, entry)) return false;
    if (entry.kind === 'file' && entry.size > cachedFrom) {
      const { rows } = this.#cache();
      const row = rows.find(path);
      if (row >= 0 && rows.isUnchanged(row, stat)) return hex(rows.hash(row)) === entry.hash;
    }
    if (entry.kind !== 'file') return this.isIn(file, stat, entry);
    // Asked twice in a row: is it the old one, is it the new one already?
    if (this.#last?.path !== path || !sameState(this.#last.stat, stat)) {
      const hashed = hashFile(file, this.#context);
      if (!hashed.ok || !sameState(hashed.stat, stat)) return false;
      this.#last = { path, stat, hash: hashed.hash };
    }
    return this.#last.hash === entry.hash;
  }

  /** The same for any file, by its content. Not to be stopped: a name may be empty meanwhile. */
  isIn(file: string, stat: Stats, entry: Entry): boolean {
    if (!this.#looksLike(stat, entry)) return false;
    if (entry.kind === 'directory') return true;
    if (entry.kind === 'link') return hashText(linkTarget(file)) === entry.hash;
    const hashed = hashFile(file, { throwIfStopped() {} });
    return hashed.ok && sameState(hashed.stat, stat) && hashed.hash === entry.hash;
  }

  #looksLike(stat: Stats, entry: Entry): boolean {
    if (entry.kind === 'directory') return stat.isDirectory();
    if (entry.kind === 'link') return stat.isSymbolicLink();
    if (!stat.isFile() || stat.size !== entry.size) return false;
    return !this.#place.facts.executableBit || ((stat.mode & 0o100) !== 0) === entry.executable;
  }
}

/** Reading the cache takes as long as hashing so much. */
const cachedFrom = 4 * 1_048_576;

function linkTarget(file: string): string {
  try {
    const target = readlinkSync(file);
    return process.platform === 'win32' ? target.replaceAll('\\', '/') : target;
  } catch (error) {
    if (isGone(error) || (error as NodeJS.ErrnoException).code === 'EINVAL') return '';
    throw error;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
