/** How a pair is, in one line of words. Pure. */
import type { SyncMode, SyncProgress, SyncRoot } from '../../../src-shared/domain/sync.ts';
import { formatTime } from '../../messages/format.ts';
import { syncMessages as words } from '../../messages/sync.ts';

/** "Uploading 12 of 80 files, 3 MB of 20 MB · 2.4 MB/s · 0:12 left". What ticks is for eyes only: readers ask for it. */
export function progressText(mode: SyncMode, progress: SyncProgress): string {
  const { stage, bytesPerSecond, msLeft } = progress;
  if (stage === 'applying') return words.applying(progress);
  if (stage !== 'transferring') return words.stages[stage];
  return [
    words.transferring(mode, progress),
    bytesPerSecond !== null && words.rate(bytesPerSecond),
    msLeft !== null && words.left(msLeft),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** Part of the whole that is done, 0 to 1; null while nobody knows. */
export function progressShare({ stage, files, filesTotal, bytes, bytesTotal }: SyncProgress): number | null {
  if (stage === 'saving') return 1;
  if (stage === 'transferring' && bytesTotal > 0) return Math.min(1, bytes / bytesTotal);
  if (stage !== 'transferring' && stage !== 'applying') return null;
  return filesTotal > 0 ? Math.min(1, files / filesTotal) : null;
}

/** The line of a pair that does not ask and has not failed. */
export function stateLine({
  state,
  mode,
  progress,
  elsewhere,
  conflicts,
  problems,
  lastSyncedAt,
  last,
}: SyncRoot): string {
  if (elsewhere) return words.elsewhere;
  if (state === 'stopping') return words.stopping;
  if (state === 'syncing') return progress ? progressText(mode, progress) : words.stages.scanning;
  if (state === 'offline') return words.offline;
  if (lastSyncedAt === null) return words.notYet;
  const at = formatTime(lastSyncedAt);
  if (conflicts > 0 || problems > 0) return words.otherwiseSame(at);
  const what = last ? words.ended(last) : '';
  return what === '' || (last && isCalm(last)) ? words.same(at) : `${words.same(at)} · ${what}`;
}

function isCalm({
  uploaded,
  downloaded,
  deletedLocal,
  deletedRemote,
}: NonNullable<SyncRoot['last']>): boolean {
  return uploaded + downloaded + deletedLocal + deletedRemote === 0;
}
