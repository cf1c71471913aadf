// Menu and MenuItem: menus as data that can be read, clicked and drawn by the overlay.
import type * as Electron from 'electron';
import { host } from '../host-state.ts';
import type { MenuEntry } from '../page/messages.ts';
import { strictClass, strictEmitter } from '../strict.ts';
import { acceleratorText } from './accelerator-text.ts';
import type { BrowserWindow } from './browser-window.ts';
import { menuRole } from './menu-roles.ts';
import { closePopup, showPopup, stateChanged } from './overlay-host.ts';
import { frontWindow } from './registry.ts';

type Options = Omit<Electron.MenuItemConstructorOptions, 'submenu' | 'click'> & {
  submenu?: Menu | (Options | MenuItem)[];
  click?: (item: MenuItem, window: BrowserWindow | undefined, event: object) => void;
};
type ItemMembers = Pick<
  Electron.MenuItem,
  'enabled' | 'visible' | 'checked' | 'label' | 'sublabel' | 'toolTip' | 'type' | 'id' | 'commandId'
>;

let lastCommandId = 0;
const itemsById = new Map<number, WeakRef<MenuItem>>();

/** The item with that command id, if it still lives. */
export function itemByCommandId(commandId: number): MenuItem | undefined {
  return itemsById.get(commandId)?.deref();
}

/** One entry of a menu. */
export class MenuItem extends strictClass('MenuItem') implements ItemMembers {
  readonly commandId = ++lastCommandId;
  readonly id: string;
  readonly role: Electron.MenuItemConstructorOptions['role'];
  readonly type: NonNullable<Electron.MenuItemConstructorOptions['type']>;
  readonly submenu: Menu | null;
  readonly accelerator: string | null;
  readonly registerAccelerator: boolean;
  readonly icon: unknown;
  label: string;
  sublabel: string;
  toolTip: string;
  menu: Menu | null = null;
  /** Acts as if the person chose the item; callable without arguments, as in Electron. */
  click: (event?: object, window?: BrowserWindow, contents?: unknown) => void;
  #enabled: boolean;
  #visible: boolean;
  #checked: boolean;

  constructor(options: Options) {
    super();
    const role = options.role ? menuRole(options.role) : undefined;
    const roleItems = role?.submenu?.map(
      (name) => (name ? { role: name } : { type: 'separator' }) as Options,
    );
    const submenu = options.submenu ?? roleItems;
    this.submenu = submenu instanceof Menu ? submenu : submenu ? Menu.buildFromTemplate(submenu) : null;
    this.type = options.type ?? (submenu ? 'submenu' : 'normal');
    if (this.type === 'submenu' && !this.submenu) throw new Error('Invalid submenu');
    this.role = options.role;
    this.id = options.id ?? '';
    this.label = options.label ?? role?.label ?? '';
    this.sublabel = options.sublabel ?? '';
    this.toolTip = options.toolTip ?? '';
    this.icon = options.icon ?? null;
    this.accelerator = (options.accelerator as string | undefined) ?? role?.accelerator ?? null;
    this.registerAccelerator = options.registerAccelerator ?? true;
    this.#enabled = options.enabled ?? true;
    this.#visible = options.visible ?? true;
    this.#checked = options.checked ?? false;
    itemsById.set(this.commandId, new WeakRef(this));
    this.click = (event = {}, window = frontWindow()) => {
      if (this.type === 'checkbox') this.checked = !this.checked;
      if (this.type === 'radio') this.checked = true;
      if (role?.action) role.action(window);
      else options.click?.call(this, this, window, event);
    };
  }

  get enabled(): boolean {
    return this.#enabled;
  }
  set enabled(value: boolean) {
    this.#enabled = value;
    stateChanged();
  }
  get visible(): boolean {
    return this.#visible;
  }
  set visible(value: boolean) {
    this.#visible = value;
    stateChanged();
  }
  get checked(): boolean {
    return this.#checked;
  }
  set checked(value: boolean) {
    this.#checked = value;
    if (value && this.type === 'radio')
      for (const other of this.menu?.radioGroup(this) ?? []) other.#checked = false;
    stateChanged();
  }

  /** The item as the overlay draws it. */
  entry(): MenuEntry {
    const { commandId, type, enabled, checked, submenu } = this;
    const label = this.label.replace(/&(.)/g, '$1'); // "&File": the letter that Alt underlines
    const accelerator = acceleratorText(this.accelerator);
    return { id: commandId, type, label, accelerator, enabled, checked, items: submenu?.entries() ?? [] };
  }
}

/** A menu. */
export class Menu extends strictEmitter('Menu') {
  static #application: Menu | null = null;
  items: MenuItem[] = [];

  static buildFromTemplate(template: (Options | MenuItem)[]): Menu {
    if (!Array.isArray(template))
      throw new TypeError('Invalid template for Menu: Menu template must be an array');
    const menu = new Menu();
    for (const item of ordered(template)) menu.append(item instanceof MenuItem ? item : new MenuItem(item));
    return menu;
  }
  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu;
    stateChanged();
  }
  static getApplicationMenu(): Menu | null {
    return Menu.#application;
  }

  append(item: MenuItem): void {
    this.insert(this.items.length, item);
  }
  insert(position: number, item: MenuItem): void {
    item.menu = this;
    this.items.splice(position, 0, item);
    if (item.type === 'radio' && item.checked) item.checked = true;
    stateChanged();
  }
  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : item.submenu?.getMenuItemById(id);
      if (found) return found;
    }
    return null;
  }
  popup(options: Electron.PopupOptions = {}): void {
    host.popup = { menu: this, options };
    this.emit('menu-will-show', {});
    showPopup(this.entries(), options.window as unknown as BrowserWindow | undefined, options.x, options.y);
  }
  closePopup(): void {
    host.popup = null;
    this.emit('menu-will-close', {});
    closePopup();
  }

  /** The other radio items between the same separators. */
  radioGroup(item: MenuItem): MenuItem[] {
    const at = this.items.indexOf(item);
    const start = this.items.slice(0, at).findLastIndex((other) => other.type === 'separator') + 1;
    const next = this.items.findIndex((other, index) => index > at && other.type === 'separator');
    const group = this.items.slice(start, next === -1 ? undefined : next);
    return group.filter((other) => other.type === 'radio' && other !== item);
  }

  /** The visible items as the overlay draws them. */
  entries(): MenuEntry[] {
    return this.items.filter((item) => item.visible).map((item) => item.entry());
  }
}

/** The template in its final order: `position: 'before=x'` of old and `before`/`after` are not honoured by this host. */
function ordered(template: (Options | MenuItem)[]): (Options | MenuItem)[] {
  const strange = template.find((item) => !(item instanceof MenuItem) && (item.before ?? item.after));
  if (strange) throw new Error('electron-host: MenuItem.before/after is not implemented');
  return template;
}
