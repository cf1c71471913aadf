/** When a window hides instead of closing, how often a crashed page comes back, and its first colours. Pure. */

/** What closing depends on. */
export interface CloseContext {
  platform: NodeJS.Platform;
  /** The app is quitting, or the system is shutting down: nothing may hold a window back. */
  quitting: boolean;
  /** The setting. */
  closeToTray: boolean;
  /** A tray icon is really shown; on Linux that takes a desktop with a place for it. */
  trayShown: boolean;
}

/**
 * `hide` keeps the app and its sessions running. On macOS that is what closing means (the app is in the Dock); elsewhere
 * only if the person chose it and there is a tray icon to come back by, so that SpecBoard never runs out of sight.
 */
export function onWindowClose({
  platform,
  quitting,
  closeToTray,
  trayShown,
}: CloseContext): 'hide' | 'close' {
  if (quitting) return 'close';
  if (platform === 'darwin') return 'hide';
  return closeToTray && trayShown ? 'hide' : 'close';
}

/** Colour of the window before its page paints: the tokens `window` of the light and the dark theme. */
export function backgroundColor(dark: boolean): string {
  return dark ? '#16181b' : '#f5f6f7';
}

const maxReloads = 3;
const reloadPeriodMs = 60_000;

/** Decides whether a page that crashed is loaded again: a few times, so that a crash loop ends. */
export class ReloadBudget {
  #times: number[] = [];

  /** True when the page may be loaded again now (ms since the epoch); counts it. */
  take(now: number): boolean {
    this.#times = this.#times.filter((at) => now - at < reloadPeriodMs);
    if (this.#times.length >= maxReloads) return false;
    this.#times.push(now);
    return true;
  }
}
