/** Tars of a hostile sandbox: nothing lands outside of the folder, whatever the tar says. */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ExtractOptions, extractTar, staysInside } from '../../../src-main/services/safe-extract.ts';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import { streamOf, type TarEntry, tarOf } from '../../support/tar.ts';
import { temporaryFolder } from '../../support/test-core.ts';

let home: ReturnType<typeof temporaryFolder>;
let folder: string;
beforeEach(() => {
  home = temporaryFolder();
  folder = join(home.path, 'in');
  mkdirSync(folder);
});
afterEach(() => home.remove());

const never = new AbortController().signal;
const extract = (entries: readonly TarEntry[], options: Partial<ExtractOptions> = {}) =>
  extractTar(streamOf(tarOf(entries)), folder, { signal: never, ...options });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fulfilled',
    (error: unknown) => toProblem(error).code,
  );

test('files, folders, links, permissions and times come as they are', async () => {
  const mtime = new Date('2020-02-03T04:05:06Z');
  const result = await extract(
    [
      { path: 'data/', type: 'Directory' },
      { path: 'data/a.txt', data: 'hello', mtime },
      { path: 'data/deep/er/run.sh', data: '#!', mode: 0o4777 },
      { path: 'data/link', type: 'SymbolicLink', linkpath: 'deep/er' },
      { path: 'data/same', type: 'Link', linkpath: 'data/a.txt' },
      { path: 'data/empty' },
    ],
    { strip: 'data' },
  );
  expect(result).toMatchObject({ files: 4, bytes: 7, leftOut: [] });
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('hello');
  expect(statSync(join(folder, 'a.txt')).mtime).toEqual(mtime);
  expect(readFileSync(join(folder, 'same'), 'utf8')).toBe('hello');
  expect(readlinkSync(join(folder, 'link'))).toBe('deep/er');
  // No set-user-id, whatever it says.
  expect(statSync(join(folder, 'deep/er/run.sh')).mode & 0o7777).toBe(0o777);
});

describe('names that would leave the folder end it', () => {
  for (const path of ['../out', 'a/../../out', '/etc/out', 'a/b/../../../out', 'ok/..']) {
    test(JSON.stringify(path), async () => {
      expect(
        await codeOf(
          extract([
            { path: 'fine', data: 'x' },
            { path, data: 'x' },
          ]),
        ),
      ).toBe('forbidden');
      expect(readdirSync(home.path)).toEqual(['in']);
    });
  }

  test('also for what was not asked for', async () => {
    expect(await codeOf(extract([{ path: 'other/a', data: 'x' }], { strip: 'data' }))).toBe('forbidden');
  });

  test('also for the target of a hard link', async () => {
    expect(await codeOf(extract([{ path: 'l', type: 'Link', linkpath: '../../secret' }]))).toBe('forbidden');
  });
});

describe('what may not be here is left out and told', () => {
  const links = ['/etc/passwd', '..', '../x', 'a/../../x', 'sub/../..', './../x', 'C:\\x'];
  for (const linkpath of links) {
    test(`a link to ${linkpath}`, async () => {
      const { leftOut } = await extract([{ path: 'l', type: 'SymbolicLink', linkpath }]);
      expect(leftOut).toEqual([{ path: 'l', reason: 'it is a link that leads out of the folder' }]);
      expect(readdirSync(folder)).toEqual([]);
    });
  }

  test('devices, pipes, and hard links to what is not in it', async () => {
    const { leftOut } = await extract([
      { path: 'disk', type: 'BlockDevice' },
      { path: 'tty', type: 'CharacterDevice' },
      { path: 'pipe', type: 'FIFO' },
      { path: 'h', type: 'Link', linkpath: 'nothing' },
      { path: 'ok', data: 'x' },
    ]);
    expect(leftOut.map(({ path }) => path)).toEqual(['disk', 'tty', 'pipe', 'h']);
    expect(readdirSync(folder)).toEqual(['ok']);
  });

  test('a second entry of the same name: the first one stays', async () => {
    const { leftOut } = await extract([
      { path: 'a', data: 'one' },
      { path: 'a', data: 'two' },
    ]);
    expect(leftOut).toEqual([{ path: 'a', reason: 'another entry has the same name' }]);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('one');
  });
});

