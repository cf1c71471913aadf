// One sandbox's folder on this machine, and the way between its paths and ours.
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Launcher, LaunchSpec } from './launcher.ts';

const LINK_LIMIT = 40;

/** What a vendor's sandboxes have in common. */
export interface JailSettings {
  readonly launcher: Launcher;
  /** Home of the default user inside a sandbox, for instance /home/user. Relative paths start here. */
  readonly home: string;
  /** How the folders on this machine are called (prefix of a temporary folder's name). */
  readonly prefix: string;
  /** Folder inside the sandbox (below /home) for the programs that the server runs there. */
  readonly supportFolder: string;
  /** Folders of this machine that are copied there. */
  readonly supportSources: readonly string[];
  /** Files of the home folder: name and content. */
  readonly homeFiles: Readonly<Record<string, string>>;
  /** True: `~` in a path of an API call means home. */
  readonly tilde: boolean;
  /** The vendor's error for a working folder that is not there or links that go in circles. */
  fail(kind: 'no-folder' | 'link-loop', message: string): Error;
}

/** Make an empty sandbox folder with the home folder and /tmp. The caller removes it. */
export function makeRoot(prefix: string, home: string): string {
  const root = mkdtempSync(path.join(tmpdir(), prefix));
  mkdirSync(path.join(root, home), { recursive: true });
  mkdirSync(path.join(root, 'tmp'), { mode: 0o1777 });
  return root;
}

/** The file system of one sandbox. Files outside /home and /tmp exist for the file calls but not for its processes. */
export class Jail {
  /** The sandbox's folder on this machine. `dispose` removes it. */
  readonly root: string;
  readonly settings: JailSettings;

  /** @param template a folder with files to start from; without it the home files are written */
  constructor(settings: JailSettings, template?: string) {
    this.settings = settings;
    this.root = makeRoot(settings.prefix, settings.home);
    for (const source of settings.supportSources)
      cpSync(source, path.join(this.root, settings.supportFolder), { recursive: true });
    if (template) cpSync(template, this.root, { recursive: true });
    else {
      for (const [name, content] of Object.entries(settings.homeFiles))
        writeFileSync(path.join(this.root, settings.home, name), content);
    }
  }

  get launcher(): Launcher {
    return this.settings.launcher;
  }

  get home(): string {
    return this.settings.home;
  }

  /** An absolute path of the sandbox; relative ones start at home. */
  absolute(given: string): string {
    const { home, tilde } = this.settings;
    const expanded = tilde && (given === '~' || given.startsWith('~/')) ? home + given.slice(1) : given;
    // Without a namespace, programs print our paths; what they print must be usable as a path again.
    const inside =
      expanded === this.root || expanded.startsWith(`${this.root}/`)
        ? expanded.slice(this.root.length) || '/'
        : expanded;
    return path.posix.resolve(home, inside || '.');
  }

  /** Where a path of the sandbox is on this machine. Links are followed inside the sandbox, except the last one. */
  host(given: string): string {
    const target = this.absolute(given);
    const parent = this.#follow(path.posix.dirname(target));
    return target === '/' ? this.root : path.join(this.root, parent, path.posix.basename(target));
  }

  /** Like `host`, but follows the last link too. */
  hostFollowed(given: string): string {
    return path.join(this.root, this.#follow(this.absolute(given)));
  }

  /** How to start a program in the sandbox. Throws the vendor's error when the folder is not there. */
  launch(file: string, args: readonly string[], cwd: string | undefined): LaunchSpec {
    const inside = this.absolute(cwd || this.home);
    const host = this.hostFollowed(inside);
    const exists = existsSync(host) || (this.launcher.isolated && existsSync(inside));
    if (!exists) throw this.settings.fail('no-folder', `cwd '${inside}' does not exist`);
    return this.launcher.wrap(this.root, host, inside, file, args);
  }

  /** Path of one of the server's programs as a process of the sandbox sees it. */
  support(name: string): string {
    const { supportFolder } = this.settings;
    return this.launcher.isolated
      ? path.posix.join(supportFolder, name)
      : path.join(this.root, supportFolder, name);
  }

  /** A path of the sandbox as its processes name it. */
  seen(inside: string): string {
    return this.launcher.isolated ? inside : path.join(this.root, inside);
  }

  /** The variables every process needs to find itself at home (PATH, HOME and, where it is not private, TMPDIR), then `own`. */
  environment(own: Readonly<Record<string, string>>): Record<string, string> {
    const { isolated, python } = this.launcher;
    return {
      PATH: `${path.dirname(python)}:${process.env.PATH ?? '/usr/bin:/bin'}`,
      HOME: this.seen(this.home),
      ...(isolated ? {} : { TMPDIR: path.join(this.root, 'tmp') }),
      ...own,
    };
  }

  /** Copy the files into a new folder. The caller removes it. */
  copy(prefix: string): string {
    const copy = mkdtempSync(path.join(tmpdir(), prefix));
    cpSync(this.root, copy, { recursive: true });
    return copy;
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  #follow(target: string): string {
    let parts = target.split('/').filter(Boolean);
    let done = '/';
    for (let links = 0; parts.length > 0; ) {
      const [next = '', ...rest] = parts;
      const candidate = path.posix.join(done, next);
      const link = readLink(path.join(this.root, candidate));
      if (link === undefined) {
        done = candidate;
        parts = rest;
        continue;
      }
      links += 1;
      if (links > LINK_LIMIT) throw this.settings.fail('link-loop', 'too many levels of symbolic links');
      parts = [...this.#linkTarget(link, done).split('/').filter(Boolean), ...rest];
      done = '/';
    }
    return done;
  }

  /** A link's target as a path of the sandbox; relative ones start at the link's folder. */
  #linkTarget(link: string, folder: string): string {
    return link.startsWith('/') ? this.absolute(link) : path.posix.resolve(folder, link);
  }
}

/** The files of a home folder whose shell keeps the interpreter in reach: a login shell resets PATH on many systems. */
export function shellFiles(launcher: Launcher, prompt: string): Record<string, string> {
  return {
    '.profile': `[ -n "$BASH_VERSION" ] && . ~/.bashrc\nexport PATH="${path.dirname(launcher.python)}:$PATH"\n`,
    '.bashrc': `PS1='${prompt}'\n`,
  };
}

function readLink(host: string): string | undefined {
  try {
    return lstatSync(host).isSymbolicLink() ? readlinkSync(host) : undefined;
  } catch {
    return undefined;
  }
}
