/** What is worth a notification, and when. */
import { expect, test } from 'vitest';
import {
  durationWords,
  type Notice,
  type NoticeContext,
  noticeIntervalMs,
  noticesBetween,
  shouldNotify,
} from '../../../src-main/platform/notices.ts';
import type { Execution, FinalState } from '../../../src-shared/domain/execution.ts';
import { settingsSchema } from '../../../src-shared/domain/settings.ts';
import { execution, session, status } from './support/statuses.ts';

const running = status({ sessions: [session(1)], executions: [execution(1)] });

function ended(state: FinalState, durationMs = 60_000): Execution {
  return execution(1, { state, endedAt: durationMs, result: { state, durationMs } });
}

test.each([
  ['succeeded', 'Run #1 finished'],
  ['failed', 'Run #1 failed'],
  ['timed-out', 'Run #1 took too long and was stopped'],
] as const)('a run that %s', (state, title) => {
  const after = { ...running, executions: [ended(state)] };
  expect(noticesBetween(running, after)).toEqual([
    {
      kind: 'finished',
      sessionId: session(1).id,
      title,
      body: 'profile 1, after 1 min 0 s',
      durationMs: 60_000,
    },
  ]);
  // Told once: the next snapshot has nothing new.
  expect(noticesBetween(after, after)).toEqual([]);
});

test.each(['cancelled', 'lost'] as const)('a run that was %s is not told by itself', (state) => {
  expect(noticesBetween(running, { ...running, executions: [ended(state)] })).toEqual([]);
});

test('a run of the past that appears is not news', () => {
  expect(noticesBetween(status(), { ...running, executions: [ended('failed')] })).toEqual([]);
});

test('a session that ends unasked is lost; one that was ended, or never connected, is not', () => {
  const after = (change: Parameters<typeof session>[1]) => status({ sessions: [session(1, change)] });
  const before = after({});
  const reason = { text: 'The sandbox is gone' };
  const lost = { kind: 'lost', title: 'profile 1: session lost', body: 'The sandbox is gone' };
  expect(noticesBetween(before, after({ status: 'error', reason }))).toMatchObject([lost]);
  expect(noticesBetween(before, after({ status: 'disconnected', reason }))).toMatchObject([lost]);
  expect(noticesBetween(after({ disconnecting: true }), after({ status: 'disconnected', reason }))).toEqual(
    [],
  );
  expect(noticesBetween(after({ disconnecting: true }), after({ status: 'error', reason }))).toMatchObject([
    lost,
  ]);
  expect(noticesBetween(after({ status: 'connecting' }), after({ status: 'error', reason }))).toEqual([]);
});

test('nothing of the code or its output is in a notice', () => {
  const code = 'canary_code()';
  const before = { ...running, executions: [execution(1, { code })] };
  const result = {
    state: 'failed' as const,
    durationMs: 1,
    error: { name: 'canary', value: 'canary', traceback: 'canary' },
  };
  const after = { ...running, executions: [execution(1, { code, state: 'failed', result })] };
  expect(JSON.stringify(noticesBetween(before, after))).not.toContain('canary');
});

const finished: Notice = { kind: 'finished', sessionId: 's', title: '', body: '', durationMs: 10_000 };
const lost: Notice = { ...finished, kind: 'lost', durationMs: 0 };
const base: NoticeContext = { focused: false, settings: settingsSchema.parse({}), lastAt: undefined, now: 0 };
const settings = (change: object) => ({ settings: settingsSchema.parse(change) });

test.each<[string, Notice, Partial<NoticeContext>, boolean]>([
  ['a long run', finished, {}, true],
  ['a lost session', lost, {}, true],
  ['a run while the window has the focus', finished, { focused: true }, false],
  ['a lost session while the window has the focus', lost, { focused: true }, false],
  ['a run that was just too short', { ...finished, durationMs: 9_999 }, {}, false],
  [
    'a short run with a lower bound',
    { ...finished, durationMs: 1_000 },
    settings({ notifyAfterSeconds: 1 }),
    true,
  ],
  ['runs switched off', finished, settings({ notifyFinished: false }), false],
  ['runs switched off, a lost session', lost, settings({ notifyFinished: false }), true],
  ['losses switched off', lost, settings({ notifyLost: false }), false],
  ['a second run too soon', finished, { lastAt: 0, now: noticeIntervalMs - 1 }, false],
  ['a second run later', finished, { lastAt: 0, now: noticeIntervalMs }, true],
  ['a loss right after a run', lost, { lastAt: 0, now: 1 }, true],
])('%s', (_what, notice, context, expected) => {
  expect(shouldNotify(notice, { ...base, ...context })).toBe(expected);
});

test('durations in words', () => {
  expect([-1, 400, 59_400, 60_000, 3_599_000, 7_800_000].map(durationWords)).toEqual([
    '0 s',
    '0 s',
    '59 s',
    '1 min 0 s',
    '59 min 59 s',
    '2 h 10 min',
  ]);
});
