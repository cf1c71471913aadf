/** Files of any sandbox with Python, through resources/filekit.py and the runner's commands. */
import { posix } from 'node:path';
import { z } from 'zod';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { abortError } from '../drivers/base-driver.ts';
import type { DriverFiles, DriverSession, FileEntry } from '../drivers/driver.ts';
import { ByteChannel } from './byte-channel.ts';
import { FileHelperFailure, problemOfFailure } from './file-failure.ts';
import type { FileStreams } from './file-helper.ts';
import { FileHelperPool, type FileHelperPoolOptions } from './file-helper-pool.ts';
import type { RunnerClient } from './runner-client.ts';

/** How files are reached. */
export interface RunnerFilesOptions {
  /** The text of resources/filekit.py. */
  source: string;
  /** Absolute path in the sandbox where relative paths start. Default: the runner's working folder. */
  root?: string;
  /**
   * True: no path and no link leads out of the root. False: the whole file system of the sandbox can be reached, as its
   * own programs can.
   */
  confined: boolean;
  pool?: FileHelperPoolOptions;
}

const entrySchema = z
  .tuple([
    z.string(),
    z.enum(['file', 'directory', 'link', 'other']),
    z.number().min(0),
    z.number(),
    z.number().int(),
    z.string().nullable(),
  ])
  .transform(([name, type, size, modifiedAt, mode, target]) => ({
    ...{ name, type, size, modifiedAt, mode },
    ...(target === null ? {} : { linkTarget: target }),
  }));
const entriesSchema = z.array(entrySchema).max(1000);
/** A folder with more than this is not listed: memory here must be bounded. */
const mostEntries = 1_000_000;

/** The calls of `DriverFiles` for one session. Ends with its runner; `close` ends the helper processes before that. */
export class RunnerFiles {
  readonly #client: RunnerClient;
  readonly #pool: FileHelperPool;
  readonly #options: RunnerFilesOptions;

  constructor(client: RunnerClient, options: RunnerFilesOptions) {
    this.#client = client;
    this.#options = options;
    this.#pool = new FileHelperPool(client, options.source, options.pool);
  }

