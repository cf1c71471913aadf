// What the isolated world of a page and the host say to each other. Values are packed by codec.ts.

/** A packed value (see codec.ts). */
export type Packed = unknown;

/** A key press that the page did not handle. */
export interface KeyPress {
  key: string;
  ctrl: boolean;
  meta: boolean;
  alt: boolean;
  shift: boolean;
}

/** A wish of the page for another window. */
export interface WindowRequest {
  url: string;
  frameName: string;
  features: string;
  disposition: 'default' | 'foreground-tab' | 'background-tab' | 'new-window' | 'other';
}

/** What a right click hit, as far as the page can tell. */
export interface ContextMenuHit {
  x: number;
  y: number;
  selectionText: string;
  linkURL: string;
  linkText: string;
  srcURL: string;
  isEditable: boolean;
}

/** A message on a port, or its end; `ports` are ids of ports that ride along. */
export type PortMessage =
  | { op: 'port'; id: string; data: Packed; ports: string[] }
  | { op: 'portclose'; id: string };

/** From the page to the host. */
export type FromPage =
  | PortMessage
  | { op: 'invoke'; id: number; channel: string; args: Packed[] }
  | { op: 'send'; channel: string; args: Packed[]; ports?: string[] }
  | ({ op: 'open' } & WindowRequest)
  | { op: 'close' }
  | { op: 'preload-error'; error: Packed }
  | { op: 'title'; title: string }
  | { op: 'focus' | 'blur' | 'shown' }
  | ({ op: 'key' } & KeyPress)
  | ({ op: 'context-menu' } & ContextMenuHit)
  | { op: 'scheme'; dark: boolean }
  | { op: 'bounds'; x: number; y: number; width: number; height: number }
  | { op: 'overlay'; event: OverlayEvent };

/** From the host to the page. */
export type ToPage =
  | PortMessage
  | { op: 'reply'; id: number; ok: boolean; value: Packed }
  | { op: 'message'; channel: string; args: Packed[]; ports?: string[] }
  | { op: 'zoom'; factor: number }
  | { op: 'overlay'; command: OverlayCommand };

/** One menu entry as the overlay draws it; `id` is the item's command id. */
export interface MenuEntry {
  id: number;
  type: 'normal' | 'separator' | 'submenu' | 'checkbox' | 'radio' | 'header' | 'palette';
  label: string;
  accelerator: string;
  enabled: boolean;
  checked: boolean;
  items: MenuEntry[];
}

/** One tray icon as the overlay draws it. */
export interface TrayEntry {
  id: number;
  toolTip: string;
  title: string;
  icon: string;
  items: MenuEntry[];
}

/** A dialog as the overlay draws it. */
export interface DialogEntry {
  id: number;
  kind: 'message' | 'open' | 'save' | 'about';
  title: string;
  message: string;
  detail: string;
  buttons: string[];
  defaultId: number;
  cancelId: number;
  checkbox: string;
  checkboxChecked: boolean;
  path: string;
  folders: boolean;
  multiple: boolean;
}

/** A folder's content for the overlay's file dialogs. */
export interface FolderListing {
  id: number;
  folder: string;
  parent: string;
  entries: { name: string; path: string; folder: boolean }[];
}

/** What the overlay is told. */
export type OverlayCommand =
  | { kind: 'state'; menu: MenuEntry[]; trays: TrayEntry[] }
  | { kind: 'popup'; items: MenuEntry[]; x: number | null; y: number | null }
  | { kind: 'dialog'; dialog: DialogEntry }
  | { kind: 'folder'; listing: FolderListing }
  | { kind: 'toast'; id: number; title: string; body: string }
  | { kind: 'close-popup' };

/** What a person did in the overlay. */
export type OverlayEvent =
  | { kind: 'ready' }
  | { kind: 'menu'; id: number }
  | { kind: 'tray'; id: number }
  | { kind: 'toast'; id: number }
  | { kind: 'toast-closed'; id: number }
  | { kind: 'list'; id: number; folder: string }
  | { kind: 'answer'; id: number; button: number; checked: boolean; paths: string[] };

/** What the page scripts need to know; written into their source text. */
export interface PageConfig {
  /** Name of the one event by which the two worlds meet; random for each window. */
  token: string;
  binding: string;
  world: string;
  preload: string | null;
  process: { platform: string; arch: string; versions: Record<string, string>; argv: string[] };
  /** Draw menu, tray and dialogs in the page. */
  overlay: boolean;
  /** Hold back a user's close until the app was asked. */
  guardClose: boolean;
}
