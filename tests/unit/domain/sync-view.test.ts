/** Syncing in a kind and a few words. */
import { expect, test } from 'vitest';
import type { SyncRoot } from '../../../src-shared/domain/sync.ts';
import { syncView } from '../../../src-shared/domain/sync-view.ts';
import { syncHalt, syncRoot } from '../../support/sync-root.ts';

const progress = {
  stage: 'transferring',
  files: 12,
  filesTotal: 80,
  bytes: 0,
  bytesTotal: 0,
  bytesPerSecond: null,
  msLeft: null,
} as const;

test.each<[string, Partial<SyncRoot>[], string, string, number]>([
  ['nothing is paired', [], 'none', '', 0],
  ['never synced', [{ lastSyncedAt: null }], 'new', 'Not synced yet', 0],
  [
    'the first plan waits',
    [{ state: 'waiting', halt: syncHalt({ reason: 'first-sync' }) }],
    'new',
    'Not synced yet',
    0,
  ],
  ['all the same', [{}, { lastSyncedAt: 2000 }], 'synced', 'Synced at 2000', 0],
  ['files travel', [{ state: 'syncing', progress }], 'busy', 'Syncing 12 of 80', 0],
  [
    'nobody knows how many yet',
    [{ state: 'syncing', progress: { ...progress, stage: 'scanning' } }],
    'busy',
    'Syncing',
    0,
  ],
  [
    'a conflict, while others travel',
    [{ conflicts: 1 }, { state: 'syncing', progress }],
    'needs-you',
    'Sync: 1 conflict',
    1,
  ],
  [
    'a question and conflicts',
    [{ state: 'waiting', halt: syncHalt(), conflicts: 2 }],
    'needs-you',
    'Sync: 2 conflicts',
    3,
  ],
  ['a question', [{ state: 'waiting', halt: syncHalt() }, {}], 'needs-you', 'Sync asks you something', 1],
  ['a failure', [{ state: 'failed' }, {}], 'failed', 'Sync failed', 0],
  ['out of reach', [{ state: 'offline' }], 'offline', 'Sync offline', 0],
])('%s', (_what, roots, kind, word, waiting) => {
  expect(syncView(roots.map(syncRoot), (at) => `at ${at}`)).toEqual({ kind, word, waiting });
});
