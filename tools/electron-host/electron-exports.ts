// What require('electron') gives in the main process. Electron's exports that the host lacks are there too, and throw by
// name when they are used; so do members that Electron's modules have and the host's have not (strict.ts).
import type * as Electron from 'electron';
import { app } from './api/app.ts';
import { BrowserWindow } from './api/browser-window.ts';
import { clipboard } from './api/clipboard.ts';
import { dialog } from './api/dialog.ts';
import { ipcMain } from './api/ipc-main.ts';
import { itemByCommandId, Menu, MenuItem } from './api/menu.ts';
import { MessageChannelMain, MessagePortMain } from './api/message-ports.ts';
import { nativeImage } from './api/native-image.ts';
import { nativeTheme } from './api/native-theme.ts';
import { net } from './api/net.ts';
import { Notification, notificationByToast } from './api/notification.ts';
import { askInOverlay, overlaySources } from './api/overlay-host.ts';
import { safeStorage } from './api/safe-storage.ts';
import { session, sessionOf } from './api/session.ts';
import { shell } from './api/shell.ts';
import {
  autoUpdater,
  crashReporter,
  globalShortcut,
  powerMonitor,
  powerSaveBlocker,
  screen,
  systemPreferences,
} from './api/system-modules.ts';
import { Tray } from './api/tray.ts';
import { utilityProcess } from './api/utility-process.ts';
import { WebContents } from './api/web-contents.ts';
import { host } from './host-state.ts';
import { electronMembers, missingExport } from './strict.ts';
import { testSurface } from './test-surface.ts';

/** The exports that exist; TypeScript refuses one that Electron's types do not have. */
const present = {
  app,
  autoUpdater,
  BaseWindow: BrowserWindow,
  BrowserWindow,
  clipboard,
  crashReporter,
  dialog,
  globalShortcut,
  ipcMain,
  Menu,
  MenuItem,
  MessageChannelMain,
  nativeImage,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  get protocol() {
    return sessionOf('').protocol;
  },
  safeStorage,
  screen,
  session,
  shell,
  systemPreferences,
  Tray,
  utilityProcess,
  webContents: WebContents,
} satisfies Partial<Record<keyof typeof Electron, unknown>>;

/** All names: Electron's, and the host's own test surface. */
export const electronExports: Record<string, unknown> = { MessagePortMain, __host: testSurface };
for (const name of electronMembers('exports')) {
  const value = (present as Record<string, unknown>)[name] ?? missingExport(name);
  Object.defineProperty(electronExports, name, { value, enumerable: true, writable: true });
}

overlaySources.menu = () => Menu.getApplicationMenu()?.entries() ?? [];
overlaySources.trays = () => [...(host.trays as Set<Tray>)].map((tray) => tray.entry());
overlaySources.chooseItem = (commandId) => itemByCommandId(commandId)?.click();
overlaySources.clickTray = (id) =>
  [...(host.trays as Set<Tray>)].find((tray) => tray.trayId === id)?.emit('click', {});
overlaySources.clickToast = (id) => notificationByToast(id)?.emit('click', {});
overlaySources.toastClosed = (id) => notificationByToast(id)?.close();
app.onAboutPanel(() => {
  const given = host.appCalls.findLast(([name]) => name === 'setAboutPanelOptions')?.[1];
  const options = (given ?? {}) as Electron.AboutPanelOptionsOptions;
  void askInOverlay({
    kind: 'about',
    title: options.applicationName ?? app.name,
    message: `Version ${options.applicationVersion ?? app.getVersion()}`,
    detail: [options.copyright, options.credits, options.website].filter((line) => !!line).join('\n'),
    buttons: ['OK'],
  });
});
