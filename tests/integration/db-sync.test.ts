/** The tables of the sync: what goes in comes out, locks between processes, and the speed of a large commit. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src-main/db/connection.ts';
import type { StoredSyncRoot } from '../../src-main/db/repositories/sync-roots.ts';
import { defaultSyncExclusions, type SyncRun, type SyncVersion } from '../../src-shared/domain/sync.ts';
import { type DatabaseFixture, makeDatabaseFixture, sampleProfile } from '../support/database.ts';

let fixture: DatabaseFixture;
let db: Database;

beforeEach(async () => {
  fixture = makeDatabaseFixture();
  db = await fixture.open();
  db.profiles.insert(sampleProfile('p'));
});
afterEach(() => fixture.dispose());

function sampleRoot(id: string, change: Partial<StoredSyncRoot> = {}): StoredSyncRoot {
  return {
    ...{ id, profileId: 'p', profileName: 'Profile', sessionId: null, localPath: `/home/${id}` },
    ...{ remotePath: 'project', mode: 'two-way', exclusions: defaultSyncExclusions, watching: false },
    ...{ epoch: 0, pendingEpoch: null, localIdentity: null, confirmed: false, lastSyncedAt: null },
    ...{ last: null, createdAt: 1 },
    ...change,
  };
}

function file(hash: string, change: Partial<SyncVersion> = {}): SyncVersion {
  return { kind: 'file', size: 3, modifiedAt: 5, executable: false, hash, target: null, ...change };
}

const anyone = () => {};
const summary = {
  ...{ uploaded: 0, downloaded: 0, deletedLocal: 0, deletedRemote: 0, bytesUp: 0, bytesDown: 0 },
  ...{ requests: 0, conflicts: 0, problems: 0, postponed: 0 },
};
const run = (id: string, endedAt: number): SyncRun => ({
  ...{ id, rootId: 'r', sessionId: null, startedAt: 1, endedAt, trigger: 'asked', outcome: 'done' },
  ...{ summary, problem: null },
});

test('a root comes back as it went in; it outlives its profile; the check decides within the transaction', () => {
  db.syncRoots.insert(sampleRoot('r'), (others) => expect(others).toEqual([]));
  expect(db.syncRoots.get('r')).toEqual(sampleRoot('r'));
  expect(() =>
    db.syncRoots.insert(sampleRoot('s'), (others) => {
      expect(others).toHaveLength(1);
      throw new Error('no');
    }),
  ).toThrow('no');
  db.syncRoots.update('r', { watching: true, epoch: 3, last: summary });
  db.profiles.remove('p');
  expect(db.syncRoots.list()).toEqual([
    sampleRoot('r', { profileId: null, watching: true, epoch: 3, last: summary }),
  ]);
  db.syncRoots.remove('r');
  expect(db.syncRoots.list()).toEqual([]);
});

test('one process has a root at a time, until it dies or its time runs out', async () => {
  db.syncRoots.insert(sampleRoot('r'), anyone);
  const other = await fixture.open();
  const alive = () => true;
  expect(db.syncRoots.lock('r', 'a', { now: 10, until: 20 }, alive)).toBe(true);
  expect(db.syncRoots.lock('r', 'a', { now: 11, until: 21 }, alive)).toBe(true);
  expect(other.syncRoots.lock('r', 'b', { now: 12, until: 22 }, alive)).toBe(false);
  expect(other.syncRoots.locks()).toEqual([{ rootId: 'r', owner: 'a', until: 21 }]);
  expect(db.syncRoots.renewLock('r', 'a', 30)).toBe(true);
  expect(other.syncRoots.lock('r', 'b', { now: 25, until: 40 }, alive)).toBe(false);
  expect(other.syncRoots.lock('r', 'b', { now: 25, until: 40 }, () => false)).toBe(true);
  expect(db.syncRoots.renewLock('r', 'a', 50)).toBe(false);
  db.syncRoots.unlock('r', 'a');
  expect(db.syncRoots.lock('r', 'a', { now: 41, until: 60 }, alive)).toBe(true);
  db.syncRoots.unlock('r', 'a');
  expect(other.syncRoots.lock('r', 'b', { now: 42, until: 60 }, alive)).toBe(true);
  expect(db.syncRoots.lock('gone', 'a', { now: 1, until: 2 }, alive)).toBe(false);
});

test('ten thousand paths are committed in less than 300 ms, with the root, all or nothing', () => {
  db.syncRoots.insert(sampleRoot('r'), anyone);
  const at = { rootId: 'r', sessionId: 's', syncedAt: 9, localRoot: '/home/r', remoteRoot: '/work/r' };
  const set = Array.from({ length: 10_000 }, (_, n) => ({
    path: `folder/${n}.txt`,
    entry: file(`hash${n}`, { executable: n % 2 === 0 }),
    direction: 'upload' as const,
  }));
  const root = { epoch: 1, pendingEpoch: null, confirmed: true };
  // The best of some: what else the machine does is not meant.
  const times = Array.from({ length: 4 }, (_, n) => {
    const changed = set.map(({ entry, ...row }) => ({ ...row, entry: { ...entry, size: n } }));
    const startedAt = performance.now();
    db.syncManifest.commit({ ...at, set: n === 3 ? set : changed, remove: [], root });
    return performance.now() - startedAt;
  });
  expect(Math.min(...times)).toBeLessThan(300);
  expect(db.syncManifest.load('r')).toEqual(new Map(set.map(({ path, entry }) => [path, entry])));
  const pages: string[] = [];
  for (let size = 3000; size === 3000; ) {
    const page = db.syncManifest.loadSome('r', pages.at(-1) ?? '', 3000);
    size = page.length;
    pages.push(...page.map(([path]) => path));
  }
  expect(pages).toEqual([...db.syncManifest.load('r').keys()]);
  expect(db.syncRoots.get('r')).toMatchObject({ epoch: 1, confirmed: true });

  const link = { kind: 'link', size: 0, modifiedAt: 0, executable: false, hash: 'h', target: 'a' } as const;
  const folder = file('', { kind: 'directory', size: 0, modifiedAt: 0 });
  db.syncManifest.commit({
    ...{ ...at, syncedAt: 12, sessionId: 't' },
    set: [
      { path: 'folder/1.txt', entry: file('new'), direction: 'download' },
      { path: 'link', entry: link, direction: 'download' },
      { path: 'folder', entry: folder, direction: 'download' },
    ],
    remove: ['folder/2.txt'],
  });
  expect(db.syncManifest.get('r', 'folder/1.txt')).toEqual({
    ...{ path: 'folder/1.txt', entry: file('new'), syncedAt: 12, direction: 'download' },
  });
  expect(db.syncManifest.get('r', 'link')?.entry).toEqual(link);
  expect(db.syncManifest.get('r', 'folder/2.txt')).toBeUndefined();
  expect(db.syncManifest.countFiles('r')).toBe(10_000);
  function* torn() {
    yield { path: 'x', entry: file('x'), direction: 'upload' as const };
    throw new Error('torn');
  }
  expect(() => db.syncManifest.commit({ ...at, set: torn(), remove: ['link'] })).toThrow();
  expect(db.syncManifest.get('r', 'x')).toBeUndefined();
  expect(db.syncManifest.get('r', 'link')).toBeDefined();
  // A root that its person removed meanwhile.
  db.syncRoots.remove('r');
  db.syncManifest.commit({ ...at, set: [{ path: 'x', entry: file('x'), direction: 'upload' }], remove: [] });
  expect(db.syncManifest.load('r').size).toBe(0);
});

test('a conflict keeps its id while it is the same, and gets another where a side changed', () => {
  db.syncRoots.insert(sampleRoot('r'), anyone);
  const found = (path: string, hash: string) => ({
    ...{ path, kind: 'both-changed' as const, base: null, local: file(hash), remote: file('r') },
    ...{ others: [], syncedAt: null },
  });
  db.syncConflicts.replace('r', [found('a', '1'), found('b', '1')], 5);
  const [a, b] = db.syncConflicts.list('r');
  db.syncConflicts.replace('r', [found('a', '1'), found('b', '2'), found('c', '1')], 6);
  const after = db.syncConflicts.list('r');
  expect(after.map(({ path, foundAt }) => [path, foundAt])).toEqual([
    ['a', 5],
    ['b', 5],
    ['c', 6],
  ]);
  expect(after[0]?.id).toBe(a?.id);
  expect(db.syncConflicts.get(b?.id ?? '')).toBeUndefined();
  expect(db.syncConflicts.count('r')).toBe(3);
});

test('runs are bounded; kept copies are found by path and content, and expire; signatures are a bounded cache', () => {
  db.syncRoots.insert(sampleRoot('r'), anyone);
  for (let n = 1; n <= 5; n += 1) db.syncHistory.addRun(run(`run${n}`, n), 3);
  const { runs, total } = db.syncHistory.runs('r', { offset: 1, limit: 5 });
  expect([total, runs.map(({ id }) => id)]).toEqual([3, ['run4', 'run3']]);

  const kept = (id: string, path: string, keptAt: number) => ({
    ...{ id, rootId: 'r', sessionId: null, path, side: 'local' as const, why: 'replaced' as const },
    ...{ version: file(`hash-${id}`), keptAt, where: 'local' as const, name: id },
  });
  db.syncHistory.addKept([kept('k1', 'src/Main.py', 1), kept('k2', '100%_a.py', 2)]);
  const listed = db.syncHistory.listKept('r', 'main', { offset: 0, limit: 10 });
  expect([listed.total, listed.items]).toEqual([1, [kept('k1', 'src/Main.py', 1)]]);
  expect(db.syncHistory.listKept('r', '%', { offset: 0, limit: 10 }).total).toBe(1);
  expect(db.syncHistory.listKept('r', '', { offset: 0, limit: 1 })).toMatchObject({ total: 2 });
  expect(db.syncHistory.findKept('r', 'hash-k2')?.id).toBe('k2');
  expect(db.syncHistory.expired('r', 2, 10).map(({ id }) => id)).toEqual(['k1']);
  db.syncHistory.removeKept(['k1']);
  expect(db.syncHistory.getKept('k1')).toBeUndefined();

  for (let n = 0; n < 4; n += 1) db.syncSignatures.put(`c${n}`, 4096, Buffer.alloc(100, n), n, 250);
  expect(db.syncSignatures.get('c1', 4096, 9)).toBeUndefined();
  expect(db.syncSignatures.get('c3', 4096, 9)).toEqual(Buffer.alloc(100, 3));
  expect(db.syncSignatures.get('c3', 8192, 9)).toBeUndefined();
});
