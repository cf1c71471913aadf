/** Two at once, and the end in the middle: answers, decisions, other modes, removals, locks that are lost, a quit. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RootLocks } from '../../src-main/services/sync/root-lock.ts';
import type { CycleResult } from '../../src-main/sync/cycle/cycle-types.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import {
  clock,
  connect,
  core,
  cycles,
  forgotten,
  halt,
  last,
  root,
  rootId,
  settle,
  setUp,
  store,
  sync,
  tearDown,
  touchLocal,
  waits,
  watched,
} from '../support/sync/scripted-sync.ts';

beforeEach(setUp);
afterEach(tearDown);

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fine',
    (error: unknown) => toProblem(error).code,
  );
const stored = () => core.db.syncRoots.get(rootId);
const entry = (hash: string) =>
  ({ kind: 'file', size: 1, modifiedAt: 1, executable: false, hash, target: null }) as const;

test('two windows answer at once: the second answer is none to a question that it has not seen', async () => {
  await connect();
  await sync.begin(rootId, { confirmed: true, checksum: false });
  await last().end(halt('new-sandbox', ['start-over']));
  expect(await codeOf(sync.answer(rootId, 'start-over', 'went-back'))).toBe('conflict');
  const first = sync.answer(rootId, 'start-over', 'new-sandbox');
  const second = codeOf(sync.answer(rootId, 'start-over'));
  await first;
  await last().end(halt('emptied', ['start-over', 'restore']));
  expect(await second).toBe('conflict');
  expect(root().halt?.reason).toBe('emptied');
  expect(cycles).toHaveLength(2);
});

test('what was answered to a question that is left or about something else by now does not count later', async () => {
  await connect();
  await sync.begin(rootId, { confirmed: true, checksum: false });
  await last().end(halt('mass-deletion', ['go-on', 'restore']));
  await sync.answer(rootId, 'go-on');
  await last().end(halt('no-space', []));
  await sync.stop(rootId);
  await sync.begin(rootId, { confirmed: false, checksum: false });
  expect([...last().request.answers]).toEqual([]);
  await last().end(halt('mass-deletion', ['go-on', 'restore']));
  sync.update(rootId, { mode: 'upload' });
  expect(root().halt).toBeNull();
  expect(await codeOf(sync.answer(rootId, 'go-on'))).toBe('conflict');
});

test('a mirror that is chosen while a cycle runs shows its plan first; a watched one looks at once', async () => {
  await watched();
  touchLocal();
  await clock.advance(80);
  sync.update(rootId, { mode: 'mirror-upload' });
  expect(cycles).toHaveLength(1);
  await last().end();
  expect(stored()).toMatchObject({ mode: 'mirror-upload', confirmed: false });
  await settle();
  await clock.advance(0);
  expect(cycles).toHaveLength(2);
  expect(last().request).toMatchObject({ mode: 'mirror-upload', confirmed: false });
});

test('two windows decide the same conflict at once: the second hears that it is decided', async () => {
  await connect();
  const conflict = {
    path: 'a',
    kind: 'both-changed',
    base: null,
    local: entry('l'),
    remote: entry('r'),
  } as const;
  await sync.begin(rootId, { confirmed: true, checksum: false });
  store.replaceConflicts(rootId, [{ action: 'conflict', ...conflict }], 1);
  await last().end();
  const [waiting] = sync.conflicts(rootId);
  const id = waiting?.id ?? '';
  const mine = sync.resolve([id], 'local');
  const yours = codeOf(sync.resolve([id], 'remote'));
  await settle();
  store.replaceConflicts(rootId, [], 2);
  await last().end();
  await mine;
  await settle();
  expect(await yours).toBe('conflict');
  expect(cycles).toHaveLength(2);
});

test('a pair that is removed while it is watched and synced begins nothing any more', async () => {
  await watched();
  touchLocal();
  await clock.advance(80);
  const { signal } = last();
  touchLocal();
  const late = codeOf(sync.begin(rootId, { confirmed: false, checksum: false }));
  await sync.remove(rootId);
  expect(signal.aborted).toBe(true);
  expect(await late).not.toBe('fine');
  await clock.advance(120_000);
  expect([cycles.length, forgotten.slice(0, 2), stored()]).toEqual([1, ['remote', 'local'], undefined]);
  expect(waits.every((wait) => wait.signal.aborted)).toBe(true);
});

test('after the end nothing begins, whoever asks', async () => {
  await watched();
  await sync.dispose();
  expect(sync.list()).toEqual([]);
  expect(() => sync.get(rootId)).toThrow(/ending/);
  expect(await codeOf(sync.begin(rootId, { confirmed: true, checksum: false }))).toBe('cancelled');
  await clock.advance(120_000);
  expect(cycles).toEqual([]);
});

test('who lost a lock does not give back the one that was taken after it', async () => {
  const isAlive = () => true;
  const lost: string[] = [];
  const locks = new RootLocks({
    ...{ roots: core.db.syncRoots, clock, instance: { id: 'mine', isAlive } },
    onLost: (id) => lost.push(id),
  });
  const first = locks.take(rootId);
  core.db.syncRoots.lock(rootId, 'other', { now: 0, until: 1 }, () => false);
  await clock.advance(10_000);
  expect([lost, first?.isHeld]).toEqual([[rootId], false]);
  const second = locks.take(rootId);
  first?.dispose();
  expect(second?.isHeld).toBe(true);
  expect(core.db.syncRoots.locks()).toMatchObject([{ owner: 'mine' }]);
  locks.dispose();
  expect(core.db.syncRoots.locks()).toEqual([]);
});

test('a watch outlives an end that it could not take in: the database refuses its lock once', async () => {
  await watched();
  core.db.syncRoots.lock(rootId, 'other', { now: 0, until: 1 }, () => false);
  await clock.advance(10_000);
  const { lock } = core.db.syncRoots;
  touchLocal();
  await clock.advance(80);
  core.db.syncRoots.lock = () => {
    throw new Error('SQLITE_BUSY');
  };
  await last().end({} as Partial<CycleResult>);
  core.db.syncRoots.lock = lock;
  const before = cycles.length;
  await clock.advance(61_000);
  expect(cycles.length).toBeGreaterThan(before);
});

test('copies of a root that is never synced again go after 30 days, many at once', async () => {
  await connect();
  const kept = (n: number) => ({
    ...{ id: `k${n}`, rootId, sessionId: null, path: 'a', side: 'local' as const, why: 'replaced' as const },
    ...{ version: entry('h'), keptAt: clock.now() - 31 * 86_400_000, where: 'local' as const, name: `k${n}` },
  });
  core.db.syncHistory.addKept(Array.from({ length: 1200 }, (_, n) => kept(n)));
  for (let n = 0; n < 4; n += 1) {
    await clock.advance(2_000);
    await settle();
  }
  expect(sync.kept(rootId, { search: '', offset: 0, limit: 9 }).total).toBe(0);
});
