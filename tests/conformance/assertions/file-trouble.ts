/** Files that are not there, may not be there, or break off on their way. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { bytesOf, chunksOf, never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';

const needs = ['files'] as const;

export const fileTroubleAssertions: readonly Assertion[] = [
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
        // What an earlier turn wrote inside, under the same name, may be read there.
        const found = await kit.read(path).catch((error: unknown) => (error as SpecboardError).code);
        expect(found, path).toMatch(/^(?:forbidden|not-found|invalid|changed)$/);
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
    name: 'Where nothing can be written, below a file or in a folder that is locked, it is said plainly',
    needs,
    async run(kit) {
      const session = await kit.session();
      const attempt = (path: string) =>
        problemOf(kit.files.write(session, path, chunksOf(Buffer.from('x')), never));
      await kit.write('a-file', 'stays');
      const below = await attempt('a-file/below');
      expect(below.code).toMatch(/^(?:conflict|invalid|not-found)$/);
      expect(below.message).not.toMatch(/E[A-Z]{4,}|errno/);
      expect(await kit.read('a-file')).toBe('stays');
      await kit.run('import os\nos.makedirs("locked", exist_ok=True)\nos.chmod("locked", 0o555)');
      // Where the driver may more than the code, or the code is root, it can be written.
      const locked = await attempt('locked/file').catch(() => null);
      if (locked) expect(locked.code).toBe('forbidden');
    },
  },
  {
    name: 'A full disk is said to be full, the file before is kept, and the session goes on',
    needs: ['files', 'diskLimit'],
    async run(kit) {
      const session = await kit.connect({ diskMb: 64 });
      await kit.files.write(session, 'kept.txt', chunksOf(Buffer.from('kept')), never);
      const large = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(1_048_576, 'x')));
      // Some limit what code may write, and others also what is sent to it.
      await kit.files.write(session, 'large.bin', large, never).then(
        () => kit.files.remove(session, 'large.bin', never),
        (error: unknown) => {
          if (!(error instanceof SpecboardError)) throw error;
          expect(error.code).toBe('no-space');
          expect(error.problem.hint ?? '').not.toBe('');
        },
      );
      const code =
        'import time\nwith open("filled.bin", "wb") as f:\n    for n in range(100): f.write(b"x" * 1_048_576); f.flush()\ntime.sleep(60)';
      const filled = await kit.run(code, { session });
      expect(filled.result.state).toBe('failed');
      const said = `${filled.result.problem?.code} ${filled.result.error?.value}`;
      expect(said).toMatch(/no-space|No space left|File too large/);
      expect(await bytesOf(await kit.files.read(session, 'kept.txt', never))).toEqual(Buffer.from('kept'));
      await kit.files.remove(session, 'filled.bin', never);
      expect((await kit.run('"alive"', { session })).value).toBe('alive');
      expect(await kit.end(session)).toEqual([]);
    },
  },
];
