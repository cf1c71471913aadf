/** Applies items to the root, one after the other: prepared, compared, swapped, kept. Job `localApply`. */
import { chmodSync, mkdirSync, readdirSync, renameSync, type Stats, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkPath, checkWindowsName, linkStaysInside } from '../rules/names.ts';
import type { ApplyItem, ApplyResult, Entry, UnusableReason } from '../types.ts';
import type { Job, JobContext } from '../worker/job.ts';
import { codeOf, isNoSpace, reasonOf, stateProblem } from './file-errors.ts';
import { type Folder, Folders } from './folders.ts';
import { Journal } from './journal.ts';
import { Comparer, lookAt } from './look.ts';
import { identityOf, rootStat } from './open-root.ts';
import { isSpelledSo } from './parents.ts';
import { inRoot, isHidden, keptFolder, type LocalPlace } from './place.ts';
import { type NotReady, prepare, putAway, type Ready, withExecutable } from './prepare.ts';
import { readCache, type ScanCache } from './scan-cache.ts';
import { away, type Old, putNew, putOver, removeEmpty, type SwapContext, takeAway } from './swap.ts';
import { takeBack } from './take-back.ts';
import { tryAgain } from './try-again.ts';
import { syncAll } from './write-file.ts';

/** What is to be applied. */
export interface ApplyInput {
  readonly place: LocalPlace;
  readonly cycle: string;
  readonly items: readonly ApplyItem[];
  /** ms since the epoch minus this machine's own: 0 but in tests. */
  readonly clockMs: number;
  /** In tests: as where nothing can be done from an open folder. */
  readonly byPath?: boolean;
}

const done: ApplyResult = { result: 'done', kept: null };
const changed: ApplyResult = { result: 'changed' };
const full: ApplyResult = { result: 'failed', reason: 'no-space' };

/**
 * See the file's first lines. Stopped in between, what was not begun is `changed`: nothing was done to it. On a full disk too the
 * rest is left as it is (`no-space`), and staging is freed.
 */
export const applyItems: Job<ApplyInput, ApplyResult[]> = async (input, context) => {
  const { place, cycle, items } = input;
  if (identityOf(rootStat(place.root)) !== place.identity) return items.map(() => changed);
  const ready = new Map<ApplyItem, Ready | NotReady>();
  const used = new Set<string>();
  let isFull = false;
  try {
    const folder = keptFolder(place, cycle);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    using journal = Journal.open(place, cycle);
    context.step?.('begin');
    await prepare(place, items, context, ready);
    const kept = keptNames(folder, cycle, items);
    journal.intend(items.flatMap((item) => intention(item, cycle, kept.get(item))));
    context.step?.('prepared');
    using folders = Folders.of(place, input.byPath);
    const applier = new Applier(place, folders, journal, input.clockMs, context, ready, kept);
    const results: ApplyResult[] = [];
    for (const item of items) {
      const result: ApplyResult = isFull ? full : context.isStopped() ? changed : applier.apply(item);
      if (result === full) isFull = true;
      const one = ready.get(item);
      if (result.result === 'done' && typeof one === 'object') used.add(one.file);
      results.push(result);
    }
    context.step?.('applied');
    // The manifest must not be ahead of the files, also after a power cut.
    await syncAll([...applier.touched, folder], 'folders', { throwIfStopped() {} });
    return results;
  } catch (error) {
    if (isNoSpace(error)) {
      isFull = true;
      return items.map(() => full);
    }
    throw stateProblem(error);
  } finally {
    putAway(place, ready, used, isFull || [...ready.values()].includes('no-space'));
  }
};

/** Names for the copies that may be made. */
function keptNames(folder: string, cycle: string, items: readonly ApplyItem[]): Map<ApplyItem, string> {
  let last = readdirSync(folder).reduce((most, name) => Math.max(most, Number(name) || 0), 0);
  const names = new Map<ApplyItem, string>();
  for (const item of items) {
    if (!isKept(item)) continue;
    last += 1;
    names.set(item, `${cycle}/${last}`);
  }
  return names;
}

function isKept(item: ApplyItem): boolean {
  return item.over !== null && item.over.kind !== 'directory' && item.do !== 'mode' && item.do !== 'rename';
}

function intention(item: ApplyItem, cycle: string, kept: string | undefined) {
  return kept !== undefined && item.over !== null ? [{ cycle, kept, path: item.path, entry: item.over }] : [];
}

