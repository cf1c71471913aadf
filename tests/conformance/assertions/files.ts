/** Files of the sandbox. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bytesOf, chunksOf, never, problemOf } from '../kit.ts';
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
    name: 'Twenty megabytes go up and come back unchanged',
    needs,
    async run(kit) {
      const bytes = Buffer.alloc(20 * 1024 * 1024);
      for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE((at * 2654435761) >>> 0, at);
      const hash = createHash('sha256').update(bytes).digest('hex');
      const session = await kit.session();
      expect((await kit.files.write(session, 'big.bin', chunksOf(bytes), never)).size).toBe(bytes.length);
      expect(
        (await kit.run('import hashlib\nhashlib.sha256(open("big.bin", "rb").read()).hexdigest()')).value,
      ).toBe(hash);
      const back = await bytesOf(await kit.files.read(session, 'big.bin', never));
      expect(createHash('sha256').update(back).digest('hex')).toBe(hash);
      await kit.files.remove(session, 'big.bin', never);
    },
  },
  {
    name: 'A write that is broken off leaves the file as it was, and nothing beside it',
    needs,
    async run(kit) {
      const session = await kit.session();
      await kit.write('stays/file.txt', 'as it was');
      const controller = new AbortController();
      const endless = async function* () {
        for (let n = 0; ; n += 1) {
          if (n === 20) controller.abort();
          yield Buffer.alloc(65_536, 'x');
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const problem = await problemOf(
        kit.files.write(session, 'stays/file.txt', endless(), controller.signal),
      );
      expect(problem.code).toBe('cancelled');
      const failing = async function* () {
        yield Buffer.alloc(65_536, 'y');
        throw new Error('the disk it comes from broke');
      };
      await problemOf(kit.files.write(session, 'stays/file.txt', failing(), never));
      expect(await kit.read('stays/file.txt')).toBe('as it was');
      expect((await kit.files.list(session, 'stays', never)).map(({ name }) => name)).toEqual(['file.txt']);
    },
  },
  {
    name: 'Any name works: spaces, quotes, umlauts, emoji, a leading dash, 255 bytes',
    needs,
    async run(kit) {
      const names = ['a b', `it's "q"`, 'ä€😀', '-rf', '$HOME', 'new\nline', `${'n'.repeat(251)}.txt`];
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
    name: 'What is missing, or a folder instead of a file, is said plainly',
    needs,
    async run(kit) {
      const session = await kit.session();
      await kit.files.makeDir(session, 'a-folder', never);
      expect((await problemOf(kit.read('not/there.txt'))).code).toBe('not-found');
      expect((await problemOf(kit.files.list(session, 'not-there', never))).code).toBe('not-found');
      const folder = await problemOf(kit.read('a-folder'));
      expect(folder.code).toMatch(/^(?:conflict|invalid|unsupported)$/);
      const write = await problemOf(kit.files.write(session, 'a-folder', chunksOf(Buffer.from('x')), never));
      expect(write.code).toMatch(/^(?:conflict|invalid|unsupported)$/);
      expect((await kit.files.stat(session, 'a-folder', never)).type).toBe('directory');
      for (const { problem } of [folder, write])
        expect(problem.message).not.toMatch(/E[A-Z]{4,}|errno|\/proc/);
    },
  },
  {
    name: 'Cancelling a call about files gives back control at once',
    needs,
    async run(kit) {
      const session = await kit.session();
      const gone = AbortSignal.abort();
      expect((await problemOf(kit.files.list(session, '.', gone))).code).toBe('cancelled');
      expect((await problemOf(kit.files.stat(session, 'x', gone))).code).toBe('cancelled');
    },
  },
  {
    name: 'No path leads out of the sandbox: not by dots, not by links, not by name',
    needs,
    async run(kit) {
      const session = await kit.session();
      // A file of this computer that is there for sure; inside, another one may have its name, but never its content.
      const folder = mkdtempSync(join(tmpdir(), 'specboard-outside-'));
      const file = join(folder, 'secret.txt');
      writeFileSync(file, 'outside');
      await kit.run(
        `import os\nos.symlink(${JSON.stringify(file)}, "way-out")\nos.symlink(${JSON.stringify(folder)}, "way-out-folder")`,
      );
      const ups = '../'.repeat(20);
      const paths = [
        file,
        `${ups}${file.slice(1)}`,
        `x/${ups}${file.slice(1)}`,
        'way-out',
        'way-out-folder/secret.txt',
      ];
      for (const path of paths) {
        expect((await problemOf(kit.read(path))).code, path).toMatch(/^(?:forbidden|not-found|invalid)$/);
        await kit.write(path, 'changed').catch(() => {});
        await kit.files.remove(session, path, never).catch(() => {});
      }
      await kit.files
        .move(session, 'way-out-folder', `${ups}${folder.slice(1)}/moved`, never)
        .catch(() => {});
      expect(readdirSync(folder)).toEqual(['secret.txt']);
      expect(readFileSync(file, 'utf8')).toBe('outside');
      rmSync(folder, { recursive: true });
    },
  },
  {
    name: 'A path that cannot be one is refused as such',
    needs,
    async run(kit) {
      const session = await kit.session();
      for (const path of ['a\0b', `${'n'.repeat(300)}.txt`]) {
        const write = kit.files.write(session, path, chunksOf(Buffer.from('x')), never);
        expect((await problemOf(write)).code).toBe('invalid');
      }
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
