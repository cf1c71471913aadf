/** Copies of what a sync replaced or removed. Jobs `localKeepFile`, `localKeepAs`, `localDropKept`. */
import {
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Entry } from '../types.ts';
import type { Job } from '../worker/job.ts';
import { isGone, stateProblem } from './file-errors.ts';
import { Comparer, lookAt } from './look.ts';
import { realParents } from './parents.ts';
import { inRoot, keptFile, keptFolder, type LocalPlace, temporaryFile } from './place.ts';
import { readCache } from './scan-cache.ts';
import { syncAll } from './write-file.ts';

/** The "cycle" of copies that no apply made. */
const saved = 'saved';

/** Keeps a copy of a file or link as it is. Throws `conflict` where it is not what its entry says. */
export const keepFile: Job<{ place: LocalPlace; path: string; entry: Entry }, string> = async (
  { place, path, entry },
  context,
) => {
  const from = inRoot(place, path);
  const temporary = temporaryFile(place);
  try {
    const stat = realParents(place, path, false) ? lookAt(from) : undefined;
    if (stat?.isSymbolicLink()) symlinkSync(readlinkSync(from), temporary);
    else if (stat?.isFile())
      copyFileSync(from, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    else throw notSo(path);
    const comparer = new Comparer(place, context, () => readCache(place));
    // A copy has the mode of what it is of; what counts is what is in it.
    const copy = lstatSync(temporary);
    const executable = (copy.mode & 0o100) !== 0;
    if (!comparer.isIn(temporary, copy, entry.kind === 'file' ? { ...entry, executable } : entry))
      throw notSo(path);
    return await keepAs({ place, file: temporary }, context);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw isGone(error) ? notSo(path) : stateProblem(error);
  }
};

/** Makes a finished file in `tmp` a kept copy. */
export const keepAs: Job<{ place: LocalPlace; file: string }, string> = async ({ place, file }, context) => {
  const folder = keptFolder(place, saved);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (lstatSync(file).isFile()) await syncAll([file], 'files', context);
  const last = readdirSync(folder).reduce((most, name) => Math.max(most, Number(name) || 0), 0);
  const name = `${saved}/${last + 1}`;
  renameSync(file, keptFile(place, name));
  await syncAll([folder], 'folders', context);
  return name;
};

/** Removes copies. What is not there is removed already. */
export const dropKept: Job<{ place: LocalPlace; names: readonly string[] }, void> = (
  { place, names },
  context,
) => {
  for (const name of names) {
    context.throwIfStopped();
    try {
      const file = keptFile(place, name);
      rmSync(file, { force: true });
      if (readdirSync(dirname(file)).length === 0) rmdirSync(dirname(file));
    } catch (error) {
      if (!isGone(error) && !(error instanceof SpecboardError)) throw stateProblem(error);
    }
  }
};

function notSo(path: string): SpecboardError {
  return new SpecboardError('conflict', `${path} was changed at the same time.`, {
    kept: 'It is as it was.',
    hint: 'Try again.',
    retryable: true,
  });
}
