/** What can be chosen in a conflict, and for which others, too. Pure. */
import {
  type SyncChoice,
  type SyncConflict,
  type SyncConflictContent,
  syncDecisionLimit,
} from '../../../src-shared/domain/sync.ts';

/** The choice that a person starts with: the one that loses nothing, or none. */
export function safeChoice({ choices }: SyncConflict): SyncChoice | null {
  return choices.includes('both') ? 'both' : null;
}

/** A text can be put together only where both are there to read. */
export function offeredChoices(
  { choices }: SyncConflict,
  content: Pick<SyncConflictContent, 'local' | 'remote'> | null,
): SyncChoice[] {
  const canMerge = content !== null && content.local !== null && content.remote !== null;
  return choices.filter((choice) => choice !== 'merged' || canMerge);
}

/** True where there is a text to show; until it was read, where there probably is one. */
export function hasText(
  { choices, local, remote }: Pick<SyncConflict, 'choices' | 'local' | 'remote'>,
  content: Pick<SyncConflictContent, 'local' | 'remote'> | null,
): boolean {
  if (content !== null) return content.local !== null || content.remote !== null;
  return choices.includes('merged') || local === null || remote === null;
}

/**
 * Ids of the others that the same choice makes sense for: what is chosen means the same there. A text that was put together is of one
 * file, and "take what the sandbox has" must not delete elsewhere what it does not delete here, nor let something run by itself.
 */
export function othersFor(
  choice: SyncChoice,
  { id, kind, local, remote }: SyncConflict,
  all: readonly SyncConflict[],
): string[] {
  if (choice === 'merged') return [];
  const means = (one: Pick<SyncConflict, 'kind' | 'local' | 'remote'>) =>
    `${one.kind === 'runs-by-itself' || one.kind === 'rules-change' ? one.kind : ''} ${choice !== 'both' && one[choice] === null}`;
  return all
    .filter(
      (one) => one.id !== id && one.choices.includes(choice) && means(one) === means({ kind, local, remote }),
    )
    .map((one) => one.id);
}

/** As many at a time as can be decided with one call. */
export function inBatches(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / syncDecisionLimit);
  return Array.from({ length: count }, (_, n) =>
    ids.slice(n * syncDecisionLimit, (n + 1) * syncDecisionLimit),
  );
}
