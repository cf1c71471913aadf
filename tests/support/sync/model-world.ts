/**
 * A sync in memory, as small as it can be and still use the real reconcile/ and steps: two trees, a history, a manifest, cycles
 * that may be cut off between any two steps, and edits that happen between them. `fault` builds in one deliberate mistake, so that
 * the tests can prove that they would notice it.
 */
import { createHash } from 'node:crypto';
import { foldersAbove } from '../../../src-main/sync/reconcile/path-sets.ts';
import { reconcile } from '../../../src-main/sync/reconcile/reconcile.ts';
import { isSame } from '../../../src-main/sync/reconcile/same.ts';
import { planSteps } from '../../../src-main/sync/reconcile/steps.ts';
import type { ApplyItem, Decision, Entry, Scan, SideFacts } from '../../../src-main/sync/types.ts';
import type { SyncMode, SyncSide } from '../../../src-shared/domain/sync.ts';

/** The mistakes that can be built in. */
export type Fault = 'none' | 'commit-first' | 'no-precondition' | 'no-history' | 'two-step' | 'follow-scan';

export const allFacts: SideFacts = {
  caseSensitive: true,
  unicodeSensitive: true,
  executableBit: true,
  links: true,
  windowsNames: false,
  freeBytes: null,
};

export const emptyScan = (entries: Map<string, Entry> = new Map()): Scan => ({
  entries,
  unusable: [],
  excluded: [],
  excludedCount: 0,
});

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** A file with this content. */
export function fileEntry(content: string, executable = false): Entry {
  return {
    kind: 'file',
    size: content.length,
    modifiedAt: 0,
    executable,
    hash: hashOf(content),
    target: null,
  };
}

export const folderEntry: Entry = {
  kind: 'directory',
  size: 0,
  modifiedAt: 0,
  executable: false,
  hash: '',
  target: null,
};

/** A link. */
export function linkEntry(target: string): Entry {
  return { kind: 'link', size: 0, modifiedAt: 0, executable: false, hash: hashOf(target), target };
}

/** One edit by somebody. */
export interface Edit {
  side: SyncSide;
  path: string;
  kind: 'write' | 'same' | 'delete' | 'move' | 'folder' | 'link' | 'mode';
  to: string;
}

/** See the file's first lines. */
export class ModelWorld {
  readonly trees: Record<SyncSide, Map<string, Entry>> = { local: new Map(), remote: new Map() };
  readonly base = new Map<string, Entry>();
  /** Hashes in either side's history. */
  readonly history = new Set<string>();
  /** Hashes that anybody ever wrote. */
  readonly written = new Set<string>();
  /** Hashes whose last copy a person replaced or deleted. */
  readonly superseded = new Set<string>();
  /** `path hash` of what was on both sides at once: only that may be replaced by a two-way sync. */
  readonly #agreed = new Set<string>();
  /** What was replaced although it was never agreed on. */
  #overwritten: string | null = null;
  conflicts: Decision[] = [];
  readonly #fault: Fault;
  readonly #mode: SyncMode;
  #count = 0;

  constructor(mode: SyncMode = 'two-way', fault: Fault = 'none') {
    this.#mode = mode;
    this.#fault = fault;
  }

  edit(change: Edit): void {
    this.#edit(change);
    this.#noteAgreed();
  }

  #edit({ side, path, kind, to }: Edit): void {
    const tree = this.trees[side];
    const old = tree.get(path);
    switch (kind) {
      case 'write':
        this.#put(side, path, fileEntry(`content ${++this.#count}`, old?.executable ?? false));
        return;
      case 'same': {
        const entry = fileEntry(`content ${++this.#count}`);
        this.#put('local', path, entry);
        this.#put('remote', path, entry);
        return;
      }
      case 'link':
        this.#put(side, path, linkEntry(`target${++this.#count}`));
        return;
      case 'folder':
        this.#put(side, path, folderEntry);
        return;
      case 'mode':
        if (old?.kind === 'file') tree.set(path, { ...old, executable: !old.executable });
        return;
      case 'delete':
        this.#remove(side, path);
        return;
      case 'move': {
        if (!old || to === path || to.startsWith(`${path}/`) || tree.has(to) || !this.#isFree(tree, to))
          return;
        const moved = [...tree].filter(([name]) => name === path || name.startsWith(`${path}/`));
        for (const [name] of moved) tree.delete(name);
        this.#makeParents(tree, to);
        for (const [name, entry] of moved) tree.set(to + name.slice(path.length), entry);
        return;
      }
    }
  }

