/** The files capability of Docker: small files through the runner, large ones and many at once through an exec of their own. */
import type { RunnerFiles } from '../../runner/runner-files.ts';
import { abortable, abortError, wrapError } from '../base-driver.ts';
import type { DriverFiles } from '../driver.ts';
import type { DockerSession } from './docker-session.ts';

/**
 * More than this goes through an exec: it takes 50 ms to start, and carries bytes five times as fast as the runner, through
 * which they go as text.
 */
const largeBytes = 1_048_576;

/** See the file's first line. Paths are relative to the working folder, or full ones in the container. */
export const dockerFiles: DriverFiles<DockerSession> = {
  list: (session, path, signal) => using(session, signal, (files, stop) => files.list(path, stop)),
  stat: (session, path, signal) => using(session, signal, (files, stop) => files.stat(path, stop)),
  read: (session, path, signal) =>
    using(session, signal, async (files, stop) => {
      const { type, size } = await files.stat(path, stop);
      if (type !== 'file' || size <= largeBytes) return files.read(path, stop);
      return begun(session.bulk.read(path, stop));
    }),
  write: (session, path, data, signal) =>
    using(session, signal, async (files, stop) => {
      const source = data[Symbol.asyncIterator]();
      const { head, ended } = await firstPieces(source, stop);
      const content = chain(head, source);
      if (ended) return files.write(path, content, stop);
      await session.bulk.write(path, content, stop);
      return files.stat(path, stop);
    }),
  remove: (session, path, signal) => using(session, signal, (files, stop) => files.remove(path, stop)),
  move: (session, from, to, signal) => using(session, signal, (files, stop) => files.move(from, to, stop)),
  makeDir: (session, path, signal) => using(session, signal, (files, stop) => files.makeDir(path, stop)),
  pack: (session, folder, paths, signal) =>
    using(session, signal, async (files, stop) => {
      // What is missing is said at once, not in the middle of the tar.
      await files.check(folder, paths, stop);
      return session.bulk.pack(folder, paths, stop);
    }),
  unpack: (session, folder, tar, signal) =>
    using(session, signal, (_files, stop) => session.bulk.unpack(folder, tar, stop)),
};

/** Runs the work with a signal that also ends with the session. */
async function using<T>(
  session: DockerSession,
  signal: AbortSignal,
  work: (files: RunnerFiles, stop: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw abortError(signal);
  session.assertUsable();
  const stop = AbortSignal.any([signal, session.closing]);
  try {
    return await work(await session.files(stop), stop);
  } catch (error) {
    throw wrapError(error, stop, {
      code: 'unavailable',
      message: 'The files could not be transferred.',
      hint: 'Try again.',
    });
  }
}

/** A stream that has begun: what is wrong with it is said now, not in its middle. */
async function begun(stream: AsyncGenerator<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const first = await stream.next();
  return chain(first.done ? [] : [first.value], stream);
}

/** The first pieces of a source, until it has ended or there is more than is small. On abort the source is let go of. */
async function firstPieces(
  source: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<{ head: Uint8Array[]; ended: boolean }> {
  const head: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes <= largeBytes) {
      const { value, done } = await abortable(source.next(), signal);
      if (done) return { head, ended: true };
      head.push(value);
      bytes += value.length;
    }
    return { head, ended: false };
  } catch (error) {
    // A source that waits for ever would never answer this either.
    void Promise.resolve(source.return?.()).catch(() => {});
    throw error;
  }
}

async function* chain(
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
