/** Where the state of a root is, what a full disk leaves, and hearing of changes. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { LocalWatch } from '../../src-main/sync/local/local-watch.ts';
import { fileEntry, LocalWorld, put } from '../support/sync/local-world.ts';

const signal = new AbortController().signal;

/** A volume of its own, of some kilobytes; null where this process may not mount one. */
function smallVolume(kilobytes: number): ({ path: string } & Disposable) | null {
  const path = mkdtempSync(join(tmpdir(), 'specboard-volume-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', path]).status === 0;
  const end = () => {
    if (mounted) spawnSync('umount', ['-l', path]);
    rmSync(path, { recursive: true, force: true });
  };
  if (mounted) return { path, [Symbol.dispose]: end };
  end();
  return null;
}

test('nothing is written into a root on the same volume; on another one there is a private, invisible folder', async (context) => {
  await using near = new LocalWorld();
  near.write({ 'a.txt': 'old' });
  await near.scan();
  await near.apply([put('a.txt', 'new', fileEntry('old'))], ['new']);
  expect(readdirSync(near.root)).toEqual(['a.txt']);
  expect(readdirSync(near.state).sort()).toEqual(['journal', 'kept', 'scan', 'stage', 'tmp']);
  expect(statSync(near.state).mode & 0o777).toBe(0o700);
  await near.side.forget();
  expect(existsSync(near.state)).toBe(false);

  using volume = smallVolume(4096);
  if (!volume) return context.skip();
  const root = join(volume.path, 'root');
  await using far = new LocalWorld({ root });
  far.write({ 'a.txt': 'old', 'sub/b.txt': 'b' });
  const tmpfs = join(volume.path, 'root/sub/mounted');
  mkdirSync(tmpfs);
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', tmpfs]);
  try {
    writeFileSync(join(tmpfs, 'x'), 'x');
    const { entries, unusable } = await far.scan();
    expect([...entries.keys()].sort()).toEqual(['a.txt', 'sub', 'sub/b.txt']);
    expect(unusable).toEqual([{ path: 'sub/mounted', side: 'local', reason: 'other-volume' }]);
  } finally {
    spawnSync('umount', [tmpfs]);
  }
  const [result] = await far.apply([put('a.txt', 'new', fileEntry('old'))], ['new']);
  expect(result).toEqual({ result: 'done', kept: 'c1/1' });
  expect(far.read('.specboard-sync/root-1/kept/c1/1')).toBe('old');
  expect(statSync(far.path('.specboard-sync')).mode & 0o777).toBe(0o700);
  expect([...(await far.scan()).entries.keys()].some((path) => path.includes('specboard'))).toBe(false);
  await far.side.forget();
  expect(readdirSync(root).sort()).toEqual(['a.txt', 'sub']);
  // Somebody's link in its place is not followed.
  symlinkSync(far.base, far.path('.specboard-sync'));
  await expect(far.newSide().open(signal)).rejects.toMatchObject({ code: 'unavailable' });
});

test('a full volume: nothing half, staging is freed, and it goes on when there is space', async (context) => {
  using volume = smallVolume(1024);
  if (!volume) return context.skip();
  await using world = new LocalWorld({ root: join(volume.path, 'root') });
  world.write({ 'a.txt': 'old', ballast: 'b'.repeat(600_000) });
  const large = 'l'.repeat(600_000);
  await expect(world.stage(large)).rejects.toMatchObject({ code: 'no-space' });
  const stage = world.path('.specboard-sync/root-1/stage');
  expect(readdirSync(stage)).toEqual([]);
  const entry = fileEntry(large);
  await world.side.stagePiece(entry, 0, Buffer.from(large.slice(0, 200_000)), signal);
  const rest = world.side.stagePiece(entry, 200_000, Buffer.from(large.slice(200_000)), signal);
  await expect(rest).rejects.toMatchObject({ code: 'no-space' });
  expect(readdirSync(stage)).toEqual([]);
  // A copy needs space, too.
  const copy = { from: 'copy', path: 'ballast' } as const;
  const results = await world.side.apply(
    'c1',
    [
      { do: 'put', path: 'copy', entry: fileEntry('b'.repeat(600_000)), over: null, source: copy },
      put('a.txt', 'x', fileEntry('old')),
    ],
    signal,
  );
  expect(results[0]).toEqual({ result: 'failed', reason: 'no-space' });
  expect(results[1]?.result).toBe('failed');
  expect([world.read('a.txt'), existsSync(world.path('copy'))]).toEqual(['old', false]);
  rmSync(world.path('ballast'));
  expect(await world.apply([put('big', large, null)], [large])).toEqual([{ result: 'done', kept: null }]);
  expect(statSync(world.path('big')).size).toBe(600_000);
});

