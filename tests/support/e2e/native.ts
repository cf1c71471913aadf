/** The native side of the running app: application menu, tray, dialogs, opened links. The same on Electron and on the host. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { iconStates } from '../../../src-main/platform/status-summary.ts';
import { trayIconFile } from '../../../src-main/platform/tray-icons.ts';
import { root } from './runtime.ts';

/** A menu item as plain data. */
export interface MenuItemView {
  id: string;
  label: string;
  type: string;
  enabled: boolean;
  checked: boolean;
  submenu: MenuItemView[];
}

/** The tray as a person sees it; `icon` is the state that its image shows. */
export interface TrayState {
  icon: string;
  tooltip: string;
  items: MenuItemView[];
}

interface TraySpy {
  menu?: Electron.Menu;
  tooltip?: string;
  image?: Electron.NativeImage | string;
}

declare global {
  /** In main: what the tray was told last, and the links that were opened. Set by `watchNative`. */
  var e2e: { tray: TraySpy; opened: string[]; trays(): TraySpy[] } | undefined;
}

/**
 * Records in main what Electron has no way to read back: tray and opened links (which then open nothing). Call it right
 * after the start.
 */
export async function watchNative(app: ElectronApplication): Promise<void> {
  await app.evaluate((electron) => {
    const state: NonNullable<typeof globalThis.e2e> = { tray: {}, opened: [], trays: () => [state.tray] };
    globalThis.e2e = state;
    electron.shell.openExternal = async (url: string) => void state.opened.push(url);
    // The host keeps its trays; on Electron their methods tell.
    const { __host } = electron as unknown as {
      __host?: { trays: Set<{ menu: Electron.Menu; toolTip: string; image: Electron.NativeImage }> };
    };
    if (__host) {
      state.trays = () =>
        [...__host.trays].map(({ menu, toolTip, image }) => ({ menu, tooltip: toolTip, image }));
      return;
    }
    const { prototype } = electron.Tray;
    const { setContextMenu, setToolTip, setImage } = prototype;
    prototype.setContextMenu = function spy(menu) {
      if (menu) state.tray.menu = menu;
      setContextMenu.call(this, menu);
    };
    prototype.setToolTip = function spy(text) {
      state.tray.tooltip = text;
      setToolTip.call(this, text);
    };
    prototype.setImage = function spy(image) {
      state.tray.image = image;
      setImage.call(this, image);
    };
  });
}

/** Links that the app handed to the system so far. */
export function openedLinks(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(() => globalThis.e2e?.opened ?? []);
}

/** The application menu, whole. */
export function appMenuItems(app: ElectronApplication): Promise<MenuItemView[]> {
  return app.evaluate(({ Menu }) => {
    const view = (item: Electron.MenuItem): MenuItemView => ({
      id: item.id ?? '',
      label: item.label,
      type: item.type,
      enabled: item.enabled,
      checked: item.checked,
      submenu: item.submenu?.items.map(view) ?? [],
    });
    return Menu.getApplicationMenu()?.items.map(view) ?? [];
  });
}

/** Clicks an item of the application menu, as the person does: a disabled or missing one is an error. */
export async function clickAppMenu(app: ElectronApplication, id: string): Promise<void> {
  await app.evaluate(({ Menu }, wanted) => {
    const item = Menu.getApplicationMenu()?.getMenuItemById(wanted);
    if (!item?.enabled) throw new Error(`the menu has no enabled item "${wanted}"`);
    item.click();
  }, id);
}

/** The tray now; null where there is none yet. */
export async function trayState(app: ElectronApplication): Promise<TrayState | null> {
  const seen = await app.evaluate(() => {
    const view = (item: Electron.MenuItem): MenuItemView => ({
      id: item.id ?? '',
      label: item.label,
      type: item.type,
      enabled: item.enabled,
      checked: item.checked,
      submenu: item.submenu?.items.map(view) ?? [],
    });
    const [tray] = globalThis.e2e?.trays() ?? [];
    if (!tray?.menu) return null;
    const { image, tooltip = '', menu } = tray;
    const picture = image === undefined || typeof image === 'string' ? '' : image.toDataURL();
    return { picture, tooltip, items: menu.items.map(view) };
  });
  if (!seen) return null;
  const { picture, ...rest } = seen;
  return { icon: (await iconNames(app)).get(picture) ?? 'unknown', ...rest };
}

/** Clicks an item of the tray's menu by id. */
export async function clickTray(app: ElectronApplication, id: string): Promise<void> {
  await app.evaluate((_electron, wanted) => {
    const [tray] = globalThis.e2e?.trays() ?? [];
    const item = tray?.menu?.getMenuItemById(wanted);
    if (!item?.enabled) throw new Error(`the tray has no enabled item "${wanted}"`);
    item.click();
  }, id);
}

/** All items of a menu, those of submenus included. */
export function flatten(items: readonly MenuItemView[]): MenuItemView[] {
  return items.flatMap((item) => [item, ...flatten(item.submenu)]);
}

/** Image -> the state whose file it is, as the app's own `nativeImage` reads the files. */
async function iconNames(app: ElectronApplication): Promise<Map<string, string>> {
  const facts = await app.evaluate(({ nativeTheme }) => ({
    darkTaskbar: nativeTheme.shouldUseDarkColorsForSystemIntegratedUI,
    desktop: process.env.XDG_CURRENT_DESKTOP,
  }));
  const files = iconStates.map((state) => {
    const file = trayIconFile(state, { platform: process.platform, ...facts });
    return [state, join(root, 'resources', file)] as const;
  });
  for (const [, file] of files) readFileSync(file); // an icon that is missing would look like any other
  const pictures = await app.evaluate(
    ({ nativeImage }, paths) => paths.map((path) => nativeImage.createFromPath(path).toDataURL()),
    files.map(([, file]) => file),
  );
  return new Map(files.map(([state], index) => [pictures[index] ?? '', state]));
}
