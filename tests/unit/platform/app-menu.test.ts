/** The application menu on the terms of three systems. */
import { describe, expect, test } from 'vitest';
import { appMenu } from '../../../src-main/platform/app-menu.ts';
import type { AppMenuContext } from '../../../src-main/platform/menu-items.ts';
import { actionIds } from '../../../src-shared/domain/action.ts';
import { settingsSchema } from '../../../src-shared/domain/settings.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import { syncRoot } from '../../support/sync-root.ts';
import { allNodes, nodeById, platforms, recordedActions } from './support/actions.ts';
import { cloud, local } from './support/drivers.ts';
import { execution, profile, session, status, uuid } from './support/statuses.ts';

function menuOf(context: AppMenuContext, change: Partial<Status> = {}) {
  const { actions, asked } = recordedActions();
  return { menu: appMenu(status(change), context, actions), asked };
}

/** An accelerator in one spelling, with what CmdOrCtrl means there. */
function normal(accelerator: string, mac: boolean): string {
  const parts = accelerator.split('+').map((part) => {
    if (part === 'CmdOrCtrl') return mac ? 'command' : 'control';
    return { Cmd: 'command', Ctrl: 'control' }[part] ?? part.toLowerCase();
  });
  return [...parts.slice(0, -1).sort(), parts.at(-1)].join('+');
}

/** Accelerators that roles bring along, as far as they could collide with ours. */
const roleAccelerators = [
  'CmdOrCtrl+Z',
  'CmdOrCtrl+X',
  'CmdOrCtrl+C',
  'CmdOrCtrl+V',
  'CmdOrCtrl+A',
  'CmdOrCtrl+M',
  'CmdOrCtrl+0',
  'F11',
];

const profiles = Array.from({ length: 9 }, (_, n) => profile(n + 1));

