/** Cancelling: the ladder from interrupt to kill, deadlines, the queue, and nothing left of what was cancelled. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import {
  CollectingSink,
  processesWith,
  startRunner,
  type TestRunner,
  uniqueSeconds,
  until,
} from '../support/runner.ts';

let runner: TestRunner;
beforeAll(async () => {
  runner = await startRunner();
});
afterAll(() => runner.stop());

/** Runs code that prints "ready", aborts then, and gives the result. */
async function cancelled(
  language: 'python' | 'shell',
  code: string,
  options: { graceMs?: number; reason?: unknown; force?: boolean } = {},
) {
  const abort = new AbortController();
  const force = new AbortController();
  const sink = new CollectingSink();
  const request = { language, code, graceMs: options.graceMs ?? 10_000, forceSignal: force.signal };
  const done = runner.client.execute(request, sink, abort.signal);
  await until('it runs', () => sink.text().includes('ready'));
  if (options.force) force.abort();
  else abort.abort(options.reason);
  return sink.collected(await done);
}

describe('cells', () => {
  test.each([
    ['a sleep', 'import time\nprint("ready")\ntime.sleep(1000)'],
    ['a busy loop', 'print("ready")\nwhile True: pass'],
    ['a wait for a child', 'import subprocess\nsubprocess.run("echo ready; sleep 1000", shell=True)'],
    ['os.system', 'import os\nos.system("echo ready; sleep 1000")'],
    ['top-level await', 'import asyncio\nprint("ready")\nawait asyncio.sleep(1000)'],
    ['a blocked socket', 'import socket\na, b = socket.socketpair()\nprint("ready")\na.recv(1)'],
    ['a flood of output', 'print("ready")\nwhile True: print("y" * 100)'],
    [
      'a flood on both streams',
      'import sys\nprint("ready")\nwhile True: print("y"); print("n", file=sys.stderr)',
    ],
    ['a flood of values', 'print("ready")\nwhile True: display(1)'],
  ])('%s stops at once and the variables stay', async (_what, code) => {
    await runner.run('kept = 5');
    const ran = await cancelled('python', code);
    expect(ran.result).toMatchObject({ state: 'cancelled' });
    expect(ran.result.kernelLost).toBeUndefined();
    expect(ran.events.some((event) => event.type === 'error')).toBe(false);
    expect((await runner.run('kept')).value).toBe('5');
  });

  test('code that swallows the interrupt is killed after its grace; the next cell runs in a fresh Python', async () => {
    await runner.run('kept = 5');
    let lost = '';
    const listening = runner.client.onKernelLost((reason) => {
      lost = reason;
    });
    const ran = await cancelled(
      'python',
      'import time\nprint("ready")\nwhile True:\n  try: time.sleep(1000)\n  except BaseException: pass',
      { graceMs: 200 },
    );
    expect(ran.result).toMatchObject({ state: 'cancelled', kernelLost: true });
    expect((await runner.run('kept')).result.error?.name).toBe('NameError');
    expect(lost).toBe('killed');
    listening.dispose();
  });

  test.each([
    [
      'that ignores SIGINT',
      'import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint("ready")\ntime.sleep(1000)',
    ],
    [
      'that waits for a lock',
      'import threading\nlock = threading.Lock()\nlock.acquire()\nprint("ready")\nwhile True:\n  try: lock.acquire()\n  except KeyboardInterrupt: pass',
    ],
  ])('code %s is killed', async (_what, code) => {
    expect((await cancelled('python', code, { graceMs: 100 })).result).toMatchObject({
      state: 'cancelled',
      kernelLost: true,
    });
    expect((await runner.run('1')).value).toBe('1');
  });

  test('code that takes a moment to clean up is given it', async () => {
    const ran = await cancelled(
      'python',
      'import time\ntry:\n  print("ready")\n  time.sleep(1000)\nfinally:\n  time.sleep(0.3); print("cleaned")',
    );
    expect(ran.result.state).toBe('cancelled');
    expect(ran.stdout).toBe('ready\ncleaned\n');
  });

  test('the second signal kills at once', async () => {
    const code =
      'import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint("ready")\ntime.sleep(1000)';
    expect((await cancelled('python', code, { force: true })).result).toMatchObject({
      state: 'cancelled',
      kernelLost: true,
    });
  });

  test('a deadline is told apart', async () => {
    const reason = new SpecboardError('timeout', 'too long');
    const ran = await cancelled('python', 'import time\nprint("ready")\ntime.sleep(1000)', { reason });
    expect(ran.result.state).toBe('timed-out');
    const signal = AbortSignal.timeout(300);
    expect((await runner.run('import time\ntime.sleep(1000)', {}, signal)).result.state).toBe('timed-out');
  });

  test('an abort before the start starts nothing', async () => {
    expect((await runner.run('never = 1', {}, AbortSignal.abort())).result.state).toBe('cancelled');
    expect((await runner.run('never')).result.error?.name).toBe('NameError');
  });

  test('aborts after the end and twice do nothing', async () => {
    const abort = new AbortController();
    expect((await runner.run('1', {}, abort.signal)).value).toBe('1');
    abort.abort();
    abort.abort();
    expect((await runner.run('2')).value).toBe('2');
  });

  test('cells wait for each other, and a waiting one can be cancelled', async () => {
    const abort = new AbortController();
    const gate = new AbortController();
    const sink = new CollectingSink();
    const first = runner.client.execute(
      { language: 'python', code: 'ran = []\nimport time\nprint("ready")\ntime.sleep(1000)' },
      sink,
      gate.signal,
    );
    await until('it runs', () => sink.text() === 'ready\n');
    const second = runner.run('ran.append(2)', {}, abort.signal);
    const third = runner.run('ran.append(3)');
    abort.abort();
    expect((await second).result.state).toBe('cancelled');
    gate.abort();
    expect((await first).state).toBe('cancelled');
    expect((await third).result.state).toBe('succeeded');
    expect((await runner.run('ran')).value).toBe('[3]');
  });

  test('reset gives a fresh Python, and ends what ran and waited', async () => {
    await runner.run('kept = 1');
    const sink = new CollectingSink();
    const code = 'print("ready")\nwhile True: pass';
    const running = runner.client.execute({ language: 'python', code }, sink, new AbortController().signal);
    await until('it runs', () => sink.text().includes('ready'));
    const waiting = runner.run('2');
    await runner.client.reset();
    expect(await running).toMatchObject({ state: 'cancelled', kernelLost: true });
    expect((await waiting).result.state).toBe('cancelled');
    expect((await runner.run('kept')).result.error?.name).toBe('NameError');
  });
});

