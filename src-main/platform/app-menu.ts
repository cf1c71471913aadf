/**
 * The application menu from the status and from what the window shows, per system. Pure. Items do what the window's own
 * buttons do, and are enabled by the same rules (src-shared/domain/action.ts); nothing here decides anything.
 */
import type { ActionId } from '../../src-shared/domain/action.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import { type AppMenuContext, MenuItems } from './menu-items.ts';
import { labelOf, type MenuNode, separator, withoutEdges } from './menu-node.ts';
import type { StatusActions } from './status-actions.ts';
import { profileNodes } from './tray-menu.ts';

/** The application menu of this status. */
export function appMenu(status: Status, context: AppMenuContext, actions: StatusActions): MenuNode[] {
  const mac = context.platform === 'darwin';
  const items = new MenuItems(status, context, actions);
  return [
    ...(mac ? [macAppMenu(items, actions)] : []),
    fileMenu(mac, items, actions),
    editMenu(mac, items),
    viewMenu(status, context, items),
    sessionMenu(status, context, items, actions),
    runMenu(items),
    ...syncMenu(items),
    windowMenu(mac),
    helpMenu(mac, items, actions),
  ];
}

function macAppMenu(items: MenuItems, actions: StatusActions): MenuNode {
  return {
    id: 'app',
    label: 'SpecBoard',
    submenu: [
      { role: 'about' },
      separator,
      ...items.action('settings', 'Settings…'),
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

function fileMenu(mac: boolean, items: MenuItems, actions: StatusActions): MenuNode {
  return {
    id: 'file',
    label: '&File',
    submenu: [
      ...items.action('new-session', 'New Session'),
      ...items.action('new-terminal', 'New Terminal'),
      ...items.action('new-profile', 'New Profile…'),
      ...items.action('open-file', 'Open File…'),
      separator,
      ...(mac ? [] : [...items.action('settings', 'Settings…'), separator]),
      ...items.action('save-output', 'Save Output As…'),
      ...exportNode(items),
      separator,
      ...items.action('import-profiles', 'Import Profiles…'),
      ...items.action('export-profiles', 'Export Profiles (No Secrets)…'),
      separator,
      ...items.action('close-terminal', 'Close Terminal'),
      { role: 'close', accelerator: closeKeys(mac, items) },
      ...(mac ? [] : [quitNode(false, actions)]),
    ],
  };
}

/**
 * Not Ctrl+W off macOS: in a shell it deletes a word. On macOS ⌘W closes what is in front: a terminal where one is shown, else the
 * window.
 */
function closeKeys(mac: boolean, items: MenuItems): string {
  if (!mac) return 'Alt+F4';
  return items.canDo('close-terminal') ? 'Cmd+Shift+W' : 'Cmd+W';
}

function exportNode(items: MenuItems): MenuNode[] {
  const submenu = [
    ...items.action('export-notebook', 'Notebook…'),
    ...items.action('export-markdown', 'Markdown…'),
    ...items.action('export-text', 'Plain Text…'),
  ];
  return [{ id: 'export-session', label: 'Export Session', submenu }];
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
function editMenu(mac: boolean, items: MenuItems): MenuNode {
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
      separator,
      ...items.action('find', 'Find'),
      ...items.action('search-activity', 'Find in Activity'),
    ],
  };
}

const tabs: readonly [ActionId, string][] = [
  ['show-run', 'Run'],
  ['show-terminal', 'Terminal'],
  ['show-files', 'Files'],
  ['show-sync', 'Sync'],
  ['show-activity', 'Activity'],
  ['show-metrics', 'Metrics'],
];

function viewMenu({ settings }: Status, { packaged }: AppMenuContext, items: MenuItems): MenuNode {
  const themes = (['system', 'light', 'dark'] as const).flatMap((theme) =>
    items.radio(`theme-${theme}`, themeWords[theme], settings.theme === theme),
  );
  const densities = (['compact', 'default', 'comfortable'] as const).flatMap((density) =>
    items.radio(`density-${density}`, densityWords[density], settings.density === density),
  );
  return {
    id: 'view',
    label: '&View',
    submenu: withoutEdges([
      ...items.action('palette', 'Command Palette…'),
      ...items.action('switch', 'Switch Session…'),
      separator,
      ...tabs.flatMap(([id, label]) => items.action(id, label)),
      separator,
      ...items.action('toggle-sidebar', 'Sidebar'),
      ...items.action('toggle-inspector', 'Inspector'),
      ...items.action('focus-editor', 'Go to the Editor'),
      separator,
      { id: 'theme', label: 'Theme', submenu: themes },
      { id: 'density', label: 'Density', submenu: densities },
      ...items.action('accessible-view', 'Accessible View'),
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      separator,
      { role: 'togglefullscreen' },
      ...(packaged ? [] : [separator, ...developerNodes]),
    ]),
  };
}

const themeWords = { system: 'Like the System', light: 'Light', dark: 'Dark' } as const;
const densityWords = { compact: 'Compact', default: 'Default', comfortable: 'Comfortable' } as const;

/** Without the role's own Ctrl+R and F5: they are for running, also in a checkout. */
const developerNodes: MenuNode[] = [
  { role: 'reload', accelerator: 'CmdOrCtrl+F5' },
  { role: 'toggleDevTools' },
];

function sessionMenu(
  status: Status,
  { drivers }: AppMenuContext,
  items: MenuItems,
  actions: StatusActions,
): MenuNode {
  const { profile, session } = items.facts;
  const profiles = profileNodes(status.profiles, actions, (index) =>
    index < 9 ? items.keys(`use-profile-${index + 1}` as ActionId) : undefined,
  );
  const words = drivers.find(({ type }) => type === session?.driverType)?.keepLabels;
  const name = labelOf(profile?.name ?? session?.profileName ?? '');
  return {
    id: 'session',
    label: '&Session',
    submenu: withoutEdges([
      { id: 'profile', label: 'Profile', enabled: profiles.length > 0, submenu: profiles },
      separator,
      ...items.action('connect', name === '' ? 'Connect' : `Connect to ${name}`),
      ...items.action('disconnect', 'Disconnect'),
      ...items.action('disconnect-end', labelOf(words?.end?.label ?? 'Disconnect: End and Delete')),
      ...items.action('disconnect-leave', labelOf(words?.leave?.label ?? 'Disconnect: Leave Running')),
      separator,
      ...items.action('pause', labelOf(words?.pause?.label ?? 'Pause')),
      ...items.action('pause-all', 'Pause All…'),
      ...items.action('extend', 'Extend Time'),
      ...items.action('reconnect-now', 'Reconnect Now'),
      ...items.action('reattach', 'Reconnect to the Sandbox'),
      ...items.action('restart-kernel', 'Restart Python…'),
      ...items.action('end-sandbox', 'End Sandbox…'),
      separator,
      ...items.action('unlock-keyring', 'Unlock the Keyring'),
    ]),
  };
}

function runMenu(items: MenuItems): MenuNode {
  return {
    id: 'run-menu',
    label: '&Run',
    submenu: [
      ...items.action('run', 'Run'),
      ...items.action('run-all', 'Run All'),
      ...items.action('run-block', 'Run Current Block'),
      ...items.action('rerun-last', 'Re-run Last'),
      separator,
      ...items.action('cancel', 'Cancel Run'),
      ...items.action('force-stop', 'Force Stop'),
      separator,
      ...items.action('clear-view', 'Clear View'),
    ],
  };
}

/** None where the driver of what is shown cannot sync. */
function syncMenu(items: MenuItems): MenuNode[] {
  const submenu = withoutEdges([
    ...items.action('sync-watch', 'Start Watching'),
    ...items.action('sync-unwatch', 'Stop Watching'),
    ...items.action('sync-now', 'Sync Now'),
    ...items.action('sync-stop', 'Stop Sync'),
    ...items.action('next-conflict', 'Next Conflict'),
    separator,
    ...items.action('sync-pair', 'Pair a Folder…'),
    ...items.action('sync-exclusions', 'Exclusions…'),
  ]);
  return submenu.length === 0 ? [] : [{ id: 'sync', label: 'S&ync', submenu }];
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

function helpMenu(mac: boolean, items: MenuItems, actions: StatusActions): MenuNode {
  return {
    id: 'help',
    label: '&Help',
    role: 'help',
    submenu: [
      ...items.action('show-shortcuts', 'Keyboard Shortcuts'),
      ...items.action('accessibility-help', 'Accessibility Help'),
      separator,
      ...items.action('copy-diagnostics', 'Copy Diagnostics'),
      // Works without a window, too.
      ...items.action('open-logs', 'Open Logs', { click: () => actions.openLogs() }),
      ...(mac ? [] : [separator, { role: 'about' } as const]),
    ],
  };
}
