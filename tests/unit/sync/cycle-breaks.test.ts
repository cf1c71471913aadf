/**
 * A cycle that ends anywhere: cancelled, cut off, crashed, before or after the effect of any call. Whatever it was, nothing is lost,
 * the manifest is never ahead (the store of the world throws), and the next cycles bring both sides to the same state.
 */
import { describe, expect, test } from 'vitest';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { SyncProgress } from '../../../src-shared/domain/sync.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { CycleWorld } from '../../support/sync/cycle-world.ts';

/** Edits on both sides of everything that a cycle can do, with a conflict. */
async function editedWorld(): Promise<CycleWorld> {
  const world = new CycleWorld();
  const { local, remote } = world;
  await world.agree({
    same: '0',
    up: '1',
    down: '2',
    'gone/here': '3',
    'gone/there': '4',
    clash: '5',
    kind: '6',
    big: 'b'.repeat(2000),
  });
  local.tree.write('up', 'up 2');
  local.tree.write('new/up', 'fresh');
  local.tree.remove('gone/here');
  local.tree.remove('kind');
  local.tree.write('kind/in', 'a folder now');
  local.tree.remove('big');
  local.tree.write('renamed', 'b'.repeat(2000));
  remote.tree.write('down', 'down 2');
  remote.tree.write('new/down', 'fresh too');
  remote.tree.remove('gone/there');
  local.tree.write('clash', 'here');
  remote.tree.write('clash', 'there');
  return world;
}

/** Every content that is somewhere: on a side or kept. */
function contents({ local, remote }: CycleWorld): Set<string> {
  const found = new Set<string>();
  for (const { tree } of [local, remote])
    for (const { entry } of [...tree.nodes.values(), ...tree.kept.values()])
      if (entry.kind === 'file') found.add(entry.hash);
  return found;
}

async function expectSettled(world: CycleWorld, before: Set<string>, what: string): Promise<void> {
  world.restart();
  const first = await world.run();
  const second = await world.run();
  expect(first.outcome, what).toBe('done');
  expect(second, what).toMatchObject({ outcome: 'done', didSomething: false, postponed: [] });
  expect(second.summary.requests, what).toBe(1);
  expect(
    second.conflicts?.map(({ path }) => path),
    what,
  ).toEqual(['clash']);
  const { clash: here, ...local } = world.local.tree.content;
  const { clash: there, ...remote } = world.remote.tree.content;
  expect([here, there], what).toEqual(['here', 'there']);
  expect(local, what).toEqual(remote);
  for (const hash of before) expect(contents(world).has(hash), what).toBe(true);
  expect(world.local.openBundles, what).toBe(0);
  expect(world.store, what).toMatchObject({ pendingEpoch: null, epoch: world.remote.marker?.epoch });
}

async function callsOfACycle(): Promise<number> {
  const world = await editedWorld();
  const first = world.calls.names.length;
  await world.run();
  return world.calls.names.length - first;
}

