/** Cycles over the real sides: a folder here with its threads, and the helper run by real Python in a sandbox of plain processes. */

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { SyncWorker } from '../../src-main/sync/worker/worker-client.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { RealWorld, treeOf, write } from '../support/sync/real-world.ts';

const MB = 1024 * 1024;
const worker = new SyncWorker();
afterAll(() => worker.dispose());

let world: RealWorld;
beforeEach(() => {
  world = new RealWorld({ run: (name, input, options) => worker.run(name, input, options) });
});
afterEach(() => world.dispose());

async function expectSame(): Promise<void> {
  const here = await treeOf(world.local);
  expect(await treeOf(world.remote)).toEqual(here);
  expect([...world.store.entries.keys()].sort()).toEqual(Object.keys(here).sort());
}

test('both ways: files, folders, links, bits, times, odd names; then nothing, then edits of all kinds', async () => {
  const { local, remote, store } = world;
  for (let n = 0; n < 60; n += 1) write(local, `src/${n % 5}/file ${n}.txt`, `here ${n}\n`.repeat(n));
  write(local, 'tool', '#!/bin/sh\n', 0o755);
  write(local, 'näme – ünïcode 文/“q”.txt', 'x');
  mkdirSync(join(local, 'empty'));
  symlinkSync('src/0', join(local, 'link'));
  write(local, '.gitignore', '*.log\n');
  write(local, 'debug.log', 'not synced');
  for (let n = 0; n < 40; n += 1) write(remote, `out/${n}`, `there ${n}`);
  write(remote, 'trace.log', 'not synced either');
  const first = await world.run();
  expect(first).toMatchObject({ outcome: 'done', unusable: [], postponed: [] });
  expect(first.summary).toMatchObject({ uploaded: 64, downloaded: 40 });
  expect(existsSync(join(remote, 'debug.log')) || existsSync(join(local, 'trace.log'))).toBe(false);
  rmSync(join(local, 'debug.log'));
  rmSync(join(remote, 'trace.log'));
  await expectSame();

  await world.restart();
  expect((await world.run()).didSomething).toBe(false);
  const writes = store.writes;
  expect((await world.run()).summary.requests).toBe(1);
  expect(store.writes).toBe(writes);

  write(local, 'src/1/file 1.txt', 'changed here');
  renameSync(join(local, 'src/2'), join(local, 'moved'));
  chmodSync(join(local, 'src/3/file 3.txt'), 0o755);
  rmSync(join(local, 'src/4'), { recursive: true });
  write(remote, 'out/1', 'changed there');
  rmSync(join(remote, 'out/2'));
  rmSync(join(remote, 'empty'), { recursive: true });
  write(remote, 'empty', 'a file now');
  rmSync(join(remote, 'out/3'));
  write(remote, 'out/3/in', 'a folder now');
  const second = await world.run();
  expect(second).toMatchObject({ outcome: 'done', unusable: [], postponed: [], conflicts: [] });
  await expectSame();
  expect((await world.run()).summary.requests).toBe(1);
  const kept = store.kept.map(({ path, where }) => `${path} ${where}`);
  expect(kept).toContain('src/1/file 1.txt remote');
  expect(kept).toContain('out/1 local');
});

test('large files: parts and ranges, deltas both ways, and what a break left is not sent again', async () => {
  const { local, remote, store } = world;
  const up = randomBytes(34 * MB);
  const down = randomBytes(10 * MB);
  write(local, 'up.bin', up);
  // Cut when the helper and two parts are there: those on their way beside it are lost.
  let puts = 0;
  world.onRequest = (what, when) => {
    if (what !== 'put') return;
    if (when === 'after') puts += 1;
    else if (puts >= 3) throw new SpecboardError('gone', 'The sandbox is gone.');
  };
  expect((await world.run()).outcome).toBe('failed');
  await world.restart();
  const resumed = await world.run();
  expect(resumed.outcome).toBe('done');
  expect(resumed.summary.bytesUp).toBeLessThan(28 * MB);
  write(remote, 'down.bin', down);
  expect((await world.run()).outcome).toBe('done');
  await expectSame();
  await world.settled();
  expect(store.signatures.size).toBe(2);

  up.write('changed', 5 * MB);
  write(local, 'up.bin', up);
  const delta = await world.run();
  expect(delta.summary).toMatchObject({ uploaded: 1, requests: 2 });
  expect(delta.summary.bytesUp).toBeLessThan(12_000);
  down.write('changed', 7 * MB);
  write(remote, 'down.bin', Buffer.concat([Buffer.from('new at the start'), down]));
  const back = await world.run();
  expect(back.summary).toMatchObject({ downloaded: 1, postponed: 0 });
  expect(back.summary.bytesDown).toBeLessThan(120_000);
  renameSync(join(local, 'up.bin'), join(local, 'renamed.bin'));
  const moved = await world.run();
  expect(moved.summary.bytesUp).toBeLessThan(4_000);
  await expectSame();
});

