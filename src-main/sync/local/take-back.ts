/** Takes back what was done to an item in a folder that was moved, or swapped for a link, at the same time. */
import { chmodSync, mkdirSync, renameSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import type { ApplyItem } from '../types.ts';
import { codeOf } from './file-errors.ts';
import { restore } from './journal.ts';
import { lookAt } from './look.ts';
import { keptFile, type LocalPlace } from './place.ts';
import type { Ready } from './prepare.ts';

/** What was done. */
export interface Deed {
  readonly item: ApplyItem;
  readonly target: string;
  /** What was there before. */
  readonly before: Stats | undefined;
  /** Of a `put`. */
  readonly ready: Ready | null;
  /** Name of the copy that was kept of it. */
  readonly kept: string | null;
}

/** Puts it right as far as it can be; what somebody put there since stays. */
export function takeBack(place: LocalPlace, { item, target, before, ready, kept }: Deed): void {
  try {
    const there = lookAt(target);
    if (there && there.ino !== before?.ino) {
      if (item.do === 'put' && ready !== null && there.ino === ready.stat.ino) renameSync(target, ready.file);
      else if (item.do === 'link' && there.isSymbolicLink()) unlinkSync(target);
      else if (item.do === 'directory' && there.isDirectory()) rmdirSync(target);
    } else if (item.do === 'mode' && there && before && there.mode !== before.mode)
      chmodSync(target, before.mode & 0o7777);
    if (kept !== null) restore(place, keptFile(place, kept), target);
    else if (before?.isDirectory() && !lookAt(target)) mkdirSync(target, before.mode & 0o777);
  } catch (error) {
    // What cannot be put back is kept; the item counts as changed in any case.
    if (codeOf(error) === '') throw error;
  }
}