  /** See `DriverFiles.list`; sorted by name. */
  async list(path: string, signal: AbortSignal): Promise<FileEntry[]> {
    const shown = await this.#shown(path, signal);
    const entries: FileEntry[] = [];
    const onItems = (items: unknown): void => {
      for (const entry of checked(entriesSchema, items))
        entries.push({ path: posix.join(shown, entry.name), ...entry });
      if (entries.length > mostEntries)
        throw new SpecboardError('unsupported', `${path} has too many entries to list.`);
    };
    await this.#call({ op: 'list', path }, path, signal, { onItems });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** See `DriverFiles.stat`. */
  async stat(path: string, signal: AbortSignal): Promise<FileEntry> {
    return this.#entry(await this.#call({ op: 'stat', path }, path, signal), path, signal);
  }

  /** See `DriverFiles.read`. A small file is read at once; a larger one while it is asked for. */
  async read(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const parts: Uint8Array[] = [];
    const onBytes = async (bytes: Uint8Array): Promise<void> => {
      parts.push(bytes);
    };
    const whole = await this.#call({ op: 'peek', path }, path, signal, { onBytes });
    return whole === true ? iterate(parts) : this.#stream({ op: 'read', path }, path, signal);
  }

  /** See `DriverFiles.write`. */
  async write(path: string, data: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<FileEntry> {
    const entry = await this.#call({ op: 'write', path }, path, signal, { data });
    return this.#entry(entry, path, signal);
  }

  /** See `DriverFiles.remove`. */
  async remove(path: string, signal: AbortSignal): Promise<void> {
    await this.#call({ op: 'remove', path }, path, signal);
  }

  /** See `DriverFiles.move`. */
  async move(from: string, to: string, signal: AbortSignal): Promise<void> {
    await this.#call({ op: 'move', path: from, to }, from, signal);
  }

  /** See `DriverFiles.makeDir`. */
  async makeDir(path: string, signal: AbortSignal): Promise<void> {
    await this.#call({ op: 'mkdir', path }, path, signal);
  }

  /** See `DriverFiles.pack`. What is missing is said at once; the tar is made while it is read. */
  async pack(
    folder: string,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    await this.check(folder, paths, signal);
    return this.#stream({ op: 'pack', folder, paths }, folder, signal);
  }

  /** Throws what `pack` would say at once: for drivers that have a faster way for the bytes. */
  async check(folder: string, paths: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#call({ op: 'check', folder, paths }, folder, signal);
  }

  /** See `DriverFiles.unpack`. */
  async unpack(folder: string, tar: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    await this.#call({ op: 'unpack', folder }, folder, signal, { data: tar });
  }

  /** Ends the helper processes; what is under way fails. Idempotent. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async *#stream(
    request: Record<string, unknown>,
    path: string,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const left = new AbortController();
    const channel = new ByteChannel();
    const onBytes = (bytes: Uint8Array): Promise<void> => channel.push(bytes);
    const call = this.#call(request, path, AbortSignal.any([signal, left.signal]), { onBytes });
    const over = call.then(
      () => channel.end(),
      (error) => channel.end(error),
    );
    try {
      yield* channel;
    } finally {
      channel.drop();
      left.abort(); // where the reader left early
      await over;
    }
  }

  async #call(
    request: Record<string, unknown>,
    path: string,
    signal: AbortSignal,
    streams: FileStreams = {},
  ): Promise<unknown> {
    if (path.includes('\0')) throw new SpecboardError('invalid', 'A path cannot contain a NUL character.');
    const { confined } = this.#options;
    try {
      const root = await this.#root(signal);
      return await this.#pool.call({ root, confined, ...request }, streams, signal);
    } catch (error) {
      if (signal.aborted) throw abortError(signal);
      if (!(error instanceof FileHelperFailure)) throw error;
      throw problemOfFailure(error.failure, path);
    }
  }

  async #root(signal: AbortSignal): Promise<string> {
    return this.#options.root ?? (await this.#client.ready(signal)).cwd;
  }

  async #entry(value: unknown, path: string, signal: AbortSignal): Promise<FileEntry> {
    const entry = checked(entrySchema, value);
    const shown = await this.#shown(path, signal);
    return { path: shown, ...entry, name: entry.name === '.' ? posix.basename(shown) : entry.name };
  }

  /** The path as people see it: relative to the working folder where it is in there, without needless parts. */
  async #shown(path: string, signal: AbortSignal): Promise<string> {
    const root = await this.#root(signal);
    const clean = posix.normalize(path === '' ? '.' : path).replace(/(?<=.)\/$/, '');
    if (clean === root) return '.';
    return clean.startsWith(`${root}/`) ? clean.slice(root.length + 1) : clean;
  }
}

/** `DriverFiles` over the RunnerFiles that a session has now. `filesOf` may throw `gone`. */
export function driverFilesOf<D extends DriverSession>(
  filesOf: (session: D, signal: AbortSignal) => RunnerFiles | Promise<RunnerFiles>,
): DriverFiles<D> {
  return {
    list: async (session, path, signal) => (await filesOf(session, signal)).list(path, signal),
    stat: async (session, path, signal) => (await filesOf(session, signal)).stat(path, signal),
    read: async (session, path, signal) => (await filesOf(session, signal)).read(path, signal),
    write: async (session, path, data, signal) => (await filesOf(session, signal)).write(path, data, signal),
    remove: async (session, path, signal) => (await filesOf(session, signal)).remove(path, signal),
    move: async (session, from, to, signal) => (await filesOf(session, signal)).move(from, to, signal),
    makeDir: async (session, path, signal) => (await filesOf(session, signal)).makeDir(path, signal),
    pack: async (session, folder, paths, signal) =>
      (await filesOf(session, signal)).pack(folder, paths, signal),
    unpack: async (session, folder, tar, signal) =>
      (await filesOf(session, signal)).unpack(folder, tar, signal),
  };
}

/** What comes from the sandbox is hostile input. */
function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SpecboardError('protocol', 'The helper for files in the sandbox said something unknown.');
}

async function* iterate(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
