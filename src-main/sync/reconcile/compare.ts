/** The three-way comparison of one path: what each mode does with it. Pure; the rest of reconcile/ looks at paths together. */

import type { SyncConflictKind, SyncMode } from '../../../src-shared/domain/sync.ts';
import { assertNever } from '../../../src-shared/lib/assert-never.ts';
import type { Entry } from '../types.ts';
import { isSame } from './same.ts';

/** A path on both sides and in the manifest. */
export interface Versions {
  readonly base: Entry | null;
  readonly local: Entry | null;
  readonly remote: Entry | null;
}

/** `none`: all three agree. */
export type Outcome =
  | { readonly action: 'none' | 'adopt' | 'forget' | 'upload' | 'download' | 'leave' }
  | { readonly action: 'conflict'; readonly kind: SyncConflictKind };

/** Compares. `executable`: both sides have an executable bit. */
export function compare({ base, local, remote }: Versions, mode: SyncMode, executable: boolean): Outcome {
  const same = (one: Entry | null, other: Entry | null) => isSame(one, other, { executable });
  if (same(local, remote)) {
    if (!local) return { action: base ? 'forget' : 'none' };
    return { action: same(local, base) ? 'none' : 'adopt' };
  }
  switch (mode) {
    case 'two-way':
      if (same(local, base)) return { action: 'download' };
      if (same(remote, base)) return { action: 'upload' };
      if (isOnlyFolder({ base, local, remote })) return { action: local ? 'upload' : 'download' };
      return { action: 'conflict', kind: kindOf({ base, local, remote }) };
    case 'upload':
      return oneWay({ base, source: local, target: remote }, same, 'upload', kindOf({ base, local, remote }));
    case 'download':
      return oneWay(
        { base, source: remote, target: local },
        same,
        'download',
        kindOf({ base, local, remote }),
      );
    case 'mirror-upload':
      return { action: 'upload' };
    case 'mirror-download':
      return { action: 'download' };
    default:
      return assertNever(mode);
  }
}

/** What the target changed itself is never touched; a change that meets another one there waits for the person. */
function oneWay(
  { base, source, target }: { base: Entry | null; source: Entry | null; target: Entry | null },
  same: (one: Entry | null, other: Entry | null) => boolean,
  action: 'upload' | 'download',
  kind: SyncConflictKind,
): Outcome {
  if (same(source, base)) return { action: 'leave' };
  if (same(target, base) || !target) return { action };
  return source ? { action: 'conflict', kind } : { action: 'leave' };
}

/**
 * Gone on one side, and a folder is in play: a folder has no content that could be lost, and a file that became a folder is gone
 * on both sides. A crash between the two steps of such a change looks like this too.
 */
function isOnlyFolder({ base, local, remote }: Versions): boolean {
  if (local && remote) return false;
  return base?.kind === 'directory' || (local ?? remote)?.kind === 'directory';
}

function kindOf({ base, local, remote }: Versions): SyncConflictKind {
  if (!local || !remote) return 'changed-deleted';
  if (local.kind !== remote.kind) return 'type';
  return base ? 'both-changed' : 'both-created';
}