describe('at every call, before and after its effect', () => {
  for (const when of ['before', 'after'] as const) {
    test(`the link breaks ${when} it`, async () => {
      const calls = await callsOfACycle();
      expect(calls).toBeGreaterThan(7);
      for (let at = 1; at <= calls; at += 1) {
        const world = await editedWorld();
        const versions = contents(world);
        const first = world.calls.names.length;
        world.calls.hooks[when] = (_call, n) => {
          if (n === first + at) throw new SpecboardError('unreachable', 'It does not answer.');
        };
        const result = await world.run();
        expect(result.outcome).toBe('failed');
        if (when === 'after' && world.calls.names[first + at - 1] === 'local.pack')
          world.local.openBundles = 0;
        await expectSettled(world, versions, `${when} call ${at}: ${world.calls.names[first + at - 1]}`);
      }
    });

    test(`the process dies ${when} it: nothing that comes later happens`, async () => {
      const calls = await callsOfACycle();
      for (let at = 1; at <= calls; at += 1) {
        const world = await editedWorld();
        const versions = contents(world);
        const first = world.calls.names.length;
        let isDead = false;
        const die = (n: number) => {
          if (n >= first + at) isDead = true;
          // A dead process hears of nothing and writes nothing.
          if (isDead) return new Promise<void>(() => {});
        };
        world.calls.hooks[when] = (_call, n) => die(n);
        if (when === 'after')
          world.calls.hooks.before = () => (isDead ? new Promise<void>(() => {}) : undefined);
        void world.run();
        for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        expect(isDead).toBe(true);
        world.local.openBundles = 0; // a dead process leaves them
        await expectSettled(world, versions, `dead ${when} call ${at}: ${world.calls.names[first + at - 1]}`);
      }
    });

    test(`somebody cancels ${when} it: the result says so, what is done stays done`, async () => {
      const calls = await callsOfACycle();
      for (let at = 1; at <= calls; at += 1) {
        const world = await editedWorld();
        const versions = contents(world);
        const first = world.calls.names.length;
        const controller = new AbortController();
        world.calls.hooks[when] = (_call, n) => {
          if (n === first + at) controller.abort();
        };
        const result = await world.run({}, controller.signal);
        expect(['cancelled', 'done']).toContain(result.outcome);
        expect(result.problem).toBe(null);
        await expectSettled(
          world,
          versions,
          `cancel ${when} call ${at}: ${world.calls.names[first + at - 1]}`,
        );
      }
    });
  }
});

