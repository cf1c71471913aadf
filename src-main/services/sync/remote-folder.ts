/** Folders of sandboxes: which can be synced, and that two syncs of one profile do not go into each other there. */
import { posix } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';

/** What is compared of a root. */
export interface RemoteFolder {
  profileId: string | null;
  profileName: string;
  remotePath: string;
  localPath: string;
}

/** The path as it is stored. Throws `invalid` for one that no folder can have, and for the whole sandbox. */
export function checkRemoteFolder(path: string): string {
  const trimmed = path.trim() === '' ? '.' : path.replace(/(.)\/+$/, '$1');
  if (/[\0\n\r]/.test(trimmed))
    throw new SpecboardError('invalid', 'A folder in a sandbox cannot have this name.');
  // "/home/.." is it, too.
  if (/^\/+$/.test(posix.normalize(trimmed))) {
    throw new SpecboardError('invalid', 'The whole sandbox cannot be synced.', {
      kept: 'Nothing was changed.',
      hint: 'Choose a folder in it.',
    });
  }
  return trimmed;
}

/** Throws `conflict` where both would sync the same files of a sandbox, as far as the paths tell. */
export function checkRemoteOverlap(root: RemoteFolder, others: readonly RemoteFolder[]): void {
  for (const other of others) {
    if (other.profileId === null || other.profileId !== root.profileId) continue;
    if (!isWithin(root.remotePath, other.remotePath) && !isWithin(other.remotePath, root.remotePath))
      continue;
    const text = `${root.remotePath} of "${root.profileName}" is synced with ${other.localPath} already, or lies in or around what is.`;
    throw new SpecboardError('conflict', text, {
      kept: 'Nothing was changed.',
      hint: 'Choose another folder in the sandbox, or remove the other sync first.',
    });
  }
}

/** A relative path and an absolute one cannot be compared without the sandbox. */
function isWithin(path: string, folder: string): boolean {
  if (posix.isAbsolute(path) !== posix.isAbsolute(folder)) return false;
  const way = posix.relative(posix.normalize(folder), posix.normalize(path));
  return way === '' || (way !== '..' && !way.startsWith('../'));
}
