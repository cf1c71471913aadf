/** How content travels: one bundle, several at a time, parts, ranges, deltas; and what a break leaves for the next cycle. */
import { describe, expect, test } from 'vitest';
import { toGroups, toWaves } from '../../../src-main/sync/cycle/batches.ts';
import type { ApplyItem } from '../../../src-main/sync/types.ts';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { CycleWorld } from '../../support/sync/cycle-world.ts';
import { fileNode, signatureOf } from '../../support/sync/fake-tree.ts';

const MB = 1024 * 1024;

/** Bytes that do not repeat, the same for the same seed. */
function noise(bytes: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  let state = seed;
  for (let n = 0; n < words.length; n += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[n] = state;
  }
  return new Uint8Array(words.buffer).slice(0, bytes);
}

function edited(data: Uint8Array, at: number): Uint8Array {
  const copy = data.slice();
  copy.fill(7, at, at + 100);
  return copy;
}

const remoteCalls = ({ calls }: CycleWorld) => calls.names.filter((name) => name.startsWith('remote.'));

describe('up', () => {
  test('what is small goes in one bundle, whatever it is', async () => {
    const world = new CycleWorld();
    await world.agree({ 'old/a': '1', 'dir/a': '1' });
    const { local, remote } = world;
    for (let n = 0; n < 500; n += 1) local.tree.write(`new/${n % 7}/${n}`, `file ${n}`);
    local.tree.remove('old');
    local.tree.remove('dir');
    local.tree.write('dir', 'a file');
    await world.run();
    expect(remoteCalls(world)).toEqual(['remote.scan', 'remote.apply']);
    expect(remote.tree.hashes).toEqual(local.tree.hashes);
    expect(local.openBundles).toBe(0);
  });

  test('what is more: three bundles at a time, new folders with the first, removals last', async () => {
    const world = new CycleWorld();
    await world.agree({ 'old/a': '1', keep: '2' });
    const { local, remote, store } = world;
    for (let n = 0; n < 20; n += 1) local.tree.write(`new/${n}`, noise(MB, n + 1));
    local.tree.remove('old');
    const removedAt: number[] = [];
    world.calls.hooks.after = (call) => {
      if (call === 'remote.apply' && remote.tree.nodes.has('old')) removedAt.push(remote.tree.nodes.size);
    };
    expect((await world.run()).summary).toMatchObject({ uploaded: 20, deletedRemote: 1 });
    expect(world.calls.count('remote.apply')).toBe(5 + 1);
    expect(remote.mostInFlight).toBe(3);
    expect(removedAt).toHaveLength(5);
    expect(remote.tree.hashes).toEqual(local.tree.hashes);
    // Each bundle is remembered as soon as it is applied.
    expect(store.batches.length).toBeGreaterThan(5);
    expect(store.epoch).toBe(remote.marker?.epoch);
  });

  test('a large file goes in parts, and after a break only those that are missing', async () => {
    const world = new CycleWorld();
    const { local, remote } = world;
    local.tree.write('large.bin', noise(33 * MB));
    let sent = 0;
    world.calls.hooks.after = (call) => {
      if (call !== 'remote.sendPart') return;
      sent += 1;
      if (sent === 3) throw new SpecboardError('unreachable', 'It does not answer.');
    };
    expect(await world.run()).toMatchObject({ outcome: 'failed', problem: { code: 'unreachable' } });
    const there = remote.parts.size;
    expect(there).toBeGreaterThanOrEqual(3);
    expect(remote.tree.nodes.size).toBe(0);
    world.restart();
    world.calls.names.length = 0;
    expect((await world.run()).outcome).toBe('done');
    expect(world.calls.count('remote.sendPart')).toBe(5 - there);
    expect(remote.tree.nodes.get('large.bin')?.entry).toEqual(local.tree.nodes.get('large.bin')?.entry);
  });

  test('a large file that changes while its parts are sent is left for the next pass', async () => {
    const world = new CycleWorld();
    const { local, remote } = world;
    local.tree.write('large.bin', noise(33 * MB));
    world.calls.hooks.after = (call) => {
      if (call !== 'remote.sendPart') return;
      world.calls.hooks = {};
      local.tree.write('large.bin', 'small by now');
    };
    expect(await world.run()).toMatchObject({ outcome: 'done', postponed: [] });
    expect(remote.tree.read('large.bin')).toBe('small by now');
  });

  test('a change of a large file travels as a delta with the cached signature: two requests', async () => {
    const world = new CycleWorld();
    const { local, remote, store } = world;
    const old = noise(3 * MB);
    local.tree.write('data.bin', old);
    await world.run();
    await world.cycles.settled();
    expect([...store.signatures.keys()]).toEqual([`${fileNode(old).entry.hash} 4096`]);
    world.calls.names.length = 0;
    local.tree.write('data.bin', edited(old, MB));
    const { summary } = await world.run();
    expect(summary).toMatchObject({ requests: 2, uploaded: 1, bytesUp: 4096 });
    expect(remote.tree.nodes.get('data.bin')?.entry.hash).toBe(fileNode(edited(old, MB)).entry.hash);
  });

  test('without one the sandbox is asked where it pays, else it goes whole', async () => {
    const world = new CycleWorld();
    const { local, store } = world;
    const large = noise(3 * MB);
    const small = noise(100_000, 2);
    await world.agree({ large, small });
    store.signatures.clear();
    local.tree.write('large', edited(large, MB));
    local.tree.write('small', edited(small, 10));
    const { summary } = await world.run();
    expect(remoteCalls(world)).toEqual(['remote.scan', 'remote.signature', 'remote.apply']);
    expect(summary.bytesUp).toBeLessThan(120_000);
  });

  test('a delta that would not be smaller: the file goes whole', async () => {
    const world = new CycleWorld();
    const { local, remote, store } = world;
    await world.agree({ a: noise(2 * MB, 1), b: 'b' });
    store.putSignature(
      remote.tree.nodes.get('a')?.entry.hash ?? '',
      signatureOf(remote.tree.nodes.get('a')?.data ?? noise(0), 4096),
    );
    local.tree.write('a', noise(2 * MB, 9));
    local.tree.write('b', 'c');
    expect((await world.run()).summary).toMatchObject({ uploaded: 2, postponed: 0 });
    expect(remote.tree.hashes).toEqual(local.tree.hashes);
  });

  test('without Python everything goes whole', async () => {
    const world = new CycleWorld();
    const { local, remote } = world;
    remote.method = 'shell';
    const data = noise(3 * MB);
    await world.agree({ up: data, down: data.slice(1) });
    local.tree.write('up', edited(data, 10));
    remote.tree.write('down', edited(data, 20));
    expect((await world.run()).outcome).toBe('done');
    expect(world.calls.count('remote.signature')).toBe(0);
    expect(remote.tree.hashes).toEqual(local.tree.hashes);
  });
});

