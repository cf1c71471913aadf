/** The tray: one icon and a few words for every status, and a menu that is true. */
import { describe, expect, test } from 'vitest';
import type { MenuNode } from '../../../src-main/platform/menu-node.ts';
import { summarize } from '../../../src-main/platform/status-summary.ts';
import { type TrayContext, trayView } from '../../../src-main/platform/tray-menu.ts';
import { settingsSchema } from '../../../src-shared/domain/settings.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import { syncHalt, syncRoot } from '../../support/sync-root.ts';
import { allNodes, nodeById, platforms, recordedActions } from './support/actions.ts';
import { cloud, local } from './support/drivers.ts';
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
    'a session out of reach, although it runs something',
    {
      sessions: [session(1, { link: { state: 'retrying', since: 0, attempt: 1, nextAt: null } })],
      executions: [execution(1)],
    },
    'failed',
    'profile 1: Reconnecting (1)',
  ],
  ['a sync', { sessions: [session(1)], syncs: [syncRoot({ state: 'syncing' })] }, 'busy', '1 session'],
  [
    'a conflict',
    { sessions: [session(1)], syncs: [syncRoot({ conflicts: 2 })] },
    'needs-you',
    'profile 1: Sync: 2 conflicts',
  ],
  [
    'a sync that asks',
    { sessions: [session(1)], syncs: [syncRoot({ state: 'waiting', halt: syncHalt() })] },
    'needs-you',
    'profile 1: Sync asks you something',
  ],
  [
    'a failure, although something waits',
    { sessions: [session(1), failed], questions: [question] },
    'failed',
    'profile 1: The sandbox ran out of memory',
  ],
];

const retrying = { state: 'retrying' as const, since: 0, attempt: 1, nextAt: null };
const context = (platform: NodeJS.Platform): TrayContext => ({
  platform,
  drivers: [local, cloud],
  keepOf: () => 'leave',
});

test.each(cases)('%s', (_what, change, icon, line) => {
  const { actions } = recordedActions();
  expect(summarize(status(change))).toMatchObject({ icon, line });
  expect(trayView(status(change), context('linux'), actions)).toMatchObject({
    icon,
    tooltip: `SpecBoard: ${line}`,
  });
});

