/** What a scan of this computer's folder sees, and what it does not. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { localJobs } from '../../src-main/sync/local/jobs.ts';
import { LocalRoot } from '../../src-main/sync/local/local-root.ts';
import type { LocalPlace } from '../../src-main/sync/local/place.ts';
import { runHere } from '../../src-main/sync/local/run-job.ts';
import type { ScanReply } from '../../src-main/sync/local/scan-reply.ts';
import { SyncWorker } from '../../src-main/sync/worker/worker-client.ts';
import { LocalWorld, plainChoice, sha256 } from '../support/sync/local-world.ts';

const later = 10_000;

/** A world whose scans' replies are seen: how many files were read, what was told. */
function watched(): { world: LocalWorld; replies: ScanReply[] } {
  const replies: ScanReply[] = [];
  const here = runHere(localJobs);
  const world = new LocalWorld({
    run: async (name, input, options) => {
      const output = await here(name, input, options);
      if (name === 'localScan') replies.push(output as ScanReply);
      return output;
    },
  });
  return { world, replies };
}

test('files, folders, links, times, the executable bit; hashes of the content', async () => {
  await using world = new LocalWorld();
  world.write({
    'a.txt': 'hello',
    'run.sh*': '#!/bin/sh',
    'sub/deep/ä ☃.txt': '',
    'sub/link': '-> ../a.txt',
    empty: null,
  });
  utimesSync(world.path('a.txt'), 1_700_000_000, 1_700_000_000.9876);
  const { facts, identity } = await world.side.open(new AbortController().signal);
  expect(facts).toMatchObject({ caseSensitive: true, executableBit: true, links: true, windowsNames: false });
  const { dev, ino } = statSync(world.root);
  expect(identity).toBe(`${dev}:${ino}`);
  expect(facts.freeBytes).toBeGreaterThan(0);
  const { entries, unusable, excluded } = await world.scan();
  expect([...entries.keys()].sort()).toEqual(
    ['a.txt', 'empty', 'run.sh', 'sub', 'sub/deep', 'sub/deep/ä ☃.txt', 'sub/link'].sort(),
  );
  const file = { kind: 'file', executable: false, target: null };
  expect(entries.get('a.txt')).toEqual({
    ...file,
    size: 5,
    modifiedAt: 1_700_000_000_987,
    hash: sha256('hello'),
  });
  expect(entries.get('run.sh')).toMatchObject({ executable: true, hash: sha256('#!/bin/sh') });
  expect(entries.get('sub/link')).toMatchObject({
    kind: 'link',
    target: '../a.txt',
    hash: sha256('../a.txt'),
    size: 0,
  });
  expect(entries.get('sub')).toEqual({ ...file, kind: 'directory', size: 0, modifiedAt: 0, hash: '' });
  expect([unusable, excluded]).toEqual([[], []]);
});

test('what cannot take part is told with its reason, and nothing else suffers', async () => {
  await using world = new LocalWorld();
  world.write({
    'ok.txt': 'ok',
    out: '-> ../../etc/passwd',
    absolute: '-> /etc/passwd',
    sly: '-> sub/../../x',
    'sub/fine': '-> ../ok.txt',
  });
  spawnSync('mkfifo', [world.path('pipe')]);
  const broken = Buffer.concat([Buffer.from(`${world.root}/`), Buffer.from([0x62, 0xff, 0x2e])]);
  writeFileSync(broken, 'bytes');
  writeFileSync(world.path('real \ufffd sign'), 'a real replacement character');
  let deep = '';
  for (let depth = 0; depth < 130; depth += 1) deep += `${depth === 0 ? '' : '/'}d`;
  mkdirSync(world.path(deep), { recursive: true });
  const { entries, unusable } = await world.scan();
  const reasons = new Map(unusable.map(({ path, reason }) => [path, reason]));
  expect(reasons.get('out')).toBe('link-leads-out');
  expect(reasons.get('absolute')).toBe('link-leads-out');
  expect(reasons.get('sly')).toBe('link-leads-out');
  expect(reasons.get('pipe')).toBe('special-file');
  expect(reasons.get('b\ufffd.')).toBe('name-not-text');
  expect([...reasons.values()]).toContain('too-deep');
  expect(unusable.every(({ side }) => side === 'local')).toBe(true);
  for (const path of ['ok.txt', 'sub/fine', 'real \ufffd sign']) expect(entries.has(path)).toBe(true);
  expect(entries.has('b\ufffd.')).toBe(false);
});

