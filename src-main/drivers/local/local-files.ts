/** Files in a session's working folder, and nowhere else: no `..`, no absolute path outside, no link that leads out. */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { lstat, mkdir, readdir, readlink, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, posix, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { DriverFiles, FileEntry } from '../driver.ts';
import { inside } from './bubblewrap.ts';
import type { LocalSession } from './local-session.ts';

/** The files capability of Local. Paths are relative to the working folder, or start with its name inside. */
export const localFiles: DriverFiles<LocalSession> = {
  async list(session, path) {
    const folder = await locate(session, path, 'follow');
    const names = await readdir(folder).catch((error) => fail(error, path));
    const entries = await Promise.all(
      names.map((name) => entryOf(posix.join(normal(path), name), join(folder, name)).catch(() => null)),
    );
    return entries.filter((entry) => entry !== null).sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  async stat(session, path) {
    return entryOf(normal(path), await locate(session, path, 'stay')).catch((error) => fail(error, path));
  },
  async read(session, path, signal) {
    const file = await locate(session, path, 'follow');
    const found = await lstat(file).catch((error) => fail(error, path));
    if (found.isDirectory()) throw new SpecboardError('conflict', `${path} is a folder.`);
    if (!found.isFile()) throw new SpecboardError('unsupported', `${path} is not an ordinary file.`);
    return createReadStream(file, { signal });
  },
  async write(session, path, data, signal) {
    const file = await locate(session, path, 'stay');
    const existing = await lstat(file).catch(() => null);
    if (existing?.isDirectory()) throw new SpecboardError('conflict', `${path} is a folder.`);
    await mkdir(dirname(file), { recursive: true }).catch((error) => fail(error, path));
    const staged = join(dirname(file), `.specboard-${randomUUID()}.part`);
    try {
      await pipeline(Readable.from(data), createWriteStream(staged, { flags: 'wx', flush: true }), {
        signal,
      });
      await rename(staged, file);
    } catch (error) {
      await rm(staged, { force: true });
      fail(error, path);
    }
    return entryOf(normal(path), file);
  },
  async remove(session, path) {
    const target = await locate(session, path, 'stay');
    if (target === session.folders.workspace) throw outside(path);
    await rm(target, { recursive: true, force: true }).catch((error) => fail(error, path));
  },
  async move(session, from, to) {
    const source = await locate(session, from, 'stay');
    const target = await locate(session, to, 'stay');
    if (source === session.folders.workspace || target === session.folders.workspace) throw outside(from);
    await mkdir(dirname(target), { recursive: true }).catch((error) => fail(error, to));
    await rename(source, target).catch((error) => fail(error, from));
  },
  async makeDir(session, path) {
    await mkdir(await locate(session, path, 'stay'), { recursive: true }).catch((error) => fail(error, path));
  },
};

/** The path as people see it: relative to the working folder. */
function normal(path: string): string {
  const stripped =
    path === inside.workspace
      ? '.'
      : path.startsWith(`${inside.workspace}/`)
        ? path.slice(inside.workspace.length + 1)
        : path;
  return posix.normalize(stripped === '' ? '.' : stripped);
}

/** The place on this computer. The folder part is resolved through links and must stay within; `follow` resolves the last part too. */
async function locate(session: LocalSession, path: string, last: 'follow' | 'stay'): Promise<string> {
  const wanted = normal(path);
  if (path.includes('\0') || posix.isAbsolute(wanted) || wanted === '..' || wanted.startsWith('../'))
    throw outside(path);
  const root = await realpath(session.folders.workspace);
  const full = join(root, wanted);
  if (full === root || full === root + sep) return session.folders.workspace;
  const existing = await deepestExisting(last === 'follow' ? full : dirname(full));
  if (!isWithin(root, await realpath(existing))) throw outside(path);
  return full;
}

async function deepestExisting(path: string): Promise<string> {
  for (let current = path; ; current = dirname(current)) {
    if (
      await lstat(current).then(
        () => true,
        () => false,
      )
    )
      return current;
    if (dirname(current) === current) return current;
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (!way.startsWith('..') && !way.startsWith(sep));
}

async function entryOf(path: string, file: string): Promise<FileEntry> {
  const found = await lstat(file);
  const linkTarget = found.isSymbolicLink() ? await readlink(file) : undefined;
  return {
    path,
    name: basename(file),
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

function outside(path: string): SpecboardError {
  return new SpecboardError('forbidden', `${JSON.stringify(path)} is outside the working folder.`);
}

function fail(error: unknown, path: string): never {
  if (error instanceof SpecboardError) throw error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ABORT_ERR') throw new SpecboardError('cancelled', 'Cancelled.');
  if (code === 'ENOENT') throw new SpecboardError('not-found', `There is no ${path}.`);
  if (code === 'ENOTDIR' || code === 'EISDIR' || code === 'EEXIST') {
    throw new SpecboardError('conflict', `${path} is ${code === 'ENOTDIR' ? 'not a folder' : 'in the way'}.`);
  }
  if (code === 'EACCES' || code === 'EPERM')
    throw new SpecboardError('forbidden', `${path} cannot be opened: permission denied.`);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    throw new SpecboardError('no-space', 'The disk is full.', { kept: 'The file is as it was.' });
  if (code === 'ENAMETOOLONG') throw new SpecboardError('invalid', 'That name is too long for this system.');
  throw new SpecboardError('unavailable', `${path} cannot be used now.`, { cause: error });
}