describe.each(platforms)('on %s', (platform) => {
  const mac = platform === 'darwin';
  const context: AppMenuContext = { platform, packaged: true, drivers: [local, cloud], showing: null };
  const shows = (n: number): AppMenuContext => ({
    ...context,
    showing: { profileId: null, sessionId: uuid(100 + n), tab: 'run' },
  });

  test('the menus', () => {
    const titles = menuOf(context).menu.map(({ label }) => label?.replace('&', ''));
    const common = ['File', 'Edit', 'View', 'Session', 'Run', 'Window', 'Help'];
    expect(titles).toEqual(mac ? ['SpecBoard', ...common] : common);
  });

  test('Sync, where the driver can: with what is paired now', () => {
    const far = { sessions: [session(1, { driverType: 'e2b' })] };
    const drawn = (change: Partial<Status>) =>
      menuOf(shows(1), change)
        .menu.find(({ id }) => id === 'sync')
        ?.submenu?.filter(({ enabled }) => enabled !== false)
        .map(({ label }) => label ?? '-');
    expect(drawn({ sessions: [session(1)] })).toBeUndefined();
    expect(drawn(far)).toEqual(['-', 'Pair a Folder…']);
    expect(drawn({ ...far, syncs: [syncRoot({ conflicts: 1, watching: true })] })).toEqual([
      'Stop Watching',
      'Sync Now',
      'Next Conflict',
      '-',
      'Pair a Folder…',
      'Exclusions…',
    ]);
  });

  test('the roles that people expect', () => {
    const roles = allNodes(menuOf(context).menu).flatMap(({ role }) => role ?? []);
    for (const role of [
      'undo',
      'redo',
      'cut',
      'copy',
      'paste',
      'selectAll',
      'close',
      'about',
      'help',
      'window',
    ]) {
      expect(roles).toContain(role);
    }
    expect(roles.filter((role) => ['services', 'hide', 'hideOthers', 'unhide'].includes(role)).length).toBe(
      mac ? 4 : 0,
    );
    // Quit asks about sessions first: never the role.
    expect(roles).not.toContain('quit');
  });

  test('accelerators are unique, none is Ctrl+Alt, none reloads', () => {
    const { menu } = menuOf(shows(1), { profiles, sessions: [session(1)], executions: [execution(1)] });
    const own = allNodes(menu).flatMap(({ accelerator }) => accelerator ?? []);
    const all = [...own, ...roleAccelerators].map((accelerator) => normal(accelerator, mac));
    expect(all.length).toBe(new Set(all).size);
    for (const accelerator of all) expect(accelerator).not.toMatch(/control.*alt|alt.*control/);
    // Ctrl+R runs once more; nothing reloads with it, packaged or not.
    expect(nodeById(menu, 'rerun-last').accelerator).toBe(mac ? 'Cmd+R' : 'Ctrl+R');
    if (!mac) {
      // Off macOS a shell in the window owns these.
      for (const letter of ['w', 'a', 'e', 'd', 'z'])
        expect(own.map((a) => normal(a, false))).not.toContain(`control+${letter}`);
    }
  });

  test('reload and developer tools only from a checkout', () => {
    const tools = (packaged: boolean) =>
      allNodes(menuOf({ ...context, packaged }).menu).flatMap(({ role }) =>
        role === 'reload' || role === 'toggleDevTools' || role === 'forceReload' ? role : [],
      );
    expect([tools(true), tools(false)]).toEqual([[], ['reload', 'toggleDevTools']]);
  });

  test('profiles are radio items with accelerators, the default one checked', () => {
    const { menu, asked } = menuOf(context, { profiles });
    const radios = nodeById(menu, 'profile').submenu ?? [];
    expect(radios.map(({ type, checked }) => [type, checked])).toEqual(
      profiles.map(({ isDefault }) => ['radio', isDefault]),
    );
    expect(radios.map(({ accelerator }) => accelerator)).toEqual(
      profiles.map((_, n) => `${mac ? 'Cmd+Control' : 'Ctrl+Shift'}+${n + 1}`),
    );
    radios[3]?.click?.();
    expect(asked).toEqual([`setDefault ${uuid(4)}`]);
  });

  test('items are enabled by what the window shows', () => {
    const ids = ['run', 'rerun-last', 'cancel', 'connect', 'disconnect', 'clear-view'] as const;
    const enabled = (of: AppMenuContext, change: Partial<Status>) => {
      const { menu } = menuOf(of, change);
      return ids.filter((id) => nodeById(menu, id).enabled !== false).join(' ');
    };
    expect(enabled(context, { profiles: [] })).toBe('');
    // Running connects first.
    expect(enabled(context, {})).toBe('run connect');
    expect(enabled(shows(1), { sessions: [session(1, { status: 'connecting' })] })).toBe(
      'cancel disconnect clear-view',
    );
    expect(enabled(shows(1), { sessions: [session(1)] })).toBe('run disconnect clear-view');
    expect(enabled(shows(1), { sessions: [session(1)], executions: [execution(1)] })).toBe(
      'run rerun-last cancel disconnect clear-view',
    );
    expect(enabled(shows(1), { sessions: [session(1, { disconnecting: true })] })).toBe('clear-view');
    // What another session does says nothing about the one that is shown.
    expect(enabled(shows(2), { sessions: [session(1), session(2)], executions: [execution(1)] })).toBe(
      'run disconnect clear-view',
    );
    expect(nodeById(menuOf(context, { profiles: [] }).menu, 'profile').enabled).toBe(false);
  });

  test('what the driver cannot do is absent; what it calls things is what is said', () => {
    const ids = (change: Partial<Status>) =>
      allNodes(menuOf(shows(1), change).menu).flatMap(({ id }) => id ?? []);
    const optional = [
      'disconnect-end',
      'disconnect-leave',
      'pause',
      'extend',
      'show-terminal',
      'reconnect-now',
    ];
    expect(ids({ sessions: [session(1)] }).filter((id) => optional.includes(id))).toEqual([]);
    const retrying = { state: 'retrying' as const, since: 0, attempt: 1, nextAt: null };
    const far = { sessions: [session(1, { driverType: 'e2b', endsAt: 1, link: retrying })] };
    expect(
      ids(far)
        .filter((id) => optional.includes(id))
        .sort(),
    ).toEqual([...optional].sort());
    const { menu } = menuOf(shows(1), far);
    expect(nodeById(menu, 'disconnect-end').label).toBe('Delete it && forget');
    const foreign = { sessions: [session(1, { driverType: 'e2b', metadata: { foreign: true } })] };
    expect(ids(foreign).filter((id) => optional.includes(id))).toEqual(['show-terminal']);
    // No line stands at an end or beside another.
    for (const { submenu = [] } of menu) {
      const lines = submenu.map(({ type }) => type === 'separator');
      expect(lines.at(-1), 'last').not.toBe(true);
      expect(lines.some((line, n) => line && lines[n + 1])).toBe(false);
    }
  });

  test('keys that the person chose are the menu’s keys, and those that were taken away are gone', () => {
    const chosen = settingsSchema.parse({ shortcuts: { run: 'Mod+Shift+X', settings: '' } });
    const { menu } = menuOf(context, { settings: chosen });
    expect(nodeById(menu, 'run').accelerator).toBe(mac ? 'Cmd+Shift+X' : 'Ctrl+Shift+X');
    expect(nodeById(menu, 'settings').accelerator).toBeUndefined();
  });

  test('theme and density are radio items that say what is set', () => {
    const { menu, asked } = menuOf(context, { settings: settingsSchema.parse({ theme: 'dark' }) });
    const themes = nodeById(menu, 'theme').submenu ?? [];
    expect(themes.map(({ label, checked }) => [label, checked])).toEqual([
      ['Like the System', false],
      ['Light', false],
      ['Dark', true],
    ]);
    nodeById(menu, 'density-compact').click?.();
    expect(asked).toEqual(['command density-compact']);
  });

  test('an item of an action asks the window for that action', () => {
    const { menu, asked } = menuOf(shows(1), { sessions: [session(1)], executions: [execution(1)] });
    const own = allNodes(menu).filter(({ id }) => actionIds.some((action) => action === id));
    expect(own.length).toBeGreaterThan(20);
    for (const node of own) if (node.enabled !== false && node.id !== 'open-logs') node.click?.();
    expect(asked).toEqual(
      own.flatMap(({ id, enabled }) => (enabled === false || id === 'open-logs' ? [] : `command ${id}`)),
    );
    nodeById(menu, 'open-logs').click?.();
    nodeById(menu, 'quit').click?.();
    expect(asked.slice(-2)).toEqual(['openLogs', 'quit']);
  });
});
