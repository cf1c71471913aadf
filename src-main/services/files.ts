/**
 * Files of sandboxes: looked at, moved, and brought here or there, whole folders included. A file is never half-written and never
 * overwritten silently, on either side (docs/architecture.md, invariant 5).
 */
import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, posix } from 'node:path';
import { isSpecboardError, SpecboardError } from '../../src-shared/contract/errors.ts';
import type { DriverFiles, DriverSession, FileEntry } from '../drivers/driver.ts';
import { placeFile, placeFolder } from './local-place.ts';
import type { SessionsService } from './sessions.ts';
import type { Transferred } from './transferred.ts';

/** Read at a time: larger pieces are fewer messages on every way. */
const readBytes = 262_144;

/** How to bring files from one side to the other. */
export interface TransferOptions {
  /** Files that are there may be replaced. Folders are merged; what is only there stays. */
  force?: boolean;
  signal?: AbortSignal;
  /** Bytes of file contents so far. */
  onBytes?: (total: number) => void;
  /** Its name in the folder that takes it in, where that is not to be the one it has. */
  name?: string;
}

interface Reach {
  files: DriverFiles<DriverSession>;
  connection: DriverSession;
  signal: AbortSignal;
}

/** See the file's first lines. Every call throws `unsupported` where the driver has no files, and what the driver says. */
export class FilesService {
  readonly #sessions: SessionsService;

  constructor(sessions: SessionsService) {
    this.#sessions = sessions;
  }

  /** What is in a folder. */
  list(sessionId: string, path: string, signal?: AbortSignal): Promise<FileEntry[]> {
    const at = this.#reach(sessionId, signal);
    return at.files.list(at.connection, path, at.signal);
  }

  /** One file or folder. */
  stat(sessionId: string, path: string, signal?: AbortSignal): Promise<FileEntry> {
    const at = this.#reach(sessionId, signal);
    return at.files.stat(at.connection, path, at.signal);
  }

  /** Removes a file, or a folder with all that is in it. */
  remove(sessionId: string, path: string, signal?: AbortSignal): Promise<void> {
    const at = this.#reach(sessionId, signal);
    return at.files.remove(at.connection, path, at.signal);
  }

  /** Moves or renames. */
  move(sessionId: string, from: string, to: string, signal?: AbortSignal): Promise<void> {
    const at = this.#reach(sessionId, signal);
    return at.files.move(at.connection, from, to, at.signal);
  }

  /** Makes a folder and those above it. */
  makeDir(sessionId: string, path: string, signal?: AbortSignal): Promise<void> {
    const at = this.#reach(sessionId, signal);
    return at.files.makeDir(at.connection, path, at.signal);
  }

  /** The content of a file, as the sandbox sends it. */
  read(sessionId: string, path: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const at = this.#reach(sessionId, signal);
    return at.files.read(at.connection, path, at.signal);
  }

