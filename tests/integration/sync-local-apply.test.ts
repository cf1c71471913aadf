/** What apply does to this computer's folder: every item, every precondition, and other writers at the same time. */
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { localJobs } from '../../src-main/sync/local/jobs.ts';
import type { LocalPlace } from '../../src-main/sync/local/place.ts';
import { runHere } from '../../src-main/sync/local/run-job.ts';
import type { ApplyItem, ApplyResult } from '../../src-main/sync/types.ts';
import { fileEntry, folderEntry, LocalWorld, linkEntry, put } from '../support/sync/local-world.ts';

const changed: ApplyResult = { result: 'changed' };
const fresh: ApplyResult = { result: 'done', kept: null };
const signal = new AbortController().signal;
/** From here nothing that a test has just written is fresh any more. */
const later = 60_000;

test('new files, folders, links and modes: whole, with time and bit, and a second time nothing is done', async () => {
  await using world = new LocalWorld();
  world.write({ 'tool.sh': 'tool' });
  const items: ApplyItem[] = [
    { do: 'directory', path: 'src', over: null },
    put('src/a.txt', 'content', null, { modifiedAt: 1_650_000_000_123 }),
    put('src/run.sh', 'content', null, { executable: true }),
    put('empty', '', null),
    put('made/parents/x.txt', 'x', null),
    { do: 'link', path: 'src/link', entry: linkEntry('../empty'), over: null },
    { do: 'mode', path: 'tool.sh', executable: true, over: fileEntry('tool') },
    {
      do: 'put',
      path: 'copy.txt',
      entry: fileEntry('tool'),
      over: null,
      source: { from: 'copy', path: 'tool.sh' },
    },
  ];
  expect(await world.apply(items, ['content', '', 'x'])).toEqual(items.map(() => fresh));
  expect(world.read('src/a.txt')).toBe('content');
  expect(statSync(world.path('src/a.txt')).mtimeMs).toBe(1_650_000_000_123);
  expect(statSync(world.path('src/run.sh')).mode & 0o111).toBe(0o111);
  expect(statSync(world.path('src/a.txt')).mode & 0o111).toBe(0);
  // Two files of one content are two files.
  expect(statSync(world.path('src/a.txt')).ino).not.toBe(statSync(world.path('src/run.sh')).ino);
  expect([statSync(world.path('src/a.txt')).nlink, statSync(world.path('src/run.sh')).nlink]).toEqual([1, 1]);
  expect(readlinkSync(world.path('src/link'))).toBe('../empty');
  expect(statSync(world.path('tool.sh')).mode & 0o100).toBe(0o100);
  expect(world.read('copy.txt')).toBe('tool');
  expect(await world.apply(items, ['content', '', 'x'])).toEqual(items.map(() => fresh));
  expect(readdirSync(join(world.state, 'tmp'))).toEqual([]);
  expect(readdirSync(world.root).sort()).toEqual(['copy.txt', 'empty', 'made', 'src', 'tool.sh']);
});

