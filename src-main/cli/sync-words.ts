/** Syncs in words and lines, for a terminal. */
import type {
  SyncHalt,
  SyncPlan,
  SyncPlanItem,
  SyncProgress,
  SyncRoot,
  SyncSummary,
} from '../../src-shared/domain/sync.ts';
import { formatSize, plain } from './terminal.ts';

/** "3 files". */
export function files(count: number): string {
  return count === 1 ? '1 file' : `${count.toLocaleString('en')} files`;
}

/** What a run did: "2 up, 1 down, 1 deleted in the sandbox". */
export function summaryWords(summary: SyncSummary): string {
  const parts = [
    summary.uploaded > 0 ? `${summary.uploaded} up` : '',
    summary.downloaded > 0 ? `${summary.downloaded} down` : '',
    summary.deletedRemote > 0 ? `${summary.deletedRemote} deleted in the sandbox` : '',
    summary.deletedLocal > 0 ? `${summary.deletedLocal} deleted here` : '',
    summary.conflicts > 0 ? conflictWords(summary.conflicts) : '',
    summary.problems > 0 ? `${files(summary.problems)} left out with a reason` : '',
    summary.postponed > 0 ? `${files(summary.postponed)} changing` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'both sides are the same' : parts.join(', ');
}

/** "2 conflicts". */
export function conflictWords(count: number): string {
  return count === 1 ? '1 conflict' : `${count} conflicts`;
}

/** One line of a plan: "up      src/a.py  1.2 kB". */
export function planLine({ path, action, kind, replaces, size, why }: SyncPlanItem): string[] {
  const marks = {
    upload: 'up',
    download: 'down',
    conflict: 'conflict',
    problem: 'left out',
    leave: 'left',
  } as const;
  const mark =
    action === 'delete-local' ? 'delete here' : action === 'delete-remote' ? 'delete there' : marks[action];
  const about = why ?? (kind === 'file' ? formatSize(size) : (kind ?? ''));
  return [
    mark,
    `${plain(path)}${kind === 'directory' ? '/' : ''}`,
    replaces ? `${about}, replaces` : plain(about),
  ];
}

/** What a plan comes to. */
export function planWords(plan: SyncPlan): string {
  const parts = [
    plan.upload.files > 0 ? `${files(plan.upload.files)} up (${formatSize(plan.upload.bytes)})` : '',
    plan.download.files > 0 ? `${files(plan.download.files)} down (${formatSize(plan.download.bytes)})` : '',
    plan.deleteRemote > 0 ? `${files(plan.deleteRemote)} deleted in the sandbox` : '',
    plan.deleteLocal > 0 ? `${files(plan.deleteLocal)} deleted here` : '',
    plan.conflicts > 0 ? conflictWords(plan.conflicts) : '',
    plan.problems > 0 ? `${files(plan.problems)} left out with a reason` : '',
  ].filter((part) => part !== '');
  const same = plan.same > 0 ? `; ${files(plan.same)} the same already` : '';
  const excluded = plan.excluded > 0 ? `; ${plan.excluded.toLocaleString('en')} excluded` : '';
  return `${parts.length === 0 ? 'Nothing to do' : parts.join(', ')}${same}${excluded}.`;
}

/** "Transferring: 12 of 100 files, 1.2 MB of 30.0 MB, 1.0 MB/s, 28 s left". */
export function progressWords(progress: SyncProgress): string {
  const { stage, files: done, filesTotal, bytes, bytesTotal, bytesPerSecond, msLeft } = progress;
  const name = `${stage[0]?.toUpperCase()}${stage.slice(1)}`;
  if (filesTotal === 0) return `${name}...`;
  const speed = bytesPerSecond === null ? '' : `, ${formatSize(bytesPerSecond)}/s`;
  const left = msLeft === null ? '' : `, ${Math.max(1, Math.round(msLeft / 1000))} s left`;
  return `${name}: ${done} of ${files(filesTotal)}, ${formatSize(bytes)} of ${formatSize(bytesTotal)}${speed}${left}`;
}

/** The state of a root in a few words. */
export function stateWords(root: SyncRoot): string {
  if (root.elsewhere) return 'synced by another SpecBoard now';
  if (root.halt) return 'waits for an answer';
  if (root.problem) return 'failed';
  if (root.conflicts > 0) return `${conflictWords(root.conflicts)} to decide`;
  if (root.lastSyncedAt === null) return 'never synced';
  return `synced ${new Date(root.lastSyncedAt).toLocaleString()}`;
}

/** A question with what can be answered. */
export function haltLines({ message, hint, answers }: SyncHalt): string[] {
  const options = answers.map((answer) => `--answer ${answer}`).join(' or ');
  return [message, `  ${hint}`, ...(options === '' ? [] : [`  To answer: specboard sync run ${options}`])];
}
