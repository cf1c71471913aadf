/** One cycle from scan to commit: what travels, what is asked, what is remembered, and that nothing happens where nothing changed. */
import { describe, expect, test } from 'vitest';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { SyncAnswer, SyncHalt } from '../../../src-shared/domain/sync.ts';
import { CycleWorld } from '../../support/sync/cycle-world.ts';
import { fileNode } from '../../support/sync/fake-tree.ts';

const answer = (reason: SyncHalt['reason'], what: SyncAnswer) => new Map([[reason, what]]);

test('both directions in one cycle; the manifest has what both sides have', async () => {
  const world = new CycleWorld();
  const { local, remote, store } = world;
  local.tree.write('src/here.txt', 'from here');
  local.tree.link('latest', 'src/here.txt');
  local.tree.folder('empty');
  remote.tree.write('out/there.txt', 'from there', { executable: true, at: 5000 });
  const result = await world.run();
  expect(result).toMatchObject({ outcome: 'done', halt: null, problem: null, didSomething: true });
  expect(result.summary).toMatchObject({ uploaded: 2, downloaded: 1, deletedLocal: 0, conflicts: 0 });
  expect(local.tree.content).toEqual(remote.tree.content);
  expect(local.tree.nodes.get('out/there.txt')?.entry).toMatchObject({ modifiedAt: 5000, executable: true });
  expect([...store.entries.keys()].sort()).toEqual([...local.tree.nodes.keys()].sort());
  expect(store).toMatchObject({ epoch: 1, pendingEpoch: null, localIdentity: 'disk 1' });
  expect(remote.marker?.epoch).toBe(1);
});

test('nothing changed: one request, nothing written, no event of history', async () => {
  const world = new CycleWorld();
  await world.agree({ a: 'a', 'b/c': 'c' });
  const result = await world.run();
  expect(world.calls.names.filter((name) => name.startsWith('remote.'))).toEqual(['remote.scan']);
  expect(result.summary).toMatchObject({ requests: 1, uploaded: 0, downloaded: 0 });
  expect(result).toMatchObject({ outcome: 'done', didSomething: false });
  expect(world.store.writes).toBe(0);
});

test('a few edits here: a scan and one bundle; there: a scan, and a pack beside the mark', async () => {
  const world = new CycleWorld();
  const { local, remote, calls } = world;
  await world.agree({ a: '1', b: '2', 'c/d': '3', e: '4' });
  local.tree.write('a', 'new');
  local.tree.remove('c');
  local.tree.write('f/g', 'another');
  expect((await world.run()).summary).toMatchObject({ requests: 2, uploaded: 2, deletedRemote: 1 });
  expect(remote.tree.content).toEqual(local.tree.content);
  calls.names.length = 0;
  remote.tree.write('b', 'new');
  remote.tree.remove('e');
  expect((await world.run()).summary).toMatchObject({ requests: 3, downloaded: 1, deletedLocal: 1 });
  expect(calls.names.filter((name) => name.startsWith('remote.'))).toEqual([
    'remote.scan',
    'remote.mark',
    'remote.pack',
  ]);
  expect(remote.tree.content).toEqual(local.tree.content);
  expect(world.store.epoch).toBe(remote.marker?.epoch);
});

test('a rename costs no data; a changed bit, a folder for a file and a file for a folder are brought over', async () => {
  const world = new CycleWorld();
  const { local, remote } = world;
  const big = 'x'.repeat(300_000);
  await world.agree({ big, 'dir/in': 'in', file: 'file', tool: 'tool' });
  local.tree.remove('big');
  local.tree.write('moved/big', big);
  local.tree.write('tool', 'tool', { executable: true });
  local.tree.remove('dir');
  local.tree.write('dir', 'now a file');
  local.tree.remove('file');
  local.tree.write('file/in', 'now a folder');
  const before = remote.traffic.bytesUp;
  expect((await world.run()).outcome).toBe('done');
  expect(remote.traffic.bytesUp - before).toBeLessThan(100);
  expect(remote.tree.content).toEqual(local.tree.content);
  expect(remote.tree.nodes.get('tool')?.entry.executable).toBe(true);
  expect((await world.run()).summary).toMatchObject({ requests: 1 });
});

