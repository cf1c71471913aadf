/** Files of the sandbox. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { bytesOf, never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';

const needs = ['files'] as const;

export const fileAssertions: readonly Assertion[] = [
  {
    name: 'A file that is written is what code finds, and what code writes can be read',
    needs,
    async run(kit) {
      await kit.write('data/in put.txt', 'häß');
      expect((await kit.run('open("data/in put.txt", encoding="utf8").read()')).value).toBe('häß');
      await kit.run('open("out.bin", "wb").write(bytes(range(256)))');
      const read = await bytesOf(await kit.files.read(await kit.session(), 'out.bin', never));
      expect([...read]).toEqual([...Array(256).keys()]);
      await kit.write('data/in put.txt', '');
      expect(await kit.read('data/in put.txt')).toBe('');
    },
  },
  {
    name: 'Files of no byte, of one byte and of a hundred megabytes go up and come back unchanged',
    needs,
    async run(kit) {
      const session = await kit.session();
      const megabyte = Buffer.from(Array.from({ length: 1_048_576 }, (_, at) => (at * 31 + (at >> 8)) & 255));
      for (const [name, pieces] of [
        ['nothing', []],
        ['one', [Buffer.from('x')]],
        ['large', Array.from({ length: 100 }, () => megabyte)],
      ] as const) {
        const expected = createHash('sha256');
        for (const piece of pieces) expected.update(piece);
        const hash = expected.digest('hex');
        const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
        expect((await kit.files.write(session, name, Readable.from(pieces), never)).size, name).toBe(size);
        const look = `import hashlib\nh = hashlib.sha256()\nwith open("${name}", "rb") as f:\n    while b := f.read(1 << 20): h.update(b)\nh.hexdigest()`;
        expect((await kit.run(look)).value, name).toBe(hash);
        const back = createHash('sha256');
        for await (const chunk of await kit.files.read(session, name, never)) back.update(chunk);
        expect(back.digest('hex'), name).toBe(hash);
        await kit.files.remove(session, name, never);
      }
    },
  },
  {
    name: 'Any name works: spaces, quotes, newlines, umlauts in both forms, emoji, a leading dash, 255 bytes',
    needs,
    async run(kit) {
      // APFS takes both forms of an umlaut for the same name; everywhere else they are two files.
      const forms = process.platform === 'darwin' ? ['u\u0308'] : ['u\u0308', '\u00fc'];
      const others = ['a b', `it's "q"`, 'ä€😀', '-rf', '$HOME', 'new\nline', 'back\\slash', '#?%20', ' '];
      const names = [...others, ...forms, `${'n'.repeat(251)}.txt`];
      const session = await kit.session();
      for (const name of names) await kit.write(`names/${name}`, name);
      const found = (await kit.files.list(session, 'names', never)).map((entry) => entry.name);
      expect(found.sort()).toEqual([...names].sort());
      for (const name of names) expect(await kit.read(`names/${name}`)).toBe(name);
      expect((await kit.run('import os\nlen(os.listdir("names"))')).value).toBe(String(names.length));
      await kit.files.remove(session, 'names', never);
    },
  },
  {
    name: 'A listing says what is a file, a folder, a link, how large and how old',
    needs,
    async run(kit) {
      const session = await kit.session();
      await kit.run(
        'import os\nos.makedirs("kinds/folder")\nopen("kinds/file", "w").write("12345")\nos.chmod("kinds/file", 0o640)\nos.utime("kinds/file", (1e9, 1e9))\nos.symlink("file", "kinds/link")\nos.symlink("nowhere", "kinds/dangling")',
      );
      const entries = new Map(
        (await kit.files.list(session, 'kinds', never)).map((entry) => [entry.name, entry]),
      );
      expect([...entries.keys()].sort()).toEqual(['dangling', 'file', 'folder', 'link']);
      expect(entries.get('file')).toMatchObject({ type: 'file', size: 5, modifiedAt: 1e12 });
      expect((entries.get('file')?.mode ?? 0) & 0o777).toBe(0o640);
      expect(entries.get('folder')?.type).toBe('directory');
      expect(entries.get('link')?.type).toBe('link');
      expect(entries.get('dangling')?.type).toBe('link');
      expect(await kit.files.stat(session, 'kinds/file', never)).toMatchObject({ name: 'file', size: 5 });
      expect(await kit.read('kinds/link')).toBe('12345');
    },
  },
  {
    name: 'Files and folders are moved, made and removed',
    needs,
    async run(kit) {
      const session = await kit.session();
      await kit.files.makeDir(session, 'made/deep', never);
      await kit.files.makeDir(session, 'made/deep', never).catch(() => {}); // there already: fine or refused
      await kit.write('made/deep/a.txt', 'a');
      await kit.files.move(session, 'made/deep/a.txt', 'made/b.txt', never);
      expect(await kit.read('made/b.txt')).toBe('a');
      expect((await problemOf(kit.read('made/deep/a.txt'))).code).toBe('not-found');
      await kit.files.remove(session, 'made', never);
      expect((await problemOf(kit.files.stat(session, 'made', never))).code).toBe('not-found');
    },
  },
  {
    name: 'Writing over a file keeps its mode',
    needs,
    async run(kit) {
      await kit.write('tool.sh', 'echo one');
      await kit.run('import os\nos.chmod("tool.sh", 0o750)');
      await kit.write('tool.sh', 'echo two');
      expect((await kit.shell('./tool.sh; stat -c %a tool.sh')).stdout).toBe('two\n750\n');
    },
  },
  {
    name: 'Removing a folder removes what it holds and follows no link; removing what is missing is fine',
    needs,
    async run(kit) {
      const session = await kit.session();
      await kit.run(
        'import os\nos.makedirs("tree/a/b")\nos.makedirs("beside")\nopen("beside/kept", "w").close()\nopen("tree/a/b/c", "w").close()\nos.symlink("../beside", "tree/link")',
      );
      await kit.files.remove(session, 'tree', never);
      await kit.files.remove(session, 'tree', never);
      expect((await kit.run('import os\nos.path.exists("tree"), os.listdir("beside")')).value).toBe(
        "(False, ['kept'])",
      );
    },
  },
  {
    name: 'A deep tree can be made, listed at its end, and removed',
    needs,
    async run(kit) {
      const session = await kit.session();
      const folder = Array.from({ length: 60 }, (_, index) => `level-${index}-${'x'.repeat(20)}`).join('/');
      await kit.write(`deep/${folder}/at the bottom.txt`, 'found');
      expect(await kit.read(`deep/${folder}/at the bottom.txt`)).toBe('found');
      const bottom = await kit.files.list(session, `deep/${folder}`, never);
      expect(bottom.map(({ name }) => name)).toEqual(['at the bottom.txt']);
      await kit.files.remove(session, 'deep', never);
      expect((await problemOf(kit.files.stat(session, 'deep', never))).code).toBe('not-found');
    },
  },
  {
    name: 'A folder of five thousand files is listed whole',
    needs,
    async run(kit) {
      const session = await kit.session();
      await kit.run(
        'import os\nos.makedirs("crowded")\nfor n in range(5000): open(f"crowded/file with a longer name {n}.txt", "w").close()',
      );
      const names = (await kit.files.list(session, 'crowded', never)).map(({ name }) => name);
      expect(new Set(names).size).toBe(5000);
      await kit.files.remove(session, 'crowded', never);
    },
  },
  {
    name: 'A hundred files at once arrive, each as it is',
    needs,
    async run(kit) {
      const session = await kit.session();
      const names = Array.from({ length: 100 }, (_, index) => `many/${index % 10}/${index}.txt`);
      await Promise.all(names.map((name) => kit.write(name, name)));
      expect(await Promise.all(names.map((name) => kit.read(name)))).toEqual(names);
      expect((await kit.files.list(session, 'many', never)).length).toBe(10);
    },
  },
];
