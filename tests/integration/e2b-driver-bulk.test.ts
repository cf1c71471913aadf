/** The E2B driver: many files in one call, and that nothing of it stays in the sandbox. */
import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { e2bFiles } from '../../src-main/drivers/e2b/files.ts';
import type { E2bSession } from '../../src-main/drivers/e2b/session.ts';
import { until } from '../support/runner.ts';
import { type Kit, never, problemOf, startKit } from './e2b-driver-support.ts';

let kit: Kit;
let session: E2bSession;
beforeAll(async () => {
  kit = await startKit();
  session = await kit.connect();
});
afterEach(async () => {
  kit.server.faults.clear();
  // Nothing staged, and no helper that runs on.
  const look = 'ls -A /tmp | grep -c "^.specboard" ; pgrep -fc "^python3 -I -S" ; true';
  await until('nothing is left', async () => /^0\n0\n$/.test((await shell(look)).replace(/[^\d\n]/g, '')));
});
afterAll(() => kit.stop());

const shell = async (code: string) => (await kit.run(session, code, { language: 'shell' })).stdout;

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

async function* pieces(tar: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < tar.length; at += 50_000) yield tar.subarray(at, at + 50_000);
}

/** A tar of one file. */
function tarOf(name: string, content: string): Buffer {
  const program =
    'import tarfile, sys, io\nt = tarfile.open(fileobj=sys.stdout.buffer, mode="w|")\ni = tarfile.TarInfo(sys.argv[1]); d = sys.stdin.buffer.read(); i.size = len(d)\nt.addfile(i, io.BytesIO(d)); t.close()';
  return execFileSync('python3', ['-c', program, name], { input: content, maxBuffer: 1 << 26 });
}

test('a folder goes there and back', async () => {
  await e2bFiles.unpack(session, 'to', pieces(tarOf('deep/er/a.txt', 'hello')), never);
  expect(await shell('cat to/deep/er/a.txt')).toBe('hello');
  const tar = await bytesOf(await e2bFiles.pack(session, 'to', ['.'], never));
  expect(execFileSync('tar', ['-tf', '-'], { input: tar }).toString()).toBe(
    'deep/\ndeep/er/\ndeep/er/a.txt\n',
  );
  expect((await problemOf(e2bFiles.pack(session, 'to', ['no'], never))).message).toBe('There is no no.');
  const outside = e2bFiles.unpack(session, 'to', pieces(tarOf('../evil', 'x')), never);
  expect((await problemOf(outside)).code).toBe('forbidden');
});

test('an upload that is cancelled, or whose link breaks, leaves nothing', async () => {
  const tar = tarOf('big', 'x'.repeat(5_000_000));
  const controller = new AbortController();
  const aborting = async function* () {
    yield* pieces(tar.subarray(0, 2_000_000));
    controller.abort();
    await new Promise(() => {});
  };
  expect((await problemOf(e2bFiles.unpack(session, 'gone', aborting(), controller.signal))).code).toBe(
    'cancelled',
  );
  kit.server.faults.add({ match: { plane: 'envd', path: '/files' }, effect: { kind: 'drop-answer' } });
  expect((await problemOf(e2bFiles.unpack(session, 'gone', pieces(tar), never))).code).toMatch(/^un/);
  expect(await shell('ls gone 2>&1 | head -1')).toContain('No such file');
});

test('a download can be left, cancelled, and broken', async () => {
  await shell('mkdir -p much; head -c 30000000 /dev/zero > much/zeros');
  for await (const part of await e2bFiles.pack(session, 'much', ['.'], never)) {
    expect(part.length).toBeGreaterThan(0);
    break;
  }
  const controller = new AbortController();
  const reading = (async () => {
    for await (const _ of await e2bFiles.pack(session, 'much', ['.'], controller.signal)) controller.abort();
  })();
  expect((await problemOf(reading)).code).toBe('cancelled');
  const stream = await e2bFiles.pack(session, 'much', ['.'], never);
  kit.server.faults.add({
    match: { path: '/process.Process/Start' },
    effect: { kind: 'cut-after-event', event: 'data', count: 3 },
    times: 1,
  });
  expect((await problemOf(bytesOf(stream))).code).toMatch(/^un/);
});

test('a template without Python says so', async () => {
  const poor = await kit.connect();
  const start = poor.processes.start.bind(poor.processes);
  const without = (arg: string) => arg.replace('exec python3', 'exec no-python-here');
  poor.processes.start = (spec, signal) => start({ ...spec, args: spec.args.map(without) }, signal);
  expect((await problemOf(e2bFiles.pack(poor, '.', ['.'], never))).code).toBe('python-missing');
});