test('a side that hangs does not keep a cancel from ending the cycle', async () => {
  const names = new Set<string>();
  const probe = await editedWorld();
  await probe.run();
  for (const name of probe.calls.names) names.add(name);
  for (const name of names) {
    if (name === 'local.recover') continue;
    const clock = new FakeClock();
    const world = await editedWorld();
    const hanging = new CycleWorld(clock);
    Object.assign(hanging.local.tree.nodes, world.local.tree.nodes);
    for (const [path, node] of world.local.tree.nodes) hanging.local.tree.nodes.set(path, node);
    for (const [path, node] of world.remote.tree.nodes) hanging.remote.tree.nodes.set(path, node);
    const controller = new AbortController();
    let isThere = false;
    hanging.calls.hooks.before = (call) => {
      if (call !== name) return;
      isThere = true;
      return new Promise<void>(() => {});
    };
    const work = hanging.run({}, controller.signal);
    for (let turn = 0; turn < 60 && !isThere; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    if (!isThere) continue;
    controller.abort();
    await clock.advance(999);
    expect((await work).outcome, name).toBe('cancelled');
  }
});

test('a cancel with a reason of its own is no cancel of the person', async () => {
  const world = await editedWorld();
  const controller = new AbortController();
  world.calls.hooks.before = (call) => {
    if (call === 'remote.apply') controller.abort(new SpecboardError('gone', 'The session ended.'));
  };
  expect(await world.run({}, controller.signal)).toMatchObject({
    outcome: 'failed',
    problem: { code: 'gone' },
  });
});

test('what was done before a cancel is in the summary', async () => {
  const world = new CycleWorld();
  const controller = new AbortController();
  for (let n = 0; n < 12; n += 1) world.local.tree.write(`f${n}`, new Uint8Array(1024 * 1024).fill(n));
  let bundles = 0;
  world.calls.hooks.after = (call) => {
    if (call !== 'remote.apply') return;
    bundles += 1;
    if (bundles === 2) controller.abort();
  };
  const result = await world.run({}, controller.signal);
  expect(result.outcome).toBe('cancelled');
  expect(result.summary.uploaded).toBeGreaterThanOrEqual(4);
  expect(result.summary.uploaded).toBe(world.store.entries.size);
  expect(
    result.look?.page({ show: 'changes', search: '', offset: 0, limit: 50 }, () => new Map()).total,
  ).toBe(12 - result.summary.uploaded);
});

test('a side that ends a moment after the cancel is heard: what it did is remembered', async () => {
  const clock = new FakeClock();
  const world = new CycleWorld(clock);
  const controller = new AbortController();
  world.local.tree.write('a', '1');
  world.remote.tree.write('b', '1');
  world.calls.hooks.after = async (call) => {
    if (call !== 'remote.apply') return;
    controller.abort();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const result = await world.run({}, controller.signal);
  expect(result).toMatchObject({ outcome: 'cancelled', summary: { uploaded: 1 } });
  expect(world.store.entries.has('a')).toBe(true);
});

test('downloads that are not marked any more: the next cycle marks them, the one after it is quiet', async () => {
  const world = new CycleWorld();
  await world.agree({ a: '1' });
  const { epoch } = world.store;
  world.remote.tree.write('a', '2');
  world.calls.hooks.before = (call) => {
    if (call === 'remote.mark') throw new SpecboardError('unreachable', 'It does not answer.');
  };
  expect(await world.run()).toMatchObject({ outcome: 'failed', summary: { downloaded: 1 } });
  expect(world.store).toMatchObject({ epoch, pendingEpoch: epoch + 1 });
  world.restart();
  expect(await world.run()).toMatchObject({ outcome: 'done', halt: null, didSomething: false });
  expect(world.store.pendingEpoch).toBe(null);
  expect(world.store.epoch).toBeGreaterThan(epoch);
  expect(world.remote.marker?.epoch).toBe(world.store.epoch);
  const { writes } = world.store;
  expect((await world.run()).summary.requests).toBe(1);
  expect(world.store.writes).toBe(writes);
});

test('the first sync is broken off after downloads: the sandbox is still the same one', async () => {
  const world = new CycleWorld();
  world.remote.tree.write('a', '1');
  for (let n = 0; n < 6; n += 1) world.remote.tree.write(`f${n}`, new Uint8Array(1024 * 1024).fill(n));
  let packs = 0;
  world.calls.hooks.before = (call) => {
    if (call === 'remote.pack' && ++packs === 2)
      throw new SpecboardError('unreachable', 'It does not answer.');
  };
  expect((await world.run()).outcome).toBe('failed');
  world.restart();
  expect(await world.run()).toMatchObject({ outcome: 'done', halt: null });
});

test('a database that does not take the results: failed, and the next cycle adopts what was done', async () => {
  const world = new CycleWorld();
  await world.agree({ a: '1' });
  world.local.tree.write('a', 'written there');
  const check = world.store.onCommit;
  world.store.onCommit = () => {
    throw new SpecboardError('database-unwritable', 'The database cannot be written.');
  };
  expect(await world.run()).toMatchObject({ outcome: 'failed', problem: { code: 'database-unwritable' } });
  world.store.onCommit = check;
  const { summary } = await world.run();
  expect(summary).toMatchObject({ uploaded: 0, bytesUp: 0, conflicts: 0 });
  expect((await world.run()).didSomething).toBe(false);
});

describe('progress', () => {
  test('monotone, totals from transferring on, at most ten a second', async () => {
    const world = new CycleWorld();
    const seen: SyncProgress[] = [];
    for (let n = 0; n < 20; n += 1) world.local.tree.write(`f${n}`, new Uint8Array(1024 * 1024).fill(n));
    world.remote.tree.write('down', 'x'.repeat(5000));
    const began = performance.now();
    await world.run({ onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeLessThanOrEqual(2 + (performance.now() - began) / 100);
    expect(seen.at(-1)).toMatchObject({
      stage: 'saving',
      files: 21,
      filesTotal: 21,
      bytesTotal: 20 * 1024 * 1024 + 5000,
    });
    expect(seen.at(-1)?.bytes).toBe(seen.at(-1)?.bytesTotal);
    for (const [index, { bytes, files }] of seen.entries()) {
      expect(bytes).toBeGreaterThanOrEqual(seen[index - 1]?.bytes ?? 0);
      expect(files).toBeGreaterThanOrEqual(seen[index - 1]?.files ?? 0);
    }
  });
});