test.for([0, later])('replaced and removed: what was there is kept (%i ms later)', async (shift) => {
  await using world = new LocalWorld();
  world.clock.shift = shift;
  world.write({
    'a.txt': 'old a',
    'b.txt': 'old b',
    'c.txt': 'old c',
    'dir/d.txt': 'old d',
    link: '-> a.txt',
    'e.txt': 'old e',
    hollow: null,
  });
  chmodSync(world.path('a.txt'), 0o600);
  await world.scan();
  const results = await world.apply(
    [
      put('a.txt', 'new', fileEntry('old a')),
      { do: 'remove', path: 'b.txt', over: fileEntry('old b') },
      { do: 'remove', path: 'dir', over: folderEntry },
      { do: 'remove', path: 'dir/d.txt', over: fileEntry('old d') },
      { do: 'remove', path: 'dir', over: folderEntry },
      { do: 'directory', path: 'c.txt', over: fileEntry('old c') },
      put('c.txt/inside', 'new', null),
      put('link', 'new', linkEntry('a.txt')),
      { do: 'link', path: 'e.txt', entry: linkEntry('a.txt'), over: fileEntry('old e') },
      put('hollow', 'new', folderEntry),
    ],
    ['new'],
  );
  const kept = results.map((result) => (result.result === 'done' ? result.kept : result.result));
  expect(kept).toEqual(['c1/1', 'c1/2', 'changed', 'c1/3', null, 'c1/4', null, 'c1/5', 'c1/6', null]);
  expect(['c1/1', 'c1/2', 'c1/3', 'c1/4', 'c1/6'].map((name) => world.readKept(name))).toEqual([
    'old a',
    'old b',
    'old d',
    'old c',
    'old e',
  ]);
  expect(readlinkSync(join(world.state, 'kept/c1/5'))).toBe('a.txt');
  expect(world.read('a.txt')).toBe('new');
  expect(statSync(world.path('a.txt')).mode & 0o777).toBe(0o600);
  expect(world.read('c.txt/inside')).toBe('new');
  expect(lstatSync(world.path('link')).isFile()).toBe(true);
  expect(readlinkSync(world.path('e.txt'))).toBe('a.txt');
  expect(['b.txt', 'dir'].map((path) => existsSync(world.path(path)))).toEqual([false, false]);
  // Of another cycle's first copy the name is its own; kept copies can be read and dropped, a link's has nothing to read.
  expect(await world.apply([{ do: 'remove', path: 'a.txt', over: fileEntry('new') }], [], 'c2')).toEqual([
    { result: 'done', kept: 'c2/1' },
  ]);
  expect(readFileSync(await world.side.readKept('c2/1'), 'utf8')).toBe('new');
  await expect(world.side.readKept('c1/5')).rejects.toMatchObject({ code: 'unsupported' });
  await world.side.dropKept(['c2/1', 'c2/9', '../../x', 'c1/1']);
  await expect(world.side.readKept('c2/1')).rejects.toMatchObject({ code: 'not-found' });
  await expect(world.side.readKept('../journal')).rejects.toMatchObject({ code: 'not-found' });
  expect(existsSync(join(world.state, 'kept/c2'))).toBe(false);
  expect(existsSync(join(world.state, 'kept/c1/1'))).toBe(false);
});

test('what is not as it was seen is left alone', async () => {
  await using world = new LocalWorld();
  world.write({
    'a.txt': 'edited',
    'new.txt': 'mine',
    folder: null,
    'folder/x': 'x',
    'mode.sh*': 'm',
    gone: null,
  });
  const items: ApplyItem[] = [
    put('a.txt', 'theirs', fileEntry('seen..')),
    put('new.txt', 'theirs', null),
    put('missing.txt', 'theirs', fileEntry('was here')),
    put('folder', 'theirs', null),
    put('folder', 'theirs', folderEntry),
    put('mode.sh', 'theirs', fileEntry('m')),
    put('gone/deep/x', 'theirs', fileEntry('was here')),
    put('unstaged.txt', 'never came', null),
    { do: 'remove', path: 'a.txt', over: fileEntry('seen..') },
    { do: 'remove', path: 'folder', over: folderEntry },
    { do: 'remove', path: 'never/was', over: fileEntry('x') },
    { do: 'directory', path: 'a.txt', over: null },
    { do: 'link', path: 'a.txt', entry: linkEntry('x'), over: null },
    { do: 'mode', path: 'a.txt', executable: true, over: fileEntry('seen..') },
    { do: 'put', path: 'c', entry: fileEntry('seen..'), over: null, source: { from: 'copy', path: 'a.txt' } },
    { do: 'rename', path: 'a.txt', to: 'new.txt', over: fileEntry('edited') },
  ];
  const results = await world.apply(items, ['theirs']);
  expect(results).toEqual(items.map((item) => (item.path === 'never/was' ? fresh : changed)));
  expect([world.read('a.txt'), world.read('new.txt'), world.read('folder/x')]).toEqual([
    'edited',
    'mine',
    'x',
  ]);
  expect(
    await world.apply([{ do: 'rename', path: 'a.txt', to: 'A.txt', over: fileEntry('edited') }]),
  ).toEqual([fresh]);
  expect(
    await world.apply([{ do: 'rename', path: 'a.txt', to: 'A.txt', over: fileEntry('edited') }]),
  ).toEqual([fresh]);
  expect(readdirSync(world.root)).toContain('A.txt');
});

