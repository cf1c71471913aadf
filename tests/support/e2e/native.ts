/** The native side of the running app: application menu, tray, opened links. The same on Electron and on the host. */
import { basename, join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';

/** The file that is loaded into main before the app; what it notes is `globalThis.e2e` there. */
export const hooksFile = join(import.meta.dirname, 'main-hooks.cjs');

/** See main-hooks.cjs. */
export interface MainHooks {
  tray: { icon: string; tooltip: string; menu: Electron.Menu } | null;
  opened: string[];
  dialogs: { method: string; options: unknown }[];
}

declare global {
  /** In the app's main process only. */
  var e2e: MainHooks;
}

/** A menu item as plain data. */
export interface MenuItemView {
  id: string;
  label: string;
  type: string;
  enabled: boolean;
  checked: boolean;
}

/** The tray as a person sees it; `icon` is the state that its image shows: none, ready, busy, needs-you, failed. */
export interface TrayView {
  icon: string;
  tooltip: string;
  items: MenuItemView[];
}

/** All items of the application menu, those of submenus included. */
export function appMenuItems(app: ElectronApplication): Promise<MenuItemView[]> {
  return app.evaluate(({ Menu }) => {
    const view = (item: Electron.MenuItem): MenuItemView[] => [
      {
        id: item.id ?? '',
        label: item.label,
        type: item.type,
        enabled: item.enabled,
        checked: item.checked,
      },
      ...(item.submenu?.items.flatMap(view) ?? []),
    ];
    return Menu.getApplicationMenu()?.items.flatMap(view) ?? [];
  });
}

/** Clicks an item of the application menu as a person can: a disabled or missing one is an error. */
export async function clickAppMenu(app: ElectronApplication, id: string): Promise<void> {
  await app.evaluate(({ Menu }, wanted) => {
    const item = Menu.getApplicationMenu()?.getMenuItemById(wanted);
    if (!item?.enabled) throw new Error(`the menu has no enabled item "${wanted}"`);
    item.click();
  }, id);
}

/** The tray now; null where there is none (yet). */
export async function trayView(app: ElectronApplication): Promise<TrayView | null> {
  const seen = await app.evaluate(() => {
    const view = (item: Electron.MenuItem): MenuItemView[] => [
      {
        id: item.id ?? '',
        label: item.label,
        type: item.type,
        enabled: item.enabled,
        checked: item.checked,
      },
      ...(item.submenu?.items.flatMap(view) ?? []),
    ];
    const { tray } = globalThis.e2e;
    return tray && { icon: tray.icon, tooltip: tray.tooltip, items: tray.menu.items.flatMap(view) };
  });
  if (!seen) return null;
  // `busy-24.png`, `busyTemplate.png`, `busy-dark.ico`
  const icon = basename(seen.icon).replace(/(-\d+|-dark|-light|Template)?\.\w+$/, '');
  return { ...seen, icon };
}

/** Clicks an item of the tray's menu; a disabled or missing one is an error. */
export async function clickTray(app: ElectronApplication, id: string): Promise<void> {
  await app.evaluate((_electron, wanted) => {
    const item = globalThis.e2e.tray?.menu.getMenuItemById(wanted);
    if (!item?.enabled) throw new Error(`the tray has no enabled item "${wanted}"`);
    item.click();
  }, id);
}

/** Clicks an item of the tray's first session: `open`, `cancel`, `pause`, `disconnect`. */
export async function clickTraySession(app: ElectronApplication, what: string): Promise<void> {
  const view = await trayView(app);
  const item = view?.items.find(({ id }) => id.startsWith(`${what}:`));
  await clickTray(app, item?.id ?? `${what}:`);
}

/** Links that the app handed to the system so far. */
export function openedLinks(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(() => globalThis.e2e.opened);
}

/** What the system's file dialogs answer from now on: where to save a file, which folder was chosen. */
export async function answerFileDialogs(
  app: ElectronApplication,
  answers: { saveAs: string; folder: string },
): Promise<void> {
  await app.evaluate(({ dialog }, { saveAs, folder }) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath: saveAs });
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [folder] });
  }, answers);
}