test('what is replaced or deleted is kept and recorded, on the side where it was', async () => {
  const world = new CycleWorld();
  const { local, remote, store } = world;
  await world.agree({ a: 'old a', b: 'old b', c: 'old c', d: 'old d' });
  local.tree.write('a', 'new a');
  local.tree.remove('b');
  remote.tree.write('c', 'new c');
  remote.tree.remove('d');
  await world.run();
  const kept = store.kept.map(({ path, side, where, why }) => `${path} ${side} ${where} ${why}`);
  expect(kept.sort()).toEqual([
    'a remote remote replaced',
    'b remote remote deleted',
    'c local local replaced',
    'd local local deleted',
  ]);
  for (const { path, where, name } of store.kept) {
    const { tree } = where === 'local' ? local : remote;
    expect(new TextDecoder().decode(tree.kept.get(name)?.data)).toBe(`old ${path}`);
  }
});

describe('conflicts', () => {
  test('are recorded, the rest goes on; they are replaced with each cycle', async () => {
    const world = new CycleWorld();
    const { local, remote, store } = world;
    await world.agree({ a: 'base', b: 'base' });
    local.tree.write('a', 'here');
    remote.tree.write('a', 'there');
    local.tree.write('b', 'edited');
    const result = await world.run();
    expect(result.conflicts?.map(({ path, kind }) => [path, kind])).toEqual([['a', 'both-changed']]);
    expect(result.summary).toMatchObject({ conflicts: 1, uploaded: 1 });
    expect(store.conflicts).toHaveLength(1);
    expect([local.tree.read('a'), remote.tree.read('a')]).toEqual(['here', 'there']);
    remote.tree.write('a', 'here');
    await world.run();
    expect(store.conflicts).toEqual([]);
  });

  async function conflicting() {
    const world = new CycleWorld();
    const { local, remote } = world;
    await world.agree({ a: 'base' });
    local.tree.write('a', 'here');
    remote.tree.write('a', 'there');
    const [found] = (await world.run()).conflicts ?? [];
    if (!found) throw new Error('no conflict');
    return { world, decide: { local: found.local, remote: found.remote } };
  }

  test("this computer's: the sandbox's copy is in the history here before it is replaced there", async () => {
    const { world, decide } = await conflicting();
    const { local, remote, store } = world;
    const result = await world.run({ resolutions: new Map([['a', { choice: 'local', ...decide }]]) });
    expect(result).toMatchObject({ outcome: 'done', conflicts: [] });
    expect(remote.tree.read('a')).toBe('here');
    expect(world.calls.names.indexOf('local.keep')).toBeLessThan(
      world.calls.names.lastIndexOf('remote.apply'),
    );
    const [copy] = store.kept;
    expect(store.kept).toHaveLength(1);
    expect(copy).toMatchObject({ path: 'a', side: 'remote', where: 'local', why: 'not-chosen' });
    expect(new TextDecoder().decode(local.tree.kept.get(copy?.name ?? '')?.data)).toBe('there');
  });

  test("the sandbox's: the copy here is kept by apply", async () => {
    const { world, decide } = await conflicting();
    await world.run({ resolutions: new Map([['a', { choice: 'remote', ...decide }]]) });
    expect(world.local.tree.read('a')).toBe('there');
    expect(world.store.kept).toMatchObject([{ path: 'a', side: 'local', why: 'not-chosen' }]);
  });

  test('both: the copy of the sandbox gets its name on both sides within the same cycle', async () => {
    const { world, decide } = await conflicting();
    const { local, remote } = world;
    const both = { choice: 'both', bothName: 'a (sandbox)', ...decide } as const;
    const result = await world.run({ resolutions: new Map([['a', both]]) });
    expect(result).toMatchObject({ outcome: 'done', conflicts: [], postponed: [] });
    expect(local.tree.content).toEqual({ a: 'here', 'a (sandbox)': 'there' });
    expect(remote.tree.content).toEqual(local.tree.content);
    expect((await world.run()).didSomething).toBe(false);
  });

  test('a decision about what changed since does not count', async () => {
    const { world, decide } = await conflicting();
    world.remote.tree.write('a', 'there, again');
    const result = await world.run({ resolutions: new Map([['a', { choice: 'local', ...decide }]]) });
    expect(result.conflicts).toHaveLength(1);
    expect(world.remote.tree.read('a')).toBe('there, again');
  });

  test('the copy there changes while it is brought home: it stays', async () => {
    const { world, decide } = await conflicting();
    world.touched.add('a');
    world.calls.hooks.before = (call) => {
      if (call === 'remote.ranges') world.remote.tree.write('a', 'there, later');
    };
    const result = await world.run({ resolutions: new Map([['a', { choice: 'local', ...decide }]]) });
    expect(world.remote.tree.read('a')).toBe('there, later');
    expect(result.conflicts).toHaveLength(1);
  });
});

