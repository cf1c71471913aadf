// The E2B test server's files, asked by the real SDK.
import { FileNotFoundError, InvalidArgumentError, Sandbox } from '@e2b/code-interpreter';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';
import { eventually, rejection, sdkOptions } from '../support/e2b-server/testing.ts';

let server: E2bServer;
let sandbox: Sandbox;

beforeAll(async () => {
  server = await startE2bServer();
  sandbox = await Sandbox.create(sdkOptions(server));
});

afterAll(() => server.close());

describe('contents', () => {
  it('writes and reads text, making parents; commands and cells see it', async () => {
    const written = await sandbox.files.write('/home/user/d/e/x.txt', 'héllo');
    expect(written).toMatchObject({ path: '/home/user/d/e/x.txt', name: 'x.txt', type: 'file' });
    expect(await sandbox.files.read('d/e/x.txt')).toBe('héllo');
    expect(await sandbox.files.read('~/d/e/x.txt')).toBe('héllo');
    expect((await sandbox.commands.run('cat ~/d/e/x.txt')).stdout).toBe('héllo');
    expect((await sandbox.runCode('open("d/e/x.txt", encoding="utf-8").read()')).text).toBe('héllo');
  });

  it('shares /home/user and /tmp by their real names where processes are isolated', async () => {
    await sandbox.files.write('/tmp/t.txt', 'tmp');
    const shown = server.isolated ? '/tmp/t.txt' : '$TMPDIR/t.txt';
    expect((await sandbox.commands.run(`cat ${shown}`)).stdout).toBe('tmp');
    const printed = (await sandbox.commands.run('echo made > made.txt; echo $PWD/made.txt')).stdout.trim();
    expect(await sandbox.files.read(printed)).toBe('made\n');
  });

  it('writes several files with one request', async () => {
    const before = server.requests.find('POST', '/files').length;
    const written = await sandbox.files.write([
      { path: 'm1.txt', data: '1' },
      { path: 'sub/m2.txt', data: '2' },
    ]);
    expect(written.map(({ path }) => path)).toEqual(['/home/user/m1.txt', '/home/user/sub/m2.txt']);
    expect(server.requests.find('POST', '/files').length).toBe(before + 1);
  });

  it('keeps bytes: blob, stream, gzip, empty; read as bytes and as a stream', async () => {
    const bytes = new Uint8Array(3_000_000).map((_, at) => (at * 7) % 256);
    await sandbox.files.write('big.bin', new Blob([bytes]));
    expect(
      Buffer.from(await sandbox.files.read('big.bin', { format: 'bytes' })).equals(Buffer.from(bytes)),
    ).toBe(true);
    const parts: Buffer[] = [];
    for await (const part of await sandbox.files.read('big.bin', { format: 'stream' }))
      parts.push(Buffer.from(part));
    expect(Buffer.concat(parts).equals(Buffer.from(bytes))).toBe(true);
    await sandbox.files.write('stream.txt', new Blob(['streamed']).stream());
    expect(await sandbox.files.read('stream.txt')).toBe('streamed');
    await sandbox.files.write('zipped.txt', 'zip'.repeat(1_000), { gzip: true });
    expect(await sandbox.files.read('zipped.txt', { gzip: true })).toBe('zip'.repeat(1_000));
    await sandbox.files.write('empty.txt', '');
    expect(await sandbox.files.read('empty.txt')).toBe('');
    expect(
      (await sandbox.commands.run('wc -c < stream.txt; wc -c < zipped.txt; wc -c < empty.txt')).stdout,
    ).toBe('8\n3000\n0\n');
  });

  it('tells a missing file from a folder', async () => {
    expect(await rejection(sandbox.files.read('nope.txt'))).toBeInstanceOf(FileNotFoundError);
    expect(await rejection(sandbox.files.read('/home/user'))).toBeInstanceOf(InvalidArgumentError);
    expect(await rejection(sandbox.files.write('/home/user', 'x'))).toBeInstanceOf(InvalidArgumentError);
  });

  it('serves ranges and signed URLs, and refuses bad signatures', async () => {
    await sandbox.files.write('range.txt', '0123456789');
    const url = await sandbox.downloadUrl('range.txt', { useSignatureExpiration: 60 });
    const part = await fetch(url, { headers: { range: 'bytes=2-4' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    expect(await (await fetch(url)).text()).toBe('0123456789');
    const uploaded = await fetch(await sandbox.uploadUrl('up.txt'), {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: 'from outside',
    });
    expect(uploaded.status).toBe(200);
    expect(await sandbox.files.read('up.txt')).toBe('from outside');
    expect((await fetch(url.replace('v1_', 'v1_x'))).status).toBe(401);
    expect((await fetch(url.replace('range.txt', 'big.bin'))).status).toBe(401);
    const past = await sandbox.downloadUrl('range.txt', { useSignatureExpiration: 1 });
    server.advanceClock(5_000);
    expect((await fetch(past)).status).toBe(401);
  });

  it('joins uploaded parts and removes them', async () => {
    await sandbox.files.write([
      { path: 'p1', data: 'ab' },
      { path: 'p2', data: 'cd' },
    ]);
    const { envdAccessToken: token } = sandbox as unknown as { envdAccessToken: string };
    const answer = await fetch(`${server.url}/files/compose`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'e2b-sandbox-id': sandbox.sandboxId,
        'e2b-sandbox-port': '49983',
        'x-access-token': token,
      },
      body: JSON.stringify({ source_paths: ['p1', 'p2'], destination: 'joined' }),
    });
    expect(answer.status).toBe(200);
    expect(await sandbox.files.exists('p1')).toBe(false);
    expect(await sandbox.files.read('joined')).toBe('abcd');
  });
});

describe('entries', () => {
  it('lists with depth, kinds, sizes, links', async () => {
    await sandbox.commands.run('mkdir -p list/a/b && echo 123 > list/a/f.txt && ln -s a/f.txt list/link');
    const shallow = await sandbox.files.list('list');
    expect(shallow.map(({ name, type }) => [name, type])).toEqual([
      ['a', 'dir'],
      ['link', 'symlink'],
    ]);
    expect(shallow.find(({ name }) => name === 'link')?.symlinkTarget).toBe('a/f.txt');
    const deep = await sandbox.files.list('list', { depth: 2 });
    expect(deep.map(({ path }) => path)).toContain('/home/user/list/a/f.txt');
    expect(deep.find(({ name }) => name === 'f.txt')).toMatchObject({ size: 4, owner: 'user', mode: 0o644 });
    expect(await sandbox.files.read('list/link')).toBe('123\n');
    expect(await rejection(sandbox.files.list('list/none'))).toBeInstanceOf(FileNotFoundError);
    expect(await rejection(sandbox.files.list('list/a/f.txt'))).toBeInstanceOf(InvalidArgumentError);
    expect(await sandbox.files.list('list/a/b')).toEqual([]);
  });

  it('never follows a link out of the sandbox', async () => {
    await sandbox.commands.run('ln -s /etc/passwd out; ln -s loop loop');
    expect(await rejection(sandbox.files.read('out'))).toBeInstanceOf(FileNotFoundError);
    expect((await rejection(sandbox.files.list('loop'))).message).toContain('symbolic links');
  });

  it('stats, makes, moves, removes', async () => {
    await sandbox.files.write('one.txt', '1');
    expect(await sandbox.files.getInfo('one.txt')).toMatchObject({ name: 'one.txt', type: 'file', size: 1 });
    expect(await sandbox.files.exists('nope')).toBe(false);
    expect(await sandbox.files.makeDir('dd/ee')).toBe(true);
    expect(await sandbox.files.makeDir('dd/ee')).toBe(false);
    expect((await sandbox.files.rename('one.txt', 'dd/new/two.txt')).path).toBe('/home/user/dd/new/two.txt');
    expect(await sandbox.files.exists('one.txt')).toBe(false);
    await sandbox.files.remove('dd');
    expect(await sandbox.files.exists('dd')).toBe(false);
    await sandbox.files.remove('dd');
    expect(await rejection(sandbox.files.rename('gone.txt', 'x.txt'))).toBeInstanceOf(FileNotFoundError);
  });

  it('keeps the metadata of an upload', async () => {
    await sandbox.files.write('tagged.txt', 'x', { metadata: { origin: 'board' } });
    expect((await sandbox.files.getInfo('tagged.txt')).metadata).toEqual({ origin: 'board' });
  });
});

describe('watching', () => {
  it('tells of new, changed and removed files, also in folders below', async () => {
    await sandbox.files.makeDir('w/sub');
    const seen = new Set<string>();
    const watcher = await sandbox.files.watchDir('w', ({ name, type }) => void seen.add(`${type} ${name}`), {
      recursive: true,
      timeoutMs: 0,
    });
    await sandbox.files.write('w/a.txt', '1');
    await eventually('the new file', () => seen.has('create a.txt'));
    await sandbox.files.write('w/a.txt', '22');
    await eventually('the change', () => seen.has('write a.txt'));
    await sandbox.commands.run('echo x > w/sub/b.txt');
    await eventually('the file below', () => [...seen].some((event) => event.endsWith('sub/b.txt')));
    await sandbox.files.remove('w/a.txt');
    await eventually('the removal', () => seen.has('remove a.txt'));
    await watcher.stop();
    expect(await rejection(sandbox.files.watchDir('none', () => undefined))).toBeInstanceOf(
      FileNotFoundError,
    );
    expect(await rejection(sandbox.files.watchDir('m1.txt', () => undefined))).toBeInstanceOf(
      InvalidArgumentError,
    );
  });
});
