/** What is worth a notification, and when. */
import { expect, test } from 'vitest';
import {
  decide,
  durationWords,
  endingMs,
  endingNotices,
  merged,
  type Notice,
  type NoticeContext,
  nextEndingAt,
  noticeIntervalMs,
  noticesBetween,
} from '../../../src-main/platform/notices.ts';
import type { Execution, FinalState } from '../../../src-shared/domain/execution.ts';
import type { Session } from '../../../src-shared/domain/session.ts';
import { settingsSchema } from '../../../src-shared/domain/settings.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import type { SyncRoot } from '../../../src-shared/domain/sync.ts';
import { syncHalt, syncRoot } from '../../support/sync-root.ts';
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
      executionId: execution(1).id,
      command: 'show-session',
      title,
      body: 'profile 1, after 1 min',
      durationMs: 60_000,
      failed: state !== 'succeeded',
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

test('a reason that names a file does not bring it onto a lock screen', () => {
  const body = (text: string) =>
    noticesBetween(status({ sessions: [session(1)] }), {
      ...status({ sessions: [session(1, { status: 'error', reason: { text } })] }),
    })[0]?.body;
  expect(body('There is no /home/ada/secret plans/x.py any more')).not.toContain('ada');
  expect(body('Cannot read "C:\\Users\\ada\\x.py".')).toBe('Cannot read "…".');
  expect(body('Memory and/or disk: 3/4 used')).toBe('Memory and/or disk: 3/4 used');
});

test('a question is told once, with the run it belongs to', () => {
  const question: Status['questions'][number] = {
    id: 'q',
    sessionId: session(1).id,
    executionId: execution(1).id,
    kind: 'missing-packages',
    packages: [],
  };
  const asked = { ...running, questions: [question] };
  expect(noticesBetween(running, asked)).toMatchObject([
    { kind: 'question', executionId: execution(1).id, title: 'Run #1 waits for your answer' },
  ]);
  expect(noticesBetween(asked, asked)).toEqual([]);
});

test('a sandbox that ends is told five minutes before, once for each end time', () => {
  const endsAt = 3_600_000;
  const at = (change: Partial<Session>) => status({ sessions: [session(1, { endsAt, ...change })] });
  const told = new Set<string>();
  expect(nextEndingAt(at({}), 0)).toBe(endsAt - endingMs);
  expect(endingNotices(at({}), endsAt - endingMs - 1, told)).toEqual([]);
  expect(endingNotices(at({}), endsAt - endingMs, told)).toMatchObject([
    { kind: 'ending', title: 'profile 1 ends in 5 min' },
  ]);
  expect(endingNotices(at({}), endsAt - 1_000, told)).toEqual([]);
  expect(nextEndingAt(at({}), endsAt - endingMs)).toBeNull();
  // Extended, then near its end again.
  const moved = at({ endsAt: endsAt * 2 });
  expect(endingNotices(moved, endsAt * 2 - 1_000, told)).toHaveLength(1);
  for (const change of [
    { disconnecting: true },
    { status: 'disconnected' as const },
    { startedAt: endsAt - 1 },
  ]) {
    expect(endingNotices(at(change), endsAt - 1_000, new Set())).toEqual([]);
  }
});

test('runs that ended close together are told as one', () => {
  const one = (state: FinalState) =>
    noticesBetween(running, { ...running, executions: [ended(state)] })[0] as Notice;
  const good = one('succeeded');
  const bad = one('failed');
  expect(merged([], running)).toBeNull();
  expect(merged([good], running)).toBe(good);
  expect(merged([good, good], running)).toMatchObject({
    title: '2 runs ended',
    body: 'profile 1, all finished',
  });
  expect(merged([good, bad, good], running)).toMatchObject({
    body: 'profile 1, 1 of them failed',
    failed: true,
  });
  const question: Notice = { ...good, kind: 'question' };
  expect(merged([good, question], running)).toBe(question);
});

test('a new conflict, and a sync that stops to ask, are told without a path; progress and the first plan are not', () => {
  const before = status({ sessions: [session(1)], syncs: [syncRoot()] });
  const after = (change: Partial<SyncRoot>) =>
    noticesBetween(before, { ...before, syncs: [syncRoot(change)] });
  expect(after({ conflicts: 2 })).toMatchObject([
    {
      kind: 'sync',
      command: 'next-conflict',
      title: '2 sync conflicts wait for you',
      body: 'profile 1. Nothing was replaced.',
    },
  ]);
  expect(after({ state: 'waiting', halt: syncHalt() })).toMatchObject([
    { command: 'show-sync', title: 'Sync waits for your answer' },
  ]);
  expect(after({ state: 'waiting', halt: syncHalt({ reason: 'first-sync' }) })).toEqual([]);
  expect(after({ state: 'syncing' })).toEqual([]);
  expect(after({ conflicts: 1, sessionId: null })).toEqual([]);
});

const finished: Notice = {
  kind: 'finished',
  sessionId: 's',
  executionId: 'e',
  command: 'show-session',
  title: '',
  body: '',
  durationMs: 10_000,
  failed: false,
};
const lost: Notice = { ...finished, kind: 'lost', durationMs: 0 };
const question: Notice = { ...lost, kind: 'question' };
const ending: Notice = { ...lost, kind: 'ending' };
const base: NoticeContext = {
  focused: false,
  shownSessionId: 's',
  settings: settingsSchema.parse({}),
  lastAt: undefined,
  now: 0,
};
const settings = (change: object) => ({ settings: settingsSchema.parse(change) });
const looking = { focused: true };
const elsewhere = { focused: true, shownSessionId: 'other' };

test.each<[string, Notice, Partial<NoticeContext>, string]>([
  ['a long run', finished, {}, 'show'],
  ['a lost session', lost, {}, 'show'],
  ['a run that the person looks at', finished, looking, 'never'],
  ['a lost session that the person looks at', lost, looking, 'never'],
  ['a long run of a session that is not shown', finished, elsewhere, 'show'],
  ['a lost session that is not shown', lost, elsewhere, 'show'],
  ['a session that ends and is not shown', ending, elsewhere, 'show'],
  ['a question while the window has the focus: it stands above everything', question, elsewhere, 'never'],
  ['a question while nobody looks', question, {}, 'show'],
  ['a run that was just too short', { ...finished, durationMs: 9_999 }, {}, 'never'],
  [
    'a short run with a lower bound',
    { ...finished, durationMs: 1_000 },
    settings({ notifyAfterSeconds: 1 }),
    'show',
  ],
  ['runs switched off', finished, settings({ notifyFinished: false }), 'never'],
  ['runs switched off, a lost session', lost, settings({ notifyFinished: false }), 'show'],
  ['losses switched off', lost, settings({ notifyLost: false }), 'never'],
  ['questions switched off', question, settings({ notifyQuestion: false }), 'never'],
  ['ends switched off', ending, settings({ notifyEnding: false }), 'never'],
  ['a second run too soon', finished, { lastAt: 0, now: noticeIntervalMs - 1 }, 'later'],
  ['a second run later', finished, { lastAt: 0, now: noticeIntervalMs }, 'show'],
  ['a loss right after a run', lost, { lastAt: 0, now: 1 }, 'show'],
])('%s', (_what, notice, context, expected) => {
  expect(decide(notice, { ...base, ...context })).toBe(expected);
});

test('durations in words', () => {
  expect([-1, 400, 59_400, 60_000, 3_599_000, 7_800_000].map(durationWords)).toEqual([
    '0 s',
    '0 s',
    '59 s',
    '1 min',
    '59 min 59 s',
    '2 h 10 min',
  ]);
});
