/**
 * The application menu from the status, per system. Pure. Items do what the window's own buttons do (`command`), or act on
 * the status like the tray; nothing here decides anything.
 */
import { isEnded } from '../../src-shared/domain/session.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import { disconnectNode, type MenuNode, separator } from './menu-node.ts';
import type { StatusActions, WindowCommand } from './status-actions.ts';
import { summarize } from './status-summary.ts';
import { connectNode, profileNodes } from './tray-menu.ts';

/** Where the menu is shown. */
export interface AppMenuContext {
  platform: NodeJS.Platform;
  /** An installed app has no Reload and no developer tools: Ctrl+R in a terminal must never throw the window away. */
  packaged: boolean;
}

/** The application menu of this status. */
export function appMenu(status: Status, context: AppMenuContext, actions: StatusActions): MenuNode[] {
  const mac = context.platform === 'darwin';
  return [
    ...(mac ? [macAppMenu(actions)] : []),
    fileMenu(mac, actions),
    editMenu(mac),
    viewMenu(context, actions),
    sessionMenu(status, mac, actions),
    runMenu(status, actions),
    windowMenu(mac),
    helpMenu(mac, actions),
  ];
}

/** The accelerator of a profile's item: ⌃⌘1…9 on macOS (⌘⇧3…5 takes screenshots there), Ctrl+Shift+1…9 elsewhere. */
export function profileAccelerator(index: number, platform: NodeJS.Platform): string | undefined {
  if (index < 0 || index > 8) return undefined;
  return `${platform === 'darwin' ? 'Control+Command' : 'Ctrl+Shift'}+${index + 1}`;
}

function commandNode(
  actions: StatusActions,
  command: WindowCommand,
  label: string,
  more: Pick<MenuNode, 'accelerator' | 'enabled'> = {},
): MenuNode {
  return { id: command, label, ...more, click: () => actions.command(command) };
}

function macAppMenu(actions: StatusActions): MenuNode {
  return {
    id: 'app',
    label: 'SpecBoard',
    submenu: [
      { role: 'about' },
      separator,
      commandNode(actions, 'settings', 'Settings…', { accelerator: 'CmdOrCtrl+,' }),
      separator,
      { role: 'services' },
      separator,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      separator,
      quitNode(true, actions),
    ],
  };
}

function fileMenu(mac: boolean, actions: StatusActions): MenuNode {
  return {
    id: 'file',
    label: '&File',
    submenu: [
      commandNode(actions, 'new-session', 'New Session', { accelerator: 'CmdOrCtrl+N' }),
      commandNode(actions, 'new-profile', 'New Profile…'),
      separator,
      ...(mac
        ? []
        : [commandNode(actions, 'settings', 'Settings…', { accelerator: 'CmdOrCtrl+,' }), separator]),
      // Not Ctrl+W off macOS: in a shell it deletes a word.
      { role: 'close', accelerator: mac ? 'Cmd+W' : 'Alt+F4' },
      ...(mac ? [] : [quitNode(false, actions)]),
    ],
  };
}

/** Quit is ours, not the role: the person may be asked about sessions first. */
function quitNode(mac: boolean, actions: StatusActions): MenuNode {
  return {
    id: 'quit',
    label: mac ? 'Quit SpecBoard' : 'Quit',
    accelerator: 'CmdOrCtrl+Q',
    click: () => actions.quit(),
  };
}

/** Roles: without this menu, copy and paste have no shortcuts on macOS. */
function editMenu(mac: boolean): MenuNode {
  return {
    id: 'edit',
    label: '&Edit',
    submenu: [
      { role: 'undo' },
      { role: 'redo' },
      separator,
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      ...(mac ? [{ role: 'pasteAndMatchStyle' } as const] : []),
      { role: 'delete' },
      separator,
      { role: 'selectAll' },
    ],
  };
}

function viewMenu({ packaged }: AppMenuContext, actions: StatusActions): MenuNode {
  return {
    id: 'view',
    label: '&View',
    submenu: [
      commandNode(actions, 'toggle-sidebar', 'Sidebar', { accelerator: 'CmdOrCtrl+B' }),
      commandNode(actions, 'focus-editor', 'Go to the Editor'),
      separator,
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      separator,
      { role: 'togglefullscreen' },
      ...(packaged ? [] : [separator, { role: 'reload' } as const, { role: 'toggleDevTools' } as const]),
    ],
  };
}

function sessionMenu(status: Status, mac: boolean, actions: StatusActions): MenuNode {
  const summary = summarize(status);
  const platform = mac ? 'darwin' : 'linux';
  const profiles = profileNodes(status.profiles, actions, (index) => profileAccelerator(index, platform));
  return {
    id: 'session',
    label: '&Session',
    submenu: [
      {
        id: 'profile',
        label: 'Profile',
        enabled: profiles.length > 0,
        submenu: profiles,
      },
      separator,
      { ...connectNode(summary, actions), accelerator: mac ? 'Cmd+Shift+C' : 'Ctrl+Shift+O' },
      disconnectNode(summary.live, actions.disconnect),
    ],
  };
}

function runMenu(status: Status, actions: StatusActions): MenuNode {
  const { running } = summarize(status);
  const active = status.sessions.some((session) => session.status === 'active' && !isEnded(session));
  return {
    id: 'run-menu',
    label: '&Run',
    submenu: [
      commandNode(actions, 'run', 'Run', { accelerator: 'CmdOrCtrl+Enter', enabled: active }),
      commandNode(actions, 'cancel', 'Cancel Run', {
        accelerator: 'CmdOrCtrl+.',
        enabled: running.length > 0,
      }),
      separator,
      commandNode(actions, 'clear-view', 'Clear View', { accelerator: 'CmdOrCtrl+L' }),
    ],
  };
}

function windowMenu(mac: boolean): MenuNode {
  return {
    id: 'window',
    label: '&Window',
    role: 'window',
    submenu: mac
      ? [{ role: 'minimize' }, { role: 'zoom' }, separator, { role: 'front' }]
      : [{ role: 'minimize' }, { role: 'zoom' }],
  };
}

function helpMenu(mac: boolean, actions: StatusActions): MenuNode {
  return {
    id: 'help',
    label: '&Help',
    role: 'help',
    submenu: [
      commandNode(actions, 'show-shortcuts', 'Keyboard Shortcuts', { accelerator: 'CmdOrCtrl+/' }),
      separator,
      { id: 'open-logs', label: 'Open Logs', click: () => actions.openLogs() },
      ...(mac ? [] : [separator, { role: 'about' } as const]),
    ],
  };
}
