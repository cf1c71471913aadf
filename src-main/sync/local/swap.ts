/**
 * Puts something in the place of something else so that neither is ever half there, and that what was there before survives as a
 * kept copy, also where somebody saves it in this very moment.
 */
import { chmodSync, linkSync, lstatSync, renameSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import type { Entry } from '../types.ts';
import { codeOf, isGone } from './file-errors.ts';
import { type Journal, restore } from './journal.ts';
import { type Comparer, lookAt } from './look.ts';
import { keptFile, type LocalPlace, temporaryFile } from './place.ts';
import { type Ready, withExecutable } from './prepare.ts';
import { tryAgain } from './try-again.ts';

/** Younger than this, a file may be about to be saved again: then its name is emptied first, so that nothing can be lost between. */
export const freshMs = 2000;

/** What a swap needs. */
export interface SwapContext {
  readonly place: LocalPlace;
  readonly journal: Journal;
  readonly comparer: Comparer;
  /** ms since the epoch, now. */
  now(): number;
  /** A test stops the process here. */
  step(name: string): void;
}

/** What is replaced or removed. */
export interface Old {
  readonly path: string;
  readonly target: string;
  readonly stat: Stats;
  readonly entry: Entry;
  /** Name of the copy that is kept of it. */
  readonly kept: string;
}

/** A new file where nothing is. False: something is there by now. */
export function putNew(context: SwapContext, ready: Ready, target: string): boolean {
  context.step('put-new');
  if (!context.place.hardLinks) {
    if (lookAt(target)) return false;
    tryAgain(() => renameSync(ready.file, target));
    return true;
  }
  if (!linked(ready.file, target)) return false;
  context.step('put-new-linked');
  unlinkSync(ready.file);
  return true;
}

/** A new file over a file. False: it was not what it should be; then it is there as somebody saved it. */
export function putOver(context: SwapContext, ready: Ready, old: Old): boolean {
  const { place } = context;
  if (place.facts.executableBit) {
    const bits = withExecutable(old.stat.mode, (ready.stat.mode & 0o100) !== 0);
    if (bits !== (ready.stat.mode & 0o777)) chmodSync(ready.file, bits);
  }
  if (old.stat.isFile() && place.hardLinks && !isFresh(context, old.stat)) {
    const result = linkAndRename(context, ready, old);
    if (result !== null) return result;
  }
  return away(context, old, ready, () => putNew(context, ready, old.target));
}

/** Takes what is there away and calls `put`, which puts the new in (`ready`, where it is a file) unless something is there by then. */
export function away(context: SwapContext, old: Old, ready: Ready | null, put: () => boolean): boolean {
  const { place, journal } = context;
  const kept = keptFile(place, old.kept);
  journal.away(old.kept, old.path);
  context.step('away-journalled');
  if (!moved(old.target, kept)) {
    journal.settled(old.kept);
    return false;
  }
  context.step('away-moved');
  let isIn = false;
  try {
    if (isExpected(context, kept, old)) isIn = put();
    else restore(place, kept, old.target);
  } catch (error) {
    restore(place, kept, old.target);
    journal.settled(old.kept);
    throw error;
  }
  context.step('away-put');
  // Not in: somebody saved a file of this name meanwhile, which stays. What was there before is kept all the same: another program
  // may have it open and write to it yet.
  const result = isIn && settle(context, ready, old, kept);
  journal.settled(old.kept);
  return result;
}

/** Moves it into the kept copies. False: it was not what it should be, and is where it was. */
export function takeAway(context: SwapContext, old: Old): boolean {
  const kept = keptFile(context.place, old.kept);
  context.step('remove');
  if (!moved(old.target, kept)) return false;
  context.step('remove-moved');
  try {
    if (isExpected(context, kept, old)) return true;
  } catch (error) {
    restore(context.place, kept, old.target);
    throw error;
  }
  restore(context.place, kept, old.target);
  return false;
}

/** Removes a folder where it is empty. */
export function removeEmpty(target: string): boolean {
  try {
    tryAgain(() => rmdirSync(target));
    return true;
  } catch (error) {
    if (isGone(error)) return true;
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** Changed a moment ago. */
export function isFresh(context: Pick<SwapContext, 'now' | 'place'>, stat: Stats): boolean {
  return Math.max(stat.mtimeMs, stat.ctimeMs) > context.now() + context.place.aheadMs - freshMs;
}

/** The name always has something. Null: a second name cannot be made of this file. */
function linkAndRename(context: SwapContext, ready: Ready, old: Old): boolean | null {
  const kept = keptFile(context.place, old.kept);
  try {
    if (!linked(old.target, kept)) return null;
  } catch (error) {
    // Somebody else's file, too many names, a file system without: the other way works for all of them.
    return isGone(error) ? false : null;
  }
  context.step('linked');
  const now = lstatSync(kept);
  if (!sameContent(now, old.stat)) {
    unlinkSync(kept);
    return false;
  }
  tryAgain(() => renameSync(ready.file, old.target));
  context.step('renamed');
  return settle(context, ready, old, kept);
}

/**
 * The new one is in. Where somebody wrote into the old one while it was replaced, that is the newest there is, and gets its name
 * back (false). Where the name has something newer still, it stays a kept copy.
 */
function settle(context: SwapContext, ready: Ready | null, old: Old, kept: string): boolean {
  if (isExpected(context, kept, old)) return true;
  const there = lookAt(old.target);
  if (ready === null || !there || !isReady(there, ready)) return true;
  const ours = temporaryFile(context.place);
  context.journal.away(old.kept, old.path);
  renameSync(old.target, ours);
  context.step('giving-back');
  // Saved once more, by somebody who replaces files: then that is the newest.
  const isOurs = isReady(lstatSync(ours), ready);
  restore(context.place, isOurs ? kept : ours, old.target);
  context.journal.settled(old.kept);
  return !isOurs;
}

/** Its mode may have been changed since it was made ready. */
function isReady(stat: Stats, ready: Ready): boolean {
  return stat.ino === ready.stat.ino && stat.size === ready.stat.size && stat.mtimeMs === ready.stat.mtimeMs;
}

/** After it was moved: is it what was compared before? Of a fresh file the times do not say it. */
function isExpected(context: SwapContext, kept: string, old: Old): boolean {
  const stat = lstatSync(kept);
  if (!sameContent(stat, old.stat)) return false;
  return !isFresh(context, old.stat) || context.comparer.isIn(kept, stat, old.entry);
}

/** Nobody wrote between the two. Making a second name or moving changes the ctime, so that does not count. */
function sameContent(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.mode === b.mode;
}

/** False: there is something already. */
function linked(from: string, to: string): boolean {
  try {
    tryAgain(() => linkSync(from, to));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** False: nothing is there to be moved. */
function moved(from: string, to: string): boolean {
  try {
    tryAgain(() => renameSync(from, to));
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
