/** The tray: one icon and a few words for every status, and a menu that is true. */
import { describe, expect, test } from 'vitest';
import { summarize } from '../../../src-main/platform/status-summary.ts';
import { trayView } from '../../../src-main/platform/tray-menu.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import { allNodes, nodeById, platforms, recordedActions } from './support/actions.ts';
import { execution, profile, session, status, uuid } from './support/statuses.ts';

const question: Status['questions'][number] = {
  id: 'q',
  sessionId: uuid(101),
  executionId: uuid(201),
  kind: 'missing-packages',
  packages: [],
};
const locked = profile(1, {
  name: 'Team A',
  credentials: [{ field: 'apiKey', state: 'locked', storedAt: 1 }],
});
const failed = session(3, { status: 'error', reason: { text: 'The sandbox ran out of memory' } });

const cases: [string, Partial<Status>, string, string][] = [
  ['nothing', {}, 'none', 'Not connected'],
  ['an ended session', { sessions: [session(1, { status: 'disconnected' })] }, 'none', 'Not connected'],
  ['a session', { sessions: [session(1)] }, 'ready', '1 session'],
  [
    'one that connects',
    { sessions: [session(1), session(2, { status: 'connecting' })] },
    'busy',
    '2 sessions, 1 connecting',
  ],
  ['a run', { sessions: [session(1)], executions: [execution(1)] }, 'busy', '1 session, 1 running'],
  [
    'a run that has ended',
    { sessions: [session(1)], executions: [execution(1, { state: 'failed' })] },
    'ready',
    '1 session',
  ],
  [
    'a question, although something runs',
    { sessions: [session(1)], executions: [execution(1)], questions: [question] },
    'needs-you',
    'A run waits for your answer',
  ],
  [
    'a locked key',
    { profiles: [locked], secrets: { state: 'locked', name: 'the keyring' } },
    'needs-you',
    'Team A: its key is locked',
  ],
  [
    'a locked keyring that holds nothing',
    { secrets: { state: 'locked', name: 'k' } },
    'none',
    'Not connected',
  ],
  [
    'a failure, although something waits',
    { sessions: [session(1), failed], questions: [question] },
    'failed',
    'profile 1: The sandbox ran out of memory',
  ],
];

test.each(cases)('%s', (_what, change, icon, line) => {
  const { actions } = recordedActions();
  expect(summarize(status(change))).toMatchObject({ icon, line });
  expect(trayView(status(change), 'linux', actions)).toMatchObject({ icon, tooltip: `SpecBoard: ${line}` });
});