test('a folder that may not be read is unusable; the root itself is an error, never an empty tree', async () => {
  await using world = new LocalWorld();
  world.write({ 'a.txt': 'a', 'closed/secret.txt': 's' });
  const signal = new AbortController().signal;
  if (process.getuid?.() !== 0) {
    chmodSync(world.path('closed'), 0o000);
    const { entries, unusable } = await world.scan();
    expect(unusable).toEqual([{ path: 'closed', side: 'local', reason: 'unreadable' }]);
    expect(entries.has('closed')).toBe(false);
    chmodSync(world.path('closed'), 0o700);
    chmodSync(world.root, 0o000);
    await expect(world.scan()).rejects.toMatchObject({ code: 'forbidden' });
    chmodSync(world.root, 0o700);
  }
  await world.scan();
  renameSync(world.root, `${world.root}-away`);
  // Another folder: who was open does not take it for the same.
  world.write({ 'other.txt': 'o' });
  await expect(world.scan()).rejects.toMatchObject({ code: 'not-found' });
  rmSync(world.root, { recursive: true });
  await expect(world.scan()).rejects.toMatchObject({ code: 'not-found' });
  await expect(world.side.open(signal)).rejects.toMatchObject({ code: 'not-found' });
  writeFileSync(world.root, 'a file');
  await expect(world.side.open(signal)).rejects.toMatchObject({ code: 'not-found', message: /not a folder/ });
  rmSync(world.root);
  world.write({ 'other.txt': 'o' });
  const { identity } = await world.side.open(signal);
  expect(identity).toBe(`${statSync(world.root).dev}:${statSync(world.root).ino}`);
  expect([...(await world.scan()).entries.keys()]).toEqual(['other.txt']);
});

test('only what changed is read again and told; a file that was young when it was hashed is not believed', async () => {
  const { world, replies } = watched();
  await using _ = world;
  world.write({ 'a.txt': 'aaaa', 'b.txt': 'bbbb', 'sub/c.txt': 'cccc', 'sub/l': '-> c.txt' });
  const first = await world.scan();
  // Hashed within 2 s of their change: read again, until they were older than that.
  await world.scan();
  world.clock.shift = later;
  await world.scan();
  const fourth = await world.scan();
  expect(replies.map(({ hashed }) => hashed)).toEqual([3, 3, 3, 0]);
  expect(replies.map(({ base }) => base === null)).toEqual([true, false, false, false]);
  expect(replies.slice(1).map(({ count }) => count)).toEqual([0, 0, 0]);
  expect(fourth.entries).toEqual(first.entries);
  for (const [path, entry] of fourth.entries) expect(entry).toBe(first.entries.get(path));

  // The same size and time, other content: the ctime tells.
  const { atime, mtime } = statSync(world.path('a.txt'));
  writeFileSync(world.path('a.txt'), 'AAAA');
  utimesSync(world.path('a.txt'), atime, mtime);
  rmSync(world.path('sub/l'));
  world.write({ 'new.txt': 'n' });
  const fifth = await world.scan();
  expect(fifth.entries.get('a.txt')?.hash).toBe(sha256('AAAA'));
  expect([...fifth.entries.keys()].sort()).toEqual(['a.txt', 'b.txt', 'new.txt', 'sub', 'sub/c.txt']);
  expect(replies.at(-1)).toMatchObject({ hashed: 2, count: 2, gone: ['sub/l'] });
  expect(fourth.entries.has('sub/l')).toBe(true);

  // Another process: the cache of hashes is on the disk, the tree is told whole. Forced: everything is read.
  world.newSide();
  const sixth = await world.scan();
  expect(sixth.entries).toEqual(fifth.entries);
  expect(replies.at(-1)).toMatchObject({ base: null, hashed: 0 });
  await world.scan({}, true);
  expect(replies.at(-1)).toMatchObject({ hashed: 4, count: 0 });
  // A damaged cache costs time only.
  truncateSync(join(world.state, 'scan'), 100);
  expect((await world.scan()).entries).toEqual(fifth.entries);
  expect(replies.at(-1)).toMatchObject({ base: null, hashed: 4 });
});

