/** Connecting, disconnecting, and what is left of it. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { DriverSession } from '../../../src-main/drivers/driver.ts';
import { defaultDeadlines } from '../../../src-main/services/sessions.ts';
import { uniqueSeconds, until } from '../../support/runner.ts';
import { never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';

export const connectAssertions: readonly Assertion[] = [
  {
    name: 'A test of the profile says that it works',
    async run({ driver, target }) {
      const report = await driver.probe(target.account({}), never);
      expect(report).toMatchObject({ ok: true });
      expect(report.message).not.toBe('');
    },
  },
  {
    name: 'Connecting says what it does, and hands over what is needed to find the sandbox again before it is done',
    async run(kit) {
      const told: string[] = [];
      const session = await kit.connect(
        {},
        { onStep: () => told.push('step'), onMetadata: () => told.push('metadata') },
      );
      expect(told).toContain('step');
      expect(told).toContain('metadata');
      expect(session.sandboxId).not.toBe('');
      expect(() => structuredClone(session.metadata)).not.toThrow();
      await kit.end(session);
    },
  },
  {
    name: 'Connecting is done within the time that SpecBoard waits for one step of it',
    async run(kit) {
      const signal = AbortSignal.timeout(defaultDeadlines.connect);
      const session = await kit.connect({}, { signal });
      expect(signal.aborted).toBe(false);
      // The deadline was of connecting, not of the session.
      expect((await kit.run('"ready"', { session })).value).toBe('ready');
      expect(await kit.end(session)).toEqual([]);
    },
  },
  {
    name: 'Cancelling a connect leaves nothing behind',
    async run(kit) {
      const early = randomUUID();
      const gone = AbortSignal.abort();
      expect((await problemOf(kit.connect({}, { sessionId: early, signal: gone }))).code).toBe('cancelled');
      expect(await kit.target.leftovers(early)).toEqual([]);

      const steps: string[] = [];
      await kit.end(await kit.connect({}, { onStep: (step) => steps.push(step) }));
      for (const step of steps) {
        const sessionId = randomUUID();
        const controller = new AbortController();
        const onStep = (now: string) => {
          if (now === step) controller.abort();
        };
        const problem = await problemOf(kit.connect({}, { sessionId, signal: controller.signal, onStep }));
        expect(problem.code, step).toBe('cancelled');
        await until(
          `nothing is left of "${step}"`,
          async () => (await kit.target.leftovers(sessionId)).length === 0,
        );
      }
    },
  },
  {
    name: 'Two sessions do not see each other’s variables and files',
    async run(kit) {
      const [one, two] = [await kit.connect(), await kit.connect()];
      await kit.run('only_here = 1; open("only-here.txt", "w").write("x")', { session: one });
      expect((await kit.run('only_here', { session: two })).result).toMatchObject({
        state: 'failed',
        error: { name: 'NameError' },
      });
      expect((await kit.run('import os; os.path.exists("only-here.txt")', { session: two })).value).toBe(
        'False',
      );
      await kit.end(one);
      expect((await kit.run('"alive"', { session: two })).value).toBe('alive');
      await kit.end(two);
    },
  },
  {
    name: 'Disconnecting ends everything, also what hides, and can be repeated',
    async run(kit) {
      const session = await kit.connect();
      const seconds = uniqueSeconds();
      await kit.shell(`setsid sleep ${seconds} >/dev/null 2>&1 </dev/null & :`, { session });
      await kit.run('open("kept.txt", "w").write("x")', { session });
      expect(await kit.end(session)).toEqual([]);
      await kit.driver.disconnect(session, { keep: 'end' }, never);
    },
  },
  {
    name: 'Disconnecting while code runs ends that execution, once, and reports no loss',
    async run(kit) {
      const session = await kit.connect();
      let losses = 0;
      session.onLost(() => {
        losses += 1;
      });
      const running = await kit.started('import time\nprint("on", flush=True)\ntime.sleep(600)', { session });
      expect(await kit.end(session)).toEqual([]);
      expect((await running.done).result.state).toMatch(/^(?:cancelled|lost)$/);
      expect(losses).toBe(0);
    },
  },
  {
    name: 'Disconnecting works in every state: idle, queued, being cancelled, with files on their way, after a loss',
    async run(kit) {
      const sleep = 'import time\nprint("on", flush=True)\ntime.sleep(600)';
      const deaf = `import time\nprint("on", flush=True)\nwhile True:\n    try:\n        time.sleep(1)\n    except BaseException: pass`;
      const states: Record<string, (session: DriverSession) => Promise<Promise<unknown>[]>> = {
        idle: async () => [],
        queued: async (session) => {
          const first = await kit.started(sleep, { session });
          const second = await kit.start('"second"', { session });
          return [first.done, second.done];
        },
        'being cancelled': async (session) => {
          const running = await kit.started(deaf, { session, graceMs: 60_000 });
          running.cancel();
          return [running.done];
        },
        'a cell and two commands run': async (session) => {
          const cell = await kit.started(sleep, { session });
          const one = await kit.started('echo on; sleep 600', { session, language: 'shell' });
          const two = await kit.started('echo on; yes >/dev/null', { session, language: 'shell' });
          return [cell.done, one.done, two.done];
        },
        'a reader is behind': async (session) => {
          const held = Promise.withResolvers<void>();
          const onEvent = () => {
            held.resolve();
            return new Promise<void>(() => {});
          };
          void kit.start('while True: print("x" * 1000)', { session, onEvent });
          await held.promise;
          return [];
        },
        ...(kit.driver.files
          ? {
              'a file is on its way': async (session: DriverSession) => {
                const begun = Promise.withResolvers<void>();
                const endless = async function* () {
                  yield Buffer.alloc(65_536);
                  begun.resolve();
                  await new Promise(() => {});
                };
                const writing = problemOf(kit.files.write(session, 'endless.bin', endless(), never));
                await begun.promise;
                return [writing];
              },
            }
          : {}),
        ...(kit.target.breakSandbox
          ? {
              'after a loss': async (session: DriverSession) => {
                const running = await kit.started(sleep, { session });
                await kit.target.breakSandbox?.(session);
                await running.done;
                return [];
              },
            }
          : {}),
      };
      for (const [state, enter] of Object.entries(states)) {
        const session = await kit.connect();
        const work = await enter(session);
        expect(await kit.end(session), state).toEqual([]);
        // All that was under way has an end.
        await Promise.allSettled(work);
        await kit.driver.disconnect(session, { keep: 'end' }, never);
      }
    },
  },
  {
    name: 'A sandbox that dies is reported once, with the reason, and what ran is marked as lost',
    needs: ['breakable'],
    async run(kit) {
      const session = await kit.connect();
      const reasons: string[] = [];
      session.onLost((error) => reasons.push(error.code));
      const running = await kit.started('import time\nprint("on", flush=True)\ntime.sleep(600)', { session });
      await kit.target.breakSandbox?.(session);
      const { result, stdout } = await running.done;
      expect(result.state).toBe('lost');
      expect(result.reason).not.toBe('');
      expect(stdout).toBe('on\n');
      await until('the loss is told', () => reasons.length > 0);
      // Afterwards nothing hangs: an execution is lost or refused, and ending is still possible.
      const late = await kit.run('1', { session }).then(
        ({ result }) => result.state,
        (error) => error.code,
      );
      expect(late).toMatch(/^(?:lost|gone)$/);
      expect(await kit.end(session)).toEqual([]);
      expect(reasons).toEqual(['gone']);
    },
  },
];
