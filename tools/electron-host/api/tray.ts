// Tray icons: recorded in `__host.trays`, drawn by the overlay.
import type * as Electron from 'electron';
import { host } from '../host-state.ts';
import type { TrayEntry } from '../page/messages.ts';
import { strictEmitter } from '../strict.ts';
import type { Menu } from './menu.ts';
import { type HostNativeImage, toImage } from './native-image.ts';
import { closePopup, showPopup, stateChanged } from './overlay-host.ts';

type Members = Pick<
  Electron.Tray,
  | (
      | 'setToolTip'
      | 'setTitle'
      | 'getTitle'
      | 'destroy'
      | 'isDestroyed'
      | 'getBounds'
      | 'setImage'
      | 'setPressedImage'
    )
  | (
      | 'setIgnoreDoubleClickEvents'
      | 'getIgnoreDoubleClickEvents'
      | 'displayBalloon'
      | 'removeBalloon'
      | 'focus'
      | 'getGUID'
    )
  | 'closeContextMenu'
>;

let lastId = 0;

/** One icon. `toolTip`, `title`, `menu` and `image` are readable by tests. */
export class Tray extends strictEmitter('Tray') implements Members {
  readonly trayId = ++lastId;
  toolTip = '';
  title = '';
  menu: Menu | null = null;
  image: HostNativeImage;
  #destroyed = false;
  #ignoreDoubleClicks = false;
  readonly #guid: string | undefined;

  constructor(image: unknown, guid?: string) {
    super();
    this.image = toImage(image);
    this.#guid = guid;
    host.trays.add(this);
    stateChanged();
  }

  setImage(image: unknown): void {
    this.image = toImage(image);
    stateChanged();
  }
  setPressedImage(): void {}
  setToolTip(toolTip: string): void {
    this.toolTip = toolTip;
    stateChanged();
  }
  setTitle(title: string): void {
    this.title = title;
    stateChanged();
  }
  getTitle(): string {
    return this.title;
  }
  setContextMenu(menu: Menu | null): void {
    this.menu = menu;
    stateChanged();
  }
  popUpContextMenu(menu: Menu | null = this.menu): void {
    host.popup = { menu };
    if (menu) showPopup(menu.entries(), undefined, 8, 8);
  }
  closeContextMenu(): void {
    closePopup();
  }
  setIgnoreDoubleClickEvents(ignore: boolean): void {
    this.#ignoreDoubleClicks = ignore;
  }
  getIgnoreDoubleClickEvents(): boolean {
    return this.#ignoreDoubleClicks;
  }
  displayBalloon(): void {}
  removeBalloon(): void {}
  focus(): void {}
  getGUID(): string | null {
    return this.#guid ?? null;
  }
  getBounds(): Electron.Rectangle {
    return { x: 0, y: 0, width: 22, height: 22 };
  }
  destroy(): void {
    this.#destroyed = true;
    host.trays.delete(this);
    stateChanged();
  }
  isDestroyed(): boolean {
    return this.#destroyed;
  }

  /** The icon as the overlay draws it. */
  entry(): TrayEntry {
    const icon = this.image.isEmpty() ? '' : this.image.toDataURL();
    return {
      id: this.trayId,
      toolTip: this.toolTip,
      title: this.title,
      icon,
      items: this.menu?.entries() ?? [],
    };
  }
}
