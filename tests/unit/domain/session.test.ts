import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isEnded,
  liveLink,
  type Session,
  type SessionChange,
  stepSession,
} from '../../../src-shared/domain/session.ts';

const fresh: Session = {
  id: '00000000-0000-4000-8000-000000000001',
  profileId: '00000000-0000-4000-8000-000000000002',
  profileName: 'This computer',
  driverType: 'local',
  status: 'connecting',
  disconnecting: false,
  reason: { text: 'Connecting' },
  changedAt: 1,
  keep: null,
  link: liveLink(1),
  step: 'Connecting',
  startedAt: 1,
  lastActivity: 1,
  endedAt: null,
  endsAt: null,
  isolation: null,
  warnings: [],
  metadata: {},
};
const connected: SessionChange = {
  type: 'connected',
  at: 2,
  endsAt: 99,
  isolation: 'os-sandbox',
  warnings: [],
  metadata: { sandboxId: 'x' },
  keep: 'end',
};

const change: fc.Arbitrary<SessionChange> = fc.oneof(
  fc.record({ type: fc.constant('step' as const), at: fc.nat(), step: fc.string() }),
  fc.constant(connected),
  fc.record({ type: fc.constant('activity' as const), at: fc.nat() }),
  fc.record({ type: fc.constant('metadata' as const), at: fc.nat(), metadata: fc.constant({ a: 1 }) }),
  fc.record({ type: fc.constant('ends-at' as const), at: fc.nat(), endsAt: fc.option(fc.nat()) }),
  fc.record({
    type: fc.constant('link' as const),
    at: fc.nat(),
    link: fc.oneof(
      fc.constant({ state: 'live' as const }),
      fc.record({
        state: fc.constant('retrying' as const),
        attempt: fc.nat(),
        nextAt: fc.option(fc.nat()),
      }),
    ),
  }),
  fc.record({ type: fc.constant('disconnect-requested' as const), at: fc.nat() }),
  fc.record({
    type: fc.constant('disconnected' as const),
    at: fc.nat(),
    reason: fc.constant({ text: 'bye' }),
  }),
  fc.record({ type: fc.constant('failed' as const), at: fc.nat(), reason: fc.constant({ text: 'no' }) }),
);

test('a session goes from connecting to active to disconnected, and says why', () => {
  const active = stepSession(fresh, connected);
  expect(active).toMatchObject({ status: 'active', step: null, endsAt: 99, metadata: { sandboxId: 'x' } });
  const asked = stepSession(active, { type: 'disconnect-requested', at: 3 });
  expect(asked).toMatchObject({ status: 'active', disconnecting: true });
  const ended = stepSession(asked, { type: 'disconnected', at: 4, reason: { text: 'Ended by you' } });
  expect(ended).toMatchObject({ status: 'disconnected', disconnecting: false, endedAt: 4 });
});

test('whatever happens in whatever order: ended is final, active comes only from connecting, activity never goes back', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      let session = fresh;
      for (const next of changes) {
        const after = stepSession(session, next);
        if (isEnded(session)) expect(after).toBe(session);
        if (after.status === 'active' && session.status !== 'active')
          expect(session.status).toBe('connecting');
        if (next.type === 'activity') expect(after.lastActivity).toBeGreaterThanOrEqual(session.lastActivity);
        expect(after.endedAt !== null).toBe(isEnded(after));
        session = after;
      }
    }),
    { numRuns: 500 },
  );
});

test('a link that breaks keeps the time of the break over all its tries; live again it starts anew', () => {
  const active = stepSession(fresh, connected);
  expect(active.link).toEqual(liveLink(2));
  const broken = stepSession(active, {
    type: 'link',
    at: 10,
    link: { state: 'retrying', attempt: 1, nextAt: 12 },
  });
  expect(broken.link).toEqual({ state: 'retrying', since: 10, attempt: 1, nextAt: 12 });
  const third = stepSession(broken, {
    type: 'link',
    at: 20,
    link: { state: 'retrying', attempt: 3, nextAt: null },
  });
  expect(third.link).toEqual({ state: 'retrying', since: 10, attempt: 3, nextAt: null });
  const live = stepSession(third, { type: 'link', at: 30, link: { state: 'live' } });
  expect(live.link).toEqual(liveLink(30));
  expect(stepSession(live, { type: 'link', at: 31, link: { state: 'live' } })).toBe(live);
});

test('a session that connects or has ended has no link that could break', () => {
  const link: SessionChange = { type: 'link', at: 9, link: { state: 'retrying', attempt: 1, nextAt: null } };
  expect(stepSession(fresh, link)).toBe(fresh);
  const ended = stepSession(fresh, { type: 'failed', at: 4, reason: { text: 'no' } });
  expect(stepSession(ended, link)).toBe(ended);
});
