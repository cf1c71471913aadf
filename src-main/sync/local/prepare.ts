/** Makes ready what apply will put in place: whole, verified, with its time and mode, and on the disk. Nothing in the root changes. */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  type Stats,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ApplyItem, Entry } from '../types.ts';
import type { JobContext } from '../worker/job.ts';
import { codeOf, isGone, isNoSpace } from './file-errors.ts';
import { hashFile } from './hash-file.ts';
import { lookAt } from './look.ts';
import { realParents } from './parents.ts';
import { inRoot, type LocalPlace, stagedFile, temporaryFile } from './place.ts';
import { openToRead, syncAll } from './write-file.ts';

/** A `put`. */
export type PutItem = Extract<ApplyItem, { do: 'put' }>;

/** A file that is ready. */
export interface Ready {
  readonly file: string;
  /** Its state, by which it is known again in its place. */
  readonly stat: Stats;
}

/** Why there is none. */
export type NotReady = 'changed' | 'no-space';

/** Fills `ready`: the ready files of `items`. Copies are made before anything is applied: what they are copies of may be about to go. */
export async function prepare(
  place: LocalPlace,
  items: readonly ApplyItem[],
  context: JobContext,
  ready: Map<ApplyItem, Ready | NotReady>,
): Promise<void> {
  const puts = items.filter((item): item is PutItem => item.do === 'put');
  const left = new Map<string, number>();
  for (const { entry } of puts) left.set(entry.hash, (left.get(entry.hash) ?? 0) + 1);
  const files: string[] = [];
  let full = false;
  for (const item of puts) {
    context.throwIfStopped();
    const isLast = left.get(item.entry.hash) === 1;
    left.set(item.entry.hash, (left.get(item.entry.hash) ?? 1) - 1);
    let file: string | null = null;
    try {
      file = full ? null : (fromStage(place, item.entry, isLast) ?? fromRoot(place, item, context));
      if (file !== null) dress(place, file, item.entry);
    } catch (error) {
      if (isNoSpace(error)) full = true;
      else if (!isGone(error)) throw error;
      file = null;
    }
    if (file === null) ready.set(item, full ? 'no-space' : 'changed');
    else {
      ready.set(item, { file, stat: lstatSync(file) });
      files.push(file);
    }
  }
  try {
    await syncAll(files, 'files', context);
  } catch (error) {
    // A full disk may show only now.
    if (!isNoSpace(error)) throw error;
    for (const item of puts) ready.set(item, 'no-space');
  }
}

/** The staged file itself for the last who needs it, a copy for the others. Never one that has a second name somewhere. */
function fromStage(place: LocalPlace, entry: Entry, isLast: boolean): string | null {
  const staged = stagedFile(place, entry.hash);
  const stat = lookAt(staged);
  if (!stat?.isFile() || stat.size !== entry.size) return null;
  const own = temporaryFile(place);
  if (isLast && stat.nlink === 1) renameSync(staged, own);
  else copyFileSync(staged, own, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  return own;
}

/** A copy of the file in the root that the item names, verified. */
function fromRoot(place: LocalPlace, item: PutItem, context: JobContext): string | null {
  if (item.source.from !== 'copy') return null;
  const from = item.source.path;
  const file = inRoot(place, from);
  if (!realParents(place, from, false)) return null;
  const stat = lookAt(file);
  if (!stat?.isFile() || stat.size !== item.entry.size) return null;
  const own = temporaryFile(place);
  let isRight = false;
  try {
    // Opened first, so that a link in its place is not followed.
    const descriptor = openToRead(file);
    try {
      if (fstatSync(descriptor).ino !== stat.ino) return null;
      copyFileSync(file, own, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    } finally {
      closeSync(descriptor);
    }
    const hashed = hashFile(own, context);
    isRight = hashed.ok && hashed.hash === item.entry.hash;
  } catch (error) {
    // What cannot be read is not what it was; a full disk is another matter.
    if (codeOf(error) === '' || isNoSpace(error)) throw error;
  } finally {
    if (!isRight) rmSync(own, { force: true });
  }
  return isRight ? own : null;
}

/** Time and mode. */
function dress(place: LocalPlace, file: string, entry: Entry): void {
  const mode = lstatSync(file).mode & 0o666;
  if (place.facts.executableBit) chmodSync(file, withExecutable(mode, entry.executable));
  utimesSync(file, new Date(), new Date(sane(entry.modifiedAt)));
}

/** From 1970 to 2107, which every file system can keep. */
function sane(time: number): number {
  return Number.isFinite(time) ? Math.min(Math.max(Math.floor(time), 0), 4_323_000_000_000) : 0;
}

/** Executable for those who may read it. Nothing else is ever set: no setuid, no sticky bit. */
export function withExecutable(mode: number, executable: boolean): number {
  const plain = mode & 0o666;
  return executable ? plain | ((plain & 0o444) >> 2) : plain;
}

/** What was not used waits in staging again, or is removed where space is needed. */
export function putAway(
  place: LocalPlace,
  ready: ReadonlyMap<ApplyItem, Ready | NotReady>,
  used: ReadonlySet<string>,
  free: boolean,
): void {
  for (const [item, one] of ready) {
    if (typeof one === 'string' || item.do !== 'put' || !lookAt(one.file)) continue;
    const staged = stagedFile(place, item.entry.hash);
    // Used, and still here: what it was for was done already.
    if (free || used.has(one.file) || lookAt(staged)) rmSync(one.file, { force: true });
    else renameSync(one.file, staged);
  }
  if (!free) return;
  rmSync(join(place.state, 'stage'), { recursive: true, force: true });
  mkdirSync(join(place.state, 'stage'), { mode: 0o700 });
}
