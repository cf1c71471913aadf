/** The tray icon in Electron: applies what tray-menu.ts says, not more often than needed. */

import { join } from 'node:path';
import { Menu, nativeImage, nativeTheme, Tray } from 'electron';
import type { DriverManifest } from '../../src-shared/domain/driver-manifest.ts';
import type { KeepMode } from '../../src-shared/domain/session.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';
import type { Event } from '../../src-shared/lib/emitter.ts';
import { Refresher } from './refresher.ts';
import type { StatusActions } from './status-actions.ts';
import { summarize } from './status-summary.ts';
import { trayIconFile } from './tray-icons.ts';
import { trayView } from './tray-menu.ts';

/** What the tray needs. */
export interface AppTrayOptions {
  status: { readonly current: Status; readonly onChange: Event<Status> };
  actions: StatusActions;
  clock: Clock;
  /** Folder that holds `tray/`. */
  resources: string;
  platform: NodeJS.Platform;
  drivers: readonly DriverManifest[];
  /** What a disconnect does to a session's sandbox where nobody says otherwise. */
  keepOf: (sessionId: string) => KeepMode;
  /** `XDG_CURRENT_DESKTOP`. */
  desktop: string | undefined;
}

/** The tray icon. Make it after the first window; dispose removes it. Throws where the system has no place for it. */
export class AppTray implements Disposable {
  readonly #options: AppTrayOptions;
  readonly #tray: Tray;
  readonly #refresher: Refresher;
  readonly #onTheme = (): void => this.#refresher.refresh();
  #iconFile: string;
  #tooltip = '';

  constructor(options: AppTrayOptions) {
    this.#options = options;
    this.#iconFile = this.#fileFor(options.status.current);
    this.#tray = new Tray(nativeImage.createFromPath(this.#iconFile));
    this.#refresher = new Refresher(options.status, options.clock, () => this.#show());
    this.#show();
    if (options.platform === 'win32') {
      nativeTheme.on('updated', this.#onTheme);
      // Elsewhere a left click opens the menu, or means nothing that could be relied on.
      this.#tray.on('click', () => options.actions.openWindow());
    }
  }

  dispose(): void {
    nativeTheme.removeListener('updated', this.#onTheme);
    this.#refresher.dispose();
    if (!this.#tray.isDestroyed()) this.#tray.destroy();
  }

  #show(): void {
    if (this.#tray.isDestroyed()) return;
    const { status, actions } = this.#options;
    const file = this.#fileFor(status.current);
    if (file !== this.#iconFile) {
      this.#iconFile = file;
      this.#tray.setImage(nativeImage.createFromPath(file));
    }
    const view = trayView(status.current, this.#options, this.#refresher.watched(actions));
    if (view.tooltip !== this.#tooltip) {
      this.#tooltip = view.tooltip;
      this.#tray.setToolTip(view.tooltip);
    }
    // Linux takes changes only with a new menu; a whole new one is also what keeps radio items true.
    this.#tray.setContextMenu(Menu.buildFromTemplate(view.menu));
  }

  #fileFor(status: Status): string {
    const { platform, desktop, resources } = this.#options;
    const darkTaskbar = nativeTheme.shouldUseDarkColorsForSystemIntegratedUI;
    return join(resources, trayIconFile(summarize(status).icon, { platform, darkTaskbar, desktop }));
  }
}
