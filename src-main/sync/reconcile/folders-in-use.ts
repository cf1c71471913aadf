/**
 * Folders that may not go because something in them stays: an edit of the other side, a conflict, what is excluded or cannot be
 * read. A plain deletion is then put off; where a file or a link is to take the folder's place, the person decides.
 */
import type { SyncSide } from '../../../src-shared/domain/sync.ts';
import type { Decision, Scan, Unusable } from '../types.ts';
import { foldersAbove, Subtrees } from './path-sets.ts';
import type { Reconciled, ReconcileInput } from './reconcile.ts';

type Change = Extract<Decision, { action: 'upload' | 'download' }>;

/** Gives the decisions without those that would need a folder to go that cannot. */
export function keepFoldersInUse(
  decisions: Decision[],
  unusable: Unusable[],
  input: ReconcileInput,
): Reconciled {
  const uses = new Map<SyncSide, FolderUse>();
  const inUse = (side: SyncSide): FolderUse => {
    const known = uses.get(side);
    if (known) return known;
    const made = findUse(side, decisions, input);
    uses.set(side, made);
    return made;
  };
  const clashes = new Subtrees();
  const more: Unusable[] = [];
  const kept: Decision[] = [];
  for (const decision of decisions) {
    if (!removesFolder(decision)) {
      kept.push(decision);
      continue;
    }
    const { path } = decision;
    const side: SyncSide = decision.action === 'upload' ? 'remote' : 'local';
    const use = inUse(side);
    const isUsed = use.byEntries.has(path);
    if (!isUsed && !use.byHidden.has(path)) {
      kept.push(decision);
      continue;
    }
    if (decision.entry) clashes.add(path);
    // What was decided and cannot be done waits as it did: it would be asked for again by the next sync.
    if (decision.entry && (isUsed || input.resolutions.has(path))) kept.push(typeConflict(decision, input));
    if (!isUsed) more.push({ path, side, reason: 'not-empty' });
  }
  return {
    decisions: kept.filter(({ path }) => !clashes.hasAbove(path)),
    unusable: [...unusable, ...more],
  };
}

function removesFolder(decision: Decision): decision is Change {
  if (decision.action !== 'upload' && decision.action !== 'download') return false;
  return decision.over?.kind === 'directory' && decision.entry?.kind !== 'directory';
}

interface FolderUse {
  /** Folders in which something of the tree stays. */
  readonly byEntries: ReadonlySet<string>;
  /** Folders in which something stays that takes no part: excluded, unreadable. */
  readonly byHidden: ReadonlySet<string>;
}

function findUse(side: SyncSide, decisions: readonly Decision[], input: ReconcileInput): FolderUse {
  const scan: Scan = side === 'local' ? input.local : input.remote;
  const change = side === 'local' ? 'download' : 'upload';
  const going = new Set<string>();
  for (const { action, path, ...rest } of decisions) {
    if (action === change && 'entry' in rest && !rest.entry) going.add(path);
  }
  const byEntries = new Set<string>();
  for (const path of scan.entries.keys()) if (!going.has(path)) noteFolders(path, byEntries);
  const byHidden = new Set<string>();
  for (const { path } of scan.unusable) noteFolders(path, byHidden);
  for (const { path } of scan.excluded) noteFolders(path, byHidden);
  return { byEntries, byHidden };
}

function noteFolders(path: string, into: Set<string>): void {
  for (const folder of foldersAbove(path)) {
    if (into.has(folder)) return; // and so are those above it
    into.add(folder);
  }
}

function typeConflict({ path }: Change, { base, local, remote }: ReconcileInput): Decision {
  return {
    action: 'conflict',
    path,
    kind: 'type',
    base: base.get(path) ?? null,
    local: local.entries.get(path) ?? null,
    remote: remote.entries.get(path) ?? null,
  };
}