class Applier {
  readonly #place: LocalPlace;
  readonly #folders: Folders;
  readonly #context: JobContext;
  readonly #ready: ReadonlyMap<ApplyItem, Ready | NotReady>;
  readonly #kept: ReadonlyMap<ApplyItem, string>;
  readonly #comparer: Comparer;
  readonly #swap: SwapContext;
  #cache: ScanCache | null = null;
  /** Folders in which names changed. */
  readonly touched = new Set<string>();

  constructor(
    place: LocalPlace,
    folders: Folders,
    journal: Journal,
    clockMs: number,
    context: JobContext,
    ready: ReadonlyMap<ApplyItem, Ready | NotReady>,
    kept: ReadonlyMap<ApplyItem, string>,
  ) {
    this.#place = place;
    this.#folders = folders;
    this.#context = context;
    this.#ready = ready;
    this.#kept = kept;
    this.#comparer = new Comparer(place, context, () => (this.#cache ??= readCache(place)));
    this.#swap = {
      place,
      journal,
      comparer: this.#comparer,
      now: () => Date.now() + clockMs,
      step: (name) => context.step?.(name),
    };
  }

  apply(item: ApplyItem): ApplyResult {
    try {
      const reason = this.#refusal(item);
      return reason === null ? this.#try(item) : { result: 'failed', reason };
    } catch (error) {
      // Stopped while it was compared: nothing was done.
      if (this.#context.isStopped()) return changed;
      if (codeOf(error) === '') throw error;
      const reason = reasonOf(error, 'write');
      return reason === 'no-space' ? full : { result: 'failed', reason, detail: codeOf(error) };
    }
  }

  /** The third look at a name, after the scan's and the bundle's: this one is just before it is used. */
  #refusal(item: ApplyItem): UnusableReason | null {
    for (const path of item.do === 'rename' ? [item.path, item.to] : [item.path]) {
      const reason = checkPath(path);
      if (reason !== null) return reason;
      if (isHidden(this.#place, path)) return 'hostile-name';
      if (this.#place.facts.windowsNames && path.split('/').some((name) => checkWindowsName(name) !== null))
        return 'name-not-possible';
    }
    if (item.do !== 'link') return null;
    if (!linkStaysInside(item.path, item.entry.target ?? '')) return 'link-leads-out';
    return this.#place.facts.links ? null : 'link-not-possible';
  }

  #try(item: ApplyItem): ApplyResult {
    const makesParents = item.do !== 'remove' && item.do !== 'mode' && item.do !== 'rename';
    const folder = this.#folders.above(item.path, makesParents && item.over === null);
    const above = dirname(inRoot(this.#place, item.path));
    if (!folder) return item.do === 'remove' && !lookAt(above) ? done : changed;
    const name = nameOf(item.path);
    const target = join(folder.path, name);
    const before = lookAt(target);
    const isOther = before !== undefined && !isSpelledSo(this.#place, folder.path, name);
    if (item.do === 'rename') return this.#rename(item, folder, before, isOther);
    if (isOther) return changed;
    this.#context.step?.(`${item.do} ${item.path}`);
    this.touched.add(above);
    const result = this.#do(item, target, before);
    if (result.result !== 'done' || folder.isStill()) return result;
    const ready = this.#ready.get(item);
    const more = { ready: typeof ready === 'object' ? ready : null, kept: result.kept };
    takeBack(this.#place, { item, target, before, ...more });
    return changed;
  }

  #do(item: Exclude<ApplyItem, { do: 'rename' }>, target: string, stat: Stats | undefined): ApplyResult {
    switch (item.do) {
      case 'put':
        return this.#put(item, target, stat);
      case 'directory':
        return this.#directory(item, target, stat);
      case 'link':
        return this.#link(item, target, stat);
      case 'mode':
        return this.#mode(item, target, stat);
      case 'remove':
        return this.#remove(item, target, stat);
    }
  }

  #put(item: Extract<ApplyItem, { do: 'put' }>, target: string, stat: Stats | undefined): ApplyResult {
    const before = this.#before(item, target, stat, item.entry);
    if (before === 'done') return done;
    const ready = this.#ready.get(item);
    if (ready === 'no-space') return full;
    if (before === 'changed' || typeof ready !== 'object') return changed;
    if (before === null) return putNew(this.#swap, ready, target) ? done : changed;
    return this.#result(before, putOver(this.#swap, ready, before));
  }

  #directory(
    item: Extract<ApplyItem, { do: 'directory' }>,
    target: string,
    stat: Stats | undefined,
  ): ApplyResult {
    if (stat?.isDirectory()) return done;
    const before = this.#before(item, target, stat, null);
    if (before === 'done' || before === 'changed') return changed;
    const make = () => unlessThere(() => mkdirSync(target));
    if (before === null) return make() ? done : changed;
    return this.#result(before, away(this.#swap, before, null, make));
  }

  #link(item: Extract<ApplyItem, { do: 'link' }>, target: string, stat: Stats | undefined): ApplyResult {
    const before = this.#before(item, target, stat, item.entry);
    if (before === 'done') return done;
    if (before === 'changed') return changed;
    const make = () => unlessThere(() => makeLink(target, item.entry.target ?? ''));
    if (before === null) return make() ? done : changed;
    return this.#result(before, away(this.#swap, before, null, make));
  }

  #mode(item: Extract<ApplyItem, { do: 'mode' }>, target: string, stat: Stats | undefined): ApplyResult {
    if (!stat || item.over.kind !== 'file') return changed;
    if (!this.#place.facts.executableBit) return done;
    const isAt = (executable: boolean) =>
      this.#comparer.isAt(item.path, target, stat, { ...item.over, executable });
    if (isAt(item.executable)) return done;
    if (!isAt(item.over.executable)) return changed;
    chmodSync(target, withExecutable(stat.mode, item.executable));
    return done;
  }

  #remove(item: Extract<ApplyItem, { do: 'remove' }>, target: string, stat: Stats | undefined): ApplyResult {
    if (!stat) return done;
    if (item.over.kind === 'directory') return stat.isDirectory() && removeEmpty(target) ? done : changed;
    const before = this.#before(item, target, stat, null);
    if (before === null || typeof before === 'string') return changed;
    return this.#result(before, takeAway(this.#swap, before));
  }

  /** `elsewhere`: the name is there in another spelling, the new one perhaps. */
  #rename(
    item: Extract<ApplyItem, { do: 'rename' }>,
    folder: Folder,
    stat: Stats | undefined,
    elsewhere: boolean,
  ): ApplyResult {
    if (!elsewhere) this.#context.step?.(`rename ${item.path}`);
    const folderTo = this.#folders.above(item.to, false, folder);
    if (!folderTo) return changed;
    const target = join(folder.path, nameOf(item.path));
    const to = join(folderTo.path, nameOf(item.to));
    const there = lookAt(to);
    const isThere = there !== undefined && isSpelledSo(this.#place, folderTo.path, nameOf(item.to));
    if (isThere && (elsewhere || !stat))
      return this.#comparer.isAt(item.to, to, there, item.over) ? done : changed;
    if (elsewhere || !stat || !this.#comparer.isAt(item.path, target, stat, item.over)) return changed;
    if (there && there.ino !== stat.ino) return changed;
    tryAgain(() => renameSync(target, to));
    for (const path of [item.path, item.to]) this.touched.add(dirname(inRoot(this.#place, path)));
    if (folder.isStill() && folderTo.isStill()) return done;
    if (!lookAt(target)) renameSync(to, target);
    return changed;
  }

  /** What is to be replaced; null: nothing is there, as it should be. */
  #before(
    item: ApplyItem,
    target: string,
    stat: Stats | undefined,
    entry: Entry | null,
  ): Old | null | 'done' | 'changed' {
    const { path, over } = item;
    if (stat && entry !== null && this.#comparer.isAt(path, target, stat, entry)) return 'done';
    if (!stat) return over === null ? null : 'changed';
    if (over === null) return 'changed';
    if (over.kind === 'directory') return stat.isDirectory() && removeEmpty(target) ? null : 'changed';
    const kept = this.#kept.get(item);
    if (kept === undefined || !this.#comparer.isAt(path, target, stat, over)) return 'changed';
    return { path, target, stat, entry: over, kept };
  }

  #result(old: Old, isDone: boolean): ApplyResult {
    return isDone ? { result: 'done', kept: old.kept } : changed;
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function unlessThere(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Windows has two kinds of links. */
function makeLink(path: string, target: string): void {
  const isFolder = () => {
    try {
      return statSync(join(dirname(path), target)).isDirectory();
    } catch {
      return false;
    }
  };
  symlinkSync(target, path, process.platform === 'win32' && isFolder() ? 'dir' : 'file');
}
