/** A pair of folders for tests: a valid value, changed by what the test cares about. Imports src-shared only (it is bundled into pages). */
import { defaultSyncExclusions, type SyncHalt, type SyncRoot } from '../../src-shared/domain/sync.ts';

/** A pair that is the same on both sides. */
export function syncRoot(change: Partial<SyncRoot> = {}): SyncRoot {
  return {
    id: 'root-1',
    profileId: '00000000-0000-4000-8000-000000000001',
    profileName: 'profile 1',
    sessionId: '00000000-0000-4000-8000-000000000101',
    localPath: '/home/someone/projects/app',
    remotePath: '/home/user/app',
    mode: 'two-way',
    exclusions: structuredClone(defaultSyncExclusions),
    watching: false,
    elsewhere: false,
    state: 'idle',
    progress: null,
    halt: null,
    problem: null,
    files: 128,
    conflicts: 0,
    problems: 0,
    lastSyncedAt: 1000,
    last: null,
    notes: [],
    ...change,
  };
}

/** What a pair that waits says. */
export function syncHalt(change: Partial<SyncHalt> = {}): SyncHalt {
  return {
    reason: 'mass-deletion',
    message: '212 of 240 files would be deleted in the sandbox.',
    hint: 'They are gone from this computer since the last sync.',
    answers: ['go-on', 'restore'],
    count: 212,
    side: 'remote',
    ...change,
  };
}
