/** The connection is cut or goes quiet, and the server restarts, for real: a proxy stands between. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { DriverSession } from '../../../src-main/drivers/driver.ts';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { type Collected, until } from '../../support/runner.ts';
import { type ConformanceKit, never, problemOf, type Running } from '../kit.ts';
import type { Assertion, CutLink } from '../target.ts';

const lines = 200;
/** Prints numbered lines for a second, slowly enough that a cut finds it in the middle. */
const counting = `import time\nfor n in range(${lines}):\n    print("line", n, flush=True)\n    time.sleep(0.005)`;
const countingShell = `n=0; while [ $n -lt ${lines} ]; do echo line $n; n=$((n+1)); sleep 0.005; done`;
const waiting = 'import time\nprint("on", flush=True)\ntime.sleep(600)';

/** Cuts; the test ends with a connection whatever happens. */
async function whileCut(
  kit: ConformanceKit,
  kind: 'break' | 'stall',
  work: (link: CutLink) => Promise<void>,
): Promise<void> {
  const link = await kit.target.cut?.(kind);
  if (!link) throw new Error('cut is missing');
  try {
    await work(link);
  } finally {
    await link.restore();
  }
}

/** The execution went on as if nothing had been, or failed and says so; what arrived has no gap and nothing twice. */
function wholeOrClear({ result, stdout, events }: Collected): void {
  const got = stdout.split('\n').slice(0, -1);
  expect(got).toEqual(got.map((_, index) => `line ${index}`));
  if (result.state === 'succeeded') {
    expect(got).toHaveLength(lines);
    return;
  }
  expect(result.state).toMatch(/^(?:lost|failed)$/);
  expect(result.reason ?? result.error?.value ?? '').not.toBe('');
  // Between the last line that came and the end nothing may look whole that is not.
  expect(events.length).toBeGreaterThan(0);
}

/** The session works, and says by `kernelLost` whether its variables are still there. */
async function usable(kit: ConformanceKit, session: DriverSession, lost: boolean | undefined): Promise<void> {
  const { result, value } = await kit.run('"kept" in globals()', { session });
  expect(result.state).toBe('succeeded');
  if (!lost) expect(value).toBe('True');
  expect((await kit.shell('echo shell', { session })).stdout).toBe('shell\n');
}

async function cutInTheMiddle(
  kit: ConformanceKit,
  kind: 'break' | 'stall',
  language: 'python' | 'shell',
): Promise<void> {
  const session = await kit.connect();
  const losses: string[] = [];
  session.onLost((error) => losses.push(error.code));
  await kit.run('kept = 1', { session });
  const code = language === 'python' ? counting : countingShell;
  const running = await kit.start(code, { session, language });
  await until('some lines', () => running.sink.text().includes('line 20\n'));
  await whileCut(kit, kind, async ({ tried }) => {
    await Promise.race([tried, running.done]);
  });
  const ran = await running.done;
  wholeOrClear(ran);
  await usable(kit, session, ran.result.kernelLost);
  expect(losses).toEqual([]);
  expect(await kit.end(session)).toEqual([]);
}

