/** The E2B driver: files, through the real SDK. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DriverFiles } from '../../src-main/drivers/driver.ts';
import { e2bFiles } from '../../src-main/drivers/e2b/files.ts';
import type { E2bSession } from '../../src-main/drivers/e2b/session.ts';
import { type Kit, never, problemOf, startKit } from './e2b-driver-support.ts';

let kit: Kit;
let session: E2bSession;
const files: DriverFiles<E2bSession> = e2bFiles;
beforeAll(async () => {
  kit = await startKit();
  session = await kit.connect();
});
afterEach(() => kit.server.faults.clear());
afterAll(() => kit.stop());

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function contentOf(file: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of await files.read(session, file, never)) parts.push(chunk);
  return Buffer.concat(parts);
}

const names = async (folder: string) =>
  (await files.list(session, folder, never)).map(({ name }) => name).sort();

describe('files', () => {
  test('written, read, listed, moved, removed; parents are made', async () => {
    const entry = await files.write(session, 'new/deep/a.txt', chunks('hel', 'lo'), never);
    expect(entry).toMatchObject({ name: 'a.txt', type: 'file', size: 5, path: '/home/user/new/deep/a.txt' });
    expect(Math.abs(entry.modifiedAt - Date.now())).toBeLessThan(60_000);
    expect((await contentOf('new/deep/a.txt')).toString()).toBe('hello');
    expect((await kit.run(session, 'open("new/deep/a.txt").read()')).value).toBe('hello');
    await files.move(session, 'new/deep/a.txt', 'new/b.txt', never);
    await files.makeDir(session, 'new/folder', never);
    await files.makeDir(session, 'new/folder', never);
    expect(await names('new')).toEqual(['b.txt', 'deep', 'folder']);
    expect(await files.stat(session, 'new/folder', never)).toMatchObject({ type: 'directory' });
    await files.remove(session, 'new', never);
    await files.remove(session, 'new', never);
    expect((await problemOf(files.stat(session, 'new', never))).code).toBe('not-found');
  });

  test.each(['with space', `quote'"`, 'ümläut 😀', '-dash', '.dot', 'x'.repeat(200)])(
    'the name %s',
    async (name) => {
      await files.write(session, name, chunks(name), never);
      expect((await contentOf(name)).toString()).toBe(name);
      expect((await files.stat(session, name, never)).name).toBe(name);
      await files.remove(session, name, never);
    },
  );

  test('a large file comes back the same; an empty one too', async () => {
    const part = randomBytes(1024 * 1024);
    await files.write(session, 'large', chunks(...Array.from({ length: 20 }, () => part)), never);
    const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
    expect(hash(await contentOf('large'))).toBe(hash(Buffer.concat(Array.from({ length: 20 }, () => part))));
    await files.write(session, 'empty', chunks(), never);
    expect(await contentOf('empty')).toHaveLength(0);
  });

  test('links are shown as links', async () => {
    await kit.run(session, 'ln -s /etc/hostname mylink', { language: 'shell' });
    expect(await files.stat(session, 'mylink', never)).toMatchObject({ type: 'link' });
  });

  test('a write that breaks off leaves neither half a file nor a leftover', async () => {
    await files.write(session, 'half/file', chunks('old'), never);
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('new');
      throw new Error('the disk here failed');
    };
    await problemOf(files.write(session, 'half/file', source(), never));
    const controller = new AbortController();
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('new');
      controller.abort();
      await new Promise(() => {});
    };
    expect((await problemOf(files.write(session, 'half/file', slow(), controller.signal))).code).toBe(
      'cancelled',
    );
    expect((await contentOf('half/file')).toString()).toBe('old');
    expect(await names('half')).toEqual(['file']);
  });

  test('errors in words', async () => {
    await files.makeDir(session, 'folder', never);
    await files.write(session, 'file', chunks('x'), never);
    expect((await problemOf(files.list(session, 'nowhere', never))).code).toBe('not-found');
    expect((await problemOf(files.list(session, 'file', never))).code).toBe('invalid');
    expect((await problemOf(files.read(session, 'folder', never))).code).toBe('invalid');
    expect((await problemOf(files.read(session, 'nowhere', never))).code).toBe('not-found');
    kit.server.faults.add({
      match: { plane: 'envd', method: 'POST', path: '/files' },
      effect: { kind: 'reply', status: 507, message: 'not enough disk space' },
    });
    expect((await problemOf(files.write(session, 'full', chunks('x'), never))).code).toBe('no-space');
    const aborted = AbortSignal.abort();
    expect((await problemOf(files.list(session, '.', aborted))).code).toBe('cancelled');
  });

  test('a read that is cut does not look whole', async () => {
    await files.write(session, 'cut', chunks(randomBytes(300_000)), never);
    kit.server.faults.add({
      match: { plane: 'envd', method: 'GET', path: '/files' },
      effect: { kind: 'cut-after-bytes', bytes: 100_000 },
    });
    expect((await problemOf(contentOf('cut'))).code).toBe('unreachable');
  });

  test('of a sandbox that ended: gone', async () => {
    const doomed = await kit.connect();
    kit.server.kill(doomed.sandboxId);
    expect((await problemOf(files.list(doomed, '.', never))).code).toBe('gone');
  });
});
