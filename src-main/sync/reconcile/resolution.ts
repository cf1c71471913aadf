/** What a person decided about a conflict, and what there is to decide. */
import type { SyncChoice, SyncConflictKind } from '../../../src-shared/domain/sync.ts';
import type { Entry } from '../types.ts';

/**
 * A decision. It counts only while both sides are as they were when the person decided. A merged text is written to this computer
 * first (`LocalSide.apply`, which keeps the old one); then the decision is `local`, with the merged entry as `local`.
 */
export interface Resolution {
  readonly choice: Exclude<SyncChoice, 'merged'>;
  readonly local: Entry | null;
  readonly remote: Entry | null;
  /** Of `both`: the path that the sandbox's copy gets on both sides. */
  readonly bothName?: string;
}

/** What can be chosen. Two copies need two names and something to put there; a merge needs two files. */
export function choicesOf(
  kind: SyncConflictKind,
  local: Pick<Entry, 'kind'> | null,
  remote: Pick<Entry, 'kind'> | null,
): SyncChoice[] {
  if (kind === 'name-clash') return remote?.kind === 'directory' ? ['local'] : ['local', 'both'];
  const isPair = local && remote && local.kind !== 'directory' && remote.kind !== 'directory';
  if (!isPair || kind === 'changed-deleted' || kind === 'runs-by-itself' || kind === 'rules-change')
    return ['local', 'remote'];
  return local.kind === 'file' && remote.kind === 'file'
    ? ['local', 'remote', 'both', 'merged']
    : ['local', 'remote', 'both'];
}

/** How a download that is asked about first is named once a person allowed it. */
export function approvalOf(path: string, entry: Entry): string {
  return `${path}\n${entry.hash}`;
}
