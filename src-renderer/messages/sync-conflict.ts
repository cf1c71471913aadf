/** Words of sync conflicts: what happened, what can be chosen, what becomes of the copy that is not used. */
import type { SyncChoice, SyncConflict, SyncVersion } from '../../src-shared/domain/sync.ts';
import { formatBytes, formatCount, formatDay, formatTimeSeconds, formatWhen } from './format.ts';

/** See the head of the file. */
export const conflictMessages = {
  title: (index: number, count: number, name: string) =>
    `${count === 1 ? '1 conflict' : `${formatCount(index)} of ${formatCount(count)} conflicts`} · ${name}`,
  loading: 'Reading both copies…',
  none: 'There is no conflict any more.',
  close: 'Close',
  local: 'This computer',
  remote: 'In the sandbox',
  deleted: 'Deleted',
  neverThere: 'Not there',
  facts: ({ kind, size, modifiedAt, target }: SyncVersion, now: number) =>
    kind === 'directory'
      ? 'Folder'
      : kind === 'link'
        ? `Link to ${target ?? ''}`
        : `${exactly(modifiedAt, now)} · ${formatBytes(size)}`,
  executable: 'can be run',
  hash: (hash: string) => `SHA-256 ${hash.slice(0, 16)}…`,
  what: (conflict: SyncConflict): string => `${whatHappened(conflict)} Nothing has been replaced.`,
  others: 'Names that differ only in case or in how they are written:',
  choose: 'What to keep',
  choices: (conflict: SyncConflict): Record<SyncChoice, string> => choiceWords(conflict),
  unused: 'The unused copy goes to the sync history for 30 days.',
  unusedNone: 'Both copies stay.',
  sameForOthers: (count: number) =>
    count === 1 ? 'Same choice for the other one' : `Same choice for the other ${formatCount(count)}`,
  later: 'Decide later',
  previous: 'Previous conflict',
  next: 'Next conflict',
  previousShort: 'Previous',
  nextShort: 'Next',
  apply: 'Apply choice',
  applying: 'Applying…',
  changed:
    'A copy was changed meanwhile. What you see now is how both are; nothing has been replaced. Choose again.',
  applied: (count: number) =>
    count === 1 ? '1 conflict decided.' : `${formatCount(count)} conflicts decided.`,
  allDecided: 'All conflicts are decided.',

  lastSynced: 'As it was at the last sync',
  textOf: { local: 'This computer’s copy', remote: 'The sandbox’s copy' },
  merged: 'Merged text',
  mergedHelp: 'Edit it as you like, or take over single places of the other copy.',
  mergedOpen: (count: number) =>
    count === 0
      ? 'What both changed is put together. Look it over.'
      : count === 1
        ? 'Put together, but for 1 place that both changed: it has this computer’s text.'
        : `Put together, but for ${formatCount(count)} places that both changed: they have this computer’s text.`,
  compareWith: 'Compare with',
  take: 'Take this place over',
  keep: 'Keep the merged text',
} as const;

/** Copies of the same minute are told apart. */
function exactly(at: number, now: number): string {
  return formatDay(at) === formatDay(now) ? formatTimeSeconds(at) : formatWhen(at, now);
}

function whatHappened({ kind, local, syncedAt, others }: SyncConflict): string {
  const since = syncedAt === null ? '' : ` since the last sync (${formatTimeSeconds(syncedAt)})`;
  switch (kind) {
    case 'both-changed':
      return `Both copies changed${since}.`;
    case 'changed-deleted':
      return local === null
        ? `You deleted this file here, and it was changed in the sandbox${since}.`
        : `You changed this file here, and it was deleted in the sandbox${since}.`;
    case 'both-created':
      return 'Both sides made a file of this name, and the two differ.';
    case 'type':
      return `One side has a ${word(local)} of this name, the other something else.`;
    case 'name-clash':
      return others.length === 1
        ? 'Two names differ only in case or in how they are written, and one side cannot hold both.'
        : 'Several names differ only in case or in how they are written, and one side cannot hold them all.';
    case 'runs-by-itself':
      return 'This file comes from the sandbox and would run on this computer by itself, without you starting it. Take it only if you trust it.';
    case 'rules-change':
      return 'The sandbox changed which files are left out. With its copy, files of this computer that are left out now could be sent to the sandbox.';
  }
}

const typeWords = { file: 'file', directory: 'folder', link: 'link' } as const;

function word(version: SyncVersion | null): string {
  return typeWords[version?.kind ?? 'file'];
}

function choiceWords({ kind, local, remote, path, bothName }: SyncConflict): Record<SyncChoice, string> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const both = { both: `Keep both → ${name} and ${bothName}`, merged: 'Edit merged' };
  if (kind === 'runs-by-itself' || kind === 'rules-change') {
    return {
      local: local === null ? 'Do not take it' : 'Keep this computer’s copy',
      remote:
        remote === null ? 'Delete it on this computer, too' : 'Take the sandbox’s copy to this computer',
      ...both,
    };
  }
  if (kind === 'type') {
    return {
      local: `Use this computer’s ${word(local)}`,
      remote: `Use the sandbox’s ${word(remote)}`,
      ...both,
    };
  }
  return {
    local: local === null ? 'Delete it in the sandbox, too' : 'Use this computer’s copy',
    remote: remote === null ? 'Delete it on this computer, too' : 'Use the sandbox’s copy',
    ...both,
  };
}