describe('questions', () => {
  test('the first sync waits; nothing is written or sent', async () => {
    const world = new CycleWorld();
    world.local.tree.write('a', 'a');
    const result = await world.run({ confirmed: false });
    expect(result).toMatchObject({ outcome: 'waiting', halt: { reason: 'first-sync' }, didSomething: false });
    expect(world.store.writes).toBe(0);
    expect(result.summary.requests).toBe(1);
    const agreed = await world.run({ confirmed: false, answers: answer('first-sync', 'go-on') });
    expect(agreed.outcome).toBe('done');
  });

  test('an emptied side asks; restoring brings all back, going on deletes', async () => {
    for (const what of ['restore', 'go-on'] as const) {
      const world = new CycleWorld();
      await world.agree({ a: 'a', b: 'b', 'c/d': 'd' });
      for (const path of ['a', 'b', 'c']) world.remote.tree.remove(path);
      expect((await world.run()).halt?.reason).toBe('emptied');
      expect(world.local.tree.nodes.size).toBe(4);
      const result = await world.run({ answers: answer('emptied', what) });
      expect(result.outcome).toBe('done');
      expect(Object.keys(world.remote.tree.content)).toHaveLength(what === 'restore' ? 4 : 0);
      expect(world.remote.tree.content).toEqual(world.local.tree.content);
      expect(world.store.entries.size).toBe(world.local.tree.nodes.size);
    }
  });

  test('a sandbox that never had this root: starting over deletes nothing and forgets the old manifest', async () => {
    const world = new CycleWorld();
    const { local, remote, store } = world;
    await world.agree({ same: '1', onlyHere: '2', differs: '3', gone: '4' });
    remote.marker = null;
    remote.tree.remove('onlyHere');
    remote.tree.write('differs', 'other');
    local.tree.remove('gone');
    remote.tree.remove('gone');
    expect((await world.run()).halt?.reason).toBe('new-sandbox');
    world.isStartingOver = true;
    const result = await world.run({ answers: answer('new-sandbox', 'start-over') });
    expect(result.outcome).toBe('done');
    expect(result.conflicts?.map(({ path }) => path)).toEqual(['differs']);
    expect(remote.tree.read('onlyHere')).toBe('2');
    expect([...store.entries.keys()].sort()).toEqual(['onlyHere', 'same']);
    expect(remote.marker).toMatchObject({ epoch: store.epoch });
    expect((await world.run()).outcome).toBe('done');
  });

  test('a sandbox that went back in time, and one that is ahead', async () => {
    const world = new CycleWorld();
    await world.agree({ a: '1', b: '1' });
    world.local.tree.write('a', '2');
    await world.run();
    const { epoch } = world.store;
    world.remote.marker = { rootId: 'root', epoch: epoch - 1 };
    world.remote.tree.write('a', '1');
    expect((await world.run()).halt?.reason).toBe('went-back');
    expect(world.local.tree.read('a')).toBe('2');
    world.remote.marker = { rootId: 'root', epoch: epoch + 5 };
    expect((await world.run()).halt).toMatchObject({ reason: 'went-back', side: 'local' });
    world.isStartingOver = true;
    const result = await world.run({ answers: answer('went-back', 'start-over') });
    expect(result).toMatchObject({ outcome: 'done', summary: { conflicts: 1 } });
    expect(world.store.epoch).toBeGreaterThan(epoch + 5);
  });

  test('the local folder is gone, or another one stands there', async () => {
    const world = new CycleWorld();
    await world.agree({ a: '1', b: '2' });
    world.local.exists = false;
    const missing = await world.run();
    expect(missing).toMatchObject({ outcome: 'waiting', halt: { reason: 'local-missing', answers: [] } });
    expect(missing.halt?.message).toContain('/home/someone/project');
    world.local.exists = true;
    world.local.identity = 'disk 2';
    world.local.tree.remove('a');
    expect((await world.run()).halt?.reason).toBe('local-replaced');
    world.isStartingOver = true;
    await world.run({ answers: answer('local-replaced', 'start-over') });
    expect(world.local.tree.read('a')).toBe('1');
    expect(world.store.localIdentity).toBe('disk 2');
  });
});

