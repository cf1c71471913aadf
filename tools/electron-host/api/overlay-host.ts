// Main's side of the overlay (page/overlay.ts): sends menus, trays and dialogs to windows, hears what was chosen.
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { host } from '../host-state.ts';
import type {
  DialogEntry,
  FolderListing,
  MenuEntry,
  OverlayCommand,
  OverlayEvent,
  TrayEntry,
} from '../page/messages.ts';
import type { BrowserWindow } from './browser-window.ts';
import { contents, frontWindow } from './registry.ts';
import type { WebContents } from './web-contents.ts';

/** What a person answered in a drawn dialog. */
export interface DialogAnswer {
  button: number;
  checked: boolean;
  paths: string[];
}

/** What the overlay shows and tells; menu.ts, tray.ts and notification.ts fill it in. */
export const overlaySources = {
  menu: (): MenuEntry[] => [],
  trays: (): TrayEntry[] => [],
  chooseItem: (_commandId: number): void => {},
  clickTray: (_id: number): void => {},
  clickToast: (_id: number): void => {},
  toastClosed: (_id: number): void => {},
};

let announced = false;
let lastDialog = 0;
const dialogs = new Map<
  number,
  { entry: DialogEntry; owner: WebContents; answer: (answer: DialogAnswer) => void }
>();

function tell(to: WebContents | undefined, command: OverlayCommand): void {
  to?.post({ op: 'overlay', command });
}

function state(): OverlayCommand {
  return { kind: 'state', menu: overlaySources.menu(), trays: overlaySources.trays() };
}

/** Menu or trays changed: draws them anew in all windows, once for all changes of this turn. */
export function stateChanged(): void {
  if (!host.overlay || announced) return;
  announced = true;
  setImmediate(() => {
    announced = false;
    for (const one of contents) tell(one, state());
  });
}

/** Draws a context menu; without a place it appears where the last right click was. */
export function showPopup(items: MenuEntry[], window?: BrowserWindow, x?: number, y?: number): void {
  if (!host.overlay) return;
  tell((window ?? frontWindow())?.webContents, { kind: 'popup', items, x: x ?? null, y: y ?? null });
}

/** Takes the context menu away. */
export function closePopup(): void {
  if (host.overlay) for (const one of contents) tell(one, { kind: 'close-popup' });
}

/** Draws a notification; false if there is no window to draw it in. */
export function showToast(id: number, title: string, body: string): boolean {
  const window = frontWindow();
  if (!host.overlay || !window) return false;
  tell(window.webContents, { kind: 'toast', id, title, body });
  return true;
}

/** Draws a dialog and waits for its answer; null if there is no window to draw it in, or it goes away meanwhile. */
export function askInOverlay(
  wanted: Partial<DialogEntry> & Pick<DialogEntry, 'kind' | 'buttons'>,
  window = frontWindow(),
): Promise<DialogAnswer | null> {
  const owner = window?.webContents;
  if (!host.overlay || !owner) return Promise.resolve(null);
  const text = { title: '', message: '', detail: '', checkbox: '', path: homedir() };
  const rest = { defaultId: 0, cancelId: 0, checkboxChecked: false, folders: false, multiple: false };
  const entry: DialogEntry = { ...text, ...rest, ...wanted, id: ++lastDialog };
  return new Promise((resolve) => {
    dialogs.set(entry.id, { entry, owner, answer: resolve });
    owner.once('destroyed', () => {
      dialogs.delete(entry.id);
      resolve(null);
    });
    tell(owner, { kind: 'dialog', dialog: entry });
  });
}

async function listFolder(id: number, wanted: string): Promise<FolderListing> {
  const folder = path.resolve(wanted);
  const found = await readdir(folder, { withFileTypes: true }).catch(() => null);
  if (!found) {
    const parent = path.dirname(folder);
    return parent === folder ? { id, folder, parent, entries: [] } : listFolder(id, parent);
  }
  const foldersOnly = dialogs.get(id)?.entry.folders === true;
  const entries = found
    .filter((file) => !file.name.startsWith('.') && (!foldersOnly || file.isDirectory()))
    .map((file) => ({ name: file.name, path: path.join(folder, file.name), folder: file.isDirectory() }))
    .sort((a, b) => Number(b.folder) - Number(a.folder) || a.name.localeCompare(b.name))
    .slice(0, 500);
  return { id, folder, parent: path.dirname(folder), entries };
}

/** Does what the person chose. */
export function overlayEvent(from: WebContents, event: OverlayEvent): void {
  switch (event.kind) {
    case 'ready':
      tell(from, state());
      // A reload took the drawings away, not the questions.
      for (const { entry, owner } of dialogs.values())
        if (owner === from) tell(from, { kind: 'dialog', dialog: entry });
      return;
    case 'menu':
      overlaySources.chooseItem(event.id);
      return;
    case 'tray':
      overlaySources.clickTray(event.id);
      return;
    case 'toast':
      overlaySources.clickToast(event.id);
      return;
    case 'toast-closed':
      overlaySources.toastClosed(event.id);
      return;
    case 'list':
      void listFolder(event.id, event.folder).then((listing) => tell(from, { kind: 'folder', listing }));
      return;
    case 'answer': {
      const dialog = dialogs.get(event.id);
      dialogs.delete(event.id);
      dialog?.answer({ button: event.button, checked: event.checked, paths: event.paths });
    }
  }
}