describe('down', () => {
  test('small files in packs, three at a time', async () => {
    const world = new CycleWorld();
    const { local, remote, store } = world;
    for (let n = 0; n < 18; n += 1) remote.tree.write(`d/${n}`, noise(MB, n + 1));
    expect((await world.run()).summary).toMatchObject({ downloaded: 18 });
    expect(world.calls.count('remote.pack')).toBe(5);
    expect(remote.mostInFlight).toBe(3);
    expect(local.tree.hashes).toEqual(remote.tree.hashes);
    expect(store.batches.filter(({ upserts }) => upserts.length > 0).length).toBeGreaterThan(4);
  });

  test('a large one with an old version here: signature, then the missing ranges in one request', async () => {
    const world = new CycleWorld();
    const { local, remote } = world;
    const old = noise(6 * MB);
    await world.agree({ 'data.bin': old });
    remote.tree.write('data.bin', edited(edited(old, MB), 4 * MB));
    const { summary } = await world.run();
    expect(remoteCalls(world)).toEqual(['remote.scan', 'remote.mark', 'remote.signature', 'remote.ranges']);
    expect(summary.bytesDown).toBeLessThan(60_000);
    expect(local.tree.hashes).toEqual(remote.tree.hashes);
    expect(world.store.kept).toMatchObject([{ path: 'data.bin', side: 'local' }]);
  });

  test('where too much is missing, or the pieces do not give the right hash, it comes whole', async () => {
    const world = new CycleWorld();
    const { local, remote } = world;
    await world.agree({ a: noise(2 * MB, 1), b: noise(2 * MB, 2) });
    remote.tree.write('a', noise(2 * MB, 3));
    remote.tree.write('b', edited(noise(2 * MB, 2), 5));
    local.stageDelta = async () => false;
    expect((await world.run()).outcome).toBe('done');
    expect(local.tree.hashes).toEqual(remote.tree.hashes);
  });

  test('a large new one in ranges that go on after a break', async () => {
    const world = new CycleWorld();
    const { local, remote } = world;
    remote.tree.write('large.bin', noise(33 * MB));
    let staged = 0;
    world.calls.hooks.after = (call) => {
      if (call !== 'local.stagePiece') return;
      staged += 1;
      if (staged === 2) throw new SpecboardError('unreachable', 'It does not answer.');
    };
    expect((await world.run()).outcome).toBe('failed');
    expect(local.tree.nodes.size).toBe(0);
    world.restart();
    world.calls.names.length = 0;
    const before = remote.traffic.bytesDown;
    expect((await world.run()).outcome).toBe('done');
    expect(remote.traffic.bytesDown - before).toBe(17 * MB);
    expect(local.tree.nodes.get('large.bin')?.entry.hash).toBe(
      remote.tree.nodes.get('large.bin')?.entry.hash,
    );
  });

  test('what a sandbox sends that is not what was asked for is never applied', async () => {
    const world = new CycleWorld();
    const { local, remote } = world;
    remote.tree.write('a', 'good');
    remote.tree.write('b', 'good');
    remote.tree.write('large', noise(5 * MB));
    remote.ranges = async (_path, _entry, ranges) => new Uint8Array(ranges[0]?.[1] ?? 0);
    remote.pack = async () =>
      new TextEncoder().encode(
        JSON.stringify([
          ['a', btoa('evil')],
          ['b', btoa('good')],
        ]),
      );
    const result = await world.run();
    expect(result).toMatchObject({ outcome: 'done', postponed: ['a', 'large'] });
    expect(local.tree.content).toEqual({ b: 'good' });
  });
});