test('exclusion files on the way, nested; excluded folders are not entered; why is told', async () => {
  await using world = new LocalWorld();
  world.write({
    '.gitignore': '*.log\n!keep.log\n/build/\n',
    'a.log': '1',
    'keep.log': '2',
    'build/x/y': '3',
    'sub/.gitignore': 'local-only\n',
    'sub/local-only/z': '4',
    'sub/build/kept': '5',
    'sub/.specboardignore': '*.bin\n',
    'sub/big.bin': '6',
    '.specboard-sync/foreign': '7',
    'node_modules/m/index.js': '8',
  });
  const { entries, excluded, excludedCount, rules } = await world.scan({ defaults: true });
  const files = [...entries].filter(([, { kind }]) => kind === 'file').map(([path]) => path);
  expect(files.sort()).toEqual(
    ['.gitignore', 'keep.log', 'sub/.gitignore', 'sub/.specboardignore', 'sub/build/kept'].sort(),
  );
  const why = new Map(excluded.map(({ path, source, line, directory }) => [path, [source, line, directory]]));
  expect(why.get('a.log')).toEqual(['.gitignore', 1, false]);
  expect(why.get('build')).toEqual(['.gitignore', 3, true]);
  expect(why.get('sub/local-only')).toEqual(['sub/.gitignore', 1, true]);
  expect(why.get('sub/big.bin')).toEqual(['sub/.specboardignore', 1, false]);
  expect(why.get('node_modules')).toEqual(['defaults', 0, true]);
  expect(excludedCount).toBe(5);
  expect(rules.texts.map(({ source }) => source)).toEqual(
    expect.arrayContaining(['.gitignore', 'sub/.gitignore', 'sub/.specboardignore', 'defaults', 'profile']),
  );
  const without = await world.scan({ gitignore: false });
  expect(without.entries.has('a.log')).toBe(true);
  expect(without.entries.has('sub/big.bin')).toBe(false);
  // An exclusion file that is a link does not count, as with git.
  rmSync(world.path('.gitignore'));
  symlinkSync('sub/.gitignore', world.path('.gitignore'));
  expect((await world.scan()).entries.has('a.log')).toBe(true);
});

test('a file that changes while it is read is tried three times, then told; one that stops in between is taken', async () => {
  await using world = new LocalWorld();
  const big = Buffer.alloc(3 * 1_048_576, 'x');
  writeFileSync(world.path('log'), big);
  let turns = 0;
  const here = runHere(localJobs);
  const stopper = (most: number) =>
    new LocalRoot({
      ...{ root: world.root, dataFolder: world.data, rootId: 'root-1' },
      // Jobs look between the pieces of a file whether somebody wants them still: there it is written to.
      run: (name, input) =>
        here(name, input, {
          signal: {
            aborted: false,
            throwIfAborted() {
              turns += 1;
              if (turns <= most)
                writeFileSync(world.path('log'), Buffer.concat([big, Buffer.from(String(turns))]));
            },
          } as unknown as AbortSignal,
        }),
    });
  const signal = new AbortController().signal;
  const options = { checksum: false, exclusions: plainChoice };
  const changing = await stopper(Number.POSITIVE_INFINITY).scan(options, signal);
  expect(changing.unusable).toEqual([{ path: 'log', side: 'local', reason: 'changing' }]);
  turns = 0;
  const calm = await stopper(1).scan(options, signal);
  expect(calm.unusable).toEqual([]);
  expect(calm.entries.get('log')?.size).toBe(big.length + 1);
});

