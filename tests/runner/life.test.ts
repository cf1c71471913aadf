/** Crashes, broken links and the end: every execution ends, the next cell works, nothing is left running. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { pipeOfStreams } from '../../src-main/runner/byte-pipe.ts';
import type { CommandInput } from '../../src-main/runner/request.ts';
import { RunnerClient } from '../../src-main/runner/runner-client.ts';
import {
  CollectingSink,
  processesWith,
  python,
  runnerFile,
  type StartOptions,
  startRunner,
  type TestRunner,
  uniqueSeconds,
  until,
} from '../support/runner.ts';

const never = new AbortController().signal;
const runners: TestRunner[] = [];
async function start(options: StartOptions = {}): Promise<TestRunner> {
  const runner = await startRunner(options);
  runners.push(runner);
  return runner;
}
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
});

/** Starts things that hide; they are found by this text in their command line. */
function hiding(seconds = uniqueSeconds()): { code: string; left: string; seconds: number } {
  const shell = `(setsid sleep ${seconds} &) ; setsid sh -c 'sleep ${seconds} & sleep ${seconds}' & env -i setsid sleep ${seconds} &`;
  return {
    code: `import subprocess\nsubprocess.Popen("""${shell}""", shell=True).wait();`,
    left: `sleep\u0000${seconds}`,
    seconds,
  };
}