export const linkAssertions: readonly Assertion[] = [
  {
    name: 'A connection that is cut while a cell prints: nothing is missing or twice, or it fails clearly; the session goes on',
    needs: ['linked'],
    run: (kit) => cutInTheMiddle(kit, 'break', 'python'),
  },
  {
    name: 'A connection that is cut while a command prints: the same',
    needs: ['linked', 'shell'],
    run: (kit) => cutInTheMiddle(kit, 'break', 'shell'),
  },
  {
    name: 'A connection that goes quiet for a while goes on where it was',
    needs: ['linked'],
    async run(kit) {
      await cutInTheMiddle(kit, 'stall', 'python');
      await cutInTheMiddle(kit, 'stall', 'shell');
    },
  },
  {
    name: 'A connection that is cut while nothing runs costs at most one refusal, and nothing of the session',
    needs: ['linked'],
    async run(kit) {
      const session = await kit.connect();
      const losses: string[] = [];
      session.onLost((error) => losses.push(error.code));
      await kit.run('kept = 1', { session });
      for (let turn = 0; turn < 3; turn += 1) {
        await whileCut(kit, 'break', async () => {});
        // Nobody can tell a connection that broke a moment ago from one that did not; what was not sent may be sent again.
        const first = await kit.run('"kept" in globals()', { session }).then(
          ({ value, result }) => value ?? result.state,
          (error: unknown) =>
            error instanceof SpecboardError && error.problem.retryable ? 'refused' : error,
        );
        expect(first).toMatch(/^(?:True|refused)$/);
        await usable(kit, session, false);
      }
      expect(losses).toEqual([]);
      expect(await kit.end(session)).toEqual([]);
    },
  },
  {
    name: 'What is asked while the connection is cut waits for it or is refused with a way out, and never hangs',
    needs: ['linked'],
    async run(kit) {
      const session = await kit.connect();
      await kit.run('kept = 1', { session });
      let state = '';
      await whileCut(kit, 'break', async ({ tried, restore }) => {
        const running = kit.run('"asked"', { session }).then(
          ({ result }) => result.state,
          (error: unknown) => (error instanceof SpecboardError ? error.code : String(error)),
        );
        await Promise.race([tried, running]);
        await restore();
        state = await running;
      });
      expect(state).toMatch(/^(?:succeeded|lost|unreachable|unavailable)$/);
      await usable(kit, session, false);
      expect(await kit.end(session)).toEqual([]);
    },
  },
  {
    name: 'Cancelling works across a cut: the code has ended when the connection is back',
    needs: ['linked', 'shell'],
    async run(kit) {
      const session = await kit.connect();
      const running = await kit.started('echo $$ > long.pid; echo on; sleep 600', {
        session,
        language: 'shell',
      });
      await whileCut(kit, 'break', async ({ tried, restore }) => {
        running.cancel();
        await Promise.race([tried, running.done]);
        await restore();
        expect((await running.done).result.state).toMatch(/^(?:cancelled|lost)$/);
      });
      await until('the process has ended', async () => {
        const alive = await kit.shell('kill -0 $(cat long.pid) 2>/dev/null && echo alive', { session });
        return alive.stdout === '';
      });
      expect(await kit.end(session)).toEqual([]);
    },
  },
  {
    name: 'A file that is on its way when the connection breaks is whole or not there, and can be sent again',
    needs: ['linked', 'files'],
    async run(kit) {
      const session = await kit.connect();
      const gate = Promise.withResolvers<void>();
      const slow = async function* () {
        yield Buffer.alloc(300_000, 'x');
        await gate.promise;
        for (let n = 0; n < 20; n += 1) yield Buffer.alloc(65_536, 'x');
      };
      const writing = kit.files.write(session, 'on-its-way.bin', slow(), never).then(
        () => 'written',
        (error: unknown) => (error instanceof SpecboardError ? error.code : String(error)),
      );
      await whileCut(kit, 'break', async ({ tried, restore }) => {
        gate.resolve();
        await Promise.race([tried, writing]);
        await restore();
        expect(await writing).toMatch(/^(?:written|unreachable|unavailable)$/);
      });
      const whole = 300_000 + 20 * 65_536;
      const there = await kit.files.stat(session, 'on-its-way.bin', never).catch(() => null);
      expect(there?.size ?? whole).toBe(whole);
      const again = async function* () {
        yield Buffer.from('again');
      };
      expect((await kit.files.write(session, 'on-its-way.bin', again(), never)).size).toBe(5);
      expect(await kit.end(session)).toEqual([]);
    },
  },
  {
    name: 'Disconnecting without a connection ends here at once, and what is left there is found again',
    needs: ['linked'],
    async run(kit) {
      const sessionId = randomUUID();
      const session = await kit.connect({}, { sessionId });
      const running = await kit.started(waiting, { session });
      await whileCut(kit, 'break', async () => {
        await kit.driver.disconnect(session, { keep: 'end' }, AbortSignal.timeout(2000)).catch(() => {});
        expect((await running.done).result.state).toMatch(/^(?:cancelled|lost)$/);
      });
      await kit.driver.endRemote?.(kit.target.account({}), session.sandboxId, never);
      await until('nothing is left', async () => (await kit.target.leftovers(sessionId)).length === 0);
      await kit.end(session);
    },
  },
  {
    name: 'A backend that does not answer does not hold a connect for ever: its deadline ends it',
    needs: ['linked'],
    async run(kit) {
      const sessionId = randomUUID();
      const controller = new AbortController();
      await whileCut(kit, 'stall', async ({ tried, restore }) => {
        const connecting = problemOf(kit.connect({}, { sessionId, signal: controller.signal }));
        await Promise.race([tried, connecting]);
        controller.abort(new SpecboardError('timeout', 'Connecting took too long.'));
        // What was sent arrives after all: it must not be forgotten there.
        await restore();
        expect((await connecting).code).toMatch(/^(?:timeout|unreachable)$/);
      });
      await until('nothing is left', async () => (await kit.target.leftovers(sessionId)).length === 0);
    },
  },
  {
    name: 'When the engine or server is restarted, what ran goes on or ends clearly, and connecting works afterwards',
    needs: ['restartable'],
    async run(kit) {
      const session = await kit.connect();
      const losses: SpecboardError[] = [];
      session.onLost((error) => losses.push(error));
      await kit.run('kept = 1', { session });
      const running: Running = await kit.start(counting, { session });
      await until('some lines', () => running.sink.text().includes('line 20\n'));
      await kit.target.restartBackend?.();
      const ran = await running.done;
      wholeOrClear(ran);
      const next = await kit.run('"kept" in globals()', { session }).then(
        ({ result, value }) => (result.state === 'succeeded' ? value : result.state),
        (error: unknown) => (error instanceof SpecboardError ? error.code : String(error)),
      );
      if (ran.result.kernelLost) expect(next).toMatch(/^(?:True|False)$/);
      else if (losses.length === 0) expect(next).toBe('True');
      else {
        expect(next).toMatch(/^(?:lost|gone)$/);
        expect(losses[0]?.problem.hint ?? '').not.toBe('');
      }
      expect(losses.length).toBeLessThan(2);
      expect(await kit.end(session)).toEqual([]);
      const fresh = await kit.connect();
      expect((await kit.run('"fresh"', { session: fresh })).value).toBe('fresh');
      expect(await kit.end(fresh)).toEqual([]);
    },
  },
];
