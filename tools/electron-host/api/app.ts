// The `app` module: identity, paths, command line, single instance, and the order of events at start and quit.

import { spawn } from 'node:child_process';
import path from 'node:path';
import type * as Electron from 'electron';
import { host, later, preventable } from '../host-state.ts';
import { strictClass, strictEmitter } from '../strict.ts';
import { appPath } from './app-paths.ts';
import { Dock } from './dock.ts';
import { HostNativeImage } from './native-image.ts';
import { windows } from './registry.ts';
import { type InstanceLock, takeInstanceLock } from './single-instance.ts';

/** Calls that only tell the desktop something: recorded in `__host.appCalls`. */
const RECORDED = [
  ...['setAppUserModelId', 'setDesktopName', 'setAboutPanelOptions', 'setLoginItemSettings', 'enableSandbox'],
  ...[
    'disableHardwareAcceleration',
    'disableDomainBlockingFor3DAPIs',
    'addRecentDocument',
    'clearRecentDocuments',
  ],
  ...[
    'setUserTasks',
    'setJumpList',
    'setToastActivatorCLSID',
    'setActivationPolicy',
    'setSecureKeyboardEntryEnabled',
  ],
  ...[
    'setAccessibilitySupportEnabled',
    'setAppLogsPath',
    'setProxy',
    'setUserActivity',
    'invalidateCurrentActivity',
  ],
] as const;

class CommandLine extends strictClass('CommandLine') {
  /** What the app added for Chromium. */
  readonly switches: string[] = [];
  appendSwitch(name: string, value?: string): void {
    this.switches.push(value ? `--${name}=${value}` : `--${name}`);
  }
  appendArgument(value: string): void {
    this.switches.push(value);
  }
  removeSwitch(name: string): void {
    const kept = this.switches.filter((item) => item !== `--${name}` && !item.startsWith(`--${name}=`));
    this.switches.splice(0, this.switches.length, ...kept);
  }
  hasSwitch(name: string): boolean {
    return this.#all().some((item) => item === `--${name}` || item.startsWith(`--${name}=`));
  }
  getSwitchValue(name: string): string {
    return (
      this.#all()
        .find((item) => item.startsWith(`--${name}=`))
        ?.slice(name.length + 3) ?? ''
    );
  }
  #all(): string[] {
    return [...host.commandLine, ...this.switches];
  }
}

/** Ends Chromium and its helpers; resolves when they are gone. */
export type BrowserStopper = () => Promise<void>;

type Members = Pick<
  Electron.App,
  | (
      | 'quit'
      | 'isReady'
      | 'whenReady'
      | 'getName'
      | 'setName'
      | 'getVersion'
      | 'getAppPath'
      | 'getPath'
      | 'setPath'
    )
  | (
      | 'getLocale'
      | 'getSystemLocale'
      | 'getPreferredSystemLanguages'
      | 'getLocaleCountryCode'
      | 'isPackaged'
      | 'name'
    )
  | (
      | 'hasSingleInstanceLock'
      | 'requestSingleInstanceLock'
      | 'releaseSingleInstanceLock'
      | 'relaunch'
      | 'focus'
    )
  | ('isInApplicationsFolder' | 'setAsDefaultProtocolClient' | 'isDefaultProtocolClient' | 'commandLine')
  | (
      | 'removeAsDefaultProtocolClient'
      | 'isAccessibilitySupportEnabled'
      | 'isHardwareAccelerationEnabled'
      | 'hide'
      | 'show'
    )
  | (
      | 'isHidden'
      | 'userAgentFallback'
      | 'badgeCount'
      | 'setBadgeCount'
      | 'getBadgeCount'
      | 'runningUnderARM64Translation'
    )
  | ('accessibilitySupportEnabled' | 'isEmojiPanelSupported' | 'getAppMetrics' | 'showAboutPanel')
>;

/** The class of the one `app` object. */
export class HostApp extends strictEmitter('App') implements Members {
  name = 'Electron';
  isPackaged = false;
  userAgentFallback = 'electron-host';
  badgeCount = 0;
  accessibilitySupportEnabled = false;
  readonly runningUnderARM64Translation = false;
  readonly commandLine = new CommandLine();
  readonly dock = process.platform === 'darwin' ? new Dock() : undefined;
  /** Who ends Chromium; set by launch.ts. */
  stopBrowser: BrowserStopper = () => Promise.resolve();
  readonly #paths = new Map<string, string>();
  readonly #whenReady = Promise.withResolvers<void>();
  readonly #readyWanted = Promise.withResolvers<void>();
  #ready = false;
  #lock: InstanceLock | null = null;
  #phase: 'running' | 'quitting' | 'will-quit' | 'exiting' = 'running';
  #relaunch: Electron.RelaunchOptions | null = null;
  #aboutPanel: () => void = () => {};

  /** True while quit is under way. */
  get quitting(): boolean {
    return this.#phase !== 'running';
  }

  /** True when nothing can hold the end back any more. */
  get exiting(): boolean {
    return this.#phase === 'exiting';
  }

  /** The host's own: settles when the app asked for `whenReady`. */
  get readyWanted(): Promise<void> {
    return this.#readyWanted.promise;
  }

  /** Start is over: emits `ready`, then resolves `whenReady`. */
  becomeReady(): void {
    this.#ready = true;
    this.emit('will-finish-launching');
    this.emit('ready', {}, {});
    this.#whenReady.resolve();
  }

  /** Sets what showAboutPanel draws. */
  onAboutPanel(show: () => void): void {
    this.#aboutPanel = show;
  }

