// What Electron's menu roles mean: label, accelerator, action, submenu.
import { app } from './app.ts';
import type { BrowserWindow } from './browser-window.ts';

/** One role. Editing roles have no accelerator here: Chromium handles those keys itself. */
export interface MenuRole {
  label: string;
  accelerator?: string;
  action?: (window: BrowserWindow | undefined) => void;
  /** Roles of the submenu; null is a separator. */
  submenu?: (string | null)[];
}

const edit = (label: string, command: string): MenuRole => ({
  label,
  action: (window) => window?.webContents.edit(command),
});
const zoom = (label: string, accelerator: string, step: number | null): MenuRole => ({
  label,
  accelerator,
  action: (window) =>
    window?.webContents.setZoomLevel(step === null ? 0 : window.webContents.getZoomLevel() + step),
});
const mac = process.platform === 'darwin';

const ROLES: Record<string, MenuRole> = {
  quit: { label: mac ? `Quit ${app.name}` : 'Quit', accelerator: 'CmdOrCtrl+Q', action: () => app.quit() },
  close: { label: 'Close Window', accelerator: 'CmdOrCtrl+W', action: (window) => window?.close() },
  minimize: { label: 'Minimize', accelerator: 'CmdOrCtrl+M', action: (window) => window?.minimize() },
  reload: { label: 'Reload', accelerator: 'CmdOrCtrl+R', action: (window) => window?.reload() },
  forcereload: {
    label: 'Force Reload',
    accelerator: 'Shift+CmdOrCtrl+R',
    action: (window) => window?.webContents.reloadIgnoringCache(),
  },
  toggledevtools: { label: 'Toggle Developer Tools', accelerator: mac ? 'Alt+Cmd+I' : 'Ctrl+Shift+I' },
  togglefullscreen: {
    label: 'Toggle Full Screen',
    accelerator: mac ? 'Ctrl+Cmd+F' : 'F11',
    action: (window) => window?.setFullScreen(!window.isFullScreen()),
  },
  resetzoom: zoom('Actual Size', 'CmdOrCtrl+0', null),
  zoomin: zoom('Zoom In', 'CmdOrCtrl+Plus', 0.5),
  zoomout: zoom('Zoom Out', 'CmdOrCtrl+-', -0.5),
  zoom: { label: 'Zoom', action: (window) => window?.maximize() },
  front: { label: 'Bring All to Front' },
  about: { label: `About`, action: () => app.showAboutPanel() },
  hide: { label: 'Hide', accelerator: mac ? 'Cmd+H' : '', action: () => app.hide() },
  hideothers: { label: 'Hide Others' },
  unhide: { label: 'Show All', action: () => app.show() },
  services: { label: 'Services', submenu: [] },
  startspeaking: { label: 'Start Speaking' },
  stopspeaking: { label: 'Stop Speaking' },
  togglespellchecker: { label: 'Check Spelling While Typing' },
  recentdocuments: { label: 'Open Recent', submenu: [] },
  clearrecentdocuments: { label: 'Clear Menu' },
  undo: edit('Undo', 'undo'),
  redo: edit('Redo', 'redo'),
  cut: edit('Cut', 'cut'),
  copy: edit('Copy', 'copy'),
  paste: edit('Paste', 'paste'),
  delete: edit('Delete', 'delete'),
  selectall: edit('Select All', 'selectAll'),
  pasteandmatchstyle: edit('Paste and Match Style', 'pasteAndMatchStyle'),
  appmenu: {
    label: 'App',
    submenu: ['about', null, 'services', null, 'hide', 'hideOthers', 'unhide', null, 'quit'],
  },
  filemenu: { label: 'File', submenu: [mac ? 'close' : 'quit'] },
  editmenu: {
    label: 'Edit',
    submenu: ['undo', 'redo', null, 'cut', 'copy', 'paste', 'delete', null, 'selectAll'],
  },
  viewmenu: {
    label: 'View',
    submenu: [
      'reload',
      'forceReload',
      'toggleDevTools',
      null,
      'resetZoom',
      'zoomIn',
      'zoomOut',
      null,
      'togglefullscreen',
    ],
  },
  windowmenu: {
    label: 'Window',
    submenu: mac ? ['minimize', 'zoom', null, 'front'] : ['minimize', 'zoom', 'close'],
  },
  window: { label: 'Window' },
  help: { label: 'Help' },
  sharemenu: { label: 'Share', submenu: [] },
};

/** The role of that name, in whatever case it is written; throws for one that Electron does not know either. */
export function menuRole(name: string): MenuRole {
  const role = ROLES[name.toLowerCase()];
  if (!role) throw new Error(`electron-host: menu role ${name} is not implemented`);
  return role;
}
