/** What begins a cycle and what ends one, over sides and a clock that the test moves: watching, questions, links, locks, progress. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { SyncProgress } from '../../src-shared/domain/sync.ts';
import {
  clock,
  connect,
  core,
  cycles,
  dropped,
  failure,
  from,
  halt,
  last,
  links,
  root,
  rootId,
  settle,
  setUp,
  store,
  sync,
  tearDown,
  times,
  touchLocal,
  waits,
  watched,
} from '../support/sync/scripted-sync.ts';

beforeEach(setUp);
afterEach(tearDown);

test('it begins with the session; edits here and answers from there each begin a cycle, stale answers do not', async () => {
  await sync.watch(rootId, true);
  expect(root()).toMatchObject({ state: 'offline', watching: true, sessionId: null });
  const sessionId = await connect();
  expect(root()).toMatchObject({ state: 'syncing', sessionId });
  expect(waits).toHaveLength(0);
  await last().end();
  // Between the scan and the watch nobody listened.
  await clock.advance(80);
  expect(times()).toEqual([0, 80]);
  await last().end({ didSomething: false });
  expect(root()).toMatchObject({
    state: 'idle',
    notes: ['This folder has more folders than can be watched.'],
  });
  // Both were asked before the second cycle: it has seen what they tell.
  expect(waits).toHaveLength(1);
  await waits[0]?.answer();
  expect([times().length, waits.length]).toEqual([2, 2]);
  await waits[1]?.answer();
  expect(times()).toEqual([0, 80, 80]);
  expect(waits).toHaveLength(2);
  await last().end();
  expect(waits).toHaveLength(3);
  touchLocal();
  await clock.advance(40);
  touchLocal();
  await clock.advance(79);
  expect(times()).toHaveLength(3);
  await clock.advance(1);
  expect(times()).toEqual([0, 80, 80, 200]);
  await last().end();
  await clock.advance(60_000);
  expect(times().at(-1)).toBe(60_200);
  await last().end();
  const { done: ran } = core.executions.run({ sessionId, language: 'shell', code: 'x' });
  await ran;
  await settle();
  expect(times()).toHaveLength(6);
  await last().end();
  await sync.watch(rootId, false);
  expect(waits.at(-1)?.signal.aborted).toBe(true);
  touchLocal();
  await clock.advance(120_000);
  expect(times()).toHaveLength(6);
});

test('a broken link makes it offline, and it goes on at once when the link is back', async () => {
  await watched();
  touchLocal();
  await clock.advance(80);
  await last().end(failure);
  expect(root()).toMatchObject({ state: 'offline', problem: null });
  expect(sync.history(rootId, { offset: 0, limit: 9 }).runs[0]).toMatchObject({
    outcome: 'failed',
    trigger: 'watch',
  });
  await clock.advance(1000);
  await last().end(failure);
  await clock.advance(1999);
  expect(cycles).toHaveLength(2);
  await clock.advance(1);
  await last().end(failure);
  // One line for one failure, however often it was tried.
  const failures = () =>
    sync.history(rootId, { offset: 0, limit: 99 }).runs.filter(({ outcome }) => outcome === 'failed');
  expect(failures()).toHaveLength(1);
  links.fire({ state: 'retrying', attempt: 1, nextAt: null });
  await settle();
  const code = await sync
    .begin(rootId, { confirmed: false, checksum: false })
    .catch((error) => toProblem(error).code);
  expect(code).toBe('unreachable');
  links.fire({ state: 'live' });
  await settle();
  expect(cycles).toHaveLength(4);
  await last().end();
  expect(root()).toMatchObject({ state: 'idle', problem: null });
});

test('a question stops everything until it is answered; answers add up until a cycle is past them', async () => {
  await watched();
  touchLocal();
  await clock.advance(80);
  await last().end(halt('new-sandbox', ['start-over']));
  expect(root()).toMatchObject({ state: 'waiting', halt: { reason: 'new-sandbox' } });
  touchLocal();
  await clock.advance(300_000);
  expect(cycles).toHaveLength(1);
  await expect(sync.answer(rootId, 'go-on')).rejects.toMatchObject({ code: 'conflict' });
  await sync.answer(rootId, 'start-over');
  expect([...last().request.answers]).toEqual([['new-sandbox', 'start-over']]);
  await last().end(halt('large-download', ['go-on']));
  await sync.answer(rootId, 'go-on');
  expect([...last().request.answers.keys()]).toEqual(['new-sandbox', 'large-download']);
  await last().end();
  touchLocal();
  await clock.advance(80);
  expect([...last().request.answers]).toEqual([]);
  // What cannot be answered is looked at again by itself.
  await last().end(halt('local-missing', []));
  await clock.advance(1000);
  expect(cycles).toHaveLength(5);
});

test('a file that changes all the time rests, and a note says so', async () => {
  await watched();
  const entry = { kind: 'file', size: 1, modifiedAt: 1, executable: false, hash: 'h', target: null } as const;
  for (let n = 0; n <= 20; n += 1) {
    expect(root().notes.join()).not.toContain('all the time');
    touchLocal();
    await clock.advance(80);
    const upserts = [{ path: 'app.log', entry, direction: 'upload' as const }];
    store.commit(rootId, { syncedAt: clock.now(), upserts, deletes: [], kept: [] });
    await last().end();
  }
  expect(root().notes.at(-1)).toBe('app.log changes all the time; it is synced every 10 seconds.');
  touchLocal();
  await clock.advance(80);
  expect(last().resting).toEqual(['app.log']);
  await last().end({ didSomething: false });
  expect(root()).toMatchObject({ problems: 0, files: 1 });
  await clock.advance(9920);
  expect(last()).toMatchObject({ resting: [], at: from + 21 * 80 + 10_000 });
  await last().end();
  expect(root().notes).toHaveLength(1);
});

test('progress comes four times a second; a stop is seen, and ends the cycle alone', async () => {
  await connect();
  const { finished } = await sync.begin(rootId, { confirmed: true, checksum: true });
  expect([...last().request.answers]).toEqual([['first-sync', 'go-on']]);
  expect(last().request).toMatchObject({ confirmed: false, checksum: true, mode: 'two-way' });
  const seen: (SyncProgress | null)[] = [];
  core.hub.onChange(({ syncs }) => seen.push(syncs.find(({ id }) => id === rootId)?.progress ?? null));
  const progress = {
    stage: 'transferring',
    filesTotal: 100,
    bytes: 0,
    bytesTotal: 0,
    bytesPerSecond: null,
    msLeft: null,
  } as const;
  for (let files = 0; files < 100; files += 1) {
    last().request.onProgress?.({ ...progress, files });
    await clock.advance(10);
  }
  expect(seen.length).toBeGreaterThanOrEqual(3);
  expect(seen.length).toBeLessThanOrEqual(5);
  const stopped = sync.stop(rootId);
  await settle();
  await stopped;
  expect(await finished).toMatchObject({ outcome: 'cancelled' });
  expect(root()).toMatchObject({ state: 'idle', progress: null });
});

test('the end of the session ends the cycle, not the root; nor does the end of the profile', async () => {
  const sessionId = await watched();
  touchLocal();
  await clock.advance(80);
  const { signal } = last();
  await core.sessions.disconnect(sessionId);
  await settle();
  expect(signal.aborted).toBe(true);
  expect(root()).toMatchObject({ state: 'offline', sessionId: null });
  await connect();
  expect(cycles).toHaveLength(2);
  await last().end();
  await core.profiles.remove(root().profileId ?? '');
  await settle();
  expect(root()).toMatchObject({ profileId: null, profileName: 'Box', state: 'offline' });
  expect(sync.files(rootId, { show: 'all', search: '', offset: 0, limit: 9 }).items).toEqual([]);
  await sync.remove(rootId);
  expect(() => root()).toThrow(/not synced any more/);
});

test('a lock that another process took ends the cycle; old copies go by themselves', async () => {
  await connect();
  const version = {
    kind: 'file',
    size: 1,
    modifiedAt: 1,
    executable: false,
    hash: 'h',
    target: null,
  } as const;
  const kept = (id: string, days: number) => ({
    ...{ id, rootId, sessionId: null, path: id, side: 'local' as const, why: 'replaced' as const, version },
    ...{ keptAt: clock.now() - days * 86_400_000, where: 'local' as const, name: id },
  });
  core.db.syncHistory.addKept([kept('old', 31), kept('young', 29)]);
  await sync.begin(rootId, { confirmed: true, checksum: false });
  core.db.syncRoots.lock(rootId, 'other', { now: 0, until: clock.now() + 100_000 }, () => false);
  await clock.advance(10_000);
  expect(last().signal.aborted).toBe(true);
  expect(sync.list()).toMatchObject([{ state: 'idle', elsewhere: true }]);
  core.db.syncRoots.unlock(rootId, 'other');
  const { finished } = await sync.begin(rootId, { confirmed: true, checksum: false });
  await last().end();
  await finished;
  await settle();
  expect(dropped).toEqual(['old']);
  expect(sync.kept(rootId, { search: '', offset: 0, limit: 9 }).items.map(({ id }) => id)).toEqual(['young']);
});
