/** Reasons in words, for lists of files and plans. */
import type { SyncConflictKind, SyncSide } from '../../../src-shared/domain/sync.ts';
import type { Excluded, Unusable, UnusableReason } from '../types.ts';

const reasons: Record<UnusableReason, string> = {
  unreadable: 'cannot be read',
  'special-file': 'is no file and no folder (a socket, a device or a pipe)',
  'link-leads-out': 'is a link that leads out of the synced folder',
  'name-not-text': 'has a name that is no text',
  'name-not-possible': 'has a name that the other side cannot have',
  'name-too-long': 'has a name that is too long',
  'too-deep': 'is too many folders deep',
  'other-volume': 'is on another volume',
  changing: 'changes all the time; it is synced once it rests',
  'hostile-name': 'has a name that could do harm',
  'read-only': 'could not be written',
  'too-large': 'is too large',
  'link-not-possible': 'is a link, and the other side cannot have links',
  'exclusions-not-read': 'takes no part, because its .gitignore or .specboardignore is not known',
  'not-empty': 'stays, because it holds something that is not synced',
};

/** "On this computer: cannot be read." */
export function whyUnusable({ side, reason, detail }: Unusable): string {
  const words = `${placeOf(side)}: ${reasons[reason]}`;
  return detail ? `${words} (${detail}).` : `${words}.`;
}

const conflicts: Record<SyncConflictKind, string> = {
  'both-changed': 'Changed on both sides.',
  'changed-deleted': 'Changed on one side, deleted on the other.',
  'both-created': 'Made on both sides, with different content.',
  type: 'A file on one side, a folder or a link on the other.',
  'name-clash': 'One side cannot tell this name from another one.',
  'runs-by-itself': 'Would run by itself on this computer: it is taken only when you say so.',
  'rules-change':
    'The sandbox changed what is left out; files of this computer could be sent by that. It is taken only when you say so.',
};

/** One sentence. */
export function whyConflict(kind: SyncConflictKind): string {
  return conflicts[kind];
}

/** ".gitignore, line 3: *.log" */
export function whyExcluded({ source, line, pattern }: Excluded): string {
  return line > 0 ? `${source}, line ${line}: ${pattern}` : `${source}: ${pattern}`;
}

/** One-way modes. */
export function whyLeft(): string {
  return 'Changed by the side that only receives: this mode leaves it.';
}

function placeOf(side: SyncSide): string {
  return side === 'local' ? 'On this computer' : 'In the sandbox';
}
