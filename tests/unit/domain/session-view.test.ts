/** What is said of a session: every state of the indicator, the order of what is more important, and that nothing lies. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../src-shared/contract/errors.ts';
import { executionStates } from '../../../src-shared/domain/execution.ts';
import { liveLink, type Session, sessionStatuses } from '../../../src-shared/domain/session.ts';
import {
  aggregateOf,
  aggregates,
  notConnected,
  sessionView,
  sessionViewKinds,
  stuckMs,
  viewChangesAt,
  viewOfId,
  viewText,
  viewTooltip,
} from '../../../src-shared/domain/session-view.ts';
import type { Question } from '../../../src-shared/domain/status.ts';
import { execution, profile, session, status, uuid } from '../platform/support/statuses.ts';

const now = 1_000_000;
const none = { executions: [], questions: [] };
const time = (at: number) => `t${at}`;
const question: Question = {
  id: 'q',
  sessionId: uuid(101),
  executionId: uuid(201),
  kind: 'missing-packages',
  packages: [],
};
const failed = (code: ErrorCode, change: Partial<Session> = {}) =>
  session(1, {
    status: 'error',
    endedAt: now,
    changedAt: now,
    reason: { text: 'why', problem: { code, message: 'why', retryable: false } },
    ...change,
  });
const retrying = (attempt: number, nextAt: number | null): Session['link'] => ({
  state: 'retrying',
  since: now - 5000,
  attempt,
  nextAt,
});

describe('every state has its kind and its words', () => {
  test.each<[string, string, Session]>([
    ['starting', 'Starting 3 s', session(1, { status: 'connecting', startedAt: now - 3400 })],
    ['starting', 'Starting', session(1, { status: 'connecting', startedAt: now - 400 })],
    ['ready', 'Ready', session(1)],
    ['ready', 'Ready', session(1, { endsAt: now + 300_001 })],
    ['ending-soon', 'Ends in 4:12', session(1, { endsAt: now + 252_000 })],
    ['stopping', 'Stopping…', session(1, { disconnecting: true, changedAt: now - 29_000 })],
    ['stuck', 'Stuck', session(1, { disconnecting: true, changedAt: now - 30_000 })],
    ['reconnecting', 'Reconnecting (3) in 8 s', session(1, { link: retrying(3, now + 8000) })],
    ['reconnecting', 'Reconnecting (3)…', session(1, { link: retrying(3, null) })],
    ['reconnecting', 'Checking the link', session(1, { link: retrying(0, null) })],
    ['needs-you', 'Key locked', failed('keyring-locked')],
    ['failed', 'Out of memory', failed('out-of-memory', { metadata: { left: 'unknown' } })],
    ['failed', 'Key refused', failed('auth')],
    ['failed', 'Failed', failed('internal')],
    ['paused', 'Paused', failed('unavailable', { metadata: { left: 'pause' } })],
    ['unknown', 'Last seen t77', failed('unreachable', { metadata: { left: 'unknown' }, lastActivity: 77 })],
    ['ended', 'Ended (timeout)', failed('gone', { endsAt: now + 2000 })],
    ['failed', 'Failed', failed('gone', { endsAt: now + 60_000 })],
    ['ended', 'Ended', session(1, { status: 'disconnected', metadata: { left: 'end' } })],
    ['paused', 'Paused', session(1, { status: 'disconnected', metadata: { left: 'pause' } })],
    ['left-running', 'Left running', session(1, { status: 'disconnected', metadata: { left: 'leave' } })],
  ])('%s: %s', (kind, text, value) => {
    const view = sessionView(value, none, now);
    expect(view.kind).toBe(kind);
    expect(viewText(view, now, time)).toBe(text);
  });

  test('what runs is before what waits, a question before both, a broken link before all', () => {
    const executions = [
      execution(41, { state: 'running' }),
      execution(42, { state: 'queued' }),
      execution(43, { sessionId: uuid(102) }),
    ];
    expect(sessionView(session(1), { executions, questions: [] }, now)).toMatchObject({
      kind: 'busy',
      word: 'Running #41',
    });
    expect(sessionView(session(1), { executions, questions: [question] }, now).kind).toBe('needs-you');
    const broken = session(1, { link: retrying(1, null) });
    expect(sessionView(broken, { executions, questions: [question] }, now).kind).toBe('reconnecting');
    const cancelling = [execution(41, { state: 'cancelling' })];
    expect(sessionView(session(1), { executions: cancelling, questions: [] }, now).word).toBe(
      'Cancelling #41',
    );
  });

  test('the tooltip has the reason and since when', () => {
    expect(viewTooltip(sessionView(failed('auth'), none, now), time)).toBe(`why (since t${now})`);
    expect(viewTooltip(notConnected, time)).toBe('Not connected');
    expect(viewOfId(status(), 'nobody', now)).toBe(notConnected);
  });
});

const anySession: fc.Arbitrary<Session> = fc
  .record({
    status: fc.constantFrom(...sessionStatuses),
    disconnecting: fc.boolean(),
    link: fc.oneof(
      fc.constant(liveLink(1)),
      fc.record({
        state: fc.constant('retrying' as const),
        since: fc.nat(2_000_000),
        attempt: fc.nat(20),
        nextAt: fc.option(fc.nat(2_000_000)),
      }),
    ),
    changedAt: fc.nat(2_000_000),
    endsAt: fc.option(fc.nat(2_000_000)),
    metadata: fc.constantFrom({}, { left: 'unknown' }, { left: 'leave' }, { left: 'pause' }, { left: 'end' }),
  })
  .map((change) => session(1, change));
const anyContext = fc.record({
  executions: fc.array(fc.constantFrom(...executionStates).map((state) => execution(1, { state }))),
  questions: fc.constantFrom<Question[]>([], [question]),
});

test('nothing looks ready or busy unless it is active, its link works, and nobody is ending it', () => {
  const good: readonly string[] = ['ready', 'busy', 'ending-soon', 'needs-you'];
  fc.assert(
    fc.property(anySession, anyContext, fc.nat(3_000_000), (value, context, at) => {
      const view = sessionView(value, context, at);
      expect(sessionViewKinds).toContain(view.kind);
      expect(viewText(view, at, time)).not.toBe('');
      if (!good.includes(view.kind)) return;
      expect(value).toMatchObject({ status: 'active', disconnecting: false, link: { state: 'live' } });
    }),
    { numRuns: 1000 },
  );
});

test('a view changes by time alone exactly when it says so', () => {
  fc.assert(
    fc.property(anySession, fc.nat(2_000_000), (value, at) => {
      const next = viewChangesAt(value, at);
      const kindAt = (moment: number) => sessionView(value, none, moment).kind;
      if (next === null) expect(kindAt(at + 10_000_000)).toBe(kindAt(at));
      else {
        expect(next).toBeGreaterThan(at);
        expect(kindAt(next - 1)).toBe(kindAt(at));
      }
    }),
    { numRuns: 500 },
  );
  const stopping = session(1, { disconnecting: true, changedAt: now });
  expect(viewChangesAt(stopping, now)).toBe(now + stuckMs);
});

describe('all sessions in one', () => {
  test('the worst wins, in the order of the brief', () => {
    const one: Record<string, Session> = {
      ready: session(1),
      reconnecting: session(2, { link: retrying(1, null) }),
      'needs-you': failed('keyring-locked'),
      failed: failed('auth'),
    };
    const seen: Session[] = [];
    expect(aggregateOf(status(), now)).toBe('none');
    for (const [name, value] of Object.entries(one)) {
      seen.push(value);
      expect(aggregateOf(status({ sessions: seen }), now)).toBe(name);
    }
    const busy = status({ sessions: [session(1)], executions: [execution(1)] });
    expect(aggregateOf(busy, now)).toBe('busy');
    expect(aggregates.indexOf('busy')).toBeLessThan(aggregates.indexOf('reconnecting'));
  });

  test('a key that is locked needs somebody; what was left on purpose does not', () => {
    const locked = profile(1, { credentials: [{ field: 'apiKey', state: 'locked', storedAt: 1 }] });
    expect(aggregateOf(status({ profiles: [locked] }), now)).toBe('needs-you');
    const left = session(1, { status: 'disconnected', metadata: { left: 'leave' } });
    expect(aggregateOf(status({ sessions: [left] }), now)).toBe('none');
  });
});
