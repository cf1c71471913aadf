// Files of the Daytona test server's sandboxes, through the real SDK.
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Sandbox } from '@daytona/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DaytonaServer, startDaytonaServer } from '../support/daytona-server/server.ts';
import { connectSdk, eventually, rejection, type TestClient } from '../support/daytona-server/testing.ts';

let server: DaytonaServer;
let client: TestClient;
let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  server = await startDaytonaServer();
  client = connectSdk(server);
  sandbox = await client.create();
  folder = await mkdtemp(path.join(tmpdir(), 'daytona-files-test-'));
});

afterAll(async () => {
  await client.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const shell = async (command: string): Promise<string> =>
  (await sandbox.process.executeCommand(command)).result;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('uploads and downloads', () => {
  it('many small files at once, seen by the processes too', async () => {
    const files = Array.from({ length: 300 }, (_, at) => ({
      source: Buffer.from(`content ${at}`),
      destination: `many/deep/f${at}`,
    }));
    await sandbox.fs.uploadFiles(files);
    expect(await shell('ls many/deep | wc -l; cat many/deep/f299')).toMatch(/^\s*300\ncontent 299$/);
    const got = await sandbox.fs.downloadFiles([{ source: 'many/deep/f1' }, { source: 'many/none' }]);
    expect(String(got[0]?.result)).toBe('content 1');
    expect(got[1]?.errorDetails).toMatchObject({ statusCode: 404, errorCode: 'FILE_NOT_FOUND' });
  });

  it('a large file is the same on both sides, from a path and by stream', async () => {
    const bytes = randomBytes(20_000_000);
    const local = path.join(folder, 'large');
    await writeFile(local, bytes);
    await sandbox.fs.uploadFile(local, 'large');
    expect(await shell('sha256sum < large')).toContain(sha256(bytes));
    await sandbox.fs.downloadFile('large', path.join(folder, 'back'));
    expect(sha256(await readFile(path.join(folder, 'back')))).toBe(sha256(bytes));
    await sandbox.fs.uploadFileStream(Readable.from([bytes.subarray(0, 9), bytes.subarray(9)]), 'streamed');
    const stream = await sandbox.fs.downloadFileStream('streamed');
    expect(sha256(await buffer(stream as NodeJS.ReadableStream))).toBe(sha256(bytes));
  });

  it('empty, binary and oddly named files', async () => {
    const bytes = Buffer.from([0, 1, 1, 1, 13, 10, 45, 45, 255]);
    const names = [
      'empty',
      'a b',
      "it's",
      'ünï-✓',
      '-dash',
      'semi;colon',
      'line\nend',
      '"quoted"',
      'percent%20',
      'x'.repeat(250),
    ];
    for (const name of names)
      await sandbox.fs.uploadFile(name === 'empty' ? Buffer.alloc(0) : bytes, `odd/${name}`);
    const listed = await sandbox.fs.listFiles('odd');
    expect(listed.map(({ name }) => name).sort()).toEqual([...names].sort());
    for (const name of names)
      expect(await sandbox.fs.downloadFile(`odd/${name}`)).toEqual(
        name === 'empty' ? Buffer.alloc(0) : bytes,
      );
  });

  it('a broken upload leaves nothing behind', async () => {
    const controller = new AbortController();
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        yield Buffer.alloc(65_536);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const upload = rejection(
      sandbox.fs.uploadFileStream(Readable.from(endless()), 'broken/file', { signal: controller.signal }),
    );
    const [view] = server.sandboxes();
    const inside = path.join(view?.root ?? '', 'home/daytona/broken');
    const names = (): string[] => {
      try {
        return readdirSync(inside);
      } catch {
        return [];
      }
    };
    await eventually('the first bytes', () => names().some((name) => name.startsWith('.daytona-upload-')));
    controller.abort();
    expect((await upload).message).toContain('Upload cancelled');
    await eventually('the clean folder', () => names().length === 0);
  });

  it('links that carry their own signature', async () => {
    await sandbox.fs.uploadFile(Buffer.from('signed'), '/home/daytona/s.txt');
    const url = await sandbox.downloadUrl('/home/daytona/s.txt');
    expect(await (await fetch(url)).text()).toBe('signed');
    expect((await fetch(url.replace('s.txt', 't.txt'))).status).toBe(401);
    await sandbox.rotateSigningKey();
    expect((await fetch(url)).status).toBe(401);
    const target = await sandbox.uploadUrl('/home/daytona/u.txt');
    expect((await fetch(target, { method: 'POST', body: 'up' })).status).toBe(200);
    expect(await shell('cat u.txt')).toBe('up');
  });
});

describe('the tree', () => {
  it('is listed with depth; links look like what they lead to, dead ones are not shown', async () => {
    await shell('mkdir -p tree/sub/deep; echo abc > tree/file; chmod 640 tree/file; touch tree/sub/deep/x');
    await shell('ln -s file tree/link; ln -s nothing tree/dead; ln -s sub tree/folder');
    const flat = await sandbox.fs.listFiles('tree');
    expect(flat.map(({ name, isDir }) => [name, isDir])).toEqual([
      ['file', false],
      ['folder', true],
      ['link', false],
      ['sub', true],
    ]);
    expect(flat[0]).toMatchObject({
      size: 4,
      permissions: '0640',
      mode: '-rw-r-----',
      path: '/home/daytona/tree/file',
    });
    const deep = await sandbox.fs.listFiles('tree/sub', { depth: 2 });
    expect(deep.map((entry) => entry.path)).toEqual([
      '/home/daytona/tree/sub/deep',
      '/home/daytona/tree/sub/deep/x',
    ]);
    expect(await sandbox.fs.getFileDetails('tree/sub')).toMatchObject({ isDir: true, name: 'sub' });
  });

  it('is changed: folders, moves, permissions, removal', async () => {
    await sandbox.fs.createFolder('made/inner', '700');
    await sandbox.fs.uploadFile(Buffer.from('x'), 'made/inner/a');
    await sandbox.fs.moveFiles('made/inner/a', 'made/b');
    await sandbox.fs.setFilePermissions('made/b', { mode: '755' });
    expect(await shell('stat -c %a made/inner made/b; cat made/b')).toBe('700\n755\nx');
    const refused = await rejection(sandbox.fs.deleteFile('made'));
    expect(refused.message).toBe('cannot delete directory without recursive flag');
    await sandbox.fs.deleteFile('made/b');
    await sandbox.fs.deleteFile('made', true);
    expect(await shell('ls made 2>&1')).toContain('No such file');
  });

  it('is searched by name and by content, and texts are replaced', async () => {
    await shell(
      'mkdir -p find/sub; echo "needle one" > find/a.py; echo hay > find/b.txt; echo "a needle" > find/sub/c.py',
    );
    expect((await sandbox.fs.searchFiles('find', '**/*.py')).files).toEqual(['find/a.py', 'find/sub/c.py']);
    expect((await sandbox.fs.searchFiles('find', '*.{py,txt}')).files).toEqual(['find/a.py', 'find/b.txt']);
    expect(await sandbox.fs.findFiles('find', 'needle')).toEqual([
      { file: 'find/a.py', line: 1, content: 'needle one' },
      { file: 'find/sub/c.py', line: 1, content: 'a needle' },
    ]);
    const results = await sandbox.fs.replaceInFiles(['find/a.py', 'find/none'], 'needle', 'pin $&');
    expect(results.map(({ success }) => success)).toEqual([true, false]);
    expect(await shell('cat find/a.py')).toBe('pin $& one\n');
  });

  it('answers with classes of its own when something is not there or not allowed', async () => {
    await shell('touch plain');
    expect((await rejection(sandbox.fs.listFiles('nowhere'))).name).toBe('DaytonaFileNotFoundError');
    expect((await rejection(sandbox.fs.getFileDetails('nowhere'))).name).toBe('DaytonaFileNotFoundError');
    expect((await rejection(sandbox.fs.downloadFile('nowhere'))).name).toBe('DaytonaFileNotFoundError');
    expect((await rejection(sandbox.fs.downloadFile('/home'))).name).toBe('DaytonaInvalidFilePathError');
    expect((await rejection(sandbox.fs.deleteFile('nowhere'))).name).toBe('DaytonaFileNotFoundError');
    expect((await rejection(sandbox.fs.createFolder('plain/x', '755'))).name).toBe('DaytonaValidationError');
    // The failure of an upload comes as the JSON text of all failures: the SDK does no better.
    const upload = await rejection(sandbox.fs.uploadFile(Buffer.from('x'), 'plain/x'));
    expect(upload.message).toContain('{"errors":["plain/x: ');
  });

  it('ends at the sandbox: no path leads out of it', async () => {
    await shell('ln -s ../../../../../../etc out');
    expect((await rejection(sandbox.fs.listFiles('out'))).name).toBe('DaytonaFileNotFoundError');
    await sandbox.fs.uploadFile(Buffer.from('x'), '../../../../inside');
    expect(readdirSync(server.sandboxes()[0]?.root ?? '')).toContain('inside');
  });
});