describe.each(platforms)('on %s', (platform) => {
  const view = (change: Partial<Status> = {}) => {
    const { actions, asked } = recordedActions();
    return { ...trayView(status(change), platform, actions), asked };
  };

  test('the whole menu, in order', () => {
    const { menu } = view({
      profiles: [profile(1, { isDefault: false }), profile(2, { isDefault: true, driverType: 'e2b' })],
      sessions: [session(1)],
      executions: [execution(41)],
    });
    expect(menu.map((node) => (node.type === 'separator' ? '-' : node.label))).toEqual([
      '1 session, 1 running',
      '-',
      'profile 1 (Local)',
      'profile 2 (E2B)',
      '-',
      'Connect to profile 2',
      'Disconnect profile 1',
      'Cancel Run #41 profile 1',
      '-',
      'Open SpecBoard',
      'Settings…',
      '-',
      'Quit SpecBoard',
    ]);
    const radios = menu.filter((node) => node.type === 'radio');
    expect(radios.map(({ checked }) => checked)).toEqual([false, true]);
    expect(nodeById(menu, 'status').enabled).toBe(false);
  });

  test('each item asks for its own thing', () => {
    const { menu, asked } = view({
      profiles: [profile(1), profile(2)],
      sessions: [session(1)],
      executions: [execution(1)],
    });
    const ids = [`profile:${uuid(2)}`, 'connect', 'disconnect', 'cancel', 'open', 'settings', 'quit'];
    for (const id of ids) nodeById(menu, id).click?.();
    expect(asked).toEqual([
      `setDefault ${uuid(2)}`,
      `connect ${uuid(1)}`,
      `disconnect ${uuid(101)}`,
      `cancel ${uuid(201)}`,
      'openWindow',
      'command settings',
      'quit',
    ]);
  });

  test('several sessions and runs become submenus with names that differ', () => {
    const { menu, asked } = view({
      sessions: [session(2), session(1), session(3, { disconnecting: true, profileName: 'other' })],
      executions: [execution(1), execution(2, { sessionId: uuid(102), state: 'cancelling' })],
    });
    const disconnect = nodeById(menu, 'disconnect').submenu ?? [];
    expect(disconnect.map(({ label, enabled }) => [label, enabled])).toEqual([
      ['profile 1', true],
      ['profile 1 (2)', true],
      ['other', false],
    ]);
    const cancel = nodeById(menu, 'cancel').submenu ?? [];
    expect(cancel.map(({ label, enabled }) => [label, enabled])).toEqual([
      ['#1 profile 1', true],
      ['#2 profile 1 (2)', false],
    ]);
    disconnect[1]?.click?.();
    cancel[0]?.click?.();
    expect(asked).toEqual([`disconnect ${uuid(102)}`, `cancel ${uuid(201)}`]);
  });

  test('what cannot be done is disabled, or left out where disabling does nothing', () => {
    const { menu } = view({ profiles: [] });
    const states = ['connect', 'disconnect', 'cancel'].map(
      (id) => allNodes(menu).find((node) => node.id === id)?.enabled ?? 'absent',
    );
    expect(states).toEqual(Array(3).fill(platform === 'darwin' ? 'absent' : false));
    expect(allNodes(menu).some(({ type }) => type === 'radio')).toBe(false);
  });

  test('no second connect while the first one is under way', () => {
    const { menu } = view({ sessions: [session(1, { status: 'connecting' })] });
    const connect = allNodes(menu).find(({ id }) => id === 'connect');
    expect(connect?.enabled ?? 'absent').toBe(platform === 'darwin' ? 'absent' : false);
  });

  test('nine profiles at most, the default one among them', () => {
    const profiles = Array.from({ length: 12 }, (_, n) => profile(n + 1, { isDefault: n === 11 }));
    const { menu, asked } = view({ profiles });
    const radios = menu.filter(({ type }) => type === 'radio');
    expect(radios.length).toBe(9);
    expect(radios.filter(({ checked }) => checked).map(({ id }) => id)).toEqual([`profile:${uuid(12)}`]);
    nodeById(menu, 'more-profiles').click?.();
    expect(asked).toEqual(['openWindow']);
  });

  test('a tray has no accelerators, and every item a person can choose has an id', () => {
    const { menu } = view({ sessions: [session(1), session(2)], executions: [execution(1)] });
    for (const node of allNodes(menu)) {
      expect(node.accelerator).toBeUndefined();
      if (node.type !== 'separator') expect(node.id).toBeTruthy();
    }
  });
});

test('names are shown as they are: no mnemonics, nothing invisible, not endless', () => {
  const { actions } = recordedActions();
  const name = `R&D \u202e\n${'x'.repeat(200)}`;
  const { menu, tooltip } = trayView(
    status({ profiles: [profile(1, { name })], sessions: [{ ...failed, profileName: name }] }),
    'win32',
    actions,
  );
  const label = nodeById(menu, 'connect').label ?? '';
  expect(label).toMatch(/^Connect to R&&D {2}x+…$/);
  expect(label.length).toBeLessThan(80);
  expect(tooltip).toMatch(/^SpecBoard: R&D {2}x+…$/);
  expect(tooltip.length).toBeLessThanOrEqual(120);
});
