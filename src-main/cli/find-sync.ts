/** Finds the sync that a person names: by a folder, by the start of its id, or the only one. */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { SyncRoot } from '../../src-shared/domain/sync.ts';
import type { Core } from '../app/create-core.ts';
import { findById } from './find.ts';

/** Throws `not-found`, or `invalid` where it is not clear which. */
export function findSync(core: Core, name: string | undefined): SyncRoot {
  const roots = core.sync.list();
  if (roots.length === 0) {
    throw new SpecboardError('not-found', 'No folders are synced.', {
      hint: 'Pair two: specboard sync add LOCAL [PROFILE:]REMOTE',
    });
  }
  if (name === undefined) {
    const [only] = roots;
    if (only && roots.length === 1) return only;
    const inside = roots.find(({ localPath }) => partOf(realPath('.'), localPath) !== null);
    if (inside) return inside;
    throw new SpecboardError('invalid', 'There are several syncs.', {
      hint: 'Say which: by its folder, or by the start of its id (specboard sync status).',
    });
  }
  const path = realPath(name);
  return roots.find(({ localPath }) => localPath === path) ?? findById(roots, name, 'sync');
}

/** The sync that a file of this computer belongs to, and its path there; null: none. A link in a synced folder is meant itself. */
export function syncOfFile(core: Core, file: string): { root: SyncRoot; path: string } | null {
  const whole = resolve(file);
  for (const real of [join(realPath(dirname(whole)), basename(whole)), realPath(whole)]) {
    for (const root of core.sync.list()) {
      const path = partOf(real, root.localPath);
      if (path !== null) return { root, path };
    }
  }
  return null;
}

/** The real path, as far down as there is something. */
function realPath(path: string): string {
  const whole = resolve(path);
  for (let there = whole; ; there = resolve(there, '..')) {
    try {
      return join(realpathSync.native(there), relative(there, whole));
    } catch {
      if (resolve(there, '..') === there) return whole;
    }
  }
}

/** With `/`; '' for the folder itself. */
function partOf(path: string, folder: string): string | null {
  const way = relative(folder, path);
  if (isAbsolute(way) || way === '..' || way.startsWith(`..${sep}`)) return null;
  return way.split(sep).join('/');
}
