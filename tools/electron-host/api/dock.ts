// app.dock (macOS): recorded only; Chromium's own dock icon stays what it is.
import type * as Electron from 'electron';
import { host } from '../host-state.ts';
import { strictClass } from '../strict.ts';

type Members = Pick<
  Electron.Dock,
  'bounce' | 'cancelBounce' | 'setBadge' | 'getBadge' | 'hide' | 'show' | 'isVisible'
>;

/** The dock of this app. */
export class Dock extends strictClass('Dock') implements Members {
  #badge = '';
  #menu: unknown = null;
  #visible = true;

  bounce(): number {
    return 0;
  }
  cancelBounce(): void {}
  setBadge(text: string): void {
    this.#badge = text;
  }
  getBadge(): string {
    return this.#badge;
  }
  hide(): void {
    this.#visible = false;
  }
  show(): Promise<void> {
    this.#visible = true;
    return Promise.resolve();
  }
  isVisible(): boolean {
    return this.#visible;
  }
  setMenu(menu: unknown): void {
    this.#menu = menu;
    host.appCalls.push(['dock.setMenu', menu]);
  }
  getMenu(): unknown {
    return this.#menu;
  }
  setIcon(): void {}
}
