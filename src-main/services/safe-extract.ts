/**
 * Unpacks a tar that came from a sandbox. It is hostile input: nothing may land outside of the folder, nothing may be written
 * through a link, no device and no special permission may come to be. A name that would leave the folder ends it (`forbidden`);
 * what merely cannot be here (devices, links that lead out, names this system does not take) is left out and told.
 */
import { createWriteStream } from 'node:fs';
import { chmod, link, lstat, mkdir, open, realpath, symlink, utimes } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ReadEntry } from 'tar';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { copyOf, leaveOut, type WithLeftOut } from './left-out.ts';
import { forEachTarEntry } from './tar-entries.ts';

/** What was unpacked. */
export interface Extracted extends WithLeftOut {
  files: number;
  bytes: number;
}

/** What is taken at most; more ends it (`unsupported`). */
export interface ExtractLimits {
  entries: number;
  /** Memory of the links, which wait for the end, in characters of their names and targets and what each costs besides. */
  links: number;
}

/** Options of `extractTar`. */
export interface ExtractOptions {
  signal: AbortSignal;
  /** Leading folder of the entries' names that is not made: `data` puts `data/a.txt` at `a.txt`. */
  strip?: string;
  /** Bytes of files written so far. */
  onBytes?: (total: number) => void;
  /** Others than the usual ones: for tests. */
  limits?: Partial<ExtractLimits>;
}

const usualLimits: ExtractLimits = { entries: 1_000_000, links: 64 * 1024 * 1024 };
/** What a link costs besides its text. */
const linkCost = 100;
/** A file of at most so many bytes is written in one piece. */
const smallBytes = 65_536;

/**
 * Unpacks into `folder`, which exists, is empty, and belongs to nobody else while this runs; after a failure the caller removes
 * it. Links are made last, so that nothing is ever written through one. What is remembered does not grow with the tar: of files
 * nothing, of links no more than the limit. Throws `forbidden`, `unsupported` for more than is taken, `protocol` or `no-space`.
 */
export async function extractTar(
  tar: AsyncIterable<Uint8Array>,
  folder: string,
  options: ExtractOptions,
): Promise<Extracted> {
  const extraction = new Extraction(folder, options);
  await forEachTarEntry(tar, (entry, signal) => extraction.take(entry, signal), options.signal);
  await extraction.makeLinks();
  return extraction.result;
}

class Extraction {
  readonly result: Extracted = { files: 0, bytes: 0, leftOut: [], leftOutMore: 0 };
  readonly #folder: string;
  readonly #options: ExtractOptions;
  readonly #limits: ExtractLimits;
  readonly #links: { path: string; target: string; hard: boolean }[] = [];
  #entries = 0;
  #linksCost = 0;
  /** Made last: the next file is mostly in it, too. */
  #lastFolder = '';

  constructor(folder: string, options: ExtractOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
  }

