/** Many files in one call: pack and unpack, both ways, also what is hostile or breaks off. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { expect } from 'vitest';
import { HeldMemoryWatch } from '../../support/held-memory.ts';
import { entriesOf, type TarEntry, tarOf, tarOfLarge } from '../../support/tar-archive.ts';
import { bytesOf, type ConformanceKit, never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';

/** What all of these need. */
export const needs = ['files'] as const;

/** Packs and reads the archive; `./a/` is called `a`. */
export async function packed(kit: ConformanceKit, folder: string, paths: readonly string[] = ['.']) {
  const stream = await kit.files.pack(await kit.session(), folder, paths, never);
  return entriesOf(await bytesOf(stream)).map((entry) => ({ ...entry, name: plain(entry.name) }));
}

/** `./a/` and `a` are the same entry. */
function plain(name: string): string {
  return name.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '');
}

async function unpack(kit: ConformanceKit, folder: string, entries: Iterable<TarEntry>): Promise<void> {
  await kit.files.unpack(await kit.session(), folder, tarOf(entries), never);
}

/** Walks a folder in the sandbox and gives one hash of all names and contents, so that ten thousand files are one answer. */
const walk = (folder: string) => `import os, hashlib
found, count = hashlib.sha256(), 0
for at, folders, files in os.walk(${JSON.stringify(folder)}):
    folders.sort()
    for name in sorted(files):
        path = os.path.join(at, name)
        with open(path, "rb") as f: found.update(os.path.relpath(path, ${JSON.stringify(folder)}).encode() + b"\\0" + f.read() + b"\\0")
        count += 1
print(count, found.hexdigest())`;

const nasty = [
  'a b',
  `it's "q"`,
  'new\nline',
  '-rf',
  '$HOME',
  '*',
  'back\\slash',
  'nfc-\u00e9',
  'nfd-e\u0301',
  '😀',
  'n'.repeat(255),
  `${'long folder name '.repeat(6)}/${'f'.repeat(150)}.txt`,
];