test('hostile names and links are refused one by one; nothing goes through a link', async () => {
  await using world = new LocalWorld();
  const outside = join(world.base, 'outside');
  world.write({ 'ok.txt': 'ok' });
  symlinkSync(world.base, world.path('way-out'));
  writeFileSync(outside, 'outside');
  const names = [
    '../x',
    '/tmp/x',
    'a/../../x',
    '',
    'a//b',
    'a\0b',
    '.specboard-sync/x',
    'a/.SpecBoard-Sync/x',
    'x'.repeat(256),
  ];
  const items: ApplyItem[] = [
    ...names.map((path) => put(path, 'evil', null)),
    { do: 'link', path: 'l1', entry: linkEntry('/etc/passwd'), over: null },
    { do: 'link', path: 'l2', entry: linkEntry('../outside'), over: null },
    { do: 'link', path: 'l3', entry: linkEntry('x/../../outside'), over: null },
    put('way-out/x', 'evil', null),
    { do: 'remove', path: 'way-out/outside', over: fileEntry('outside') },
    {
      do: 'put',
      path: 'stolen',
      entry: fileEntry('outside'),
      over: null,
      source: { from: 'copy', path: 'way-out/outside' },
    },
    // A link of this very batch.
    { do: 'link', path: 'inside', entry: linkEntry('ok.txt'), over: null },
    put('inside', 'evil', null),
    put('good.txt', 'evil', null),
  ];
  const results = await world.apply(items, ['evil']);
  const words = results.map((result) => (result.result === 'failed' ? result.reason : result.result));
  expect(words.slice(0, names.length)).toEqual([...Array(8).fill('hostile-name'), 'name-too-long']);
  expect(words.slice(names.length)).toEqual([
    'link-leads-out',
    'link-leads-out',
    'link-leads-out',
    'changed',
    'changed',
    'changed',
    'done',
    'changed',
    'done',
  ]);
  expect(readFileSync(outside, 'utf8')).toBe('outside');
  expect(existsSync(join(world.base, 'x'))).toBe(false);
  expect(world.read('ok.txt')).toBe('ok');
});

/** What somebody does to the file in the middle of it, at a step; the version they saved must be somewhere afterwards. */
const meddling: Record<string, (file: string) => void> = {
  'saves in place': (file) => writeFileSync(file, 'saved!'),
  'saves by replacing': (file) => {
    writeFileSync(`${file}.new`, 'saved!');
    renameSync(`${file}.new`, file);
  },
};
const steps = [
  ...(['put a.txt', 'away-journalled', 'away-moved', 'put-new', 'away-put'] as const).map(
    (step) => [0, step] as const,
  ),
  ...(['put a.txt', 'linked', 'renamed'] as const).map((step) => [later, step] as const),
];

test.for(Object.keys(meddling).flatMap((how) => steps.map(([shift, step]) => [how, step, shift] as const)))(
  'somebody %s at "%s": never lost (%i ms later)',
  async ([how, step, shift]) => {
    // Between a second name and the rename, a file that was not touched for 2 s is replaced: the one gap that is left.
    if (step === 'linked' && how === 'saves by replacing') return;
    await using world = new LocalWorld();
    world.clock.shift = shift;
    world.write({ 'a.txt': 'old!!!' });
    await world.scan();
    await world.stage('sandbox');
    world.step = (name) => {
      if (name !== step) return;
      world.step = () => {};
      meddling[how]?.(world.path('a.txt'));
    };
    const [result] = await world.apply([put('a.txt', 'sandbox', fileEntry('old!!!'))]);
    world.step = () => {};
    const kept = readdirSync(join(world.state, 'kept/c1')).map((name) => world.readKept(`c1/${name}`));
    // Whoever saved last has the name, unless that is the sandbox's new one, then it is in the history.
    expect([world.read('a.txt'), ...kept]).toContain('saved!');
    if (result?.result === 'changed') expect(world.read('a.txt')).toBe('saved!');
    else expect(kept.length).toBe(1);
    expect(readdirSync(world.root)).toEqual(['a.txt']);
  },
);