  isReady(): boolean {
    return this.#ready;
  }
  whenReady(): Promise<void> {
    this.#readyWanted.resolve();
    return this.#whenReady.promise;
  }
  getName(): string {
    return this.name;
  }
  setName(name: string): void {
    this.name = name;
  }
  getVersion(): string {
    return host.manifest.version ?? '0.0.0';
  }
  getAppPath(): string {
    return host.appFolder;
  }
  getPath(name: Parameters<Electron.App['getPath']>[0]): string {
    return appPath(name, this.name, this.#paths);
  }
  setPath(name: string, folder: string): void {
    if (!path.isAbsolute(folder)) throw new Error('Path must be absolute');
    this.#paths.set(name, folder);
  }
  /** True if the app or the command line said where user data go. */
  hasOwnUserData(): boolean {
    return this.#paths.has('userData') || this.#paths.has('sessionData');
  }
  getLocale(): string {
    return 'en-US';
  }
  getSystemLocale(): string {
    return 'en-US';
  }
  getPreferredSystemLanguages(): string[] {
    return ['en-US'];
  }
  getLocaleCountryCode(): string {
    return 'US';
  }
  getLoginItemSettings(): {
    openAtLogin: boolean;
    wasOpenedAtLogin: boolean;
    executableWillLaunchAtLogin: boolean;
  } {
    return { openAtLogin: false, wasOpenedAtLogin: false, executableWillLaunchAtLogin: false };
  }
  getFileIcon(): Promise<HostNativeImage> {
    return Promise.resolve(new HostNativeImage());
  }
  getGPUFeatureStatus(): Record<string, string> {
    return {};
  }
  getAppMetrics(): Electron.ProcessMetric[] {
    return [];
  }
  isInApplicationsFolder(): boolean {
    return false;
  }
  isAccessibilitySupportEnabled(): boolean {
    return this.accessibilitySupportEnabled;
  }
  isHardwareAccelerationEnabled(): boolean {
    return true;
  }
  isEmojiPanelSupported(): boolean {
    return false;
  }
  setAsDefaultProtocolClient(): boolean {
    return true;
  }
  removeAsDefaultProtocolClient(): boolean {
    return true;
  }
  isDefaultProtocolClient(): boolean {
    return false;
  }
  setBadgeCount(count = 0): boolean {
    this.badgeCount = count;
    return true;
  }
  getBadgeCount(): number {
    return this.badgeCount;
  }

  requestSingleInstanceLock(data?: Record<string, unknown>): boolean {
    if (this.#lock) return true;
    const message = { argv: process.argv, cwd: process.cwd(), data };
    this.#lock = takeInstanceLock(this.getPath('userData'), message, (second) => {
      this.emit('second-instance', preventable(), second.argv, second.cwd, second.data);
    });
    return this.#lock !== null;
  }
  hasSingleInstanceLock(): boolean {
    return this.#lock !== null;
  }
  releaseSingleInstanceLock(): void {
    this.#lock?.release();
    this.#lock = null;
  }

  focus(): void {
    [...windows][0]?.focus();
  }
  hide(): void {
    for (const window of windows) window.hide();
  }
  show(): void {
    for (const window of windows) window.show();
  }
  isHidden(): boolean {
    return ![...windows].some((window) => window.isVisible());
  }
  showAboutPanel(): void {
    host.dialogs.push({ method: 'about', options: null });
    this.#aboutPanel();
  }

  quit(): void {
    if (this.#phase !== 'running') return;
    this.#phase = 'quitting';
    const event = preventable();
    this.emit('before-quit', event);
    if (event.defaultPrevented) {
      this.cancelQuit();
      return;
    }
    for (const window of [...windows]) {
      window.close();
      if (!this.quitting) return;
    }
    this.continueQuit();
  }

  /** Someone prevented the quit. */
  cancelQuit(): void {
    if (this.#phase !== 'exiting') this.#phase = 'running';
  }

  /** A window is gone: goes on with a quit that waited for it, or tells that it was the last. */
  windowGone(): void {
    if (windows.size > 0) return;
    if (this.quitting) this.continueQuit();
    else if (this.listenerCount('window-all-closed') > 0) this.emit('window-all-closed');
    else this.quit();
  }

  /** The last step of quit, when no window is left. */
  continueQuit(): void {
    if (windows.size > 0 || this.#phase !== 'quitting') return;
    this.#phase = 'will-quit';
    later(() => {
      const event = preventable();
      this.emit('will-quit', event);
      if (event.defaultPrevented) this.cancelQuit();
      else this.exit(0);
    });
  }

  /** Ends without asking anybody. Like Electron's, it returns, and the process is gone a little later. */
  exit(code = 0): void {
    if (this.#phase === 'exiting') return;
    this.#phase = 'exiting';
    this.emit('quit', preventable(), code);
    if (this.#relaunch) {
      const command = this.#relaunch.execPath ?? path.join(host.distFolder, 'electron');
      const options = { detached: true, stdio: 'ignore' } as const;
      spawn(command, this.#relaunch.args ?? host.commandLine, options).unref();
    }
    if (!host.chromium) process.exit(code);
    void this.stopBrowser().finally(() => process.exit(code));
  }

  relaunch(options: Electron.RelaunchOptions = {}): void {
    this.#relaunch = options;
  }
}

for (const name of RECORDED) {
  Object.defineProperty(HostApp.prototype, name, {
    value: (...args: unknown[]) => {
      host.appCalls.push([name, ...args]);
    },
  });
}

/** The `app` module. */
export const app = new HostApp();
