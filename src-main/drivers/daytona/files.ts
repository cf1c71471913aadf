/**
 * Files of a Daytona sandbox. The runner does what needs care (whole files, modes, links, odd names); bytes in bulk travel
 * through Daytona's own file calls, to and from a file of ours beside it.
 */
import { posix } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { fileProblem } from '../../runner/file-errors.ts';
import type { RunnerFiles } from '../../runner/runner-files.ts';
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
  list: (session, path, signal) => use(session, path, signal, (files, open) => files.list(path, open)),
  stat: (session, path, signal) => use(session, path, signal, (files, open) => files.stat(path, open)),
  remove: (session, path, signal) => use(session, path, signal, (files, open) => files.remove(path, open)),
  move: (session, from, to, signal) =>
    use(session, from, signal, (files, open) => files.move(from, to, open)),
  makeDir: (session, path, signal) => use(session, path, signal, (files, open) => files.makeDir(path, open)),

  read: (session, path, signal) =>
    use(session, path, signal, async (files, open) => {
      const { type, size } = await files.stat(path, open);
      if (type !== 'file' || size <= smallBytes) return held(session, await files.read(path, open));
      return held(session, await downloadFrom(session, posix.resolve(session.cwd, path), size, open));
    }),

  write: (session, path, data, signal): Promise<FileEntry> =>
    use(session, path, signal, async (files, open) => {
      const head = await small(data, open);
      if (head.whole) return files.write(path, head.bytes, open);
      await viaPart(session, head.bytes, { op: 'write', path }, path, open);
      return files.stat(path, open);
    }),

  pack: (session, folder, paths, signal) =>
    use(session, folder, signal, async (files, open) => {
      const request = { op: 'pack', folder, paths };
      if (!fitsOnce(request)) return held(session, await files.pack(folder, paths, open));
      const part = partPath(session);
      try {
        await fileOnce(session, { request, path: folder, direction: '>', file: part }, open);
        const { size } = await files.stat(part, open);
        return cleaned(session, await downloadFrom(session, part, size, open), part);
      } catch (error) {
        await dropPart(session, part);
        throw error;
      }
    }),

  unpack: (session, folder, tar, signal) =>
    use(session, folder, signal, async (files, open) => {
      const head = await small(tar, open);
      if (head.whole) await files.unpack(folder, head.bytes, open);
      else await viaPart(session, head.bytes, { op: 'unpack', folder }, folder, open);
    }),
};

/** One call: counts as use, also ends with the session, and fails with our errors only. */
function use<T>(
  session: DaytonaSession,
  path: string,
  signal: AbortSignal,
  work: (files: RunnerFiles, open: AbortSignal) => Promise<T>,
): Promise<T> {
  return session.use(async () => {
    const open = AbortSignal.any([signal, session.closing]);
    try {
      if (open.aborted) throw abortError(open);
      if (path.includes('\0')) throw new SpecboardError('invalid', 'A path cannot contain a NUL character.');
      return await work(await session.runnerFiles(open), open);
    } catch (error) {
      throw open.aborted ? abortError(open) : fileProblem(error, path);
    }
  });
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