test('a scan that fails ends the cycle: nothing happens on either side', async () => {
  for (const call of ['local.scan', 'remote.scan', 'local.open']) {
    const world = new CycleWorld();
    await world.agree({ a: '1' });
    world.local.tree.write('a', '2');
    world.calls.hooks.before = (name) => {
      if (name === call) throw new SpecboardError('unreachable', 'It does not answer.');
    };
    const result = await world.run();
    expect(result, call).toMatchObject({ outcome: 'failed', problem: { code: 'unreachable' }, look: null });
    expect(result.conflicts).toBe(null);
    expect([world.store.writes, world.remote.tree.read('a')]).toEqual([0, '1']);
  }
});

test('a crash is put right once, before the first scan; copies that nobody was told of are recorded', async () => {
  const world = new CycleWorld();
  const { entry } = fileNode('old');
  world.local.left = [{ cycle: 'c0', name: 'c0/1', path: 'a', entry }];
  await world.run();
  await world.run();
  expect(world.local.recovered).toBe(1);
  expect(world.calls.names[0]).toBe('local.recover');
  expect(world.store.kept).toMatchObject([{ path: 'a', side: 'local', name: 'c0/1', version: entry }]);
});

test('the sandbox is listed with the rules of the last look, and again where they changed', async () => {
  const world = new CycleWorld();
  await world.run();
  world.calls.names.length = 0;
  await world.run();
  expect(world.calls.names.indexOf('remote.scan')).toBeLessThan(world.calls.names.indexOf('local.scan'));
  world.local.rules = { texts: [{ source: '.gitignore', folder: '', text: '*.log' }] };
  expect((await world.run()).summary.requests).toBe(2);
  expect((await world.run()).summary.requests).toBe(1);
});

