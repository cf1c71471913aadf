/** Cancel and deadline: the code stops, really, and the session goes on. */
import { expect } from 'vitest';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ConformanceKit, RunOptions } from '../kit.ts';
import type { Assertion } from '../target.ts';
import { isAlive } from './shell.ts';

const on = 'print("on", flush=True)\n';

/** Cancels code once it printed something; the session must answer afterwards. Gives whether the variables are still there. */
async function cancelled(kit: ConformanceKit, code: string, options: RunOptions = {}): Promise<boolean> {
  await kit.run('before = "kept"');
  const running = await kit.started(code, options);
  running.cancel();
  const { result } = await running.done;
  expect(result.state).toBe('cancelled');
  expect(result.reason).not.toBe('');
  const kept = (await kit.run('"before" in globals()')).value === 'True';
  expect(kept).toBe(result.kernelLost !== true);
  return kept;
}

export const cancelAssertions: readonly Assertion[] = [
  {
    name: 'Cancel stops a sleep, and variables stay',
    async run(kit) {
      expect(await cancelled(kit, `${on}import time\ntime.sleep(1000)`)).toBe(true);
    },
  },
  {
    name: 'Cancel stops an endless loop, and variables stay',
    async run(kit) {
      expect(await cancelled(kit, `${on}while True: pass`)).toBe(true);
    },
  },
  {
    name: 'Cancel stops code that swallows the interrupt, and says that variables are gone',
    async run(kit) {
      const stubborn = `import time\n${on}while True:\n    try:\n        while True: time.sleep(0.01)\n    except BaseException: pass`;
      expect(await cancelled(kit, stubborn, { graceMs: 200 })).toBe(false);
    },
  },
  {
    name: 'Cancel stops code that ignores signals altogether',
    async run(kit) {
      const deaf = `import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n${on}while True: time.sleep(1)`;
      expect(await cancelled(kit, deaf, { graceMs: 200 })).toBe(false);
    },
  },
  {
    name: 'Cancel stops code that waits for a lock, a thread or the network',
    async run(kit) {
      await cancelled(kit, `${on}import threading\nthreading.Event().wait()`);
      const socket = `${on}import socket\na, b = socket.socketpair()\na.recv(1)`;
      await cancelled(kit, socket);
    },
  },
  {
    name: 'Code may clean up when it is cancelled',
    async run(kit) {
      const running = await kit.started(
        `import time\ntry:\n    print("on", flush=True)\n    time.sleep(1000)\nfinally:\n    print("cleaned")`,
      );
      running.cancel();
      const { result, stdout } = await running.done;
      expect(result.state).toBe('cancelled');
      // Where the connection is what is cut, the words of the cleaning up are lost, but it happens.
      expect(stdout).toMatch(/^on\n(cleaned\n)?$/);
    },
  },
  {
    name: 'Forcing does not wait for the grace',
    async run(kit) {
      const force = new AbortController();
      const stubborn = `import time\n${on}while True:\n    try:\n        time.sleep(1)\n    except BaseException: pass`;
      const running = await kit.started(stubborn, { graceMs: 60_000, forceSignal: force.signal });
      running.cancel();
      force.abort();
      expect((await running.done).result.state).toBe('cancelled');
      expect((await kit.run('"next"')).value).toBe('next');
    },
  },
  {
    name: 'Cancelling twice, or after the end, changes nothing',
    async run(kit) {
      const running = await kit.started(`${on}import time\ntime.sleep(1000)`);
      running.cancel();
      running.cancel();
      expect((await running.done).result.state).toBe('cancelled');
      const short = await kit.start('"short"');
      expect((await short.done).result.state).toBe('succeeded');
      short.cancel();
      expect((await kit.run('"next"')).value).toBe('next');
    },
  },
  {
    name: 'What is cancelled before it starts never runs',
    async run(kit) {
      const { result } = await kit.run('ran_anyway = 1', { signal: AbortSignal.abort() });
      expect(result.state).toBe('cancelled');
      expect((await kit.run('"ran_anyway" in globals()')).value).toBe('False');
    },
  },
  {
    name: 'A cancel at any moment of the start gives a result and never an error',
    async run(kit) {
      for (const [language, code] of [
        ['python', 'import time\ntime.sleep(600)'],
        ['shell', 'sleep 600'],
      ] as const) {
        for (const turns of [0, 1, 2, 4, 8, 16]) {
          const running = await kit.start(code, { language });
          for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
          running.cancel();
          expect((await running.done).result.state, `${language}, ${turns} turns`).toBe('cancelled');
        }
      }
      expect((await kit.run('"next"')).value).toBe('next');
    },
  },
  {
    name: 'A deadline is told apart from a cancel',
    async run(kit) {
      const running = await kit.started(`${on}import time\ntime.sleep(1000)`);
      running.cancel(new SpecboardError('timeout', 'It took longer than 1 s.'));
      expect((await running.done).result).toMatchObject({ state: 'timed-out' });
      const shell = await kit.started('echo on; sleep 1000', { language: 'shell' });
      shell.cancel(new SpecboardError('timeout', 'It took longer than 1 s.'));
      expect((await shell.done).result).toMatchObject({ state: 'timed-out' });
    },
  },
  {
    name: 'Nothing of a cancelled cell goes on: child processes end with it',
    async run(kit) {
      const running = await kit.started(
        `import subprocess\n${on}subprocess.run("echo $$ > child.pid; sleep 1000", shell=True)`,
      );
      await kit.shell('while ! test -s child.pid; do sleep 0.05; done');
      running.cancel();
      await running.done;
      expect((await kit.shell(isAlive('child.pid'))).stdout).toBe('');
    },
  },
  {
    name: 'A fresh Python can be had at any time',
    async run(kit) {
      await kit.run('old = 1');
      await kit.driver.resetKernel?.(await kit.session(), new AbortController().signal);
      expect((await kit.run('"old" in globals()')).value).toBe('False');
      expect((await kit.run('import os\nos.environ["OF_THE_PROFILE"]')).value).toContain("it's set");
    },
  },
];