test('nothing is written through a link, in whatever order they come', async () => {
  mkdirSync(join(home.path, 'outside'));
  symlinkSync(join(home.path, 'outside'), join(folder, 'here-before'));
  expect(
    await codeOf(
      extract([
        { path: 'way', type: 'SymbolicLink', linkpath: 'sub' },
        { path: 'way/in', data: 'x' },
        { path: 'sub/', type: 'Directory' },
      ]),
    ),
  ).toBe('fulfilled');
  expect(lstatSync(join(folder, 'way')).isDirectory()).toBe(true);
  expect(readdirSync(join(home.path, 'outside'))).toEqual([]);
});

test('no link is made through another one: it would count its way up from a place that it is not in', async () => {
  mkdirSync(join(home.path, 'victim'));
  const result = await extract([
    { path: 'real', data: 'planted' },
    { path: 'top/', type: 'Directory' },
    { path: 'a/b/c/s', type: 'SymbolicLink', linkpath: '../../../top' },
    // Taken by its name it stays inside; made through "s" it is top/out, and leads out.
    { path: 'a/b/c/s/out', type: 'SymbolicLink', linkpath: '../../victim' },
    { path: 'top/out/file', type: 'Link', linkpath: 'real' },
    { path: 'a/b/c/s/out/file', type: 'Link', linkpath: 'real' },
  ]);
  expect(readdirSync(join(home.path, 'victim'))).toEqual([]);
  expect(result.leftOut.map(({ path }) => path)).toContain('a/b/c/s');
  for (const name of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!name.isSymbolicLink()) continue;
    const at = join(name.parentPath, name.name);
    expect(join(name.parentPath, readlinkSync(at)).startsWith(folder), at).toBe(true);
  }
});

test('a file under a file ends it', async () => {
  expect(
    await codeOf(
      extract([
        { path: 'a', data: 'x' },
        { path: 'a/b', data: 'y' },
      ]),
    ),
  ).toBe('forbidden');
});

test('a link can go up only at its beginning, and no further than it is deep', () => {
  expect(staysInside('a/b/l', '../../c')).toBe(true);
  expect(staysInside('a/b/l', '../../../c')).toBe(false);
  // `x` may itself be a link: "x/.." is then anywhere.
  expect(staysInside('a/b/l', 'x/../y')).toBe(false);
  expect(staysInside('l', 'x')).toBe(true);
  expect(staysInside('l', '')).toBe(false);
});

describe('what is no whole tar is not taken for one', () => {
  test('cut between entries', async () => {
    const tar = tarOf([{ path: 'a', data: 'x' }], { cut: true });
    expect(await codeOf(extractTar(streamOf(tar), folder, { signal: never }))).toBe('protocol');
  });

  test('cut inside of a file', async () => {
    const tar = tarOf([{ path: 'a', data: 'x'.repeat(5000) }]).subarray(0, 2000);
    expect(await codeOf(extractTar(streamOf(tar), folder, { signal: never }))).toBe('protocol');
  });

  test('something else', async () => {
    const noise = Buffer.alloc(4096, 'no tar at all ');
    expect(await codeOf(extractTar(streamOf(noise), folder, { signal: never }))).toBe('protocol');
  });

  test('an empty one is whole', async () => {
    expect(await extractTar(streamOf(Buffer.alloc(1024)), folder, { signal: never })).toMatchObject({
      files: 0,
    });
  });
});

test('a stream that fails, and an abort in the middle, end it with their reason; nothing goes on', async () => {
  const whole = tarOf([{ path: 'a', data: 'x'.repeat(100_000) }]);
  async function* broken() {
    yield whole.subarray(0, 50_000);
    throw new Error('the link broke');
  }
  await expect(extractTar(broken(), folder, { signal: never })).rejects.toThrow('the link broke');
  const abort = new AbortController();
  let isClosed = false;
  async function* slow() {
    try {
      yield whole.subarray(0, 50_000);
      abort.abort(new Error('cancelled'));
      yield whole.subarray(50_000, 60_000);
      yield whole.subarray(60_000);
    } finally {
      isClosed = true;
    }
  }
  await expect(extractTar(slow(), join(home.path), { signal: abort.signal })).rejects.toThrow('cancelled');
  expect(isClosed).toBe(true);
});