describe('crashes', () => {
  test.each([
    ['os._exit', 'import os\nprint("before", flush=True)\nos._exit(7)', /exit code 7/],
    ['os._exit(0)', 'import os\nprint("before")\nos._exit(0)', /exit code 0/],
    ['a segmentation fault', 'import ctypes\nprint("before")\nctypes.string_at(0)', /SIGSEGV/],
    ['a kill from outside', 'import os\nprint("before")\nos.kill(os.getpid(), 9)', /SIGKILL/],
    ['an abort', 'import os\nprint("before")\nos.abort()', /SIGABRT/],
  ])(
    '%s ends the cell with an error, keeps its output, and the next cell works',
    async (_what, code, reason) => {
      const runner = await start();
      await runner.run('kept = 1');
      const ran = await runner.run(code);
      expect(ran.result).toMatchObject({ state: 'failed', kernelLost: true, error: { name: 'KernelDied' } });
      expect(ran.result.error?.value).toMatch(reason);
      expect(ran.stdout).toBe('before\n');
      expect((await runner.run('kept')).result.error?.name).toBe('NameError');
      expect((await runner.run('6 * 7')).value).toBe('42');
    },
  );

  test('a segmentation fault says where', async () => {
    const runner = await start();
    const ran = await runner.run('import ctypes\n\nctypes.string_at(0)');
    expect(ran.stderr).toMatch(/Segmentation fault[\s\S]*<cell 1>", line 3/);
  });

  test('a crash between cells is told, and the next cell works', async () => {
    const runner = await start();
    const reasons: string[] = [];
    runner.client.onKernelLost((reason) => reasons.push(reason));
    await runner.run('import threading, time, os\nthreading.Timer(0.1, lambda: os._exit(9)).start()');
    await until('the crash', () => reasons.length > 0);
    expect(reasons[0]).toContain('exit code 9');
    expect((await runner.run('1')).value).toBe('1');
  });

  test('closing file descriptors 1 and 2 hurts nobody else', async () => {
    const runner = await start();
    await runner.run('import os\nos.close(1); os.close(2)');
    await runner.run('print("lost")');
    await runner.run('import os\nos._exit(0)');
    expect((await runner.run('print("back")')).stdout).toBe('back\n');
  });

  test('closing every descriptor is a crash like any other', async () => {
    const runner = await start();
    const ran = await runner.run('import os\nos.closerange(3, 100)');
    expect(ran.result).toMatchObject({ state: 'failed', kernelLost: true });
    expect((await runner.run('1')).value).toBe('1');
  });

  test('what a crashed cell left in hiding is ended', async () => {
    const runner = await start();
    const { code, left } = hiding();
    await runner.run(`${code}\nimport time, os\ntime.sleep(0.3)\nos._exit(1)`);
    expect(processesWith(left)).toEqual([]);
  });

  test('where orphans cannot be adopted they are found by their mark', async () => {
    const runner = await start({ options: { adopt: false } });
    const seconds = uniqueSeconds();
    const left = `sleep\u0000${seconds}`;
    await runner.run(`import os\nos.system("(setsid sleep ${seconds} &) ; (setsid sleep ${seconds} &)");`);
    await until('they run', () => processesWith(left).length === 2);
    await runner.client.dispose();
    await until('they are gone', () => processesWith(left).length === 0);
  });

  test('a forked child that outlives a crash does not hold the cell open', async () => {
    const runner = await start();
    const ran = await runner.run(
      'import os, time\nif os.fork() == 0:\n  os.setsid(); time.sleep(1000)\nos._exit(3)',
    );
    expect(ran.result.error?.value).toContain('exit code 3');
  });
});

test('a fresh Python does not hold the pipes of a command', async () => {
  const runner = await start();
  const { promise, resolve } = Promise.withResolvers<CommandInput>();
  const command = runner.shell('wc -c', { onInput: resolve });
  const input = await promise;
  await runner.run('import os\nos._exit(1)');
  await input.write(Buffer.from('abc'));
  await input.end();
  expect((await command).stdout.trim()).toBe('3');
});

test('what user code writes into the pipes of the runner is ignored', async () => {
  const runner = await start();
  const forged = [
    5,
    null,
    {},
    { ev: 'death' },
    { ev: 'done' },
    { ev: 'rich', id: 'r1' },
    { ev: 'sync', n: 'x' },
  ];
  const lines = forged.map((value) => JSON.stringify(value)).join('\n');
  const ran = await runner.run(
    `import os\nfor fd in range(3, 30):\n  try: os.write(fd, ${JSON.stringify(`${lines}\nnoise\n`)}.encode())\n  except OSError: pass\n7`,
  );
  expect(ran.value).toBe('7');
  expect((await runner.run('8')).value).toBe('8');
});

describe('limits', () => {
  const limits = { memoryBytes: 400_000_000, fileBytes: 1_000_000, cpuSeconds: 2 };

  test('too much memory is an error of the code; the variables stay', async () => {
    const runner = await start({ options: { limits } });
    await runner.run('kept = 1');
    const ran = await runner.run('block = bytearray(900_000_000)');
    expect(ran.result.error?.name).toBe('MemoryError');
    expect((await runner.run('kept')).value).toBe('1');
    expect((await runner.shell(`${python} -c 'bytearray(900_000_000)'`)).stderr).toContain('MemoryError');
  });

  test('file size and CPU time', async () => {
    const runner = await start({ options: { limits } });
    const big = 'import tempfile\nwith tempfile.TemporaryFile() as f: f.write(bytes(5_000_000)); f.flush()';
    expect((await runner.run(big)).result.error?.value).toContain('File too large');
    expect((await runner.shell('while :; do :; done')).result).toMatchObject({
      state: 'failed',
      exitCode: null,
    });
    const ran = await runner.run('while True: pass');
    expect(ran.result).toMatchObject({ state: 'failed', kernelLost: true });
    expect((await runner.run('1')).value).toBe('1');
  });
});

describe('the end', () => {
  test('dispose ends everything, and twice is fine', async () => {
    const runner = await start();
    const { code, left, seconds } = hiding();
    await runner.run(code);
    const cell = runner.run('print("x")\nwhile True: pass');
    const command = runner.shell(`trap '' INT TERM HUP; setsid sleep ${seconds}; sleep ${seconds}`);
    await until('all run', () => processesWith(left).length >= 5);
    await runner.client.dispose();
    await runner.client.dispose();
    expect((await cell).result).toMatchObject({ state: 'lost' });
    expect((await command).result).toMatchObject({ state: 'lost', reason: 'The session was ended.' });
    await until('all are gone', () => processesWith(left).length === 0);
    expect((await runner.run('1')).result.state).toBe('lost');
    await expect(runner.client.metrics()).rejects.toMatchObject({ code: 'gone' });
  });

  test.each([
    ['its input ends', (runner: TestRunner) => runner.child.stdin.end()],
    ['its input breaks', (runner: TestRunner) => runner.child.stdin.destroy()],
    ['its output breaks', (runner: TestRunner) => runner.child.stdout.destroy()],
    ['it is asked to end', (runner: TestRunner) => runner.child.kill('SIGTERM')],
    ['it is hung up on', (runner: TestRunner) => runner.child.kill('SIGHUP')],
  ])('when %s, everything it started ends', async (_how, breakIt) => {
    const runner = await start();
    const { code, left } = hiding();
    await runner.run(code);
    await until('they run', () => processesWith(left).length >= 4);
    const cell = runner.run('import time\nwhile True: print("tick", flush=True); time.sleep(0.01)');
    const exited = once(runner.child, 'exit');
    breakIt(runner);
    await exited;
    await until('all are gone', () => processesWith(left).length === 0);
    expect((await cell).result.state).toBe('lost');
  });

  test('a supervisor that is killed takes its worker with it; the client hears why', async () => {
    const runner = await start();
    const pid = Number((await runner.run('import os; os.getpid()')).value);
    const reasons: string[] = [];
    runner.client.onExit((reason) => reasons.push(reason));
    const cell = runner.run('while True: pass');
    runner.child.kill('SIGKILL');
    expect((await cell).result).toMatchObject({ state: 'lost', reason: 'The runner ended.' });
    await until('the worker is gone', () => !alive(pid));
    expect(reasons).toEqual(['The runner ended.']);
  });

  test('without Python the reason is what was printed instead', async () => {
    const child = spawn('sh', ['-c', 'echo "sh: python3: not found"; exit 127']);
    const client = new RunnerClient({
      readable: child.stdout,
      write: async () => {},
      close: () => {},
    });
    const failed = client.ready(AbortSignal.timeout(20_000));
    await expect(failed).rejects.toMatchObject({
      problem: { code: 'unavailable', details: 'sh: python3: not found' },
    });
    await client.dispose();
  });

  test('ready can be aborted', async () => {
    const runner = await start();
    await expect(runner.client.ready(AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
  });
});

test('over a terminal that is not raw, behind a shell with a prompt', async () => {
  const host = `import os, pty, sys, select
pid, fd = pty.fork()
if pid == 0: os.execvp("sh", ["sh", "-i"])
os.write(fd, b"exec ${python} -u ${runnerFile}\\n")
while True:
  ready = select.select([0, fd], [], [])[0]
  if 0 in ready:
    data = os.read(0, 65536)
    if not data: break
    os.write(fd, data)
  if fd in ready:
    try: data = os.read(fd, 65536)
    except OSError: break
    os.write(1, data)`;
  const child = spawn(python, ['-c', host], { stdio: ['pipe', 'pipe', 'ignore'] });
  const client = new RunnerClient(pipeOfStreams(child.stdout, child.stdin));
  const info = await client.ready(AbortSignal.timeout(30_000));
  const sink = new CollectingSink();
  const seconds = uniqueSeconds();
  const code = 'import sys\nprint("a\\tb\\r\\nž")\nsys.stdout.buffer.write(bytes(range(256)));';
  expect((await client.execute({ language: 'python', code }, sink, never)).state).toBe('succeeded');
  const expected = Buffer.concat([
    Buffer.from('a\tb\r\nž\n'),
    Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  ]);
  expect(sink.bytes().equals(expected)).toBe(true);
  const long = await client.execute(
    { language: 'python', code: `len("${'x'.repeat(100_000)}")` },
    sink,
    never,
  );
  expect(long.state).toBe('succeeded');
  await client.execute(
    { language: 'python', code: `import subprocess\nsubprocess.Popen(["setsid", "sleep", "${seconds}"]);` },
    sink,
    never,
  );
  child.kill('SIGKILL'); // the terminal's other side is gone: EIO and SIGHUP there, not an end of input
  await until('the runner is gone', () => !alive(info.pid));
  await until('what it started is gone', () => processesWith(`sleep\u0000${seconds}`).length === 0);
  await client.dispose();
});

test('without fork (the way of Windows): cells, commands, cancel, crash', async () => {
  const runner = await start({ options: { portable: true } });
  expect((await runner.run('print("a")\n1 + 1')).value).toBe('2');
  expect((await runner.shell('echo out; exit 3')).result).toMatchObject({ state: 'failed', exitCode: 3 });
  const abort = new AbortController();
  const sink = new CollectingSink();
  const code = 'print("ready")\nwhile True: pass';
  const done = runner.client.execute({ language: 'python', code }, sink, abort.signal);
  await until('it runs', () => sink.text() === 'ready\n');
  abort.abort();
  expect((await done).state).toBe('cancelled');
  expect((await runner.run('import os\nos._exit(4)')).result.error?.value).toContain('exit code 4');
  expect((await runner.run('print("x" * 3_000_000)')).stdout).toHaveLength(3_000_001);
  expect((await runner.shell('', { argv: ['no-such-program-here'] })).result.exitCode).toBe(127);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return processesWith('').includes(pid);
  } catch {
    return false;
  }
}