test('in the worker: a stopped scan ends, what it hashed is not hashed again, and memory stays bounded', async () => {
  await using worker = new SyncWorker();
  const run: typeof worker.run = (...all) => worker.run(...all);
  await using world = new LocalWorld({ run });
  const files: Record<string, string> = {};
  for (let number = 0; number < 3000; number += 1)
    files[`f${number % 40}/file-${number}`] = `content ${number}`;
  world.write(files);
  writeFileSync(world.path('large'), '');
  truncateSync(world.path('large'), 100 * 1_048_576);
  world.clock.shift = later;
  const before = process.memoryUsage().arrayBuffers;
  const { entries } = await world.scan();
  expect(entries.size).toBe(3041);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1_048_576);
  const stop = new AbortController();
  const scan = world.scan({}, true, stop.signal);
  stop.abort(new Error('enough'));
  await expect(scan).rejects.toThrow('enough');
  await vi.waitFor(async () => expect((await world.scan()).entries.size).toBe(3041));
  const place = (await worker.run('localOpen', {
    root: world.root,
    dataFolder: world.data,
    rootId: 'root-1',
    isFirst: false,
  })) as LocalPlace;
  expect(place.state).toBe(world.state);
});

test('a folder whose exclusion file is too large or not readable takes no part: what it holds back does not travel', async () => {
  await using world = new LocalWorld();
  const fits = `secret\n${'# '.repeat(120_000)}`;
  const tooLarge = `secret\n${'#'.repeat(256 * 1024)}`;
  world.write({
    'large/.gitignore': tooLarge,
    'large/secret': 'x',
    'large/deep/a': 'x',
    'fits/.gitignore': fits,
    'fits/secret': 'x',
    'fits/a': 'x',
    'own/.specboardignore': tooLarge,
    'own/secret': 'x',
  });
  mkdirSync(world.path('not-a-file/.gitignore'), { recursive: true });
  symlinkSync('../fits/.gitignore', world.path('not-a-file/.specboardignore'));
  const { entries, unusable, rules } = await world.scan();
  expect([...entries.keys()].filter((path) => /secret|large|own/.test(path))).toEqual([]);
  expect(entries.has('fits/a') && entries.has('not-a-file/.gitignore')).toBe(true);
  expect(unusable).toEqual([
    {
      path: 'large',
      side: 'local',
      reason: 'exclusions-not-read',
      detail: '.gitignore is larger than 256 KB',
    },
    {
      ...{ path: 'own', side: 'local', reason: 'exclusions-not-read' },
      detail: '.specboardignore is larger than 256 KB',
    },
  ]);
  expect(rules.texts.map(({ source }) => source)).not.toContain('large/.gitignore');
  // Where .gitignore files do not count, they are files like any other.
  expect((await world.scan({ ...plainChoice, gitignore: false })).entries.has('large/secret')).toBe(true);

  for (let n = 0; n < 17; n += 1) world.write({ [`many/${`${n}`.padStart(2, '0')}/.gitignore`]: fits });
  const many = await world.scan();
  const left = many.unusable.filter(({ path }) => path.startsWith('many/'));
  expect(left.map(({ path }) => path).length).toBeGreaterThan(0);
  expect(left[0]?.detail).toBe('all of them together are larger than 4 MB');

  world.write({ '.gitignore': tooLarge });
  await expect(world.scan()).rejects.toMatchObject({ code: 'invalid' });
  // Smaller again: all is back.
  world.write({ '.gitignore': '', 'large/.gitignore': 'secret\n' });
  const back = (await world.scan()).entries;
  expect([back.has('large/deep/a'), back.has('large/secret')]).toEqual([true, false]);
});
