/** What the other side says no to: a sandbox that died, nothing there at all, no room, too many requests. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { until } from '../../support/runner.ts';
import { never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';

export const vendorTroubleAssertions: readonly Assertion[] = [
  {
    name: 'A sandbox that dies while nothing runs is noticed at the latest when it is used, and says so once',
    needs: ['breakable'],
    async run(kit) {
      const session = await kit.connect();
      const reasons: SpecboardError[] = [];
      session.onLost((error) => reasons.push(error));
      await kit.run('1', { session });
      await kit.target.breakSandbox?.(session);
      const next = await kit.run('1', { session }).then(
        ({ result }) => result.state,
        (error: unknown) => (error instanceof SpecboardError ? error.code : String(error)),
      );
      expect(next).toMatch(/^(?:lost|gone)$/);
      await until('the loss is told', () => reasons.length > 0);
      expect(reasons.map(({ code }) => code)).toEqual(['gone']);
      expect(reasons[0]?.problem.hint ?? '').not.toBe('');
      expect(await kit.end(session)).toEqual([]);
    },
  },
  {
    name: 'Where nothing answers, it is said what is missing and what to do, by a test of the profile and by connecting',
    async run(kit) {
      const account = kit.target.accountOfNothing();
      const report = await kit.driver.probe(account, never);
      expect(report.ok).toBe(false);
      expect(report.message).not.toBe('');
      expect(report.hint ?? '').not.toBe('');
      const quiet = { profileName: 'Conformance', onStep: () => {}, onMetadata: () => {} };
      const request = { ...account, ...quiet, sessionId: randomUUID() };
      const problem = await problemOf(kit.driver.connect(request, never));
      expect(problem.code).toMatch(/^(?:unreachable|engine-missing|python-missing|invalid)$/);
      expect(problem.problem.hint ?? '').not.toBe('');
      expect(problem.message).not.toMatch(/ECONN|ENOENT|fetch failed/);
      expect(await kit.target.leftovers(request.sessionId)).toEqual([]);
    },
  },
  {
    name: 'An account without room for one more says so, and connecting works when there is room again',
    needs: ['quota'],
    async run(kit) {
      const full = await kit.target.exhaustQuota?.();
      const sessionId = randomUUID();
      try {
        const problem = await problemOf(kit.connect({}, { sessionId }));
        expect(problem.code).toBe('quota');
        expect(problem.problem.hint ?? '').not.toBe('');
        expect(await kit.target.leftovers(sessionId)).toEqual([]);
      } finally {
        await full?.restore();
      }
      expect(await kit.end(await kit.connect())).toEqual([]);
    },
  },
  {
    name: 'An account that is told to slow down says until when',
    needs: ['rateLimit'],
    async run(kit) {
      const slow = await kit.target.limitRate?.();
      try {
        const { code, problem } = await problemOf(kit.connect());
        expect(code).toBe('rate-limited');
        expect(problem.retryAfterMs ?? 0).toBeGreaterThan(1000);
      } finally {
        await slow?.restore();
      }
      expect(await kit.end(await kit.connect())).toEqual([]);
    },
  },
];