describe('changed meanwhile', () => {
  test('here, before it is packed: the next pass takes the newer one', async () => {
    const world = new CycleWorld();
    await world.agree({ a: '1', b: '1' });
    world.local.tree.write('a', '2');
    world.local.tree.write('b', '2');
    world.calls.hooks.before = (call, n) => {
      if (call !== 'local.pack' || n > 10) return;
      world.local.tree.write('a', '3');
      world.calls.hooks = {};
    };
    const result = await world.run();
    expect(result).toMatchObject({ outcome: 'done', postponed: [] });
    expect(world.remote.tree.content).toEqual({ a: '3', b: '2' });
  });

  test('there, before it is replaced: nothing is lost, it is a conflict by then', async () => {
    const world = new CycleWorld();
    await world.agree({ a: '1' });
    world.local.tree.write('a', 'here');
    world.calls.hooks.before = (call) => {
      if (call === 'remote.apply') world.remote.tree.write('a', 'there');
    };
    const result = await world.run();
    expect(result).toMatchObject({ outcome: 'done', summary: { conflicts: 1, postponed: 0 } });
    expect(world.remote.tree.read('a')).toBe('there');
  });

  test('all the time: a few quiet repeats, then it is postponed', async () => {
    const world = new CycleWorld();
    await world.agree({ log: '0', other: '0' });
    let line = 0;
    world.local.tree.write('log', 'begin');
    world.local.tree.write('other', '1');
    world.calls.hooks.before = (call) => {
      if (call !== 'local.pack') return;
      line += 1;
      world.local.tree.write('log', `line ${line}`);
    };
    const result = await world.run();
    expect(result).toMatchObject({ outcome: 'done', postponed: ['log'], summary: { postponed: 1 } });
    expect(line).toBe(4);
    expect(world.remote.tree.content).toEqual({ log: '0', other: '1' });
    world.calls.hooks = {};
    expect((await world.run()).postponed).toEqual([]);
    expect(world.remote.tree.read('log')).toBe('line 4');
  });

  test('a file of the sandbox that vanished while it was fetched', async () => {
    const world = new CycleWorld();
    world.remote.tree.write('a', '1');
    world.remote.tree.write('b', '1');
    world.calls.hooks.before = (call) => {
      if (call === 'remote.pack') world.remote.tree.remove('a');
    };
    expect(await world.run()).toMatchObject({ outcome: 'done', postponed: [] });
    expect(world.local.tree.content).toEqual({ b: '1' });
  });
});

test('what cannot be written is a problem of that path alone', async () => {
  const world = new CycleWorld();
  world.remote.tree.readOnly.add('a');
  world.local.tree.write('a', '1');
  world.local.tree.write('b', '1');
  const result = await world.run();
  expect(result).toMatchObject({ outcome: 'done', summary: { problems: 1, uploaded: 1 } });
  expect(result.unusable).toEqual([{ path: 'a', side: 'remote', reason: 'read-only' }]);
  expect([...world.store.entries.keys()]).toEqual(['b']);
});

test('a folder that holds what nobody lists stays, is told once as a problem, and costs nothing afterwards', async () => {
  const world = new CycleWorld();
  const { local, remote } = world;
  await world.agree({ 'pkg/a': '1', other: '1' });
  remote.hidden.add('pkg/node_modules');
  remote.tree.write('pkg/node_modules', 'not listed');
  local.tree.remove('pkg');
  const result = await world.run();
  expect(result).toMatchObject({
    outcome: 'done',
    postponed: [],
    summary: { requests: 2, deletedRemote: 1 },
  });
  expect(result.unusable).toEqual([{ path: 'pkg', side: 'remote', reason: 'not-empty' }]);
  const { writes } = world.store;
  const next = await world.run();
  expect(next).toMatchObject({ unusable: result.unusable, summary: { requests: 1 }, didSomething: false });
  expect(world.store.writes).toBe(writes);
  remote.tree.remove('pkg/node_modules');
  expect((await world.run({ checksum: true })).unusable).toEqual([]);
  expect(remote.tree.content).toEqual({ other: '1' });
});

test('a full disk ends its direction cleanly, the other one goes on', async () => {
  const world = new CycleWorld();
  const { local, remote } = world;
  remote.tree.capacity = 10;
  local.tree.write('a', '12345678');
  local.tree.write('b', '12345678');
  remote.tree.write('c', 'c');
  const result = await world.run();
  expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'no-space' } });
  expect(result.problem?.message).toContain('sandbox');
  expect(local.tree.read('c')).toBe('c');
  expect(remote.tree.read('a')).toBe('12345678');
  expect(remote.tree.read('b')).toBe(null);
  remote.tree.capacity = 1000;
  expect((await world.run()).outcome).toBe('done');
  expect(remote.tree.content).toEqual(local.tree.content);

  const other = new CycleWorld();
  other.remote.tree.write('a', 'a');
  other.local.tree.write('b', 'b');
  other.calls.hooks.before = (call) => {
    if (call === 'local.stage') throw new SpecboardError('no-space', 'The disk of this computer is full.');
  };
  expect(await other.run()).toMatchObject({ outcome: 'failed', problem: { code: 'no-space' } });
  expect(other.remote.tree.content).toEqual({ a: 'a', b: 'b' });
});