  /** Writes a file whole, and makes the folders above it; see `DriverFiles.write`. Replaces what is there. */
  write(
    sessionId: string,
    path: string,
    content: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<FileEntry> {
    const at = this.#reach(sessionId, signal);
    return at.files.write(at.connection, path, content, at.signal);
  }

  /** Unpacks a tar below a folder; see `DriverFiles.unpack`. */
  unpack(
    sessionId: string,
    folder: string,
    tar: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<void> {
    const at = this.#reach(sessionId, signal);
    return at.files.unpack(at.connection, folder, tar, at.signal);
  }

  /**
   * Brings a file or a folder here: to `local`, or into it where that is a folder. Throws `conflict` where it would replace
   * something, unless `force`.
   */
  async get(
    sessionId: string,
    remote: string,
    local: string,
    options: TransferOptions = {},
  ): Promise<Transferred> {
    const at = this.#reach(sessionId, options.signal);
    const entry = await at.files.stat(at.connection, remote, at.signal);
    // The name comes from what was asked for: one that the sandbox says could be anything.
    const name = options.name ?? posix.basename(posix.normalize(remote).replace(/\/+$/, ''));
    const place = { local, name, force: options.force ?? false, signal: at.signal, onBytes: options.onBytes };
    if (entry.type === 'directory') {
      const { folder, inner } = await packable(at, remote);
      const tar = () => at.files.pack(at.connection, folder, inner.names, at.signal);
      return placeFolder(tar, { ...place, strip: inner.strip });
    }
    if (entry.type === 'other') throw notAFile(remote);
    const data = () => at.files.read(at.connection, remote, at.signal);
    return placeFile(data, { ...place, size: entry.type === 'file' ? entry.size : 0, mode: entry.mode });
  }

  /**
   * Brings a file or a folder of this computer into the sandbox: to `remote`, or into it where that is a folder. Throws
   * `conflict` where it would replace something, unless `force`.
   */
  async put(
    sessionId: string,
    local: string,
    remote: string,
    options: TransferOptions = {},
  ): Promise<Transferred> {
    const at = this.#reach(sessionId, options.signal);
    const source = await stat(local).catch(() => null);
    if (!source) throw new SpecboardError('not-found', `There is no ${local} here.`);
    const target = await remotePlace(at, remote, basename(local));
    if (target.entry && !options.force) throw isThere(target.path);
    if (source.isDirectory()) return putFolder(at, local, target, options);
    if (!source.isFile()) throw notAFile(local);
    if (target.entry?.type === 'directory') throw isThere(target.path);
    const content = new FileContent(local, at.signal);
    try {
      const counted = countBytes(content, options.onBytes);
      const written = await at.files.write(at.connection, target.path, counted.stream, at.signal);
      return { path: written.path, files: 1, bytes: counted.bytes(), leftOut: [], leftOutMore: 0 };
    } finally {
      content.close();
    }
  }

  #reach(sessionId: string, signal: AbortSignal | undefined): Reach {
    const { driver, connection, session, ended } = this.#sessions.live(sessionId);
    if (!driver.manifest.capabilities.files || !driver.files) {
      throw new SpecboardError('unsupported', `Files of ${session.profileName} cannot be reached.`, {
        hint: 'Use a profile of another driver.',
      });
    }
    this.#sessions.touch(sessionId);
    return {
      files: driver.files,
      connection,
      signal: signal ? AbortSignal.any([signal, ended]) : ended,
    };
  }
}

/** How to ask for a folder as a tar: by its name in the folder above, or, for one without a name, by what is in it. */
async function packable(
  { files, connection, signal }: Reach,
  remote: string,
): Promise<{ folder: string; inner: { names: string[]; strip: string } }> {
  const path = posix.normalize(remote).replace(/(.)\/+$/, '$1');
  const name = posix.basename(path);
  if (name !== '' && name !== '.' && name !== '..') {
    return { folder: posix.dirname(path), inner: { names: [name], strip: name } };
  }
  const entries = await files.list(connection, path, signal);
  return { folder: path, inner: { names: entries.map((entry) => entry.name), strip: '' } };
}

/** Where something goes in the sandbox, and what is there now. */
async function remotePlace(
  { files, connection, signal }: Reach,
  remote: string,
  name: string,
): Promise<{ path: string; entry: FileEntry | null }> {
  const look = (path: string): Promise<FileEntry | null> =>
    files.stat(connection, path, signal).catch((error: unknown) => {
      if (isSpecboardError(error) && error.code === 'not-found') return null;
      throw error;
    });
  const entry = await look(remote);
  if (entry?.type !== 'directory') return { path: remote, entry };
  const path = posix.join(remote, name);
  return { path, entry: await look(path) };
}

async function putFolder(
  at: Reach,
  local: string,
  target: { path: string; entry: FileEntry | null },
  options: TransferOptions,
): Promise<Transferred> {
  if (target.entry && target.entry.type !== 'directory') throw isThere(target.path);
  const { packFolder } = await import('./pack-folder.ts');
  const { stream, packed } = packFolder(local);
  const counted = countBytes(stream, options.onBytes);
  await at.files.unpack(at.connection, target.path, counted.stream, at.signal);
  return { path: target.path, ...packed };
}

/**
 * The bytes of a file of this computer. It is opened when the first byte is asked for: a driver that refuses never asks, and
 * one that gives up in the middle may not say so. Whoever made it closes it.
 */
class FileContent {
  readonly #path: string;
  readonly #signal: AbortSignal;
  #opened: ReadStream | undefined;
  #isClosed = false;

  constructor(path: string, signal: AbortSignal) {
    this.#path = path;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    if (this.#isClosed) throw new Error('The file was closed before it was read.');
    this.#opened = createReadStream(this.#path, { highWaterMark: readBytes, signal: this.#signal });
    return this.#opened[Symbol.asyncIterator]();
  }

  close(): void {
    this.#isClosed = true;
    this.#opened?.destroy();
  }
}

function countBytes(
  source: AsyncIterable<Uint8Array>,
  onBytes: ((total: number) => void) | undefined,
): { stream: AsyncIterable<Uint8Array>; bytes: () => number } {
  let total = 0;
  async function* count(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      total += chunk.length;
      onBytes?.(total);
      yield chunk;
    }
  }
  return { stream: count(), bytes: () => total };
}

function isThere(path: string): SpecboardError {
  return new SpecboardError('conflict', `${path} is in the sandbox already.`, {
    kept: 'Nothing was changed.',
    hint: 'Choose another name, or say that it may be replaced (--force).',
  });
}

function notAFile(path: string): SpecboardError {
  return new SpecboardError('invalid', `${path} is neither a file nor a folder.`);
}
