/** Where a root is on this computer, and where its state is. Plain data: goes to the worker with every job. */
import { join } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { isStateFolder } from '../state-folder.ts';
import type { SideFacts } from '../types.ts';

/** Found by `openRoot`; good until another folder stands there. */
export interface LocalPlace {
  /** The synced folder, absolute. */
  readonly root: string;
  /** The state folder, absolute, on the same volume as the root: what is staged can be renamed into it. */
  readonly state: string;
  /** Paths in the root that are SpecBoard's own data, never part of a sync. */
  readonly hidden: readonly string[];
  readonly facts: SideFacts;
  /** A second name for a file can be made: new files then never replace anything. */
  readonly hardLinks: boolean;
  /** `dev:ino` of the root. */
  readonly identity: string;
  /** How far the volume's clock is ahead of ours, in ms: a network drive has a clock of its own. */
  readonly aheadMs: number;
}

const hashForm = /^[0-9a-f]{64}$/;
const keptForm = /^[A-Za-z0-9_-]{1,64}\/\d{1,15}$/;
const cycleForm = /^[A-Za-z0-9_-]{1,64}$/;

/** The absolute path of something in the root. */
export function inRoot(place: LocalPlace, path: string): string {
  return join(place.root, path);
}

/** Where a whole, verified file of this hash waits to be renamed. */
export function stagedFile(place: LocalPlace, hash: string): string {
  if (!hashForm.test(hash)) throw new SpecboardError('internal', 'A file has no proper hash.');
  return join(place.state, 'stage', hash);
}

/** Where such a file is while it comes in pieces. */
export function partFile(place: LocalPlace, hash: string): string {
  return `${stagedFile(place, hash)}.part`;
}

/** The absolute path of a kept copy: `<cycle>/<n>` in the state folder's `kept`. */
export function keptFile(place: LocalPlace, name: string): string {
  if (!keptForm.test(name)) throw new SpecboardError('not-found', 'There is no such copy in the history.');
  return join(place.state, 'kept', name);
}

/** The folder of a cycle's kept copies. */
export function keptFolder(place: LocalPlace, cycle: string): string {
  if (!cycleForm.test(cycle)) throw new SpecboardError('internal', 'A cycle has no proper name.');
  return join(place.state, 'kept', cycle);
}

/** A file name in `tmp` that nobody else uses. */
export function temporaryFile(place: LocalPlace): string {
  temporaryCount += 1;
  const unique = `${process.pid}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
  return join(place.state, 'tmp', `${unique}-${temporaryCount}`);
}
let temporaryCount = 0;

/** True for SpecBoard's own data in the root, and for what is in it. */
export function isHidden(place: LocalPlace, path: string): boolean {
  if (path.split('/').some(isStateFolder)) return true;
  return place.hidden.some((hidden) => path === hidden || path.startsWith(`${hidden}/`));
}
