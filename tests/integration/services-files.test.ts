/** Files to and from a sandbox through the service: whole, staged, never replacing anything silently, on either side. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Core } from '../../src-main/app/create-core.ts';
import { SpecboardError, toProblem } from '../../src-shared/contract/errors.ts';
import { folderFiles } from '../support/folder-files.ts';
import { ScriptedDriver } from '../support/scripted-driver.ts';
import { streamOf, tarOf } from '../support/tar.ts';
import { eventually, openTestCore, temporaryFolder } from '../support/test-core.ts';

let driver: ScriptedDriver;
let core: Core;
let sessionId: string;
let home: ReturnType<typeof temporaryFolder>;
let remote: string;
let local: string;
let close: () => Promise<void>;

beforeEach(async () => {
  home = temporaryFolder();
  remote = join(home.path, 'remote');
  local = join(home.path, 'local');
  mkdirSync(remote);
  mkdirSync(local);
  driver = new ScriptedDriver();
  driver.manifest = { capabilities: { files: true } };
  driver.more = { files: folderFiles(remote) };
  ({ core, close } = await openTestCore({ registry: driver.registry() }));
  sessionId = (await core.connect(core.profiles.default().id)).id;
});
afterEach(async () => {
  await close();
  home.remove();
});

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fulfilled',
    (error: unknown) => toProblem(error).code,
  );

test('a file comes whole, to a name or into a folder, and nothing is left beside it', async () => {
  writeFileSync(join(remote, 'a.bin'), Buffer.alloc(300_000, 7), { mode: 0o755 });
  const seen: number[] = [];
  const done = await core.files.get(sessionId, 'a.bin', local, { onBytes: (total) => seen.push(total) });
  expect(done).toMatchObject({ path: join(local, 'a.bin'), files: 1, bytes: 300_000 });
  expect(seen.at(-1)).toBe(300_000);
  expect(readFileSync(join(local, 'a.bin'))).toEqual(Buffer.alloc(300_000, 7));
  expect(statSync(join(local, 'a.bin')).mode & 0o100).toBe(0o100);
  await core.files.get(sessionId, 'a.bin', join(local, 'b.bin'));
  expect(readdirSync(local).sort()).toEqual(['a.bin', 'b.bin']);
});

test('what is here is not replaced, unless that is asked for', async () => {
  writeFileSync(join(remote, 'a.txt'), 'theirs');
  writeFileSync(join(local, 'a.txt'), 'mine');
  expect(await codeOf(core.files.get(sessionId, 'a.txt', local))).toBe('conflict');
  expect(readFileSync(join(local, 'a.txt'), 'utf8')).toBe('mine');
  await core.files.get(sessionId, 'a.txt', local, { force: true });
  expect(readFileSync(join(local, 'a.txt'), 'utf8')).toBe('theirs');
});

test('a file that was cut off on the way, or that was given up, is not there at all', async () => {
  writeFileSync(join(remote, 'a.txt'), 'x'.repeat(1000));
  const files = folderFiles(remote);
  const cut = new ScriptedDriver();
  cut.manifest = { capabilities: { files: true } };
  cut.more = { files: { ...files, read: async () => streamOf(Buffer.alloc(10)) } };
  const other = await openTestCore({ registry: cut.registry() });
  const session = await other.core.connect(other.core.profiles.default().id);
  expect(await codeOf(other.core.files.get(session.id, 'a.txt', local))).toBe('unreachable');
  const abort = new AbortController();
  const getting = other.core.files.get(session.id, 'a.txt', local, {
    signal: abort.signal,
    onBytes: () => abort.abort(),
  });
  expect(await codeOf(getting)).toBe('cancelled');
  expect(readdirSync(local)).toEqual([]);
  await other.close();
});

describe('folders', () => {
  beforeEach(() => {
    mkdirSync(join(remote, 'data/deep'), { recursive: true });
    writeFileSync(join(remote, 'data/a.txt'), 'a');
    writeFileSync(join(remote, 'data/deep/b.txt'), 'b');
    symlinkSync('deep/b.txt', join(remote, 'data/link'));
    symlinkSync('/etc/passwd', join(remote, 'data/out'));
  });

  test('come in one call, with their links, without what leads out', async () => {
    const done = await core.files.get(sessionId, 'data', local);
    expect(done).toMatchObject({
      path: join(local, 'data'),
      files: 2,
      bytes: 2,
      leftOut: [{ path: 'out', reason: 'it is a link that leads out of the folder' }],
    });
    expect(readFileSync(join(local, 'data/deep/b.txt'), 'utf8')).toBe('b');
    expect(readlinkSync(join(local, 'data/link'))).toBe('deep/b.txt');
    expect(existsSync(join(local, 'data/out'))).toBe(false);
    expect(readdirSync(local)).toEqual(['data']);
  });

  test('to a name that is not there yet; the working folder itself, too', async () => {
    await core.files.get(sessionId, 'data', join(local, 'copy'));
    expect(readdirSync(join(local, 'copy')).sort()).toEqual(['a.txt', 'deep', 'link']);
    await core.files.get(sessionId, '.', join(local, 'all'));
    expect(readdirSync(join(local, 'all'))).toEqual(['data']);
  });

  test('are merged where that is asked for; what is only here stays', async () => {
    mkdirSync(join(local, 'data'));
    writeFileSync(join(local, 'data/mine.txt'), 'mine');
    writeFileSync(join(local, 'data/a.txt'), 'old');
    expect(await codeOf(core.files.get(sessionId, 'data', local))).toBe('conflict');
    await core.files.get(sessionId, 'data', local, { force: true });
    expect(readFileSync(join(local, 'data/a.txt'), 'utf8')).toBe('a');
    expect(readFileSync(join(local, 'data/mine.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(local)).toEqual(['data']);
  });

  test('are never merged through a link of ours', async () => {
    mkdirSync(join(home.path, 'elsewhere'));
    mkdirSync(join(local, 'data'));
    symlinkSync(join(home.path, 'elsewhere'), join(local, 'data/deep'));
    const { leftOut } = await core.files.get(sessionId, 'data', local, { force: true });
    expect(leftOut).toContainEqual({
      path: join(local, 'data/deep'),
      reason: 'something that is no folder has that name here',
    });
    expect(readdirSync(join(home.path, 'elsewhere'))).toEqual([]);
  });

  test('of a hostile sandbox change nothing here', async () => {
    const hostile = new ScriptedDriver();
    hostile.manifest = { capabilities: { files: true } };
    const tar = tarOf([
      { path: 'data/ok', data: 'x' },
      { path: 'data/../../evil', data: 'x' },
    ]);
    hostile.more = { files: { ...folderFiles(remote), pack: async () => streamOf(tar) } };
    const other = await openTestCore({ registry: hostile.registry() });
    const session = await other.core.connect(other.core.profiles.default().id);
    expect(await codeOf(other.core.files.get(session.id, 'data', local))).toBe('forbidden');
    expect(readdirSync(local)).toEqual([]);
    expect(readdirSync(home.path).sort()).toEqual(['local', 'remote']);
    await other.close();
  });

  test('go there, and are not put over something silently', async () => {
    mkdirSync(join(local, 'src/-odd name'), { recursive: true });
    writeFileSync(join(local, 'src/-odd name/ü.txt'), 'u');
    writeFileSync(join(local, 'src/@at'), 'at');
    symlinkSync('@at', join(local, 'src/l'));
    const done = await core.files.put(sessionId, join(local, 'src'), '.');
    expect(done).toMatchObject({ path: 'src', files: 3, leftOut: [] });
    expect(readFileSync(join(remote, 'src/-odd name/ü.txt'), 'utf8')).toBe('u');
    expect(readFileSync(join(remote, 'src/@at'), 'utf8')).toBe('at');
    expect(readlinkSync(join(remote, 'src/l'))).toBe('@at');
    expect(await codeOf(core.files.put(sessionId, join(local, 'src'), '.'))).toBe('conflict');
    writeFileSync(join(local, 'src/@at'), 'new');
    await core.files.put(sessionId, join(local, 'src'), '.', { force: true });
    expect(readFileSync(join(remote, 'src/@at'), 'utf8')).toBe('new');
  });
});

test('a file goes there; not over something silently, and never over a folder', async () => {
  writeFileSync(join(local, 'a.txt'), 'one');
  mkdirSync(join(remote, 'sub/a.txt'), { recursive: true });
  await core.files.put(sessionId, join(local, 'a.txt'), '.');
  expect(readFileSync(join(remote, 'a.txt'), 'utf8')).toBe('one');
  expect(await codeOf(core.files.put(sessionId, join(local, 'a.txt'), 'a.txt'))).toBe('conflict');
  expect(await codeOf(core.files.put(sessionId, join(local, 'a.txt'), 'sub', { force: true }))).toBe(
    'conflict',
  );
  expect(await codeOf(core.files.put(sessionId, join(local, 'none'), '.'))).toBe('not-found');
});

test('a driver without files is said so, also where it has the code', async () => {
  const bare = new ScriptedDriver();
  bare.more = { files: folderFiles(remote) };
  const other = await openTestCore({ registry: bare.registry() });
  const session = await other.core.connect(other.core.profiles.default().id);
  await expect(async () => other.core.files.list(session.id, '.')).rejects.toMatchObject({
    problem: { code: 'unsupported', message: 'Files of This computer cannot be reached.' },
  });
  await other.close();
});

// The descriptors of this process can be looked at on Linux only.
describe.runIf(process.platform === 'linux')('a file that is sent is not held open', () => {
  const isOpen = (file: string) =>
    readdirSync('/proc/self/fd').some((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === file;
      } catch {
        return false;
      }
    });

  const put = async (write: (content: AsyncIterable<Uint8Array>) => Promise<never>) => {
    const file = join(local, 'big.bin');
    writeFileSync(file, Buffer.alloc(1_000_000, 1));
    const refusing = new ScriptedDriver();
    refusing.manifest = { capabilities: { files: true } };
    refusing.more = {
      files: { ...folderFiles(remote), write: async (_session, _path, content) => write(content) },
    };
    const other = await openTestCore({ registry: refusing.registry() });
    try {
      const session = await other.core.connect(other.core.profiles.default().id);
      expect(await codeOf(other.core.files.put(session.id, file, 'big.bin'))).toBe('no-space');
      await eventually('the file to be closed', () => !isOpen(file), 3000);
    } finally {
      await other.close();
    }
  };

  test('where the sandbox refuses before the first byte', async () => {
    await put(async () => {
      // Long enough for a file that is opened too early to be open.
      for (let n = 0; n < 20; n += 1) await readFile(join(local, 'big.bin'));
      throw new SpecboardError('no-space', 'Full.');
    });
  });

  test('where it gives up in the middle, and leaves the rest where it is', async () => {
    await put(async (content) => {
      await content[Symbol.asyncIterator]().next();
      throw new SpecboardError('no-space', 'Full.');
    });
  });
});
