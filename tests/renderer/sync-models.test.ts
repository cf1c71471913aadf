/** The pure parts of the Sync tab: texts put together, choices in conflicts, and how a pair is in words. */
import { describe, expect, test } from 'vitest';
import {
  hasText,
  inBatches,
  offeredChoices,
  othersFor,
  safeChoice,
} from '../../src-renderer/features/sync/conflict-model.ts';
import { progressShare, progressText, stateLine } from '../../src-renderer/features/sync/root-state.ts';
import { mergeTexts } from '../../src-renderer/languages/merge-texts.ts';
import { syncMessages } from '../../src-renderer/messages/sync.ts';
import { conflictMessages } from '../../src-renderer/messages/sync-conflict.ts';
import type { SyncConflict, SyncProgress, SyncVersion } from '../../src-shared/domain/sync.ts';
import { syncHalt, syncRoot } from '../support/sync-root.ts';

describe('what two texts changed of a third', () => {
  const base = 'a\nb\nc\nd\ne\n';
  test.each<[string, string, string, string, number]>([
    ['each changed another place', 'A\nb\nc\nd\ne\n', 'a\nb\nc\nd\nE\n', 'A\nb\nc\nd\nE\n', 0],
    ['the sandbox alone', base, 'a\nb\nx\nd\ne\n', 'a\nb\nx\nd\ne\n', 0],
    ['this computer alone', 'a\nb\nx\nd\ne\n', base, 'a\nb\nx\nd\ne\n', 0],
    ['both the same', 'a\nX\nc\nd\ne\n', 'a\nX\nc\nd\ne\n', 'a\nX\nc\nd\ne\n', 0],
    ['both the same place', 'a\nX\nc\nd\ne\n', 'a\nY\nc\nd\ne\n', 'a\nX\nc\nd\ne\n', 1],
    ['a place that touches', 'a\nX\nc\nd\ne\n', 'a\nb\nY\nd\ne\n', 'a\nX\nc\nd\ne\n', 1],
    ['a line more before, one less after', 'new\na\nb\nc\nd\ne\n', 'a\nb\nc\nd\n', 'new\na\nb\nc\nd\n', 0],
    [
      'longer, and changed at the end',
      'a\n1\n2\n3\nb\nc\nd\ne\n',
      'a\nb\nc\nd\nlast\n',
      'a\n1\n2\n3\nb\nc\nd\nlast\n',
      0,
    ],
    ['the end without a line break', 'A\nb\nc\nd\ne\n', 'a\nb\nc\nd\ne', 'A\nb\nc\nd\ne', 0],
    ['windows line breaks stay', 'A\r\nb\r\nc\r\n', 'a\r\nb\r\nC\r\n', 'A\r\nb\r\nC\r\n', 0],
  ])('%s', (_what, local, remote, text, open) => {
    const from = local.includes('\r\n') ? 'a\r\nb\r\nc\r\n' : base;
    expect(mergeTexts(from, local, remote)).toEqual({ text, open });
  });

  test('empty texts', () => {
    expect(mergeTexts('', '', 'x\n')).toEqual({ text: 'x\n', open: 0 });
    expect(mergeTexts('x\n', '', '')).toEqual({ text: '', open: 0 });
    expect(mergeTexts('', '', '')).toEqual({ text: '', open: 0 });
  });
});

const version: SyncVersion = {
  kind: 'file',
  size: 10,
  modifiedAt: 1,
  executable: false,
  hash: 'ab',
  target: null,
};
const conflict = (id: string, change: Partial<SyncConflict> = {}): SyncConflict => ({
  id,
  rootId: 'r',
  path: `src/${id}.py`,
  kind: 'both-changed',
  base: version,
  local: version,
  remote: version,
  others: [],
  foundAt: 1,
  syncedAt: 1,
  choices: ['local', 'remote', 'both', 'merged'],
  bothName: `${id} (sandbox 10-41-55).py`,
  ...change,
});
const deletedHere = conflict('gone', { kind: 'changed-deleted', local: null, choices: ['local', 'remote'] });
const deletedThere = conflict('lost', {
  kind: 'changed-deleted',
  remote: null,
  choices: ['local', 'remote'],
});
const runs = conflict('task', { kind: 'runs-by-itself', choices: ['local', 'remote'] });