describe.each(platforms)('on %s', (platform) => {
  const view = (change: Partial<Status> = {}) => {
    const { actions, asked } = recordedActions();
    return { ...trayView(status(change), context(platform), actions), asked };
  };
  /** A menu as lines of text, submenus indented. */
  const drawn = (nodes: readonly MenuNode[], indent = ''): string[] =>
    nodes.flatMap(({ type, label, enabled, checked, submenu = [] }) => [
      `${indent}${type === 'separator' ? '-' : label}${enabled === false ? ' (off)' : ''}${checked ? ' ✓' : ''}`,
      ...drawn(submenu, `${indent}  `),
    ]);

  test('a session that syncs says what waits, and can be synced and watched without the window', () => {
    const { menu, asked } = view({
      sessions: [session(1)],
      syncs: [syncRoot({ conflicts: 1, watching: true }), syncRoot({ id: 'root-2', watching: true })],
    });
    expect(drawn(menu)).toEqual(
      expect.arrayContaining([
        '▲ profile 1: Ready, Sync: 1 conflict',
        '  Decide Conflicts…',
        '  Sync Now',
        '  Stop Watching',
        'Pause Syncing',
      ]),
    );
    for (const id of ['decide', 'sync', 'watch']) nodeById(menu, `${id}:${uuid(101)}`).click?.();
    nodeById(menu, 'pause-sync').click?.();
    expect(asked).toEqual([
      `command next-conflict ${uuid(101)}`,
      'sync root-1,root-2 now',
      'sync root-1,root-2 unwatch',
      'sync root-1,root-2 unwatch',
    ]);
  });

  test('the whole menu, in order', () => {
    const { menu } = view({
      profiles: [profile(1, { isDefault: false }), profile(2, { isDefault: true, driverType: 'e2b' })],
      sessions: [
        session(1),
        session(2, { profileName: 'Work', driverType: 'e2b', link: retrying }),
        session(3, { profileName: 'Work', driverType: 'e2b', status: 'connecting' }),
        session(4, { profileName: 'Old', status: 'disconnected', metadata: { left: 'leave' } }),
        session(5, { profileName: 'Lab', driverType: 'e2b' }),
      ],
      executions: [execution(41), execution(3, { sessionId: uuid(105), state: 'failed', startedAt: 5 })],
    });
    expect(drawn(menu)).toEqual([
      'Work: Reconnecting (1) (off)',
      '-',
      '◐ profile 1: Running #41',
      '  Open',
      '  Cancel #41',
      '  Disconnect',
      '↻ Work: Reconnecting (1)',
      '  Open',
      '  Pause',
      '  Disconnect',
      '◔ Work (2): Starting',
      '  Open',
      '  Pause (off)',
      '  Cancel Connecting',
      '● Lab: Ready',
      '  Open',
      '  Pause',
      '  Disconnect',
      'Re-run Last on Lab',
      '-',
      'Connect',
      '  Connect to profile 2',
      '  -',
      '  profile 1 (Local)',
      '  profile 2 (E2B) ✓',
      'Left: 1 sandbox',
      '  Old: Connected',
      'Pause All…',
      '-',
      'Open SpecBoard',
      'Settings…',
      '-',
      // Three that can be left, and the one that was.
      'Quit SpecBoard (4 keep running)',
    ]);
  });

  test('each item asks for its own thing', () => {
    const { menu, asked } = view({
      profiles: [profile(1), profile(2)],
      sessions: [session(1, { driverType: 'e2b' }), session(2, { driverType: 'e2b' })],
      executions: [execution(1), execution(2, { sessionId: uuid(102), state: 'succeeded', startedAt: 9 })],
    });
    const ids = [
      `profile:${uuid(2)}`,
      'connect',
      `open:${uuid(101)}`,
      `cancel:${uuid(201)}`,
      `pause:${uuid(101)}`,
      `disconnect:${uuid(101)}`,
      'rerun-last',
      'pause-all',
      'open',
      'settings',
      'quit',
    ];
    for (const id of ids) nodeById(menu, id).click?.();
    expect(asked).toEqual([
      `setDefault ${uuid(2)}`,
      `connect ${uuid(1)}`,
      `command show-session ${uuid(101)}`,
      `cancel ${uuid(201)}`,
      `pause ${uuid(101)}`,
      `disconnect ${uuid(101)}`,
      `rerunLast ${uuid(102)}`,
      'command pause-all',
      'openWindow',
      'command settings',
      'quit',
    ]);
  });

  test('what is asked for once cannot be asked for again', () => {
    const { menu } = view({
      sessions: [session(1, { disconnecting: true }), session(2, { status: 'connecting' })],
      executions: [execution(1, { state: 'cancelling' })],
    });
    for (const id of [`disconnect:${uuid(101)}`, `cancel:${uuid(201)}`, 'connect']) {
      expect(nodeById(menu, id).enabled, id).toBe(false);
    }
    expect(allNodes(menu).some(({ id }) => id === 'rerun-last')).toBe(false);
  });

  test('without profiles there is nothing to connect to', () => {
    const { menu } = view({ profiles: [] });
    const connect = menu.find(({ id }) => id === 'connect-menu');
    expect(connect?.enabled ?? 'absent').toBe(platform === 'darwin' ? 'absent' : false);
    expect(allNodes(menu).some(({ type }) => type === 'radio')).toBe(false);
  });

  test('quitting counts what goes on', () => {
    const label = (change: Partial<Status>) => nodeById(view(change).menu, 'quit').label;
    const far = session(1, { driverType: 'e2b' });
    expect(label({ sessions: [session(1)] })).toBe('Quit SpecBoard');
    expect(label({ sessions: [far] })).toBe('Quit SpecBoard (1 keeps running)');
    expect(label({ sessions: [far], settings: settingsSchema.parse({ quitSessions: 'end' }) })).toBe(
      'Quit SpecBoard',
    );
  });

  test('nine profiles at most, the default one among them', () => {
    const profiles = Array.from({ length: 12 }, (_, n) => profile(n + 1, { isDefault: n === 11 }));
    const { menu, asked } = view({ profiles });
    const radios = allNodes(menu).filter(({ type }) => type === 'radio');
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
    context('win32'),
    actions,
  );
  const label = nodeById(menu, 'connect').label ?? '';
  expect(label).toMatch(/^Connect to R&&D {2}x+…$/);
  expect(label.length).toBeLessThan(80);
  expect(tooltip).toMatch(/^SpecBoard: R&D {2}x+…$/);
  expect(tooltip.length).toBeLessThanOrEqual(120);
});