export const bulkAssertions: readonly Assertion[] = [
  {
    name: 'Ten thousand small files go up in one call and come back in one call, each as it is',
    needs,
    async run(kit) {
      const names = Array.from({ length: 10_000 }, (_, index) => `${index % 100}/file-${index}.txt`);
      await unpack(
        kit,
        'bulk/many',
        names.map((name) => ({ name, data: Buffer.from(`content of ${name}`) })),
      );
      // In the order of os.walk: folders sorted, then names.
      const hash = createHash('sha256');
      for (const name of [...names].sort((a, b) => orderOf(a, b)))
        hash.update(`${name}\0content of ${name}\0`);
      expect((await kit.run(walk('bulk/many'))).stdout).toBe(`10000 ${hash.digest('hex')}\n`);
      const back = (await packed(kit, 'bulk/many')).filter(({ type }) => type === '0');
      expect(back.length).toBe(10_000);
      const wrong = back.find(({ name, data }) => data.toString() !== `content of ${name}`);
      expect(wrong?.name).toBe(undefined);
      expect(new Set(back.map(({ name }) => name)).size).toBe(10_000);
      await kit.files.remove(await kit.session(), 'bulk', never);
    },
  },
  {
    name: 'Odd names survive in bulk: spaces, quotes, newlines, both unicode forms, a leading dash, 255 bytes, long paths',
    needs,
    async run(kit) {
      await unpack(
        kit,
        'odd',
        nasty.map((name) => ({ name, data: Buffer.from(name) })),
      );
      const seen = await kit.run(
        'import os, json\nprint(json.dumps([os.path.relpath(os.path.join(at, f), "odd") for at, _, files in os.walk("odd") for f in files]))',
      );
      expect((JSON.parse(seen.stdout) as string[]).sort()).toEqual([...nasty].sort());
      const back = (await packed(kit, 'odd')).filter(({ type }) => type === '0');
      expect(back.map(({ name }) => name).sort()).toEqual([...nasty].sort());
      for (const { name, data } of back) expect(data.toString()).toBe(name);
      await kit.files.remove(await kit.session(), 'odd', never);
    },
  },
  {
    name: 'Only what is asked for is packed: single files, whole folders, a name that starts with a dash',
    needs,
    async run(kit) {
      const data = Buffer.from('x');
      const all = ['one.txt', 'two.txt', '-dash', 'folder/a', 'folder/deep/b', 'other/c'];
      await unpack(
        kit,
        'parts',
        all.map((name) => ({ name, data })),
      );
      const files = async (paths: string[]) =>
        (await packed(kit, 'parts', paths))
          .filter(({ type }) => type === '0')
          .map(({ name }) => name)
          .sort();
      expect(await files(['one.txt'])).toEqual(['one.txt']);
      expect(await files(['folder', '-dash'])).toEqual(['-dash', 'folder/a', 'folder/deep/b']);
      expect(await files(['folder/deep'])).toEqual(['folder/deep/b']);
      expect(await files(['.'])).toEqual([...all].sort());
      const missing = kit.files.pack(await kit.session(), 'parts', ['not-there'], never).then(bytesOf);
      expect((await problemOf(missing)).code).toBe('not-found');
      const nowhere = kit.files.pack(await kit.session(), 'no-such-folder', ['.'], never).then(bytesOf);
      expect((await problemOf(nowhere)).code).toBe('not-found');
    },
  },
  {
    name: 'Modes, times, empty files, empty folders and links are kept, both ways',
    needs,
    async run(kit) {
      await unpack(kit, 'kept', [
        { name: 'empty-folder', type: '5', mode: 0o750, mtime: 1_100_000_000 },
        { name: 'tool.sh', data: Buffer.from('#!/bin/sh\necho runs\n'), mode: 0o750, mtime: 1_234_567_890 },
        { name: 'empty', mtime: 1_200_000_000 },
        { name: 'link', type: '2', linkname: 'tool.sh' },
        { name: 'dangling', type: '2', linkname: 'nowhere' },
      ]);
      const look =
        'cd kept && ./tool.sh && stat -c "%n %a %s %Y" tool.sh empty && stat -c "%n %F %a" empty-folder && readlink link dangling';
      expect((await kit.shell(look)).stdout).toBe(
        'runs\ntool.sh 750 20 1234567890\nempty 644 0 1200000000\nempty-folder directory 750\ntool.sh\nnowhere\n',
      );
      const back = new Map((await packed(kit, 'kept')).map((entry) => [entry.name, entry]));
      expect(back.get('tool.sh')).toMatchObject({ type: '0', mode: 0o750 });
      expect(Math.floor(back.get('tool.sh')?.mtime ?? 0)).toBe(1_234_567_890);
      expect(back.get('empty')).toMatchObject({ type: '0' });
      expect(back.get('empty-folder')).toMatchObject({ type: '5' });
      expect(back.get('link')).toMatchObject({ type: '2', linkname: 'tool.sh' });
      expect(back.get('dangling')).toMatchObject({ type: '2', linkname: 'nowhere' });
    },
  },
  {
    name: 'Unpacking writes over what is there, keeps what is not in the archive, and takes an empty one',
    needs,
    async run(kit) {
      await unpack(kit, 'over', [
        { name: 'a', data: Buffer.from('longer than the next') },
        { name: 'b', data: Buffer.from('stays') },
      ]);
      await unpack(kit, 'over', [{ name: 'a', data: Buffer.from('new') }]);
      expect([await kit.read('over/a'), await kit.read('over/b')]).toEqual(['new', 'stays']);
      await unpack(kit, 'over/made', []);
      expect((await kit.files.stat(await kit.session(), 'over/made', never)).type).toBe('directory');
      expect((await packed(kit, 'over/made')).filter(({ name }) => name !== '.' && name !== '')).toEqual([]);
    },
  },
  {
    name: 'A hundred megabytes go up and down in an archive unchanged, and memory does not grow with them',
    needs,
    async run(kit) {
      const megabyte = 1024 * 1024;
      const piece = Buffer.from(Array.from({ length: megabyte }, (_, at) => (at * 31 + (at >> 8)) & 255));
      const expected = createHash('sha256');
      for (let n = 0; n < 100; n += 1) expected.update(piece);
      const hash = expected.digest('hex');
      const session = await kit.session();
      const memory = new HeldMemoryWatch();
      const up = memory.watch(tarOfLarge('large.bin', 100 * megabyte, piece));
      await kit.files.unpack(session, 'large', up, never);
      const look =
        'import hashlib\nh = hashlib.sha256()\nwith open("large/large.bin", "rb") as f:\n    while b := f.read(1 << 20): h.update(b)\nh.hexdigest()';
      expect((await kit.run(look)).value).toBe(hash);
      const down = memory.watch(await kit.files.pack(session, 'large', ['large.bin'], never));
      expect(await hashOfContent(down)).toBe(hash);
      expect(memory.growth).toBeLessThan(64 * megabyte);
      await kit.files.remove(session, 'large', never);
    },
  },
  {
    name: 'A deep tree goes up and comes back',
    needs,
    async run(kit) {
      const folders = Array.from({ length: 60 }, (_, index) => `level-${index}-${'x'.repeat(20)}`);
      const deepest = `${folders.join('/')}/at the bottom.txt`;
      await unpack(kit, 'deep', [{ name: deepest, data: Buffer.from('found') }]);
      expect(await kit.read(`deep/${deepest}`)).toBe('found');
      const back = await packed(kit, 'deep');
      expect(back.find(({ type }) => type === '0')).toMatchObject({ name: deepest });
      await kit.files.remove(await kit.session(), 'deep', never);
      expect((await problemOf(kit.files.stat(await kit.session(), 'deep', never))).code).toBe('not-found');
    },
  },
];

/** The order in which os.walk with sorted names meets two files of one folder level. */
function orderOf(a: string, b: string): number {
  const [folderA = '', fileA = ''] = a.split('/');
  const [folderB = '', fileB = ''] = b.split('/');
  const [first, second] = folderA === folderB ? [fileA, fileB] : [folderA, folderB];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** SHA-256 of what the system's own tar reads out of an archive. */
async function hashOfContent(archive: AsyncIterable<Uint8Array>): Promise<string> {
  const tar = spawn('tar', ['-xOf', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const hash = createHash('sha256');
  await Promise.all([pipeline(archive, tar.stdin), pipeline(tar.stdout, hash)]);
  return hash.digest('hex');
}