describe('shell', () => {
  test.each([
    ['a sleep', 'echo ready; sleep 1000; echo never'],
    ['a pipeline', 'echo ready; yes | cat | cat > /dev/null'],
    ['a flood', 'echo ready; yes'],
  ])('%s stops', async (_what, code) => {
    const ran = await cancelled('shell', code);
    expect(ran.result.state).toBe('cancelled');
    expect(ran.result.kernelLost).toBeUndefined();
    expect(ran.stdout).not.toContain('never');
  });

  test('a command that ignores SIGINT is killed after its grace', async () => {
    const ran = await cancelled('shell', 'trap "" INT; echo ready; while true; do sleep 1; done', {
      graceMs: 100,
    });
    expect(ran.result.state).toBe('cancelled');
  });

  test('cancelling a command does not disturb Python or another command', async () => {
    await runner.run('kept = 7');
    const other = runner.shell('sleep 0.5; echo other');
    await cancelled('shell', 'echo ready; sleep 1000');
    expect((await other).stdout).toBe('other\n');
    expect((await runner.run('kept')).value).toBe('7');
  });
});

describe('what was started', () => {
  const wait = 'time.sleep(0.2); print("ready"); time.sleep(1000)';
  const ignore = 'import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)';

  test.each([
    ['a command', 'shell', (hide: string) => `${hide}echo ready; sleep 1000`, 10_000],
    [
      'a cell',
      'python',
      (hide: string) =>
        `import subprocess, time\nsubprocess.Popen("""${hide}""", shell=True).wait()\n${wait}`,
      10_000,
    ],
    [
      'a cell that must be killed',
      'python',
      (hide: string) =>
        `${ignore}\nimport subprocess, time\nsubprocess.Popen("""${hide}""", shell=True).wait()\n${wait}`,
      100,
    ],
  ] as const)(
    'of %s nothing is left, also what hid in sessions of its own',
    async (_what, language, code, graceMs) => {
      const nap = `sleep ${uniqueSeconds()}`;
      const left = nap.replace(' ', '\u0000');
      const hide = `(setsid ${nap} &) ; setsid sh -c '${nap} & ${nap}' & env -i setsid ${nap} & `;
      const abort = new AbortController();
      const sink = new CollectingSink();
      const done = runner.client.execute({ language, code: code(hide), graceMs }, sink, abort.signal);
      await until('it runs', () => sink.text().includes('ready'));
      await until('the hidden ones run', () => processesWith(left).length >= 4);
      abort.abort();
      expect((await done).state).toBe('cancelled');
      expect(processesWith(left)).toEqual([]);
    },
  );

  test('what an earlier cell left running on purpose stays', async () => {
    await runner.run('import subprocess\nserver = subprocess.Popen(["sleep", "1000"])');
    await cancelled('python', 'import time\nprint("ready")\ntime.sleep(1000)');
    await cancelled('shell', 'echo ready; sleep 1000');
    expect((await runner.run('server.poll() is None')).value).toBe('True');
    await runner.run('server.kill(); server.wait();');
  });
});