  /** One cycle; each yield is a place where it may be cut off, or where somebody edits. */
  *cycle(): Generator<void, void> {
    const local = emptyScan(new Map(this.trees.local));
    yield;
    const remote = emptyScan(new Map(this.trees.remote));
    yield;
    const { decisions } = reconcile({
      ...{ mode: this.#mode, base: this.base, local, remote, localFacts: allFacts, remoteFacts: allFacts },
      ...{ approved: new Set<string>(), resolutions: new Map(), restore: null },
    });
    this.conflicts = decisions.filter(({ action }) => action === 'conflict');
    const pending: (() => void)[] = [];
    for (const decision of decisions) {
      if (decision.action === 'adopt') pending.push(() => this.base.set(decision.path, decision.entry));
      if (decision.action === 'forget') pending.push(() => this.base.delete(decision.path));
    }
    const steps = planSteps(decisions, {
      ...{ local: local.entries, remote: remote.entries, localFacts: allFacts, remoteFacts: allFacts },
    });
    const work = [
      ...steps.upload.map((item) => ({ side: 'remote' as const, item })),
      ...steps.download.map((item) => ({ side: 'local' as const, item })),
    ];
    if (this.#fault === 'commit-first') for (const { item } of work) this.#commit(item);
    for (const { side, item } of work) {
      yield;
      const applied = this.#apply(side, item);
      while (applied.next().done !== true) yield;
      if (this.#done) pending.push(() => this.#commit(item));
      if (pending.length >= 2) {
        yield;
        for (const commit of pending.splice(0)) commit();
      }
    }
    yield;
    for (const commit of pending) commit();
  }

  /** The first content that is nowhere although nobody gave it up. */
  lost(): string | null {
    const alive = new Set(this.history);
    for (const tree of [this.trees.local, this.trees.remote])
      for (const { hash } of tree.values()) alive.add(hash);
    for (const hash of this.written) if (!alive.has(hash) && !this.superseded.has(hash)) return hash;
    return this.#overwritten;
  }

  /** Paths that differ and are not (at or below) a conflict that waits. */
  apart(): string[] {
    const { local, remote } = this.trees;
    const waiting = this.conflicts.map(({ path }) => path);
    const isExplained = (path: string) =>
      waiting.some((conflict) => {
        const inside = path === conflict || path.startsWith(`${conflict}/`);
        return inside || conflict.startsWith(`${path}/`); // the folder that a conflict needs
      });
    return [...new Set([...local.keys(), ...remote.keys()])].filter(
      (path) => !isSame(local.get(path), remote.get(path)) && !isExplained(path),
    );
  }

  snapshot(): string {
    return JSON.stringify([this.trees.local, this.trees.remote, this.base].map((tree) => [...tree].sort()));
  }

  #done = false;

  *#apply(side: SyncSide, item: ApplyItem): Generator<void, void> {
    this.#done = false;
    const tree = this.trees[side];
    const now = tree.get(item.path) ?? null;
    const wanted = wantedOf(item);
    if (item.do === 'put' && this.#fault !== 'follow-scan') {
      // The bytes are read now: a source that changed since the scan is left for the next cycle.
      const other = this.trees[side === 'remote' ? 'local' : 'remote'].get(item.path) ?? null;
      if (!isSame(other, item.entry)) return;
    }
    if (this.#fault !== 'no-precondition' && !isSame(now, item.over)) {
      this.#done = isSame(now, wanted);
      return;
    }
    if (item.do === 'remove' && now?.kind === 'directory' && this.#hasChildren(tree, item.path)) return;
    if (wanted && !this.#isFree(tree, item.path)) return;
    if (now && wanted?.kind !== 'directory' && now.kind === 'directory' && this.#hasChildren(tree, item.path))
      return;
    if (now?.hash && this.#fault !== 'no-history') this.history.add(now.hash);
    if (now?.hash && now.hash !== wanted?.hash && this.#mode === 'two-way')
      if (!this.#agreed.has(`${item.path} ${now.hash}`)) this.#overwritten = `${item.path} ${now.hash}`;
    if (this.#fault === 'two-step' && now && wanted) {
      tree.delete(item.path);
      yield;
    }
    if (wanted) {
      this.#makeParents(tree, item.path);
      tree.set(item.path, wanted);
    } else tree.delete(item.path);
    // The source had it when it was looked at, also where it has something newer by now.
    if (wanted?.hash) this.#agreed.add(`${item.path} ${wanted.hash}`);
    this.#done = true;
  }

  #commit(item: ApplyItem): void {
    const wanted = wantedOf(item);
    if (wanted) this.base.set(item.path, wanted);
    else this.base.delete(item.path);
  }

  #put(side: SyncSide, path: string, entry: Entry): void {
    const tree = this.trees[side];
    if (!this.#isFree(tree, path)) return;
    const old = tree.get(path);
    if (entry.kind === 'directory' && old?.kind === 'directory') return;
    if (entry.kind !== 'directory') this.written.add(entry.hash);
    this.#remove(side, path);
    this.#makeParents(tree, path);
    tree.set(path, entry);
  }

  #remove(side: SyncSide, path: string): void {
    const tree = this.trees[side];
    for (const [name, entry] of tree) {
      if (name !== path && !name.startsWith(`${path}/`)) continue;
      tree.delete(name);
      if (entry.hash && !this.#isSomewhere(entry.hash)) this.superseded.add(entry.hash);
    }
  }

  #isSomewhere(hash: string): boolean {
    const trees = [this.trees.local, this.trees.remote];
    return (
      this.history.has(hash) || trees.some((tree) => [...tree.values()].some((entry) => entry.hash === hash))
    );
  }

  #noteAgreed(): void {
    for (const [path, { hash }] of this.trees.local)
      if (hash && this.trees.remote.get(path)?.hash === hash) this.#agreed.add(`${path} ${hash}`);
  }

  /** Nothing above the path is in the way. */
  #isFree(tree: ReadonlyMap<string, Entry>, path: string): boolean {
    for (const folder of foldersAbove(path)) {
      const above = tree.get(folder);
      if (above && above.kind !== 'directory') return false;
    }
    return true;
  }

  #makeParents(tree: Map<string, Entry>, path: string): void {
    for (const folder of foldersAbove(path)) if (!tree.has(folder)) tree.set(folder, folderEntry);
  }

  #hasChildren(tree: ReadonlyMap<string, Entry>, path: string): boolean {
    for (const name of tree.keys()) if (name.startsWith(`${path}/`)) return true;
    return false;
  }
}

function wantedOf(item: ApplyItem): Entry | null {
  switch (item.do) {
    case 'put':
    case 'link':
      return item.entry;
    case 'directory':
      return folderEntry;
    case 'mode':
      return { ...item.over, executable: item.executable };
    case 'remove':
    case 'rename':
      return null;
  }
}