test.for([false, true])('a writer in a tight loop loses nothing (in place: %s)', async (inPlace) => {
  await using world = new LocalWorld();
  world.write({ 'a.txt': 'version 0' });
  const stop = new SharedArrayBuffer(8);
  const flags = new Int32Array(stop);
  const data = { file: world.path('a.txt'), stop, inPlace };
  const writer = new Worker(new URL('../support/sync/busy-writer.ts', import.meta.url), {
    workerData: data,
    execArgv: [],
  });
  const ended = new Promise<{ replaced: string[] }>((resolve, reject) => {
    writer.once('message', resolve).once('error', reject);
  });
  const dones: string[] = [];
  await world.side.open(signal);
  let began = 0;
  for (let round = 0; began === 0 || performance.now() < began + 900; round += 1) {
    // From the writer's first save on: its thread takes its time to start.
    if (began === 0 && Atomics.load(flags, 1) > 0) began = performance.now();
    let now = '';
    try {
      now = world.read('a.txt');
    } catch {}
    if (now === '') continue;
    const [result] = await world.apply(
      [put('a.txt', `sandbox ${round}`, fileEntry(now))],
      [`sandbox ${round}`],
    );
    if (result?.result !== 'done') continue;
    expect(result.kept).not.toBeNull();
    dones.push(result.kept ?? '');
  }
  Atomics.store(flags, 0, 1);
  const { replaced } = await ended;
  const kept = new Set(readdirSync(join(world.state, 'kept/c1')).map((name) => world.readKept(`c1/${name}`)));
  expect(replaced.filter((version) => !kept.has(version))).toEqual([]);
  for (const name of dones) expect(existsSync(join(world.state, 'kept', name))).toBe(true);
});

test('a full disk and a stop: nothing half, the rest is told', async () => {
  await using world = new LocalWorld();
  world.write({ 'a.txt': 'old' });
  const stop = new AbortController();
  await world.stage('one');
  await world.stage('two');
  world.step = (name) => {
    if (name === 'put a.txt') stop.abort(new Error('enough'));
  };
  const items = [put('a.txt', 'one', fileEntry('old')), put('b.txt', 'two', null)];
  expect(await world.side.apply('c1', items, stop.signal)).toEqual([
    { result: 'done', kept: 'c1/1' },
    changed,
  ]);
  expect(existsSync(world.path('b.txt'))).toBe(false);
  world.step = (name) => {
    if (name === 'put-new') throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  };
  expect(await world.apply([put('b.txt', 'two', null), put('c.txt', 'two', null)])).toEqual([
    { result: 'failed', reason: 'no-space' },
    { result: 'failed', reason: 'no-space' },
  ]);
  expect(readdirSync(world.root)).toEqual(['a.txt']);
  expect([readdirSync(join(world.state, 'stage')), readdirSync(join(world.state, 'tmp'))]).toEqual([[], []]);
});

test('stopped while a large file is compared: what was done before is told, no name is empty', async () => {
  await using world = new LocalWorld();
  const large = 'l'.repeat(3_000_000);
  world.write({ 'a.txt': 'old', large });
  await world.stage('new');
  await world.stage('large');
  const stop = new AbortController();
  world.step = (name) => {
    if (name === 'put large') stop.abort(new Error('enough'));
  };
  const items = [put('a.txt', 'new', fileEntry('old')), put('large', 'large', fileEntry(large))];
  expect(await world.side.apply('c1', items, stop.signal)).toEqual([
    { result: 'done', kept: 'c1/1' },
    changed,
  ]);
  expect(world.read('large')).toBe(large);
});

