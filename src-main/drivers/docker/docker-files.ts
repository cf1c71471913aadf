/** The files capability of Docker: single files through the runner, many at once through an exec of their own. */
import type { RunnerFiles } from '../../runner/runner-files.ts';
import { abortError, wrapError } from '../base-driver.ts';
import type { DriverFiles } from '../driver.ts';
import type { DockerSession } from './docker-session.ts';

/** See the file's first line. Paths are relative to the working folder, or full ones in the container. */
export const dockerFiles: DriverFiles<DockerSession> = {
  list: (session, path, signal) => using(session, signal, (files) => files.list(path, signal)),
  stat: (session, path, signal) => using(session, signal, (files) => files.stat(path, signal)),
  read: (session, path, signal) => using(session, signal, (files) => files.read(path, signal)),
  write: (session, path, data, signal) => using(session, signal, (files) => files.write(path, data, signal)),
  remove: (session, path, signal) => using(session, signal, (files) => files.remove(path, signal)),
  move: (session, from, to, signal) => using(session, signal, (files) => files.move(from, to, signal)),
  makeDir: (session, path, signal) => using(session, signal, (files) => files.makeDir(path, signal)),
  pack: (session, folder, paths, signal) =>
    using(session, signal, async (files) => {
      // What is missing is said at once, not in the middle of the tar.
      await files.check(folder, paths, signal);
      return session.bulk.pack(folder, paths, signal);
    }),
  unpack: (session, folder, tar, signal) =>
    using(session, signal, () => session.bulk.unpack(folder, tar, signal)),
};

async function using<T>(
  session: DockerSession,
  signal: AbortSignal,
  work: (files: RunnerFiles) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw abortError(signal);
  try {
    return await work(await session.files(signal));
  } catch (error) {
    throw wrapError(error, signal, {
      code: 'unavailable',
      message: 'The files could not be transferred.',
      hint: 'Try again.',
    });
  }
}
