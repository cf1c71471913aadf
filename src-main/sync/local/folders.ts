/**
 * The folders in which apply works, while others may swap them for links. On Linux each is opened once, from the one above it and not
 * through a link, and all that is done in it is done through what is open (/proc/self/fd): that leads nowhere else. On other systems
 * paths are walked right before, and again right after: what then was not done in the folder is taken back.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmdirSync,
} from 'node:fs';
import { codeOf, isGone } from './file-errors.ts';
import { lookAt } from './look.ts';
import { identityOf, rootStat } from './open-root.ts';
import { isSpelledSo } from './parents.ts';
import type { LocalPlace } from './place.ts';

/** A real folder of the root. */
export interface Folder {
  /** For the file system; good until the next folder is asked for. */
  readonly path: string;
  /** It is where it was, and reached by folders only. */
  isStill(): boolean;
}

/** Folders that are open at a time. */
const mostOpen = 200;

const openPath = 0x200000; // O_PATH: to name a folder it need not be readable
const openFlags = constants.O_DIRECTORY | constants.O_NOFOLLOW | openPath;

/** See the file's first lines. Dispose of it. */
export abstract class Folders implements Disposable {
  protected readonly place: LocalPlace;

  protected constructor(place: LocalPlace) {
    this.place = place;
  }

  /** `byPath`: as on systems where nothing can be done from an open folder. */
  static of(
    place: LocalPlace,
    byPath = process.platform !== 'linux' || !existsSync('/proc/self/fd'),
  ): Folders {
    return byPath ? new WalkedFolders(place) : new OpenFolders(place);
  }

  /**
   * The folder of `path`. Null where one on the way is a link, a file, spelled otherwise, or (without `make`) not there. `beside` stays
   * good.
   */
  abstract above(path: string, make: boolean, beside?: Folder): Folder | null;

  abstract [Symbol.dispose](): void;

  /** Looks at a folder by its name in another; makes it where it may. */
  protected look(above: string, name: string, make: boolean) {
    const path = `${above}/${name}`;
    let stat = lookAt(path);
    let isMade = false;
    if (stat === undefined && make) {
      isMade = madeFolder(path);
      stat = lookAt(path);
    }
    return stat?.isDirectory() && isSpelledSo(this.place, above, name) ? { path, stat, isMade } : null;
  }
}

class OpenFolder implements Folder {
  readonly path: string;
  readonly identity: string;
  readonly #descriptor: number;
  /** Where the system says that it is. */
  readonly #where: string;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.path = `/proc/self/fd/${descriptor}`;
    this.identity = identityOf(fstatSync(descriptor));
    this.#where = readlinkSync(this.path);
  }

  isStill(): boolean {
    return readlinkSync(this.path) === this.#where;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

class OpenFolders extends Folders {
  /** By path; the oldest first. */
  readonly #open = new Map<string, OpenFolder>();

  constructor(place: LocalPlace) {
    super(place);
    // The last name of the root may be a link: people have such.
    const root = new OpenFolder(openSync(place.root, constants.O_DIRECTORY | openPath));
    this.#open.set('', root);
  }

  above(path: string, make: boolean, beside?: Folder): Folder | null {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const known = this.#open.get(folder);
    if (known?.isStill()) return known;
    let at = this.#open.get('');
    if (!at?.isStill() || at.identity !== this.place.identity) return null;
    for (let end = 0; end < folder.length; ) {
      const from = end === 0 ? 0 : end + 1;
      const next = folder.indexOf('/', from);
      end = next < 0 ? folder.length : next;
      at = this.#enter(at, folder.slice(from, end), folder.slice(0, end), make, beside);
      if (!at) return null;
    }
    return at;
  }

  [Symbol.dispose](): void {
    for (const folder of this.#open.values()) folder.close();
    this.#open.clear();
  }

  #enter(
    above: OpenFolder,
    name: string,
    path: string,
    make: boolean,
    beside: Folder | undefined,
  ): OpenFolder | undefined {
    const found = this.look(above.path, name, make);
    if (!found) return undefined;
    const known = this.#open.get(path);
    if (known?.identity === identityOf(found.stat) && known.isStill()) return known;
    if (known && known === beside) return undefined;
    known?.close();
    this.#open.delete(path);
    for (const [other, folder] of this.#open) {
      if (this.#open.size < mostOpen) break;
      if (other === '' || folder === above || folder === beside) continue;
      folder.close();
      this.#open.delete(other);
    }
    const descriptor = opened(found.path);
    if (descriptor === null) return undefined;
    const folder = new OpenFolder(descriptor);
    this.#open.set(path, folder);
    return folder;
  }
}

class WalkedFolders extends Folders {
  constructor(place: LocalPlace) {
    super(place);
  }

  above(path: string, make: boolean): Folder | null {
    const { root } = this.place;
    const way: { path: string; identity: string }[] = [];
    const isStill = () =>
      identityOf(rootStat(root)) === this.place.identity &&
      way.every(({ path: one, identity }) => {
        const stat = lookAt(one);
        return stat?.isDirectory() && identityOf(stat) === identity;
      });
    let at = root;
    for (const name of path.split('/').slice(0, -1)) {
      const found = this.look(at, name, make);
      if (!found) return null;
      if (found.isMade && !isStill()) {
        rmdirSync(found.path);
        return null;
      }
      at = found.path;
      way.push({ path: at, identity: identityOf(found.stat) });
    }
    return { path: at, isStill };
  }

  [Symbol.dispose](): void {}
}

function madeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Null where it is no folder (any more). */
function opened(path: string): number | null {
  try {
    return openSync(path, openFlags);
  } catch (error) {
    if (isGone(error) || codeOf(error) === 'ELOOP') return null;
    throw error;
  }
}
