/**
 * Files in a session's working folder, and nowhere else (see confined-path.ts). Writing is staged: a file is whole or as it was.
 * Single files from here, so that they can be fetched also after the sandbox died; many at once through the helper inside.
 */
import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rmdir,
  unlink,
} from 'node:fs/promises';
import { posix } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { fileProblem } from '../../runner/file-errors.ts';
import { abortable, abortError } from '../base-driver.ts';
import type { DriverFiles, FileEntry } from '../driver.ts';
import {
  openFlags,
  type Place,
  type PlaceOptions,
  placePath,
  shownPath,
  withPlace,
} from './confined-path.ts';
import type { LocalSession } from './local-session.ts';

const batch = 64;

/** The files capability of Local. Paths are relative to the working folder, or start with its name inside. */
export const localFiles: DriverFiles<LocalSession> = {
  list: (session, path, signal) =>
    at(session, path, { last: 'follow' }, signal, async (place, shown) => {
      const folder = await openFolder(place);
      try {
        const found = await readdir(folder.path);
        const entries: FileEntry[] = [];
        for (let from = 0; from < found.length; from += batch) {
          if (signal.aborted) throw abortError(signal);
          const some = found.slice(from, from + batch);
          entries.push(
            ...(await Promise.all(some.map((one) => listedEntry(folder.path, one, shown)))).flat(),
          );
        }
        return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
      } finally {
        await folder.handle?.close();
      }
    }),

  stat: (session, path, signal) =>
    at(session, path, { last: 'stay' }, signal, (place, shown) => entryOf(place, shown)),

  async read(session, path, signal) {
    // Opened once to say at once what is wrong; a reader that never begins then holds nothing.
    await (await openFile(session, path, signal)).close();
    return contentOf(session, path, signal);
  },

  write: (session, path, data, signal) =>
    at(session, path, { last: 'follow', makeParents: true }, signal, async (place, shown) => {
      const file = placePath(place);
      const existing = await lstat(file).catch(() => null);
      if (place.name === '.' || existing?.isDirectory())
        throw new SpecboardError('conflict', `${path} is a folder.`);
      const staged = placePath({ ...place, name: `.specboard-${randomUUID()}.part` });
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | openFlags;
      const handle = await open(staged, flags, 0o666);
      try {
        try {
          await writeAll(handle, data, AbortSignal.any([signal, session.ending]));
          if (existing?.isFile()) await handle.chmod(existing.mode & 0o777);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(staged, file);
      } catch (error) {
        await unlink(staged).catch(() => {});
        throw error;
      }
      return entryOf(place, shown);
    }),

  remove: (session, path, signal) =>
    at(session, path, { last: 'stay' }, signal, async (place) => {
      if (place.name === '.') throw theFolderItself();
      await removeTree(place, signal);
    }),

  move: (session, from, to, signal) =>
    at(session, from, { last: 'stay' }, signal, (source) =>
      at(session, to, { last: 'stay', makeParents: true }, signal, async (target) => {
        if (source.name === '.' || target.name === '.') throw theFolderItself();
        const taken = await lstat(placePath(target)).catch(() => null);
        if (taken) throw new SpecboardError('conflict', `There is already a ${to}.`);
        // The source first: else its absence would be reported with the target's name.
        await lstat(placePath(source)).catch((error) => {
          throw fileProblem(error, from);
        });
        await rename(placePath(source), placePath(target));
      }),
    ),

  makeDir: (session, path, signal) =>
    at(session, path, { last: 'follow', makeParents: true }, signal, async (place) => {
      const folder = placePath(place);
      if (!(await lstat(folder).catch(() => null))?.isDirectory()) await mkdir(folder);
    }),

  pack: async (session, folder, paths, signal) =>
    session.bulk().pack(shownPath(folder, session.folders.workspace), paths, signal),

  unpack: async (session, folder, tar, signal) =>
    session.bulk().unpack(shownPath(folder, session.folders.workspace), tar, signal),
};

/** Finds the place, and says what went wrong there in our words. */
async function at<T>(
  session: LocalSession,
  path: string,
  options: PlaceOptions,
  signal: AbortSignal,
  use: (place: Place, shown: string) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw abortError(signal);
  session.assertUsable('files');
  const { workspace } = session.folders;
  try {
    return await withPlace(workspace, path, options, (place) => use(place, shownPath(path, workspace)));
  } catch (error) {
    throw signal.aborted ? abortError(signal) : fileProblem(error, path);
  }
}

/** A folder to list: on Linux held open, so that its name leads to it also when somebody swaps it for a link. */
async function openFolder(place: Place): Promise<{ path: string; handle: FileHandle | null }> {
  const path = placePath(place);
  if (process.platform !== 'linux') return { path, handle: null };
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | openFlags);
  return { path: `/proc/self/fd/${handle.fd}`, handle };
}

async function listedEntry(folder: string, name: string, shown: string): Promise<FileEntry[]> {
  const path = posix.join(shown, name);
  try {
    return [await entryOf({ parent: folder, name }, path)];
  } catch {
    // Gone since, or a name that is not text: that one is there, and nobody can reach it by its name.
    if (!name.includes('\uFFFD')) return [];
    return [{ path, name, type: 'other', size: 0, modifiedAt: 0 }];
  }
}

async function entryOf(place: Place, path: string): Promise<FileEntry> {
  const file = placePath(place);
  const found = await lstat(file);
  const linkTarget = found.isSymbolicLink() ? await readlink(file) : undefined;
  return {
    path,
    name: posix.basename(path),
    type: typeOf(found),
    size: found.size,
    modifiedAt: found.mtimeMs,
    mode: found.mode & 0o7777,
    ...(linkTarget === undefined ? {} : { linkTarget }),
  };
}

function typeOf(found: Stats): FileEntry['type'] {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'directory';
  return found.isSymbolicLink() ? 'link' : 'other';
}

function openFile(session: LocalSession, path: string, signal: AbortSignal): Promise<FileHandle> {
  return at(session, path, { last: 'follow' }, signal, async (place) => {
    const handle = await open(placePath(place), constants.O_RDONLY | openFlags);
    try {
      const found = await handle.stat();
      if (found.isDirectory()) throw new SpecboardError('conflict', `${path} is a folder.`);
      if (!found.isFile()) throw new SpecboardError('unsupported', `${path} is not an ordinary file.`);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  });
}

async function* contentOf(
  session: LocalSession,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const handle = await openFile(session, path, signal);
  try {
    for (;;) {
      if (signal.aborted) throw abortError(signal);
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(256 * 1024));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fileProblem(error, path);
  } finally {
    await handle.close();
  }
}

async function writeAll(
  handle: FileHandle,
  data: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const source = data[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await abortable(Promise.resolve(source.next()), signal);
      if (next.done) return;
      for (let from = 0; from < next.value.length; ) {
        from += (await handle.write(next.value, from)).bytesWritten;
      }
    }
  } catch (error) {
    // A source that waits for ever would never answer this either.
    void Promise.resolve(source.return?.()).catch(() => {});
    throw error;
  }
}

/** Removes a file or a folder with all that is in it, following no link; missing is fine. */
async function removeTree(place: Place, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw abortError(signal);
  const path = placePath(place);
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!found) return;
  if (!found.isDirectory()) return unlink(path);
  const folder = await openFolder(place);
  try {
    for (const name of await readdir(folder.path)) {
      await removeTree({ parent: folder.path, name }, signal);
    }
  } finally {
    await folder.handle?.close();
  }
  await rmdir(path);
}

function theFolderItself(): SpecboardError {
  return new SpecboardError('forbidden', 'The working folder itself stays where it is.');
}
