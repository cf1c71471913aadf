// The small modules about the machine: power, screen, shortcuts, preferences, crash reports.

import type { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import { host } from '../host-state.ts';
import { strictEmitter, strictModule } from '../strict.ts';

class HostPowerMonitor extends strictEmitter('PowerMonitor') {
  readonly onBatteryPower = false;
  getSystemIdleState(): 'active' {
    return 'active';
  }
  getSystemIdleTime(): number {
    return 0;
  }
  getCurrentThermalState(): 'unknown' {
    return 'unknown';
  }
  isOnBatteryPower(): boolean {
    return false;
  }
}

/** The `powerMonitor` module: tests emit its events. */
export const powerMonitor: Pick<Electron.PowerMonitor, 'getSystemIdleState' | 'isOnBatteryPower' | 'emit'> =
  new HostPowerMonitor();

const blockers = new Set<number>();
let lastBlocker = 0;

/** The `powerSaveBlocker` module. */
export const powerSaveBlocker = strictModule('powerSaveBlocker', 'PowerSaveBlocker', {
  start: () => {
    blockers.add(++lastBlocker);
    return lastBlocker;
  },
  stop: (id: number) => blockers.delete(id),
  isStarted: (id: number) => blockers.has(id),
} satisfies Electron.PowerSaveBlocker);

/** The `globalShortcut` module: kept in `__host.shortcuts`, where tests call them. */
export const globalShortcut = strictModule('globalShortcut', 'GlobalShortcut', {
  register: (accelerator: string, callback: () => void) => {
    if (host.shortcuts.has(accelerator)) return false;
    host.shortcuts.set(accelerator, callback);
    return true;
  },
  registerAll: (accelerators: string[], callback: () => void) => {
    for (const accelerator of accelerators) host.shortcuts.set(accelerator, callback);
  },
  unregister: (accelerator: string) => {
    host.shortcuts.delete(accelerator);
  },
  unregisterAll: () => host.shortcuts.clear(),
  isRegistered: (accelerator: string) => host.shortcuts.has(accelerator),
} satisfies Partial<Electron.GlobalShortcut>);

const area = { x: 0, y: 0, width: 1280, height: 800 };
const size = { width: area.width, height: area.height };
const display = {
  id: 1,
  label: 'electron-host',
  scaleFactor: 1,
  rotation: 0,
  internal: true,
  bounds: area,
  workArea: area,
  workAreaSize: size,
  size,
} satisfies Partial<Electron.Display>;

class HostScreen extends strictEmitter('Screen') {
  getPrimaryDisplay(): typeof display {
    return display;
  }
  getAllDisplays(): (typeof display)[] {
    return [display];
  }
  getDisplayMatching(): typeof display {
    return display;
  }
  getDisplayNearestPoint(): typeof display {
    return display;
  }
  getCursorScreenPoint(): Electron.Point {
    return { x: 0, y: 0 };
  }
}

/** The `screen` module: one display of 1280 by 800. */
export const screen = new HostScreen();

class HostSystemPreferences extends strictEmitter('SystemPreferences') {
  readonly accessibilityDisplayShouldReduceTransparency = false;
  getAccentColor(): string {
    return '0078d7ff';
  }
  getAnimationSettings(): Electron.AnimationSettings {
    return {
      shouldRenderRichAnimation: true,
      scrollAnimationsEnabledBySystem: true,
      prefersReducedMotion: false,
    };
  }
}

/** The `systemPreferences` module. */
export const systemPreferences = new HostSystemPreferences();

/** The `crashReporter` module: present, and reports nothing. */
export const crashReporter = strictModule('crashReporter', 'CrashReporter', {
  start: () => {},
  getLastCrashReport: () => null as unknown as Electron.CrashReport,
  getUploadedReports: () => [],
  getUploadToServer: () => false,
  setUploadToServer: () => {},
  addExtraParameter: () => {},
  removeExtraParameter: () => {},
  getParameters: () => ({}),
} satisfies Electron.CrashReporter);

/** The `autoUpdater` module: only its events exist. */
export const autoUpdater: EventEmitter = new (strictEmitter('AutoUpdater'))();
