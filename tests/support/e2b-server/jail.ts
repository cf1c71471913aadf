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
import { ConnectError } from './connect-protocol.ts';
import type { Launcher, LaunchSpec } from './launcher.ts';

/** Home of the default user inside a sandbox. */
export const HOME = '/home/user';

const SUPPORT = '/home/.code-interpreter';
const LINK_LIMIT = 40;

/** Make an empty sandbox folder with /home/user and /tmp. The caller removes it. */
export function makeRoot(prefix: string): string {
  const root = mkdtempSync(path.join(tmpdir(), prefix));
  mkdirSync(path.join(root, HOME), { recursive: true });
  mkdirSync(path.join(root, 'tmp'), { mode: 0o1777 });
  return root;
}

/** The file system of one sandbox. Files outside /home and /tmp exist for the file calls but not for its processes. */
export class Jail {
  readonly root: string;
  readonly launcher: Launcher;

  /** @param template a snapshot's folder to start from */
  constructor(launcher: Launcher, template?: string) {
    this.launcher = launcher;
    this.root = makeRoot('e2b-sandbox-');
    cpSync(path.join(import.meta.dirname, 'python'), path.join(this.root, SUPPORT), { recursive: true });
    if (template) cpSync(template, this.root, { recursive: true });
    else this.#writeHome();
  }

  /** An absolute path of the sandbox: `~` and relative ones start at home, as in envd. */
  absolute(given: string): string {
    const home = given === '~' || given.startsWith('~/') ? HOME + given.slice(1) : given;
    // Without a namespace, programs print our paths; what they print must be usable as a path again.
    const inside = home.startsWith(`${this.root}/`) ? home.slice(this.root.length) : home;
    return path.posix.resolve(HOME, inside || '.');
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

  /** How to start a program in the sandbox. Throws ConnectError invalid_argument when the folder is not there. */
  launch(file: string, args: readonly string[], cwd: string | undefined): LaunchSpec {
    const inside = this.absolute(cwd || HOME);
    const host = this.hostFollowed(inside);
    const exists = existsSync(host) || (this.launcher.isolated && existsSync(inside));
    if (!exists) throw new ConnectError('invalid_argument', `cwd '${inside}' does not exist`);
    return this.launcher.wrap(this.root, host, inside, file, args);
  }

  /** Path of one of the server's Python programs as a process of the sandbox sees it. */
  support(name: string): string {
    return this.launcher.isolated ? path.posix.join(SUPPORT, name) : path.join(this.root, SUPPORT, name);
  }

  /** The environment every process of the sandbox has. */
  environment(sandboxId: string): Record<string, string> {
    const { isolated, python } = this.launcher;
    return {
      PATH: `${path.dirname(python)}:${process.env.PATH ?? '/usr/bin:/bin'}`,
      HOME: isolated ? HOME : path.join(this.root, HOME),
      ...(isolated ? {} : { TMPDIR: path.join(this.root, 'tmp') }),
      USER: 'user',
      LOGNAME: 'user',
      E2B_SANDBOX: 'true',
      E2B_SANDBOX_ID: sandboxId,
    };
  }

  /** Copy the files into a new folder (a snapshot). The caller removes it. */
  copy(): string {
    const copy = mkdtempSync(path.join(tmpdir(), 'e2b-snapshot-'));
    cpSync(this.root, copy, { recursive: true });
    return copy;
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  #writeHome(): void {
    // A login shell resets PATH on many systems; the interpreter must stay in reach.
    const keep = `[ -n "$BASH_VERSION" ] && . ~/.bashrc\nexport PATH="${path.dirname(this.launcher.python)}:$PATH"\n`;
    writeFileSync(path.join(this.root, HOME, '.profile'), keep);
    writeFileSync(path.join(this.root, HOME, '.bashrc'), "PS1='user@e2b:\\w\\$ '\n");
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
      if (links > LINK_LIMIT)
        throw new ConnectError('failed_precondition', 'too many levels of symbolic links');
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

function readLink(host: string): string | undefined {
  try {
    return lstatSync(host).isSymbolicLink() ? readlinkSync(host) : undefined;
  } catch {
    return undefined;
  }
}