describe('a conflict', () => {
  test('begins with the choice that loses nothing, or with none', () => {
    expect(safeChoice(conflict('a'))).toBe('both');
    expect(safeChoice(deletedHere)).toBeNull();
  });

  test('is put together only where both texts can be read', () => {
    expect(offeredChoices(conflict('a'), null)).toEqual(['local', 'remote', 'both']);
    expect(offeredChoices(conflict('a'), { local: 'x', remote: 'y' })).toContain('merged');
    expect(offeredChoices(conflict('a'), { local: 'x', remote: null })).not.toContain('merged');
    expect(hasText(conflict('a', { choices: ['local'] }), null)).toBe(false);
    expect(hasText(conflict('a'), { local: null, remote: null })).toBe(false);
    expect(hasText(deletedHere, { local: null, remote: 'x' })).toBe(true);
  });

  test('the same choice is offered for others only where it means the same: it never deletes, or lets run, elsewhere', () => {
    const all = [conflict('a'), conflict('b'), deletedHere, deletedThere, runs];
    const [first] = all;
    if (!first) throw new Error('no conflict');
    expect(othersFor('local', first, all)).toEqual(['b', 'lost']);
    expect(othersFor('remote', first, all)).toEqual(['b', 'gone']);
    expect(othersFor('both', first, all)).toEqual(['b']);
    expect(othersFor('merged', first, all)).toEqual([]);
    expect(othersFor('local', deletedHere, all)).toEqual([]);
    expect(othersFor('remote', runs, all)).toEqual([]);
  });

  test('says what happened and what each choice does', () => {
    expect(conflictMessages.what(deletedHere)).toMatch(
      /^You deleted this file here.*Nothing has been replaced\.$/,
    );
    expect(conflictMessages.choices(deletedHere)).toMatchObject({
      local: 'Delete it in the sandbox, too',
      remote: 'Use the sandbox’s copy',
    });
    expect(conflictMessages.choices(deletedThere).remote).toBe('Delete it on this computer, too');
    expect(conflictMessages.choices(conflict('a')).both).toBe('Keep both → a.py and a (sandbox 10-41-55).py');
    const folder = conflict('b', { kind: 'type', remote: { ...version, kind: 'directory' } });
    expect(conflictMessages.choices(folder).remote).toBe('Use the sandbox’s folder');
    expect(conflictMessages.what(folder)).toContain('a file of this name');
    expect(conflictMessages.what(runs)).toContain('would run on this computer by itself');
    expect(conflictMessages.title(2, 3, 'a.py')).toBe('2 of 3 conflicts · a.py');
    expect(conflictMessages.title(1, 1, 'a.py')).toBe('1 conflict · a.py');
  });
});

describe('a pair in words', () => {
  const progress: SyncProgress = {
    stage: 'transferring',
    files: 12,
    filesTotal: 80,
    bytes: 1_048_576,
    bytesTotal: 4_194_304,
    bytesPerSecond: 2_097_152,
    msLeft: 12_000,
  };

  test('progress: the way files go, a rate and the time left where they are known', () => {
    expect(progressText('upload', progress)).toBe(
      'Uploading 12 of 80 files, 1 MB of 4 MB · 2 MB/s · 0:12 left',
    );
    expect(progressText('two-way', { ...progress, bytesPerSecond: null, msLeft: null })).toBe(
      'Syncing 12 of 80 files, 1 MB of 4 MB',
    );
    expect(progressText('mirror-download', { ...progress, stage: 'applying' })).toBe(
      'Putting in place 12 of 80 files',
    );
    expect(progressText('upload', { ...progress, stage: 'scanning' })).toBe('Looking at both sides…');
    expect(progressShare(progress)).toBe(0.25);
    expect(progressShare({ ...progress, stage: 'applying' })).toBe(0.15);
    expect(progressShare({ ...progress, stage: 'scanning' })).toBeNull();
    expect(progressShare({ ...progress, bytesTotal: 0, filesTotal: 0 })).toBeNull();
  });

  test('its state', () => {
    const line = (change: Parameters<typeof syncRoot>[0]) =>
      stateLine(syncRoot({ lastSyncedAt: 60_000, ...change }));
    expect(line({})).toMatch(/^Everything is the same, \d\d:01$/);
    expect(line({ conflicts: 1 })).toMatch(/^Everything else is the same/);
    expect(line({ lastSyncedAt: null })).toContain('Not synced yet');
    expect(line({ state: 'syncing' })).toBe('Looking at both sides…');
    expect(line({ state: 'stopping' })).toBe('Stopping…');
    expect(line({ state: 'offline' })).toContain('not connected');
    expect(line({ elsewhere: true, state: 'syncing' })).toContain('Another SpecBoard');
  });

  test('many are decided in as many calls as it takes', () => {
    const ids = Array.from({ length: 2001 }, (_, n) => `${n}`);
    expect(inBatches(ids).map(({ length }) => length)).toEqual([1000, 1000, 1]);
    expect(inBatches(ids).flat()).toEqual(ids);
  });

  test('every question has words for every answer; what deletes says how many and where', () => {
    expect(syncMessages.answers(syncHalt())).toMatchObject({
      'go-on': 'Delete 212 files in the sandbox',
      restore: 'Bring the files back',
    });
    expect(syncMessages.answers(syncHalt({ count: 1, side: 'local' }))['go-on']).toBe(
      'Delete it on this computer',
    );
    expect(syncMessages.answers(syncHalt({ reason: 'went-back' }))['start-over']).toBe(
      'Compare both, deleting nothing',
    );
    expect(syncMessages.whyExcluded('defaults: node_modules/')).toBe('what is usually made: node_modules/');
    expect(syncMessages.whyExcluded('profile, line 1: *.log')).toBe('own patterns, line 1: *.log');
    expect(syncMessages.whyExcluded('.gitignore, line 3: *.log')).toBe('.gitignore, line 3: *.log');
    expect(syncMessages.whyFound('*.log', '.gitignore', 3, null)).toBe('“*.log” of .gitignore, line 3');
    expect(syncMessages.whyFound('node_modules/', 'defaults', 0, 'node_modules')).toBe(
      '“node_modules/” of what is usually made leaves out the folder node_modules',
    );
  });
});
