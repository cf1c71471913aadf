/** Shell commands and programs: exit codes, input, environment, folders. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommandInput } from '../../src-main/runner/request.ts';
import { CollectingSink, startRunner, type TestRunner, until } from '../support/runner.ts';

let runner: TestRunner;
let folder: string;
const never = new AbortController().signal;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sb-shell-')));
  runner = await startRunner({ cwd: folder });
});
afterAll(async () => {
  await runner.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  ['true', { state: 'succeeded', exitCode: 0 }],
  ['exit 3', { state: 'failed', exitCode: 3 }],
  ['no-such-program-here', { state: 'failed', exitCode: 127 }],
  ['kill -9 $$', { state: 'failed', exitCode: null, signal: 'SIGKILL' }],
  ['kill -TERM $$', { state: 'failed', exitCode: null, signal: 'SIGTERM' }],
])('%s', async (code, result) => {
  expect((await runner.shell(code)).result).toMatchObject(result);
});

test('both streams, apart', async () => {
  const ran = await runner.shell('echo out; echo err >&2');
  expect([ran.stdout, ran.stderr]).toEqual(['out\n', 'err\n']);
});

test('the working folder and the environment', async () => {
  expect((await runner.shell('pwd')).stdout).toBe(`${folder}\n`);
  expect((await runner.shell('pwd', { cwd: '/' })).stdout).toBe('/\n');
  expect((await runner.shell('echo "$QQ"', { env: { QQ: 'a b "c" $d' } })).stdout).toBe('a b "c" $d\n');
  const missing = await runner.shell('pwd', { cwd: '/no/such/folder' });
  expect(missing.result).toMatchObject({
    state: 'failed',
    exitCode: 127,
    error: { name: 'FileNotFoundError' },
  });
  expect(missing.result.error?.value).toContain('/no/such/folder');
});

test('one command does not change the folder or the way of the next', async () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'only-here'), '#!/bin/sh\necho found in "$(pwd)"\n', { mode: 0o755 });
  const argv = ['only-here'];
  const path = { PATH: `${bin}:/usr/bin:/bin` };
  expect((await runner.shell('', { argv, env: path, cwd: '/' })).stdout).toBe('found in /\n');
  expect((await runner.shell('', { argv })).result.exitCode).toBe(127);
  expect((await runner.shell('', { argv: ['./bin/only-here'] })).stdout).toBe(`found in ${folder}\n`);
  expect((await runner.shell('', { argv: ['./only-here'], cwd: 'bin' })).stdout).toBe(`found in ${bin}\n`);
});

const linux = process.platform === 'linux';

test.runIf(linux).each([{}, { limits: { processes: 4000 } }])(
  'a program starts as if by itself: %j',
  async (options) => {
    const own = await startRunner({ cwd: folder, options });
    // Its own session and group, no other open file, no signal ignored or blocked, no core file.
    const look =
      'import os, signal, resource\nprint(os.getsid(0) == os.getpid() == os.getpgid(0), sorted(int(n) for n in os.listdir("/proc/self/fd"))[:4], [hex(int(l.split()[1], 16) & 0x7fffffff) for l in open("/proc/self/status") if l[:6] in ("SigBlk", "SigIgn")], resource.getrlimit(resource.RLIMIT_CORE))';
    const argv = ['/bin/sh', '-c', 'exec python3 -c "$0"', look];
    // Python itself ignores SIGPIPE and SIGXFSZ (0x1001000), and opens the folder that it lists. Signals 32 and 33 are libc's.
    expect((await own.shell('', { argv })).stdout).toBe("True [0, 1, 2, 3] ['0x0', '0x1001000'] (0, 0)\n");
    await own.stop();
  },
);

test('arguments are passed on as they are', async () => {
  const words = ['a b', '"c"', "d'e", '$f', '*', '', '-n', 'é\n'];
  const argv = ['python3', '-c', 'import sys; print(sys.argv[1:])', ...words];
  const ran = await runner.shell('', { argv });
  expect(ran.stdout.trim()).toBe(`['a b', '"c"', "d'e", '$f', '*', '', '-n', 'é\\n']`);
});

test('a program that is not there, and one that may not be run', async () => {
  const missing = await runner.shell('', { argv: ['no-such-program-here', 'x'] });
  expect(missing.result).toMatchObject({ exitCode: 127, error: { name: 'FileNotFoundError' } });
  expect(missing.events).toEqual([{ type: 'error', error: missing.result.error }]);
  const denied = await runner.shell('', { argv: [folder] });
  expect(denied.result).toMatchObject({ exitCode: 126, error: { name: 'PermissionError' } });
});

test('standard input: written in pieces, much of it, then its end', async () => {
  const sink = new CollectingSink();
  const { promise, resolve } = Promise.withResolvers<CommandInput>();
  const done = runner.client.execute(
    { language: 'shell', code: 'head -n 1; wc -c', onInput: resolve },
    sink,
    never,
  );
  const input = await promise;
  await input.write(Buffer.from('first '));
  await input.write(Buffer.from('line\n'));
  await until('the line', () => sink.text() === 'first line\n');
  const block = Buffer.alloc(1_000_000, 'x');
  for (let i = 0; i < 10; i += 1) expect(await input.write(block)).toBe(true);
  expect(await input.end()).toBe(true);
  expect((await done).exitCode).toBe(0);
  expect(sink.text()).toMatch(/^first line\n\s*10000000\n$/);
  expect(await input.write(block)).toBe(false);
});

test('a command that stops reading does not hang its writer', async () => {
  const { promise, resolve } = Promise.withResolvers<CommandInput>();
  const code = 'exec 0<&-; sleep 0.3; echo closed';
  const done = runner.client.execute(
    { language: 'shell', code, onInput: resolve },
    new CollectingSink(),
    never,
  );
  const input = await promise;
  await input.write(Buffer.alloc(500_000));
  expect((await done).state).toBe('succeeded');
});

test('without input it is empty', async () => {
  expect((await runner.shell('cat; echo end')).stdout).toBe('end\n');
});

test('commands run side by side, and beside a cell', async () => {
  const cell = runner.run('import time, os\nwhile not os.path.exists("go"): time.sleep(0.01)\n"went"');
  const waits = runner.shell('while [ ! -e go ]; do sleep 0.01; done; echo saw');
  expect((await runner.shell('touch go; echo touched')).stdout).toBe('touched\n');
  expect((await waits).stdout).toBe('saw\n');
  expect((await cell).value).toBe('went');
});

test('a background process does not keep its command open', async () => {
  expect((await runner.shell('sleep 1000 & echo $! > sleeper.pid; echo started')).stdout).toBe('started\n');
  expect((await runner.shell('kill $(cat sleeper.pid)')).result.state).toBe('succeeded');
});

test('questions: ping, metrics, missing imports, completion, tools', async () => {
  await runner.client.ping();
  await runner.client.metrics();
  const busy = runner.run(
    'import time\nend = time.time() + 0.6\nblock = bytearray(80_000_000)\nwhile time.time() < end: pass',
  );
  await until('load', async () => {
    const usage = await runner.client.metrics();
    return (usage.cpuPercent ?? 0) > 20 && usage.memoryBytes > 80_000_000;
  });
  await busy;
  expect(
    await runner.client.findMissing(
      'import os, numpi\nfrom nope.x import y\ntry:\n  import maybe\nexcept ImportError: pass',
    ),
  ).toEqual([
    { name: 'numpi', conditional: false },
    { name: 'nope', conditional: false },
    { name: 'maybe', conditional: true },
  ]);
  expect(await runner.client.findMissing('import (')).toEqual([]);
  await runner.run('some_long_name = 1');
  expect((await runner.client.complete('print(some_lo')).matches).toEqual(['some_long_name']);
  expect((await runner.client.tools()).python).toContain('python');
});
