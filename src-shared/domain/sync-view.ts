/**
 * Syncing in one kind and a few words, for window, tray, menus and command line, so that all of them say the same. Pure.
 */
import type { SyncRoot } from './sync.ts';

/** The kinds, the calm ones first. */
export const syncViewKinds = ['none', 'new', 'offline', 'synced', 'busy', 'failed', 'needs-you'] as const;
/** One of `syncViewKinds`. `new`: paired, but never synced. */
export type SyncViewKind = (typeof syncViewKinds)[number];

/** See the head of the file. */
export interface SyncView {
  kind: SyncViewKind;
  /** "1 conflict", "12 of 80", "Synced 10:31"; empty for `none`. */
  word: string;
  /** How many decisions wait: conflicts, and pairs that ask something. */
  waiting: number;
}

/** What of a pair counts here. */
export type ViewedRoot = Pick<
  SyncRoot,
  'state' | 'halt' | 'conflicts' | 'progress' | 'lastSyncedAt' | 'sessionId'
>;

/** The kind of one pair. A first sync that nobody asked for yet waits for nobody. */
export function syncKind({ state, halt, conflicts, lastSyncedAt }: ViewedRoot): SyncViewKind {
  if (conflicts > 0) return 'needs-you';
  switch (state) {
    case 'waiting':
      return halt?.reason === 'first-sync' ? 'new' : 'needs-you';
    case 'failed':
      return 'failed';
    case 'syncing':
    case 'stopping':
      return 'busy';
    case 'offline':
      return 'offline';
    case 'idle':
      return lastSyncedAt === null ? 'new' : 'synced';
  }
}

/** Several pairs as one: what needs the person before what failed, before what is going on. `time` writes a time of day. */
export function syncView(roots: readonly ViewedRoot[], time: (at: number) => string): SyncView {
  const kinds = roots.map(syncKind);
  const worst = Math.max(0, ...kinds.map((kind) => syncViewKinds.indexOf(kind)));
  const kind = syncViewKinds[worst] ?? 'none';
  const halted = roots.filter(
    (root) => root.state === 'waiting' && root.halt && root.halt.reason !== 'first-sync',
  ).length;
  const conflicts = roots.reduce((sum, root) => sum + root.conflicts, 0);
  return { kind, word: wordOf(kind, roots, conflicts, time), waiting: conflicts + halted };
}

function wordOf(
  kind: SyncViewKind,
  roots: readonly ViewedRoot[],
  conflicts: number,
  time: (at: number) => string,
): string {
  switch (kind) {
    case 'none':
      return '';
    case 'new':
      return 'Not synced yet';
    case 'offline':
      return 'Sync offline';
    case 'synced': {
      const last = Math.max(...roots.map(({ lastSyncedAt }) => lastSyncedAt ?? 0));
      return last === 0 ? 'Synced' : `Synced ${time(last)}`;
    }
    case 'busy': {
      const files = sumOf(roots, 'files');
      const total = sumOf(roots, 'filesTotal');
      return total === 0 ? 'Syncing' : `Syncing ${files} of ${total}`;
    }
    case 'failed':
      return 'Sync failed';
    case 'needs-you':
      if (conflicts === 0) return 'Sync asks you something';
      return conflicts === 1 ? 'Sync: 1 conflict' : `Sync: ${conflicts} conflicts`;
  }
}

/** Totals are known while files travel and are put in place. */
function sumOf(roots: readonly ViewedRoot[], of: 'files' | 'filesTotal'): number {
  return roots.reduce((sum, { progress }) => {
    const counts = progress?.stage === 'transferring' || progress?.stage === 'applying';
    return sum + (counts ? progress[of] : 0);
  }, 0);
}