  async take(entry: ReadEntry, signal: AbortSignal): Promise<void> {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) {
      throw tooMany(`more than ${this.#limits.entries.toLocaleString('en-US')} files and folders`);
    }
    const path = this.#place(entry.path);
    if (path !== '') await this.#takeAt(entry, path, signal);
    entry.resume();
  }

  /**
   * All folders first: where a link would come to be in the way of one, it is left out. Else a link made through another
   * would lie elsewhere than its name says, and could lead out. Hard links before symbolic ones: while they are made, all that is
   * in the folder are folders and files of this extraction, and a name in it leads nowhere else.
   */
  async makeLinks(): Promise<void> {
    const { signal } = this.#options;
    for (const { path } of this.#links) {
      signal.throwIfAborted();
      await this.#makeFolder(posix.dirname(path));
    }
    const root = await realpath(this.#folder);
    for (const isHardsTurn of [true, false]) {
      for (const { path, target, hard } of this.#links) {
        if (hard !== isHardsTurn) continue;
        signal.throwIfAborted();
        await (hard ? this.#hardLink(root, path, target) : this.#symbolicLink(path, target));
      }
    }
  }

  async #takeAt(entry: ReadEntry, path: string, signal: AbortSignal): Promise<void> {
    if (!isUsableName(path)) return this.#leave(path, 'this system takes no such name');
    switch (entry.type) {
      case 'File':
      case 'OldFile':
      case 'ContiguousFile':
        return this.#file(entry, path, signal);
      case 'Directory':
      case 'GNUDumpDir':
        return this.#makeFolder(path);
      case 'SymbolicLink':
      case 'Link':
        return this.#keepLink(path, entry.linkpath ?? '', entry.type === 'Link');
      default:
        return this.#leave(path, 'it is a device or another special file');
    }
  }

  #keepLink(path: string, target: string, hard: boolean): void {
    this.#linksCost += path.length + target.length + linkCost;
    if (this.#linksCost > this.#limits.links) throw tooMany('too many links');
    this.#links.push({ path: copyOf(path), target: copyOf(target), hard });
  }

  async #file(entry: ReadEntry, path: string, signal: AbortSignal): Promise<void> {
    await this.#makeFolder(posix.dirname(path));
    const full = join(this.#folder, path);
    if (entry.size <= smallBytes) return this.#smallFile(entry, path, full, signal);
    // Exclusive: never into something that is there, whatever it is; neither a twin nor, on some systems, another case of it.
    const output = createWriteStream(full, { flags: 'wx', mode: 0o600 });
    try {
      await pipeline(this.#counted(entry), output, { signal });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileError(error, signal);
      return this.#leave(path, 'another entry has the same name');
    }
    await chmod(full, ((entry.mode ?? 0o644) & 0o777) | 0o600);
    await keepTime(full, entry.mtime);
    this.result.files += 1;
  }

  /** The same without a stream of its own, which takes longer than such a file. */
  async #smallFile(entry: ReadEntry, path: string, full: string, signal: AbortSignal): Promise<void> {
    const pieces: Uint8Array[] = [];
    try {
      for await (const piece of this.#counted(entry)) pieces.push(piece);
      signal.throwIfAborted();
      const file = await open(full, 'wx', 0o600);
      try {
        await file.writeFile(Buffer.concat(pieces));
        await file.chmod(((entry.mode ?? 0o644) & 0o777) | 0o600);
        const { mtime } = entry;
        if (mtime && Number.isFinite(mtime.getTime())) await file.utimes(mtime, mtime).catch(() => {});
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileError(error, signal);
      return this.#leave(path, 'another entry has the same name');
    }
    this.result.files += 1;
  }

  async *#counted(entry: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of entry) {
      this.result.bytes += chunk.length;
      this.#options.onBytes?.(this.result.bytes);
      yield chunk;
    }
  }

  /** Makes a folder and those above it; each is one that this extraction made, never a link. */
  async #makeFolder(path: string): Promise<void> {
    if (path === '.' || path === '' || path === this.#lastFolder) return;
    try {
      await mkdir(join(this.#folder, path), { recursive: true, mode: 0o755 });
    } catch (error) {
      if (!['EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
        throw fileError(error, this.#options.signal);
      }
      throw refused(path, 'is a file and a folder at once');
    }
    this.#lastFolder = copyOf(path);
  }

  async #symbolicLink(path: string, target: string): Promise<void> {
    if (!staysInside(path, target)) return this.#leave(path, 'it is a link that leads out of the folder');
    await symlink(target, join(this.#folder, path)).catch(() =>
      this.#leave(path, 'the link cannot be made here'),
    );
  }

  async #hardLink(root: string, path: string, target: string): Promise<void> {
    const from = this.#place(target);
    if (!(await isPlainFile(root, from)))
      return this.#leave(path, 'it is a link to something that is not in it');
    try {
      await link(join(this.#folder, from), join(this.#folder, path));
      this.result.files += 1;
    } catch {
      this.#leave(path, 'the link cannot be made here');
    }
  }

  /** Where an entry goes, relative to the folder; '' is the folder itself. Throws `forbidden` for a name that leaves it. */
  #place(name: string): string {
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    if (name.startsWith('/') || name.includes('\0') || parts.includes('..')) {
      throw refused(name, 'would land outside of the folder');
    }
    const { strip } = this.#options;
    if (strip !== undefined && strip !== '') {
      if (parts[0] !== strip) throw refused(name, `is not in "${strip}", which was asked for`);
      parts.shift();
    }
    return parts.join('/');
  }

  #leave(path: string, reason: string): void {
    leaveOut(this.result, path, reason);
  }
}

/**
 * True for a link that stays in the folder whatever other links there are: its way up is at its beginning, where every folder
 * it passes is one that the extraction made itself.
 */
export function staysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0') || /^[a-z]:|\\/i.test(target))
    return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const up = parts.findIndex((part) => part !== '..');
  const ups = up < 0 ? parts.length : up;
  return !parts.slice(ups).includes('..') && ups <= path.split('/').length - 1;
}

/** A regular file at exactly this name below `root`, reached through folders only: the only thing a hard link may name. */
async function isPlainFile(root: string, path: string): Promise<boolean> {
  if (!isUsableName(path)) return false;
  const full = join(root, path);
  const found = await lstat(full).catch(() => null);
  return found?.isFile() === true && (await realpath(full).catch(() => null)) === full;
}

function tooMany(what: string): SpecboardError {
  return new SpecboardError('unsupported', `There are ${what} in it to be brought here at once.`, {
    kept: 'Nothing was changed here.',
    hint: 'Bring its folders one by one, or pack them into one file in the sandbox.',
  });
}

function refused(path: string, why: string): SpecboardError {
  return new SpecboardError('forbidden', 'The sandbox sent files that may not be put here.', {
    kept: 'Nothing was changed here.',
    hint: 'Do not trust what is in this sandbox.',
    details: `${JSON.stringify(path.slice(0, 200))} ${why}.`,
  });
}

/** What the disk says, as one of our errors; an abort by its reason. */
function fileError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new SpecboardError('no-space', 'There is no space left on this computer for these files.', {
    kept: 'Nothing was changed here.',
    hint: 'Free some space and try again.',
  });
}

async function keepTime(file: string, time: Date | undefined): Promise<void> {
  if (!time || !Number.isFinite(time.getTime())) return;
  await utimes(file, time, time).catch(() => {});
}

/** Names that Windows would read as something else: a stream, a device, a shortened name. */
function isUsableName(path: string): boolean {
  if (process.platform !== 'win32') return true;
  return path
    .split('/')
    .every(
      (part) =>
        !/[<>:"|?*\\\u0000-\u001f]/.test(part) &&
        !/[. ]$/.test(part) &&
        !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(part),
    );
}
