/**
 * Finds places in a folder that hostile code changes at the same time, without ever being led out of it. On Linux every
 * step is taken from an open folder (through /proc/self/fd) and follows no link by itself, so that swapping a folder for a
 * link in the middle leads nowhere. On other systems paths are checked first and used then: there such a swap is possible in
 * a short moment, and only the final open refuses links.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readlink, realpath } from 'node:fs/promises';
import { posix, sep } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { inside } from './bubblewrap.ts';

const linux = process.platform === 'linux';
const openPath = 0x200000; // O_PATH: to name a folder it need not be readable
const noFollowAny = process.platform === 'darwin' ? 0x20000000 : 0; // O_NOFOLLOW_ANY: no link anywhere on the way
const mostLinks = 40;

/** Flags for the final open of a file that was found: a link put there since is refused, a pipe does not block. */
export const openFlags = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0) | noFollowAny;

/** A place, as long as `withPlace` lasts. For the folder itself, `name` is '.'. */
export interface Place {
  parent: string;
  name: string;
}

/** The place for the file system. Not normalised: without its `/.`, an open folder's path would be a link of /proc. */
export function placePath({ parent, name }: Place): string {
  return `${parent}${sep}${name}`;
}

/** How to look. */
export interface PlaceOptions {
  /** What to do where the last part is a link: go where it leads, or name the link itself. */
  last: 'follow' | 'stay';
  /** Makes folders on the way that are missing. */
  makeParents?: boolean;
}

/** The path as people see it: POSIX, relative to the working folder, without needless parts. */
export function shownPath(path: string, root: string): string {
  for (const start of [inside.workspace, root]) {
    if (path === start) return '.';
    if (path.startsWith(`${start}/`)) return posix.normalize(path.slice(start.length + 1));
  }
  return posix.normalize(path === '' ? '.' : path);
}

/**
 * Finds `path` in the folder `root` and hands its place to `use`. Throws `forbidden` for what lies outside (by `..`, by an
 * absolute path, by a link), `invalid` for a NUL; errors of the file system as they come.
 */
export async function withPlace<T>(
  root: string,
  path: string,
  options: PlaceOptions,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  if (path.includes('\0')) throw new SpecboardError('invalid', 'A path cannot contain a NUL character.');
  const walk = new Walk(path, await realpath(root));
  try {
    await walk.start();
    return await use(await walk.to(shownPath(path, root), options));
  } finally {
    await walk.close();
  }
}

/** The folders from the root to where the walk stands, each held open. */
class Walk {
  readonly #asked: string;
  readonly #root: string;
  readonly #folders: { path: string; handle: FileHandle | null }[] = [];
  #links = 0;

  constructor(asked: string, root: string) {
    this.#asked = asked;
    this.#root = root;
  }

  async start(): Promise<void> {
    await this.#enter(this.#root);
  }

  async close(): Promise<void> {
    for (const { handle } of this.#folders) await handle?.close();
    this.#folders.length = 0;
  }

  async to(path: string, options: PlaceOptions): Promise<Place> {
    if (posix.isAbsolute(path)) throw this.#outside();
    const rest = parts(path);
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      if (name === '..') {
        await this.#leave();
        continue;
      }
      const last = rest.length === 0;
      if (last && options.last === 'stay') return { parent: this.#here, name };
      const step = placePath({ parent: this.#here, name });
      const found = await lstat(step).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        return null;
      });
      if (found?.isSymbolicLink()) {
        rest.unshift(...(await this.#follow(step)));
        continue;
      }
      if (last) return { parent: this.#here, name };
      if (!found && options.makeParents) {
        await mkdir(step).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        });
      }
      await this.#enter(step);
    }
    return { parent: this.#here, name: '.' };
  }

  get #here(): string {
    return this.#folders.at(-1)?.path ?? this.#root;
  }

  async #enter(path: string): Promise<void> {
    if (!linux) {
      if (!(await lstat(path)).isDirectory()) throw Object.assign(new Error(path), { code: 'ENOTDIR' });
      this.#folders.push({ path, handle: null });
      return;
    }
    const handle = await open(path, constants.O_DIRECTORY | constants.O_NOFOLLOW | openPath);
    this.#folders.push({ path: `/proc/self/fd/${handle.fd}`, handle });
  }

  async #leave(): Promise<void> {
    if (this.#folders.length <= 1) throw this.#outside();
    await this.#folders.pop()?.handle?.close();
  }

  /** The parts that a link leads to; an absolute one must name the working folder, as it is called inside or here. */
  async #follow(link: string): Promise<string[]> {
    this.#links += 1;
    if (this.#links > mostLinks) throw Object.assign(new Error(link), { code: 'ELOOP' });
    const target = (await readlink(link)).split(sep).join('/');
    if (!posix.isAbsolute(target) && !/^[A-Za-z]:/.test(target)) return parts(target);
    for (const start of [inside.workspace, this.#root]) {
      if (target !== start && !target.startsWith(`${start}/`)) continue;
      while (this.#folders.length > 1) await this.#leave();
      return parts(target.slice(start.length));
    }
    throw this.#outside();
  }

  #outside(): SpecboardError {
    return new SpecboardError('forbidden', `${JSON.stringify(this.#asked)} is outside the working folder.`);
  }
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
