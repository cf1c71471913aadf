/**
 * What came of the steps: the manifest gets what is done (after the files, never before), the person what could not be done, the
 * next pass what changed meanwhile.
 */
import type { Problem } from '../../../src-shared/contract/errors.ts';
import type { SyncSide } from '../../../src-shared/domain/sync.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import { Subtrees } from '../reconcile/path-sets.ts';
import type { Resolution } from '../reconcile/resolution.ts';
import { isSame } from '../reconcile/same.ts';
import type { ApplyItem, ApplyResult, Entry, Tree, Unusable } from '../types.ts';
import { cachedFromBytes } from './batches.ts';
import type { FullFolders } from './full-folders.ts';
import type { KeptCopy, ManifestBatch, ManifestStore, ManifestUpsert } from './manifest-store.ts';

/** A file both sides have now, whose signature the next change will want. */
export interface LargeFile {
  readonly path: string;
  readonly entry: Entry;
}

const folder: Entry = {
  kind: 'directory',
  size: 0,
  modifiedAt: 0,
  executable: false,
  hash: '',
  target: null,
};

/** Rows of a transaction: some 20 ms, in which nothing else happens. */
const rowsAtOnce = 2000;

/** What a cycle did, over all its passes. */
export class Counts {
  uploaded = 0;
  downloaded = 0;
  deletedLocal = 0;
  deletedRemote = 0;
  /** Something was done on a side, or the manifest got another row. */
  didSomething = false;
  /** Whether the sandbox's marker has the pending epoch: every bundle that was applied there says it. */
  isMarked = false;
  /** What wants a signature in the cache. */
  readonly large: LargeFile[] = [];
}

/** What a ledger works with. */
export interface LedgerInput {
  readonly rootId: string;
  readonly store: ManifestStore;
  readonly clock: Clock;
  readonly base: Tree;
  readonly local: Tree;
  readonly remote: Tree;
  readonly resolutions: ReadonlyMap<string, Resolution>;
  readonly counts: Counts;
  readonly fullFolders: FullFolders;
}

/** Of one pass. See the file's first lines. */
export class Ledger {
  readonly postponed = new Set<string>();
  readonly unusable: Unusable[] = [];
  /** Paths of decisions that are carried out. */
  readonly done = new Set<string>();
  /** Sides of which results came. */
  readonly hasTaken = { local: false, remote: false };
  /** A direction that ended early, and why; the other one goes on. */
  readonly stopped: { local: Problem | null; remote: Problem | null } = { local: null, remote: null };
  /** Something done needs another look: a second copy was made that the other side has to get. */
  needsAnotherPass = false;
  readonly #input: LedgerInput;
  readonly #decided = new Subtrees();
  readonly #home = new Set<string>();

  constructor(input: LedgerInput) {
    this.#input = input;
    for (const path of input.resolutions.keys()) this.#decided.add(path);
  }

  /** Somebody changed it meanwhile. */
  postpone(path: string): void {
    this.postponed.add(path);
  }

  /**
   * Stores what came of items on `side`, some at a time: each says by itself what is so now. Fewer results than items: the rest was
   * not tried.
   */
  async take(side: SyncSide, items: readonly ApplyItem[], results: readonly ApplyResult[]): Promise<void> {
    this.hasTaken[side] = true;
    for (let from = 0; from < results.length; from += rowsAtOnce) {
      if (from > 0) await new Promise((resolve) => setImmediate(resolve));
      this.#take(side, items.slice(from, from + rowsAtOnce), results.slice(from, from + rowsAtOnce));
    }
  }

  #take(side: SyncSide, items: readonly ApplyItem[], results: readonly ApplyResult[]): void {
    const upserts = new Map<string, ManifestUpsert>();
    const deletes = new Set<string>();
    const kept: KeptCopy[] = [];
    for (const [index, result] of results.entries()) {
      const item = items[index];
      if (!item) break;
      if (result.result === 'changed') this.#changed(side, item);
      else if (result.result === 'failed') this.#fail(side, item, result.reason, result.detail);
      else {
        this.#done(side, item, upserts, deletes);
        const isHome = side === 'remote' && this.#home.has(item.path);
        if (result.kept !== null && item.over && !isHome)
          kept.push(this.#kept(side, item, item.over, result.kept));
      }
    }
    if (upserts.size + deletes.size + kept.length > 0)
      this.commit({ upserts: [...upserts.values()], deletes: [...deletes], kept });
  }

  /** The sandbox's copy of a conflict is in the history here: the one that the sandbox keeps too need not be listed. */
  broughtHome(path: string, version: Entry, name: string): void {
    this.#home.add(path);
    const copy: KeptCopy = { path, side: 'remote', why: 'not-chosen', version, where: 'local', name };
    this.commit({ upserts: [], deletes: [], kept: [copy] });
  }

  /** The sandbox's marker says the pending epoch from now on. */
  marked(): void {
    this.#input.counts.isMarked = true;
  }

