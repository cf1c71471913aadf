/** What people are shown of a cycle: the plan, files by path, time left. */
import { expect, test } from 'vitest';
import { ProgressMeter } from '../../../src-main/sync/cycle/progress.ts';
import {
  type SyncProgress,
  syncFileSchema,
  syncPlanSchema,
  syncProgressSchema,
} from '../../../src-shared/domain/sync.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { CycleWorld } from '../../support/sync/cycle-world.ts';

async function mixedWorld(): Promise<CycleWorld> {
  const world = new CycleWorld();
  const { local, remote } = world;
  await world.agree({ same: '0', up: '1', down: '2', here: '3', there: '4', clash: '5' });
  local.tree.write('up', 'longer');
  local.tree.write('new/up', 'fresh');
  remote.tree.write('down', 'down 2');
  local.tree.remove('here');
  remote.tree.remove('there');
  local.tree.write('clash', 'here');
  remote.tree.write('clash', 'there');
  remote.unusable.push({ path: 'socket', side: 'remote', reason: 'special-file' });
  local.excluded.push({
    path: 'debug.log',
    side: 'local',
    directory: false,
    source: '.gitignore',
    line: 3,
    pattern: '*.log',
  });
  return world;
}

test('a plan is what a cycle would do; making it changes nothing', async () => {
  const world = await mixedWorld();
  const before = [world.local.tree.content, world.remote.tree.content];
  const plan = await world.cycles.plan(world.request({ confirmed: false }), new AbortController().signal);
  const items = plan.page(0, 100);
  syncPlanSchema.parse({ rootId: 'root', items, total: plan.total, ...plan.totals });
  expect(items.map(({ action, path }) => `${action} ${path}`)).toEqual([
    'conflict clash',
    'download down',
    'delete-remote here',
    'upload new',
    'upload new/up',
    'delete-local there',
    'upload up',
    'problem socket',
  ]);
  expect(items.find(({ path }) => path === 'up')).toMatchObject({ replaces: true, size: 6 });
  expect(items.at(-1)?.why).toBe('In the sandbox: is no file and no folder (a socket, a device or a pipe).');
  expect(plan.totals).toMatchObject({
    upload: { files: 2, bytes: 11 },
    download: { files: 1, bytes: 6 },
    deleteLocal: 1,
    deleteRemote: 1,
    conflicts: 1,
    problems: 1,
    excluded: 1,
    same: 1,
    halt: { reason: 'first-sync' },
  });
  expect(plan.page(6, 1)).toEqual([items[6]]);
  expect(plan.total).toBe(8);
  expect([world.local.tree.content, world.remote.tree.content]).toEqual(before);
  expect(world.store.writes).toBe(0);
  expect(world.remote.traffic.requests).toBe(1 + 2);
});

test('files by path: what is the same, what is open and why, what is left out', async () => {
  const world = await mixedWorld();
  const { look } = await world.run();
  const page = (show: 'all' | 'changes' | 'problems' | 'excluded', search = '', offset = 0, limit = 100) =>
    look?.page({ show, search, offset, limit }, (paths) => world.store.stamps('root', paths)) ?? {
      items: [],
      total: 0,
    };
  const all = page('all');
  for (const item of all.items) syncFileSchema.parse(item);
  expect(all.items.map(({ path, status }) => `${path} ${status}`)).toEqual([
    'clash conflict',
    'debug.log excluded',
    'down same',
    'new/up same',
    'same same',
    'socket problem',
    'up same',
  ]);
  expect(all.items[2]).toMatchObject({ direction: 'download', size: 6, kind: 'file' });
  expect(all.items[2]?.syncedAt).not.toBe(null);
  expect(page('changes').items.map(({ path }) => path)).toEqual(['clash']);
  expect(page('problems').items).toMatchObject([{ path: 'socket', status: 'problem' }]);
  expect(page('excluded').items).toMatchObject([{ path: 'debug.log', why: '.gitignore, line 3: *.log' }]);
  expect(page('all', 'UP').total).toBe(2);
  expect(page('all', '', 2, 2)).toMatchObject({ total: 7, items: [{ path: 'down' }, { path: 'new/up' }] });
});

test('a halt shows what would happen', async () => {
  const world = new CycleWorld();
  world.local.tree.write('a', 'a');
  const { look } = await world.run({ confirmed: false });
  const page = look?.page({ show: 'all', search: '', offset: 0, limit: 9 }, () => new Map());
  expect(page?.items).toMatchObject([{ path: 'a', status: 'to-upload', syncedAt: null }]);
});

test('the time left is told once it can be, and follows the speed; events at most ten a second', async () => {
  const clock = new FakeClock();
  const seen: SyncProgress[] = [];
  const meter = new ProgressMeter(clock, (progress) => seen.push(syncProgressSchema.parse(progress)));
  meter.stage('transferring');
  meter.addTotals({ files: 10, bytes: 100_000 });
  const task = meter.begin(100_000, 10);
  for (let ms = 0; ms < 10_000; ms += 20) {
    task.to(ms * 5, 0);
    await clock.advance(20);
  }
  expect(seen.length).toBeLessThanOrEqual(102);
  const early = seen.filter(({ bytes }) => bytes < 9_800);
  expect(early.every(({ msLeft }) => msLeft === null)).toBe(true);
  const middle = meter.now;
  expect(middle.bytes).toBe(49_900);
  expect(middle.msLeft).toBeGreaterThan(9_000);
  expect(middle.msLeft).toBeLessThan(11_000);
  // It stalls: the time left grows.
  await clock.advance(5_000);
  task.to(49_901, 0);
  await clock.advance(200);
  expect(meter.now.msLeft).toBeGreaterThan(20_000);
  meter.stage('scanning');
  expect(meter.now.stage).toBe('transferring');
  task.to(10, 0);
  expect(meter.now.bytes).toBe(49_901);
  task.done();
  meter.dispose();
  expect(seen.at(-1)).toMatchObject({ bytes: 100_000, files: 10, msLeft: 0 });
  expect(clock.pending).toBe(0);
});
