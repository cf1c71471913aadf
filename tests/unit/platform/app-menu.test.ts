/** The application menu on the terms of three systems. */
import { describe, expect, test } from 'vitest';
import { type AppMenuContext, appMenu } from '../../../src-main/platform/app-menu.ts';
import { type EventPayload, windowCommands } from '../../../src-shared/contract/events.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import { allNodes, nodeById, platforms, recordedActions } from './support/actions.ts';
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
  const context: AppMenuContext = { platform, packaged: true };

  test('the menus', () => {
    const titles = menuOf(context).menu.map(({ label }) => label?.replace('&', ''));
    const common = ['File', 'Edit', 'View', 'Session', 'Run', 'Window', 'Help'];
    expect(titles).toEqual(mac ? ['SpecBoard', ...common] : common);
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
    const { menu } = menuOf(context, { profiles, sessions: [session(1)], executions: [execution(1)] });
    const own = allNodes(menu).flatMap(({ accelerator }) => accelerator ?? []);
    const all = [...own, ...roleAccelerators].map((accelerator) => normal(accelerator, mac));
    expect(all.length).toBe(new Set(all).size);
    for (const accelerator of all) expect(accelerator).not.toMatch(/control.*alt|alt.*control/);
    expect(all).not.toContain(mac ? 'command+r' : 'control+r');
    if (!mac) {
      // Off macOS a shell in the window owns these.
      for (const letter of ['w', 'a', 'e', 'd', 'z'])
        expect(own.map((a) => normal(a, false))).not.toContain(`control+${letter}`);
    }
  });

  test('reload and developer tools only from a checkout', () => {
    const tools = (packaged: boolean) =>
      allNodes(menuOf({ platform, packaged }).menu).flatMap(({ role }) =>
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
      profiles.map((_, n) => `${mac ? 'Control+Command' : 'Ctrl+Shift'}+${n + 1}`),
    );
    radios[3]?.click?.();
    expect(asked).toEqual([`setDefault ${uuid(4)}`]);
  });

  test('items are enabled by the status', () => {
    const enabled = (change: Partial<Status>) =>
      ['connect', 'disconnect', 'run', 'cancel'].map(
        (id) => nodeById(menuOf(context, change).menu, id).enabled ?? true,
      );
    expect(enabled({ profiles: [] })).toEqual([false, false, false, false]);
    expect(enabled({})).toEqual([true, false, false, false]);
    expect(enabled({ sessions: [session(1, { status: 'connecting' })] })).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(enabled({ sessions: [session(1)] })).toEqual([true, true, true, false]);
    expect(enabled({ sessions: [session(1)], executions: [execution(1)] })).toEqual([true, true, true, true]);
    expect(enabled({ sessions: [session(1, { disconnecting: true })] })).toEqual([true, false, true, false]);
    expect(nodeById(menuOf(context, { profiles: [] }).menu, 'profile').enabled).toBe(false);
  });

  test('items ask for what they say; every command of the contract but disconnect has its item', () => {
    const { menu, asked } = menuOf(context, { sessions: [session(1)], executions: [execution(1)] });
    const commands = windowCommands.filter((command) => command !== 'disconnect');
    for (const command of commands) nodeById(menu, command).click?.();
    for (const id of ['connect', 'disconnect', 'open-logs', 'quit']) nodeById(menu, id).click?.();
    expect(asked).toEqual([
      ...commands.map((command: EventPayload<'command'>['command']) => `command ${command}`),
      `connect ${uuid(1)}`,
      `disconnect ${uuid(101)}`,
      'openLogs',
      'quit',
    ]);
  });
});
