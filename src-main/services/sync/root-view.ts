/** A root as the status shows it. */
import type { SyncRoot } from '../../../src-shared/domain/sync.ts';
import type { RootRunner } from './root-runner.ts';

/** What is known beside the runner. */
export interface RootView {
  isWatched: boolean;
  /** Another process has its lock. */
  isElsewhere: boolean;
  notes: readonly string[];
}

/** Codes that say that the sandbox cannot be reached just now: tried again by itself while it is watched. */
const passing: ReadonlySet<string> = new Set(['unreachable', 'unavailable', 'timeout', 'rate-limited']);

/** See the file's first line. */
export function viewOf(runner: RootRunner, { isWatched, isElsewhere, notes }: RootView): SyncRoot {
  const { root, live, halt, problem, progress, counts, remoteFacts } = runner;
  const state = stateOf(runner, isWatched);
  return {
    id: root.id,
    profileId: root.profileId,
    profileName: root.profileName,
    sessionId: live?.session.id ?? null,
    localPath: root.localPath,
    remotePath: root.remotePath,
    mode: root.mode,
    exclusions: root.exclusions,
    watching: isWatched || root.watching,
    elsewhere: isElsewhere,
    state,
    progress: state === 'syncing' || state === 'stopping' ? progress : null,
    halt: state === 'waiting' ? halt : null,
    problem: state === 'failed' ? problem : null,
    files: counts.files,
    conflicts: counts.conflicts,
    problems: runner.problems ?? root.last?.problems ?? 0,
    lastSyncedAt: root.lastSyncedAt,
    last: root.last,
    notes: [...(remoteFacts?.note ? [remoteFacts.note] : []), ...notes],
  };
}

function stateOf({ cycle, halt, problem, isOnline }: RootRunner, isWatched: boolean): SyncRoot['state'] {
  if (cycle) return cycle.isStopping ? 'stopping' : 'syncing';
  if (!isOnline) return 'offline';
  if (halt) return 'waiting';
  if (problem) return isWatched && passing.has(problem.code) ? 'offline' : 'failed';
  return 'idle';
}
