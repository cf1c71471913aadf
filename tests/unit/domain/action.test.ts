/** The table of actions: complete, and the same answer for window and native menu. */
import { describe, expect, test } from 'vitest';
import { windowCommands } from '../../../src-shared/contract/events.ts';
import {
  type ActionId,
  actionFacts,
  actionGroups,
  actionIds,
  pausable,
  refusals,
  type Showing,
  whyNot,
} from '../../../src-shared/domain/action.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import type { SyncRoot } from '../../../src-shared/domain/sync.ts';
import { syncRoot } from '../../support/sync-root.ts';
import { cloud, local } from '../platform/support/drivers.ts';
import { execution, profile, session, status, uuid } from '../platform/support/statuses.ts';

const drivers = [local, cloud];
const shows = (n: number): Showing => ({ profileId: uuid(1), sessionId: uuid(100 + n), tab: 'run' });
const facts = (change: Partial<Status> = {}, showing: Showing | null = shows(1)) =>
  actionFacts(status(change), drivers, showing);
const why = (id: ActionId, change: Partial<Status> = {}, showing: Showing | null = shows(1)) =>
  whyNot(id, facts(change, showing));

test('every action is in one group, has a rule, and is a command that menus can give', () => {
  expect(new Set(actionIds).size).toBe(actionIds.length);
  expect(actionIds.length).toBe(Object.values(actionGroups).flat().length);
  const states: Partial<Status>[] = [
    {},
    { profiles: [] },
    { sessions: [session(1)], executions: [execution(1)] },
    { sessions: [session(1, { driverType: 'e2b', status: 'disconnected' })] },
  ];
  for (const id of actionIds) {
    expect(windowCommands).toContain(id);
    for (const state of states) expect([null, ...refusals]).toContain(why(id, state));
  }
});

const connecting = { sessions: [session(1, { status: 'connecting' })] };
const idle = { sessions: [session(1)] };
const busy = { ...idle, executions: [execution(1)] };
const done = { ...idle, executions: [execution(1, { state: 'failed' })] };
const ending = { sessions: [session(1, { disconnecting: true })] };
const ended = { sessions: [session(1, { status: 'disconnected' })] };
const left = {
  sessions: [session(1, { driverType: 'e2b', status: 'disconnected', metadata: { left: 'leave' } })],
};
const far = { sessions: [session(1, { driverType: 'e2b', endsAt: 1 })] };
const paired = (change: Partial<SyncRoot>) => ({ ...far, syncs: [syncRoot(change)] });
const foreign = { sessions: [session(1, { driverType: 'e2b', metadata: { foreign: true } })] };

test.each<[ActionId, Partial<Status>, ReturnType<typeof whyNot>]>([
  ['run', {}, null],
  ['run', { profiles: [] }, 'no-profile'],
  ['run', connecting, 'connecting'],
  ['run', ending, 'disconnecting'],
  ['run', ended, null],
  ['rerun-last', idle, 'nothing-ran'],
  ['rerun-last', done, null],
  ['cancel', idle, 'nothing-runs'],
  ['cancel', busy, null],
  ['cancel', connecting, null],
  ['force-stop', connecting, 'nothing-runs'],
  ['connect', idle, 'connected'],
  ['connect', ended, null],
  ['disconnect', ended, 'not-connected'],
  ['disconnect', connecting, null],
  ['disconnect-end', idle, 'absent'],
  ['disconnect-end', far, null],
  ['disconnect-leave', foreign, 'absent'],
  ['pause', idle, 'absent'],
  ['pause', far, null],
  ['pause', foreign, 'absent'],
  ['extend', far, null],
  ['extend', { sessions: [session(1, { driverType: 'e2b' })] }, 'absent'],
  ['restart-kernel', ended, 'not-connected'],
  ['reattach', left, null],
  ['reattach', ended, 'absent'],
  ['end-sandbox', left, null],
  ['dismiss-session', idle, 'absent'],
  ['dismiss-session', ended, null],
  ['make-default', idle, 'default-already'],
  ['show-terminal', idle, 'absent'],
  ['show-terminal', far, null],
  ['toggle-inspector', {}, 'no-session'],
  ['show-sync', idle, 'absent'],
  ['show-sync', far, null],
  ['sync-pair', far, null],
  ['sync-now', far, 'no-pair'],
  ['sync-now', paired({}), null],
  ['sync-now', paired({ state: 'syncing' }), 'syncing'],
  ['sync-watch', paired({}), null],
  ['sync-unwatch', paired({}), 'absent'],
  ['sync-watch', paired({ watching: true }), 'absent'],
  ['sync-unwatch', paired({ watching: true }), null],
  ['sync-stop', paired({ state: 'syncing' }), null],
  ['next-conflict', paired({}), 'no-conflict'],
  ['next-conflict', paired({ conflicts: 1 }), null],
  // Of another profile: F8 leads there, whatever is shown.
  ['next-conflict', { ...idle, syncs: [syncRoot({ profileId: 'other', conflicts: 1 })] }, null],
  ['use-profile-2', {}, 'absent'],
  ['use-profile-2', { profiles: [profile(1), profile(2)] }, null],
])('%s', (id, change, expected) => {
  expect(why(id, change)).toBe(expected);
});

describe('what it is about', () => {
  test('without anything shown, the default profile', () => {
    expect(facts({}, null)).toMatchObject({
      profile: { id: uuid(1) },
      session: null,
      capabilities: local.capabilities,
    });
  });

  test('the last run is the one with the highest number, of the shown session only', () => {
    const executions = [execution(2), execution(3), execution(9, { sessionId: uuid(102) })];
    expect(facts({ sessions: [session(1), session(2)], executions }).last?.number).toBe(3);
  });

  test('all that can be paused: connected ones of ours, of drivers that can', () => {
    const sessions = [
      session(1),
      session(2, { driverType: 'e2b' }),
      session(3, { driverType: 'e2b', status: 'connecting' }),
      session(4, { driverType: 'e2b', metadata: { foreign: true } }),
    ];
    expect(pausable(facts({ sessions })).map(({ id }) => id)).toEqual([uuid(102)]);
  });
});
