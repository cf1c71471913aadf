/** Opens a root: is it there, where can its state be, what can its file system do. Job `localOpen`. */
import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statfsSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { stateFolder } from '../state-folder.ts';
import type { SideFacts } from '../types.ts';
import type { Job } from '../worker/job.ts';
import { codeOf, rootProblem, stateProblem } from './file-errors.ts';
import type { LocalPlace } from './place.ts';

/** What is to be opened. */
export interface OpenInput {
  readonly root: string;
  /** SpecBoard's own folder. */
  readonly dataFolder: string;
  readonly rootId: string;
  /** The first time in this process: nobody uses what is in `tmp` and `stage`, which then is cleared and doubted. */
  readonly isFirst: boolean;
}

const unusedMs = 24 * 3_600_000;
/** Copies are in the history for 30 days; of those that are still here after this nobody knows. */
const forgottenMs = 90 * 24 * 3_600_000;

/** See the file's first lines. Also clears what an earlier process left half-done. */
export const openRoot: Job<OpenInput, LocalPlace> = ({ root, dataFolder, rootId, isFirst }) => {
  const stat = rootStat(root);
  const state = findState(root, stat, dataFolder, rootId);
  try {
    if (isFirst) clearTemporary(state);
    const { facts, hardLinks, aheadMs } = probe(join(state, 'tmp'), root);
    const hidden = inside(realpathSync(root), realpathSync(dataFolder));
    return {
      root,
      state,
      hidden: hidden === null ? [] : [hidden],
      facts,
      hardLinks,
      identity: identityOf(stat),
      aheadMs,
    };
  } catch (error) {
    throw stateProblem(error);
  }
};

/** `dev:ino`. */
export function identityOf(stat: Stats): string {
  return `${stat.dev}:${stat.ino}`;
}

/** The root's stat; throws where it is gone or no folder. The last name may be a link: people have such. */
export function rootStat(root: string): Stats {
  let stat: Stats;
  try {
    stat = statSync(root);
  } catch (error) {
    throw rootProblem(error, root);
  }
  if (stat.isDirectory()) return stat;
  throw new SpecboardError('not-found', `${root} is not a folder any more.`, {
    kept: 'Nothing was changed on either side.',
    hint: 'Put the folder back, or remove this sync and add the folder you want.',
  });
}

/** In the data folder where that is on the root's volume: then nothing is written into the root. */
function findState(root: string, stat: Stats, dataFolder: string, rootId: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(rootId)) throw new SpecboardError('internal', 'A root has no proper id.');
  const apart = join(dataFolder, 'sync', rootId);
  try {
    makeFolders(apart);
    if (statSync(apart).dev === stat.dev && mountOf(apart) === mountOf(root)) return apart;
  } catch (error) {
    throw stateProblem(error);
  }
  const within = join(root, stateFolder, rootId);
  try {
    refuseLinks(join(root, stateFolder));
    makeFolders(within);
    chmodSync(join(root, stateFolder), 0o700);
    return within;
  } catch (error) {
    // A folder that can only be read can still be sent: nothing is renamed into it.
    if (['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(codeOf(error))) return apart;
    throw stateProblem(error);
  }
}

function refuseLinks(folder: string): void {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory())
    throw new SpecboardError(
      'unavailable',
      `${folder} is in the way: SpecBoard needs a folder of that name.`,
      {
        kept: 'Nothing was changed on either side.',
        hint: 'Move it away, then sync again.',
      },
    );
}

function makeFolders(state: string): void {
  for (const name of ['stage', 'kept', 'tmp']) mkdirSync(join(state, name), { recursive: true, mode: 0o700 });
}

/** The mount that a path is on: two of one device can be different mounts, and renaming does not cross them. */
function mountOf(path: string): string {
  if (process.platform !== 'linux') return '';
  const real = realpathSync(path);
  let best = '';
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const point = unescapeMount(line.split(' ')[4] ?? '');
    const holds = point === '/' || real === point || real.startsWith(`${point}/`);
    if (holds && point.length > best.length) best = point;
  }
  return best;
}

function unescapeMount(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function inside(root: string, folder: string): string | null {
  const path = relative(root, folder);
  return path === '' || path.startsWith('..') || resolve(root, path) !== folder
    ? null
    : path.split(sep).join('/');
}

/**
 * `tmp` is of the process that made it. A whole staged file may be nothing but zeros after a power cut, or a second name of a file
 * that was put in place: it becomes a part, which is hashed before it is used.
 */
function clearTemporary(state: string): void {
  for (const name of readdirSync(join(state, 'tmp')))
    rmSync(join(state, 'tmp', name), { recursive: true, force: true });
  const kept = join(state, 'kept');
  for (const name of readdirSync(kept))
    if (name !== 'saved' && lstatSync(join(kept, name)).mtimeMs < Date.now() - forgottenMs)
      rmSync(join(kept, name), { recursive: true, force: true });
  const stage = join(state, 'stage');
  for (const name of readdirSync(stage)) {
    const file = join(stage, name);
    const stat = lstatSync(file);
    if (!stat.isFile() || stat.nlink > 1 || stat.mtimeMs < Date.now() - unusedMs)
      rmSync(file, { recursive: true, force: true });
    else if (!name.endsWith('.part')) renameSync(file, `${file}.part`);
  }
}

function probe(tmp: string, root: string): { facts: SideFacts; hardLinks: boolean; aheadMs: number } {
  const folder = mkdtempSync(join(tmp, 'probe-'));
  try {
    const file = join(folder, 'aB-\u00e9');
    const before = Date.now();
    closeSync(openSync(file, 'wx', 0o600));
    const stat = lstatSync(file);
    const exists = (name: string) => lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined;
    // Files have the time of the last tick, which may be some ms ago: that is no other clock.
    const ahead = stat.mtimeMs - before;
    return {
      facts: {
        caseSensitive: !exists('Ab-\u00e9'),
        unicodeSensitive: !exists('aB-e\u0301'),
        executableBit: can(() => {
          chmodSync(file, 0o700);
          const set = lstatSync(file).mode & 0o100;
          chmodSync(file, 0o600);
          if (set === 0 || (lstatSync(file).mode & 0o100) !== 0) throw new Error('no such bit');
        }),
        links: can(() => symlinkSync('target', join(folder, 'link'))),
        windowsNames: process.platform === 'win32',
        freeBytes: freeBytes(root),
      },
      hardLinks: can(() => {
        linkSync(file, join(folder, 'second'));
        if (lstatSync(join(folder, 'second')).ino !== lstatSync(file).ino) throw new Error('no such name');
      }),
      aheadMs: Math.abs(ahead) < 1000 ? 0 : ahead,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function can(what: () => void): boolean {
  try {
    what();
    return true;
  } catch {
    return false;
  }
}

/** Null where it cannot be told. Writing a file to try would tell less. */
export function freeBytes(root: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(root);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** Removes the whole state of a root, kept copies included. Job `localForget`. */
export const forgetRoot: Job<{ place: LocalPlace }, void> = ({ place }) => {
  rmSync(place.state, { recursive: true, force: true });
  const within = join(place.root, stateFolder);
  if (!place.state.startsWith(within + sep)) return;
  if (lstatSync(within, { throwIfNoEntry: false })?.isDirectory() && readdirSync(within).length === 0)
    rmSync(within, { recursive: true, force: true });
};
