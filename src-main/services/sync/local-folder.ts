/** Which folders of this computer may be synced: not the system's, not the home folder itself, not SpecBoard's own, none twice. */
import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, parse, relative, sep } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';

/** A root that is there already. */
export interface TakenFolder {
  localPath: string;
  profileName: string;
}

/** The real path of a folder that may be synced. Throws `invalid`, `not-found` or `forbidden` (it cannot be read), in words. */
export function checkLocalFolder(path: string, dataFolder: string, home = homedir()): string {
  if (!isAbsolute(path)) throw new SpecboardError('invalid', 'Give the whole path of the folder.', nothing);
  const real = realFolder(path);
  const homeFolder = realOr(home);
  const data = realOr(dataFolder);
  const words = 'Choose a folder of your own, for one project.';
  if (real === parse(real).root || isSystem(real)) {
    throw new SpecboardError('invalid', `${path} belongs to the system.`, { ...nothing, hint: words });
  }
  if (isWithin(homeFolder, real)) {
    const text =
      real === homeFolder
        ? 'Your home folder cannot be synced as a whole.'
        : `${path} holds your home folder.`;
    throw new SpecboardError('invalid', text, { ...nothing, hint: words });
  }
  if (isWithin(data, real) || isWithin(real, data)) {
    throw new SpecboardError('invalid', `SpecBoard keeps its own data in ${path}.`, {
      ...nothing,
      hint: words,
    });
  }
  return real;
}

/** Throws `conflict` where the folder is another root's, lies in one, or holds one. */
export function checkOverlap(path: string, taken: readonly TakenFolder[]): void {
  for (const { localPath, profileName } of taken) {
    if (isSame(path, localPath)) throw overlap(`${path} is synced with "${profileName}" already.`);
    if (isWithin(path, localPath)) throw overlap(`${path} lies in ${localPath}, which is synced already.`);
    if (isWithin(localPath, path)) throw overlap(`${path} holds ${localPath}, which is synced already.`);
  }
}

/** True where `path` is `folder` or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folded(folder), folded(path));
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`));
}

const nothing = { kept: 'Nothing was changed.' };

function overlap(message: string): SpecboardError {
  return new SpecboardError('conflict', message, {
    ...nothing,
    hint: 'Two syncs of one folder would work against each other. Remove the other one first, or choose another folder.',
  });
}

function isSame(a: string, b: string): boolean {
  return folded(a) === folded(b);
}

/** Names that differ in case only are one folder there. */
function folded(path: string): string {
  const isFolding = process.platform === 'win32' || process.platform === 'darwin';
  return isFolding ? path.normalize('NFC').toLowerCase() : path;
}

function realFolder(path: string): string {
  try {
    const real = realpathSync.native(path);
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw new SpecboardError('forbidden', `${path} cannot be read.`, nothing);
    }
    throw new SpecboardError('not-found', `There is no folder ${path} on this computer.`, nothing);
  }
  throw new SpecboardError('invalid', `${path} is not a folder.`, nothing);
}

function realOr(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

const systemFolders: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [
    '/bin',
    '/boot',
    '/dev',
    '/etc',
    '/lib',
    '/lib64',
    '/proc',
    '/run',
    '/sbin',
    '/sys',
    '/usr',
    '/var',
  ],
  darwin: ['/System', '/Library', '/bin', '/dev', '/etc', '/private/etc', '/sbin', '/usr', '/cores'],
};
/** Whole in themselves, while folders below them may be a person's: a mount, a shared folder, a temporary one. */
const plainFolders = [
  '/home',
  '/mnt',
  '/media',
  '/opt',
  '/srv',
  '/tmp',
  '/Users',
  '/Volumes',
  '/Applications',
];
/** Below system folders, and yet for everybody. */
const exceptions = [
  '/var/tmp',
  '/var/folders',
  '/run/media',
  '/run/user',
  '/usr/local/src',
  '/usr/src',
  '/dev/shm',
];

function isSystem(path: string): boolean {
  if (process.platform === 'win32') {
    const own = [process.env.SystemRoot, process.env.ProgramFiles, process.env['ProgramFiles(x86)']];
    return own.some((folder) => folder !== undefined && isWithin(path, folder));
  }
  if (plainFolders.some((folder) => isSame(path, folder))) return true;
  if (exceptions.some((folder) => path !== folder && isWithin(path, folder))) return false;
  return (systemFolders[process.platform] ?? []).some((folder) => isWithin(path, folder));
}