test('a volume that can do little: no second names, no bit, no links, the names of Windows', async () => {
  const here = runHere(localJobs);
  await using world = new LocalWorld({
    run: async (name, input, options) => {
      const output = await here(name, input, options);
      if (name !== 'localOpen') return output;
      const place = output as LocalPlace;
      const facts = {
        ...place.facts,
        executableBit: false,
        links: false,
        windowsNames: true,
        caseSensitive: false,
      };
      return { ...place, hardLinks: false, facts } as never;
    },
  });
  world.clock.shift = later;
  world.write({ 'a.txt*': 'old', 'b.txt': 'b', 'aux.txt': 'x', 'dot.': 'x' });
  const { entries, unusable } = await world.scan();
  expect([...entries.keys()].sort()).toEqual(['a.txt', 'b.txt']);
  expect(entries.get('a.txt')?.executable).toBe(false);
  expect(unusable.map(({ path, reason }) => [path, reason]).sort()).toEqual([
    ['aux.txt', 'name-not-possible'],
    ['dot.', 'name-not-possible'],
  ]);
  const items: ApplyItem[] = [
    put('a.txt', 'new', fileEntry('old')),
    put('new.txt', 'new', null, { executable: true }),
    put('b.txt', 'new', null),
    put('sub/com1.txt', 'new', null),
    put('c:evil', 'new', null),
    { do: 'link', path: 'l', entry: linkEntry('a.txt'), over: null },
    { do: 'mode', path: 'b.txt', executable: true, over: fileEntry('b') },
    { do: 'remove', path: 'b.txt', over: fileEntry('b') },
  ];
  const results = await world.apply(items, ['new']);
  expect(results.map((result) => (result.result === 'failed' ? result.reason : result.result))).toEqual([
    'done',
    'done',
    'changed',
    'name-not-possible',
    'name-not-possible',
    'link-not-possible',
    'done',
    'done',
  ]);
  expect([world.readKept('c1/1'), world.readKept('c1/2')]).toEqual(['old', 'b']);
  expect(readdirSync(world.root).sort()).toEqual(['a.txt', 'aux.txt', 'dot.', 'new.txt']);
});

test('kept copies of files as they are, and of bytes that came', async () => {
  await using world = new LocalWorld();
  world.write({ 'a.txt*': 'mine', link: '-> a.txt' });
  const name = await world.side.keepFile('a.txt', fileEntry('mine'), signal);
  expect(world.readKept(name)).toBe('mine');
  await expect(world.side.keepFile('a.txt', fileEntry('other'), signal)).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(world.side.keepFile('none', fileEntry('other'), signal)).rejects.toMatchObject({
    code: 'conflict',
  });
  const link = await world.side.keepFile('link', linkEntry('a.txt'), signal);
  expect(readlinkSync(join(world.state, 'kept', link))).toBe('a.txt');
  const pieces = async function* () {
    yield Buffer.from('the');
    yield Buffer.from('irs');
  };
  const theirs = await world.side.keep(fileEntry('theirs'), pieces(), signal);
  expect(new Set([name, link, theirs]).size).toBe(3);
  expect(readFileSync(await world.side.readKept(theirs), 'utf8')).toBe('theirs');
  for (const wrong of ['theirx', 'their', 'theirs!'])
    await expect(world.side.keep(fileEntry(wrong), pieces(), signal)).rejects.toMatchObject({
      code: 'protocol',
    });
  expect(readdirSync(join(world.state, 'tmp'))).toEqual([]);
});

test('a staged file that has a second name in the root is not used', async () => {
  await using world = new LocalWorld();
  await world.stage('same');
  // As a crash leaves it: in its place, and still in staging.
  linkSync(join(world.state, 'stage', fileEntry('same').hash), world.path('first.txt'));
  utimesSync(world.path('first.txt'), 1000, 1000);
  expect(await world.apply([put('second.txt', 'same', null)])).toEqual([fresh]);
  expect(statSync(world.path('first.txt')).ino).not.toBe(statSync(world.path('second.txt')).ino);
  expect(statSync(world.path('first.txt')).mtimeMs).toBe(1_000_000);
  rmSync(world.path('first.txt'));
});
