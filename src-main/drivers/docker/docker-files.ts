/** The files capability of Docker: single files through the runner, many at once through an exec of their own. */
import type { DriverFiles } from '../driver.ts';
import type { DockerSession } from './docker-session.ts';

/** See the file's first line. Paths are relative to the working folder, or full ones in the container. */
export const dockerFiles: DriverFiles<DockerSession> = {
  list: async (session, path, signal) => (await session.files(signal)).list(path, signal),
  stat: async (session, path, signal) => (await session.files(signal)).stat(path, signal),
  read: async (session, path, signal) => (await session.files(signal)).read(path, signal),
  write: async (session, path, data, signal) => (await session.files(signal)).write(path, data, signal),
  remove: async (session, path, signal) => (await session.files(signal)).remove(path, signal),
  move: async (session, from, to, signal) => (await session.files(signal)).move(from, to, signal),
  makeDir: async (session, path, signal) => (await session.files(signal)).makeDir(path, signal),
  async pack(session, folder, paths, signal) {
    // What is missing is said at once, not in the middle of the tar.
    await (await session.files(signal)).check(folder, paths, signal);
    return session.bulk.pack(folder, paths, signal);
  },
  async unpack(session, folder, tar, signal) {
    await session.client(signal);
    await session.bulk.unpack(folder, tar, signal);
  },
};