test('no signature is made for what is small, and a new cycle does not wait for those that are', async () => {
  const world = new CycleWorld();
  world.local.tree.write('small', noise(100_000));
  world.local.tree.write('large', noise(MB));
  let goOn = () => {};
  const waiting = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const signature = world.local.signature.bind(world.local);
  world.local.signature = async (...args) => {
    await waiting;
    return signature(...args);
  };
  await world.run();
  expect((await world.run()).summary.requests).toBe(1);
  expect(world.store.signatures.size).toBe(0);
  goOn();
  await world.cycles.close();
  expect(world.store.signatures.size).toBe(1);
});

test('groups and waves', () => {
  expect(toGroups([3 * MB, 2 * MB, 9 * MB, 1], (n) => n)).toEqual([[3 * MB], [2 * MB], [9 * MB], [1]]);
  expect(
    toGroups(
      Array.from({ length: 4001 }, () => 1),
      (n) => n,
    ).map(({ length }) => length),
  ).toEqual([2000, 2000, 1]);
  expect(
    toGroups(
      Array.from({ length: 4001 }, () => 1),
      () => null,
    ),
  ).toHaveLength(1);
  const { entry } = fileNode('x');
  const remove = (path: string): ApplyItem => ({ do: 'remove', path, over: entry });
  const put: ApplyItem = { do: 'put', path: 'p', entry, over: null, source: { from: 'data' } };
  const copy: ApplyItem = { ...put, path: 'c', source: { from: 'copy', path: 'x' } };
  expect(toWaves([remove('a'), put, copy, remove('b')])).toEqual({
    first: [remove('a'), copy],
    data: [put],
    last: [remove('b')],
  });
});