test('conflicts are decided in all ways, and every version is somewhere', async () => {
  const { local, remote, store } = world;
  for (const name of ['l', 'r', 'b', 'deleted']) write(local, name, 'base');
  await world.run();
  for (const name of ['l', 'r', 'b', 'deleted']) {
    write(local, name, `${name} here`);
    if (name !== 'deleted') write(remote, name, `${name} there`);
  }
  rmSync(join(remote, 'deleted'));
  const { conflicts } = await world.run();
  expect(conflicts?.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
    'b both-changed',
    'deleted changed-deleted',
    'l both-changed',
    'r both-changed',
  ]);
  const choices = { b: 'both', deleted: 'remote', l: 'local', r: 'remote' } as const;
  const resolutions = new Map(
    (conflicts ?? []).map(({ path, local, remote }) => [
      path,
      { choice: choices[path as keyof typeof choices], local, remote, bothName: `${path} (sandbox)` },
    ]),
  );
  expect(await world.run({ resolutions })).toMatchObject({ outcome: 'done', conflicts: [], postponed: [] });
  await expectSame();
  const text = (path: string) => readFileSync(join(local, path), 'utf8');
  expect([text('l'), text('r'), text('b'), text('b (sandbox)')]).toEqual([
    'l here',
    'r there',
    'b here',
    'b there',
  ]);
  expect(existsSync(join(local, 'deleted'))).toBe(false);
  const kept = store.kept
    .filter(({ why }) => why === 'not-chosen')
    .map(({ path, where }) => `${path} ${where}`);
  // Of `b` nothing is lost: its copy of the sandbox has a name of its own.
  expect(kept.sort()).toEqual(['b remote', 'deleted local', 'l local', 'r local']);
});

test('the link breaks at each request of a cycle, before and after it: two cycles later all is the same', async () => {
  const { local, remote } = world;
  write(local, 'a', 'a');
  write(remote, 'b', 'b');
  await world.run();
  const versions = [];
  for (const when of ['before', 'after'] as const) {
    let isHit = true;
    let at = 0;
    while (isHit) {
      at += 1;
      isHit = false;
      write(local, 'a', `a ${when} ${at}`);
      write(local, `new-${when}/${at}`, 'new here');
      write(remote, 'b', `b ${when} ${at}`);
      versions.push(`a ${when} ${at}`, `b ${when} ${at}`);
      world.onRequest = (_what, moment, n) => {
        if (moment !== when || n !== at) return;
        isHit = true;
        throw new SpecboardError('gone', 'The sandbox is gone.');
      };
      const broken = await world.run();
      expect(broken.outcome).toBe(isHit ? 'failed' : 'done');
      await world.restart();
      expect(await world.run()).toMatchObject({ outcome: 'done', conflicts: [], halt: null });
      await expectSame();
    }
    expect(at).toBeGreaterThan(3);
  }
  // Whatever was replaced is in the history, also where the answer that told of it was lost, and its bytes are where it says.
  const kept = world.store.kept.map(({ path, where, name }) => {
    const folder = where === 'local' ? 'data/sync' : 'home/.specboard-sync';
    return [path, readFileSync(join(world.folder, folder, 'root/kept', name), 'utf8')].join(': ');
  });
  const old = versions.slice(0, -2).map((text) => `${text[0]}: ${text}`);
  expect(kept.filter((line) => !line.endsWith(': a') && !line.endsWith(': b')).sort()).toEqual(old.sort());
  expect((await world.run()).summary).toMatchObject({ requests: 1 });
});

test('cancelled in the middle of a large transfer: within a second, and it goes on later', async () => {
  const { local, remote } = world;
  for (let n = 0; n < 12; n += 1) write(local, `up/${n}`, randomBytes(MB));
  for (let n = 0; n < 12; n += 1) write(remote, `down/${n}`, randomBytes(MB));
  const controller = new AbortController();
  let cancelledAt = 0;
  world.onRequest = (_what, when, n) => {
    if (n !== 6 || when !== 'before') return;
    cancelledAt = performance.now();
    controller.abort();
  };
  const result = await world.run({}, controller.signal);
  expect(performance.now() - cancelledAt).toBeLessThan(1000);
  expect(result.outcome).toBe('cancelled');
  expect(await world.run()).toMatchObject({ outcome: 'done', conflicts: [], halt: null });
  await expectSame();
});