test('changes are heard as editors make them; excluded files, their helpers, and the own work are not', async () => {
  await using world = new LocalWorld();
  world.write({
    '.gitignore': '*.log\nout/\n',
    'a.txt': 'a',
    'sub/deep/b.txt': 'b',
    'out/x': 'x',
    'old.txt': 'o',
  });
  const { rules } = await world.scan();
  let heard = 0;
  using watch = world.side.watch(rules, () => {
    heard += 1;
  });
  expect(watch.degraded).toBeNull();
  /** Events come in order: a change that is heard ends the wait for those before it. */
  const quiet = async (what: () => unknown) => {
    heard = 0;
    await what();
    const before = heard;
    await new Promise((resolve) => setImmediate(resolve));
    const other = world.path('sub/deep/last.txt');
    writeFileSync(other, String(Math.random()));
    await vi.waitFor(() => expect(heard).toBeGreaterThan(before), { interval: 5 });
    return heard;
  };
  const loud = async (what: () => unknown) => {
    heard = 0;
    what();
    await vi.waitFor(() => expect(heard).toBeGreaterThan(0), { interval: 5 });
  };
  await loud(() => appendFileSync(world.path('a.txt'), 'x'));
  await loud(() => writeFileSync(world.path('sub/deep/new.txt'), 'x'));
  // VS Code writes in place; vim moves away and writes anew; JetBrains and others write beside and rename.
  await loud(() => writeFileSync(world.path('a.txt'), 'in place'));
  await loud(() => {
    writeFileSync(world.path('4913'), '');
    rmSync(world.path('4913'));
    renameSync(world.path('a.txt'), world.path('a.txt~'));
    writeFileSync(world.path('a.txt'), 'vim');
    rmSync(world.path('a.txt~'));
  });
  await loud(() => {
    writeFileSync(world.path('a.txt___jb_tmp___'), 'jb');
    renameSync(world.path('a.txt___jb_tmp___'), world.path('a.txt'));
  });
  await loud(() => rmSync(world.path('sub/deep/b.txt')));
  // A new folder is watched after the next scan.
  await loud(() => world.write({ 'fresh/inside.txt': '1' }));
  await world.scan();
  await loud(() => writeFileSync(world.path('fresh/inside.txt'), '2'));

  // Let what is under way come in, then see what the last file alone makes.
  await quiet(() => {});
  const alone = Math.max(await quiet(() => {}), await quiet(() => {}), 2);
  const silent = await quiet(async () => {
    writeFileSync(world.path('debug.log'), 'x');
    writeFileSync(world.path('out/y'), 'x');
    for (const name of ['.a.txt.swp', '4913', 'a.txt~', '.#a.txt', '#a.txt#', 'a.txt___jb_old___'])
      writeFileSync(world.path(name), '');
    for (let number = 0; number < 20; number += 1) writeFileSync(world.path('debug.log'), String(number));
  });
  expect(silent).toBeLessThanOrEqual(alone + 1);
  for (const name of ['.a.txt.swp', '4913', 'a.txt~', '.#a.txt', '#a.txt#', 'a.txt___jb_old___'])
    rmSync(world.path(name));
  const own = await quiet(() =>
    world.apply(
      [
        ...Array.from({ length: 10 }, (_, number) => put(`own-${number}`, 'own', null)),
        { do: 'remove', path: 'old.txt', over: fileEntry('o') },
        { do: 'directory', path: 'own-folder', over: null },
      ],
      ['own'],
    ),
  );
  expect(own).toBeLessThanOrEqual(alone + 2);
  await loud(() => writeFileSync(world.path('own-1'), 'somebody'));
});

test('where a folder cannot be watched it says so in words', async () => {
  await using world = new LocalWorld();
  world.write({ 'a/b.txt': 'b' });
  await world.scan();
  const place = { root: join(world.base, 'nowhere'), hidden: [] };
  using watch = new LocalWatch({
    place: place as never,
    rules: { texts: [] },
    folders: ['a'],
    onChange: () => {},
    isOwnWork: () => false,
    onEnd: () => {},
  });
  expect(watch.degraded).toMatch(/looked at once a minute instead\.$/);
});
