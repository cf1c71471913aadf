import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Execution,
  type ExecutionChange,
  finalStates,
  isFinal,
  stepExecution,
} from '../../../src-shared/domain/execution.ts';

const queued: Execution = {
  id: '00000000-0000-4000-8000-000000000001',
  sessionId: '00000000-0000-4000-8000-000000000002',
  number: 1,
  language: 'python',
  code: '1',
  state: 'queued',
  startedAt: 1,
  endedAt: null,
  result: null,
  outputBytes: 0,
  outputCount: 0,
};

const change: fc.Arbitrary<ExecutionChange> = fc.oneof(
  fc.constant({ type: 'started' as const }),
  fc.constant({ type: 'cancel-requested' as const }),
  fc
    .constantFrom(...finalStates)
    .map((state) => ({ type: 'ended' as const, at: 5, result: { state, durationMs: 1 } })),
);

test('an execution ends exactly once, in the state of its result', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      let execution = queued;
      let ends = 0;
      for (const next of changes) {
        const after = stepExecution(execution, next);
        if (isFinal(execution.state)) expect(after).toBe(execution);
        if (isFinal(after.state) && !isFinal(execution.state)) ends += 1;
        expect(after.result?.state ?? null).toBe(isFinal(after.state) ? after.state : null);
        execution = after;
      }
      expect(ends).toBe(changes.some((c) => c.type === 'ended') ? 1 : 0);
    }),
    { numRuns: 500 },
  );
});

test('a queued execution can be cancelled before it starts, and a late start changes nothing', () => {
  const cancelling = stepExecution(queued, { type: 'cancel-requested' });
  expect(cancelling.state).toBe('cancelling');
  expect(stepExecution(cancelling, { type: 'started' })).toBe(cancelling);
});
