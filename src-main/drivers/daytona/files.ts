/**
 * Files of a Daytona sandbox. The runner does what needs care (whole files, modes, links, odd names); bytes in bulk travel
 * through Daytona's own file calls, to and from a file of ours beside it.
 */
import { posix } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { abortError } from '../base-driver.ts';
import type { DriverFiles, FileEntry } from '../driver.ts';
import { fileOnce, fitsOnce } from './file-once.ts';
import type { DaytonaSession } from './session.ts';
import { downloadFrom, partPath, uploadTo } from './transfer.ts';

/** Up to here it is not worth three more calls. */
const smallBytes = 512 * 1024;

type Bytes = AsyncIterable<Uint8Array>;

/** See the file's first lines. */
export const daytonaFiles: DriverFiles<DaytonaSession> = {
  list: (session, path, signal) =>
    session.use(async () => (await session.runnerFiles(signal)).list(path, open(session, signal))),
  stat: (session, path, signal) =>
    session.use(async () => (await session.runnerFiles(signal)).stat(path, open(session, signal))),
  remove: (session, path, signal) =>
    session.use(async () => (await session.runnerFiles(signal)).remove(path, open(session, signal))),
  move: (session, from, to, signal) =>
    session.use(async () => (await session.runnerFiles(signal)).move(from, to, open(session, signal))),
  makeDir: (session, path, signal) =>
    session.use(async () => (await session.runnerFiles(signal)).makeDir(path, open(session, signal))),

  async read(session, path, signal) {
    return session.use(async () => {
      const files = await session.runnerFiles(signal);
      const limit = open(session, signal);
      const { type, size } = await files.stat(path, limit);
      if (type !== 'file' || size <= smallBytes) return held(session, await files.read(path, limit));
      // Daytona's answer repeats the name in a header, where not every name survives: a link has one that does.
      const link = partPath(session);
      await makeLink(session, posix.resolve(session.cwd, path), link, limit);
      try {
        return cleaned(session, await downloadFrom(session, link, size, limit), link);
      } catch (error) {
        await dropPart(session, link);
        throw error;
      }
    });
  },

  async write(session, path, data, signal): Promise<FileEntry> {
    return session.use(async () => {
      const files = await session.runnerFiles(signal);
      const limit = open(session, signal);
      const head = await small(data, limit);
      if (head.whole) return files.write(path, head.bytes, limit);
      await viaPart(session, head.bytes, { op: 'write', path }, path, limit);
      return files.stat(path, limit);
    });
  },

  async pack(session, folder, paths, signal) {
    return session.use(async () => {
      const limit = open(session, signal);
      const request = { op: 'pack', folder, paths };
      const files = await session.runnerFiles(signal);
      if (!fitsOnce(request)) return held(session, await files.pack(folder, paths, limit));
      const part = partPath(session);
      try {
        await fileOnce(session, { request, path: folder, direction: '>', file: part }, limit);
        const { size } = await files.stat(part, limit);
        return cleaned(session, await downloadFrom(session, part, size, limit), part);
      } catch (error) {
        await dropPart(session, part);
        throw error;
      }
    });
  },

  async unpack(session, folder, tar, signal) {
    await session.use(async () => {
      const files = await session.runnerFiles(signal);
      const limit = open(session, signal);
      const head = await small(tar, limit);
      if (head.whole) await files.unpack(folder, head.bytes, limit);
      else await viaPart(session, head.bytes, { op: 'unpack', folder }, folder, limit);
    });
  },
};

/** Also the end of the session ends it. */
function open(session: DaytonaSession, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, session.closing]);
}

async function viaPart(
  session: DaytonaSession,
  data: Bytes,
  request: Record<string, unknown>,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const part = partPath(session);
  try {
    await uploadTo(session, part, data, signal);
    await fileOnce(session, { request, path, direction: '<', file: part }, signal);
  } finally {
    await dropPart(session, part);
  }
}

/** Removes a file of ours; where that is not possible, the sandbox keeps it until it ends. */
async function dropPart(session: DaytonaSession, part: string): Promise<void> {
  const limit = AbortSignal.timeout(session.control.timings.call);
  try {
    await (await session.runnerFiles(limit)).remove(part, limit);
  } catch {
    // Gone already, or its sandbox is.
  }
}

async function makeLink(
  session: DaytonaSession,
  target: string,
  link: string,
  signal: AbortSignal,
): Promise<void> {
  const client = await session.client(signal);
  const argv = ['ln', '-s', '--', target, link];
  const result = await client.execute({ language: 'shell', code: '', argv }, { write: () => {} }, signal);
  if (signal.aborted) throw abortError(signal);
  if (result.state !== 'succeeded')
    throw new SpecboardError('unavailable', 'The file could not be prepared for download.');
}

/** The first bytes, and whether that is all: then they are in memory. */
async function small(data: Bytes, signal: AbortSignal): Promise<{ whole: boolean; bytes: Bytes }> {
  const items = data[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let size = 0;
  while (size <= smallBytes) {
    const next = await unlessAborted(items, signal);
    if (next.done) return { whole: true, bytes: all(parts) };
    parts.push(next.value);
    size += next.value.length;
  }
  return { whole: false, bytes: all(parts, items) };
}

async function unlessAborted(
  items: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<IteratorResult<Uint8Array>> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(abortError(signal));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([items.next(), promise]);
  } catch (error) {
    void Promise.resolve(items.return?.()).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function* all(
  parts: readonly Uint8Array[],
  rest?: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* parts;
  if (!rest) return;
  let done = false;
  try {
    for (;;) {
      const next = await rest.next();
      if (next.done) break;
      yield next.value;
    }
    done = true;
  } finally {
    if (!done) void Promise.resolve(rest.return?.()).catch(() => {});
  }
}

/** Counts as use while it is read. */
function held(session: DaytonaSession, bytes: Bytes): Bytes {
  return cleaned(session, bytes, null);
}

/** The same bytes; afterwards the file of ours is removed, also where the reader leaves early. */
async function* cleaned(
  session: DaytonaSession,
  bytes: Bytes,
  part: string | null,
): AsyncGenerator<Uint8Array> {
  const { promise, resolve } = Promise.withResolvers<void>();
  void session.use(() => promise).catch(() => {});
  try {
    yield* bytes;
  } finally {
    if (part !== null) await dropPart(session, part);
    resolve();
  }
}