  /** Stores what needed no step. What does not count any more goes first: what is missing after a break is found again. */
  async agree(
    upserts: readonly ManifestUpsert[],
    deletes: readonly string[],
    localIdentity: string,
  ): Promise<void> {
    this.commit({ upserts: upserts.slice(0, rowsAtOnce), deletes, kept: [], localIdentity });
    for (let from = rowsAtOnce; from < upserts.length; from += rowsAtOnce) {
      await new Promise((resolve) => setImmediate(resolve));
      this.commit({ upserts: upserts.slice(from, from + rowsAtOnce), deletes: [], kept: [] });
    }
  }

  /** One batch. */
  commit(batch: Omit<ManifestBatch, 'syncedAt'>): void {
    const { rootId, store, clock, counts } = this.#input;
    store.commit(rootId, { ...batch, syncedAt: clock.now() });
    if (batch.upserts.length + batch.deletes.length + batch.kept.length > 0) counts.didSomething = true;
  }

  /** All that was seen in a folder is gone by then: what keeps it is left out of the sync, and will be there next time too. */
  #changed(side: SyncSide, item: ApplyItem): void {
    if (item.do !== 'remove' || item.over.kind !== 'directory') this.postpone(item.path);
    else {
      this.#input.fullFolders.add(side, item.path, this.#input.clock.now());
      this.unusable.push({ path: item.path, side, reason: 'not-empty' });
    }
  }

  #fail(side: SyncSide, item: ApplyItem, reason: Unusable['reason'] | 'no-space', detail?: string): void {
    if (reason === 'no-space') this.stop(side, noSpace(side));
    else this.unusable.push({ path: item.path, side, reason, ...(detail === undefined ? {} : { detail }) });
  }

  /** Ends what goes to `side`: nothing more is begun there. */
  stop(side: SyncSide, problem: Problem): void {
    this.stopped[side] ??= problem;
  }

  #done(side: SyncSide, item: ApplyItem, upserts: Map<string, ManifestUpsert>, deletes: Set<string>): void {
    const direction = side === 'remote' ? 'upload' : 'download';
    const agree = (path: string, entry: Entry) => {
      deletes.delete(path);
      upserts.set(path, { path, entry, direction });
    };
    const gone = (path: string) => {
      upserts.delete(path);
      if (this.#input.base.has(path)) deletes.add(path);
    };
    this.#count(side, item);
    this.done.add(item.path);
    switch (item.do) {
      case 'remove':
        gone(item.path);
        break;
      case 'rename':
        this.#renamed(item, agree, gone);
        break;
      case 'directory':
        agree(item.path, folder);
        break;
      case 'mode':
        agree(item.path, { ...item.over, executable: item.executable });
        break;
      default: {
        const source = (side === 'remote' ? this.#input.local : this.#input.remote).get(item.path);
        // A second copy of a conflict: one side alone has it until the next pass.
        if (!isSame(source, item.entry, { executable: false })) {
          this.needsAnotherPass = true;
          return;
        }
        agree(item.path, item.entry);
        if (item.entry.kind === 'file' && item.entry.size >= cachedFromBytes)
          this.#input.counts.large.push({ path: item.path, entry: item.entry });
      }
    }
  }

  /** What was the ancestor there is the ancestor here: what differs is for the next pass. */
  #renamed(
    { path, to, over }: Extract<ApplyItem, { do: 'rename' }>,
    agree: (path: string, entry: Entry) => void,
    gone: (path: string) => void,
  ): void {
    this.needsAnotherPass = true;
    gone(path);
    agree(to, over);
    if (over.kind !== 'directory') return;
    for (const [below, entry] of this.#input.base) {
      if (!below.startsWith(`${path}/`)) continue;
      gone(below);
      agree(`${to}${below.slice(path.length)}`, entry);
    }
  }

  #count(side: SyncSide, item: ApplyItem): void {
    const { counts } = this.#input;
    counts.didSomething = true;
    if (item.do === 'directory') return;
    if (item.do !== 'remove') counts[side === 'remote' ? 'uploaded' : 'downloaded'] += 1;
    else if (item.over.kind !== 'directory')
      counts[side === 'remote' ? 'deletedRemote' : 'deletedLocal'] += 1;
  }

  #kept(side: SyncSide, item: ApplyItem, version: Entry, name: string): KeptCopy {
    const why = this.#decided.has(item.path) ? 'not-chosen' : item.do === 'remove' ? 'deleted' : 'replaced';
    return { path: item.path, side, why, version, where: side, name };
  }
}

/** The disk of a side is full. */
export function noSpace(side: SyncSide): Problem {
  return {
    code: 'no-space',
    message: side === 'local' ? 'The disk of this computer is full.' : 'The disk of the sandbox is full.',
    kept: 'What was synced until then is complete; nothing is half-written.',
    hint: 'Free some space, or exclude what is not needed, then sync again.',
    retryable: false,
  };
}