describe('what is remembered does not grow with the tar', () => {
  test('of what is left out, a hundred are named, each with a name of a bearable length; the rest is counted', async () => {
    const pipes = Array.from({ length: 250 }, (_, n): TarEntry => ({ path: `p${n}`, type: 'FIFO' }));
    const { leftOut, leftOutMore } = await extract(pipes);
    expect(leftOut.map(({ path }) => path)).toEqual(pipes.slice(0, 100).map(({ path }) => path));
    expect(leftOutMore).toBe(150);
    const long = await extractTar(streamOf(withLongName('x'.repeat(500_000))), folder, { signal: never });
    expect(long.leftOut).toEqual([{ path: 'x'.repeat(1000), reason: expect.any(String) }]);
  });

  test('more entries than are taken end it, and it is said what to do', async () => {
    const entries = ['a', 'b', 'c'].map((path): TarEntry => ({ path, data: path }));
    expect(await extract(entries, { limits: { entries: 3 } })).toMatchObject({ files: 3 });
    const more = extract([...entries, { path: 'd/', type: 'Directory' }], { limits: { entries: 3 } });
    await expect(more.catch(toProblem)).resolves.toMatchObject({
      code: 'unsupported',
      message: 'There are more than 3 files and folders in it to be brought here at once.',
      hint: expect.stringContaining('one by one'),
    });
  });

  test('so do more links', async () => {
    const links = ['a', 'b', 'c'].map((path): TarEntry => ({ path, type: 'SymbolicLink', linkpath: 'to' }));
    expect(await codeOf(extract(links, { limits: { links: 3 * 103 } }))).toBe('fulfilled');
    expect(await codeOf(extract(links, { limits: { links: 3 * 103 - 1 } }))).toBe('unsupported');
  });
});

describe('a hard link names a file that came in the same tar, and nothing else', () => {
  test('whatever is there besides, and whatever a link would make of the name', async () => {
    mkdirSync(join(home.path, 'outside'));
    writeFileSync(join(home.path, 'outside/secret'), 'secret');
    symlinkSync(join(home.path, 'outside'), join(folder, 'here-before'));
    symlinkSync(join(home.path, 'outside/secret'), join(folder, 'file-before'));
    const { leftOut } = await extract([
      { path: 'sub/f', data: 'x' },
      { path: 'way', type: 'SymbolicLink', linkpath: 'sub' },
      { path: 'one', type: 'Link', linkpath: 'here-before/secret' },
      { path: 'two', type: 'Link', linkpath: 'file-before' },
      { path: 'three', type: 'Link', linkpath: 'way/f' },
      { path: 'four', type: 'Link', linkpath: 'way' },
      { path: 'five', type: 'Link', linkpath: 'sub' },
      { path: 'six', type: 'Link', linkpath: 'sub/f' },
      { path: 'seven', type: 'Link', linkpath: 'six' },
    ]);
    const why = 'it is a link to something that is not in it';
    expect(leftOut).toEqual(['one', 'two', 'three', 'four', 'five'].map((path) => ({ path, reason: why })));
    expect(readFileSync(join(folder, 'seven'), 'utf8')).toBe('x');
  });
});

/** A tar of one pipe whose name is as long as a POSIX header lets it be. */
function withLongName(path: string): Buffer {
  const record = (length: number) => `${length} path=${path}\n`;
  let length = record(0).length;
  while (record(length).length !== length) length = record(length).length;
  const header = tarOf([{ path: 'header', type: 'ExtendedHeader', data: record(length) }], { cut: true });
  return Buffer.concat([header, tarOf([{ path: 'short', type: 'FIFO' }])]);
}
