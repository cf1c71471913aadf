// Sessions: each has its own protocol handlers, permission handlers and hooks. They share Chromium's one storage.

import path from 'node:path';
import type * as Electron from 'electron';
import { host } from '../host-state.ts';
import { strictClass, strictEmitter, strictModule } from '../strict.ts';
import { app } from './app.ts';
import { HostProtocol } from './protocol.ts';
import { HostWebRequest } from './web-request.ts';

type RequestHandler = Parameters<Electron.Session['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<Electron.Session['setPermissionCheckHandler']>[0];

/** Chromium's names of permissions, with Electron's. */
const PERMISSIONS = {
  notifications: 'notifications',
  geolocation: 'geolocation',
  camera: 'media',
  microphone: 'media',
  midi: 'midi',
  'clipboard-read': 'clipboard-read',
  'clipboard-write': 'clipboard-sanitized-write',
  'idle-detection': 'idle-detection',
  'local-fonts': 'local-fonts',
};

class HostCookies extends strictClass('Cookies') {
  get(): Promise<[]> {
    return Promise.resolve([]);
  }
  flushStore(): Promise<void> {
    return Promise.resolve();
  }
}

type Members = Pick<
  Electron.Session,
  | (
      | 'setUserAgent'
      | 'getUserAgent'
      | 'setSpellCheckerEnabled'
      | 'isSpellCheckerEnabled'
      | 'clearCache'
      | 'clearStorageData'
    )
  | (
      | 'clearData'
      | 'clearAuthCache'
      | 'clearCodeCaches'
      | 'clearHostResolverCache'
      | 'setProxy'
      | 'resolveProxy'
    )
  | (
      | 'isPersistent'
      | 'getStoragePath'
      | 'storagePath'
      | 'setCodeCachePath'
      | 'closeAllConnections'
      | 'getCacheSize'
    )
  | (
      | 'flushStorageData'
      | 'setDevicePermissionHandler'
      | 'setDisplayMediaRequestHandler'
      | 'setCertificateVerifyProc'
    )
  | ('allowNTLMCredentialsForDomains' | 'setSpellCheckerLanguages' | 'setSpellCheckerDictionaryDownloadURL')
  | ('disableNetworkEmulation' | 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setSSLConfig')
  | ('setDownloadPath' | 'preconnect' | 'setUSBProtectedClassesHandler' | 'setBluetoothPairingHandler')
>;

/** One session. */
export class HostSession extends strictEmitter('Session') implements Members {
  readonly protocol = new HostProtocol();
  readonly webRequest = new HostWebRequest();
  readonly cookies = new HostCookies();
  spellCheckerEnabled = false;
  #requestHandler: RequestHandler = null;
  #checkHandler: CheckHandler = null;
  #userAgent = 'electron-host';
  readonly #persistent: boolean;

  constructor(partition: string) {
    super();
    this.#persistent = partition === '' || partition.startsWith('persist:');
  }

  get storagePath(): string | null {
    return this.#persistent ? app.getPath('sessionData') : null;
  }

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.#requestHandler = handler;
    this.applyPermissions();
  }

  setPermissionCheckHandler(handler: CheckHandler): void {
    this.#checkHandler = handler;
    this.applyPermissions();
  }

  /**
   * Chromium cannot ask at run time: the handlers are asked once per permission, for the page that is about to load, and
   * the answers are stored in it.
   */
  applyPermissions(pageUrl = ''): void {
    if (!this.#checkHandler && !this.#requestHandler) return;
    for (const [name, permission] of Object.entries(PERMISSIONS)) {
      const set = (granted: boolean): void =>
        host.cdp?.tell('Browser.setPermission', {
          permission: { name },
          setting: granted ? 'granted' : 'denied',
        });
      const ask = permission as Parameters<NonNullable<RequestHandler>>[1];
      const details = { requestingUrl: pageUrl, isMainFrame: true };
      const checked = this.#checkHandler?.(
        null,
        ask as Parameters<NonNullable<CheckHandler>>[1],
        pageUrl,
        details,
      );
      if (checked === false || !this.#requestHandler) set(checked ?? true);
      else
        this.#requestHandler(null as unknown as Electron.WebContents, ask, set, {
          ...details,
          mediaTypes: [],
        });
    }
  }

  fetch(input: string | Request, options?: RequestInit): Promise<Response> {
    return sessionFetch(this, input, options);
  }
  getUserAgent(): string {
    return this.#userAgent;
  }
  setUserAgent(userAgent: string): void {
    this.#userAgent = userAgent;
  }
  isPersistent(): boolean {
    return this.#persistent;
  }
  getStoragePath(): string | null {
    return this.storagePath;
  }
  setSpellCheckerEnabled(enable: boolean): void {
    this.spellCheckerEnabled = enable;
  }
  isSpellCheckerEnabled(): boolean {
    return this.spellCheckerEnabled;
  }
  getCacheSize(): Promise<number> {
    return Promise.resolve(0);
  }
  resolveProxy(): Promise<string> {
    return Promise.resolve('DIRECT');
  }
  async clearCache(): Promise<void> {
    await host.cdp?.send('Storage.clearTrustTokens', { issuerOrigin: '' }).catch(() => {});
  }
  async clearStorageData(): Promise<void> {
    await host.cdp?.send('Storage.clearCookies').catch(() => {});
  }
  async clearData(): Promise<void> {
    await this.clearStorageData();
  }
  async clearAuthCache(): Promise<void> {}
  async clearCodeCaches(): Promise<void> {}
  async clearHostResolverCache(): Promise<void> {}
  async setProxy(): Promise<void> {}
  async closeAllConnections(): Promise<void> {}
  flushStorageData(): void {}
  setCodeCachePath(): void {}
  setDevicePermissionHandler(): void {}
  setDisplayMediaRequestHandler(): void {}
  setCertificateVerifyProc(): void {}
  setUSBProtectedClassesHandler(): void {}
  setBluetoothPairingHandler(): void {}
  allowNTLMCredentialsForDomains(): void {}
  setSpellCheckerLanguages(): void {}
  setSpellCheckerDictionaryDownloadURL(): void {}
  disableNetworkEmulation(): void {}
  setSSLConfig(): void {}
  setDownloadPath(): void {}
  preconnect(): void {}
}

const sessions = new Map<string, HostSession>();

/** The session of a partition (the empty name: the default one), made at its first use. */
export function sessionOf(partition: string): HostSession {
  const known = sessions.get(partition);
  if (known) return known;
  const made = new HostSession(partition);
  sessions.set(partition, made);
  return made;
}

/** All sessions that the app uses. */
export function allSessions(): HostSession[] {
  return [...sessions.values()];
}

/** The `session` module. */
export const session = strictModule('session', 'Session.static', {
  get defaultSession() {
    return sessionOf('');
  },
  fromPartition: (partition: string) => sessionOf(partition),
  fromPath: (folder: string) => sessionOf(`persist:${path.resolve(folder)}`),
});

let sessionFetch: (from: HostSession, input: string | Request, options?: RequestInit) => Promise<Response> =
  () => Promise.reject(new Error('net::ERR_FAILED'));

/** Sets what session.fetch does; net.ts knows. */
export function setSessionFetch(fetcher: typeof sessionFetch): void {
  sessionFetch = fetcher;
}
