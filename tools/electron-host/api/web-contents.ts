// WebContents: what main knows of a page and can tell it.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Electron from 'electron';
import { originOf, toAppUrl, toBrowserUrl } from '../browser/addresses.ts';
import { PageLink, pack, unpack } from '../browser/page-link.ts';
import { host, preventable } from '../host-state.ts';
import type { ToPage, WindowRequest } from '../page/messages.ts';
import { strictEmitter } from '../strict.ts';
import { app } from './app.ts';
import type { BrowserWindow } from './browser-window.ts';
import { IpcMain, ipcMain } from './ipc-main.ts';
import type { MessagePortMain } from './message-ports.ts';
import { HostNativeImage } from './native-image.ts';
import { nativeTheme } from './native-theme.ts';
import { NavigationHistory } from './navigation-history.ts';
import { listenToPage } from './page-events.ts';
import { handleOperation } from './page-operations.ts';
import { contents, contentsOfTarget, focusedWindow } from './registry.ts';
import { type HostSession, sessionOf } from './session.ts';
import { WebFrameMain } from './web-frame-main.ts';

/** Editing commands of Chromium that are methods of web contents. */
const EDIT_COMMANDS = [
  'copy',
  'cut',
  'paste',
  'undo',
  'redo',
  'selectAll',
  'delete',
  'pasteAndMatchStyle',
] as const;

let lastId = 0;

/** What setWindowOpenHandler takes; options of an allowed window are this host's own. */
export type WindowOpenHandler = (details: WindowRequest & { referrer: Electron.Referrer }) => {
  action: 'allow' | 'deny';
  overrideBrowserWindowOptions?: object;
};

type Members = Pick<
  Electron.WebContents,
  | (
      | 'getURL'
      | 'getTitle'
      | 'isLoading'
      | 'isLoadingMainFrame'
      | 'isWaitingForResponse'
      | 'isDestroyed'
      | 'isCrashed'
    )
  | (
      | 'isFocused'
      | 'focus'
      | 'getOSProcessId'
      | 'getProcessId'
      | 'getType'
      | 'setBackgroundThrottling'
      | 'isDevToolsOpened'
    )
  | (
      | 'openDevTools'
      | 'closeDevTools'
      | 'toggleDevTools'
      | 'getUserAgent'
      | 'setUserAgent'
      | 'reload'
      | 'stop'
      | 'close'
    )
  | (
      | 'reloadIgnoringCache'
      | 'loadURL'
      | 'loadFile'
      | 'send'
      | 'executeJavaScript'
      | 'setZoomLevel'
      | 'getZoomLevel'
    )
  | (
      | 'setZoomFactor'
      | 'getZoomFactor'
      | 'zoomLevel'
      | 'zoomFactor'
      | 'insertText'
      | 'insertCSS'
      | 'printToPDF'
    )
  | (
      | 'setVisualZoomLevelLimits'
      | 'forcefullyCrashRenderer'
      | 'isCurrentlyAudible'
      | 'setAudioMuted'
      | 'isAudioMuted'
    )
  | ('isBeingCaptured' | 'setIgnoreMenuShortcuts' | 'getBackgroundThrottling' | 'invalidate' | 'id')
>;

/** The contents of one window. */
export class WebContents extends strictEmitter('WebContents') implements Members {
  static fromDevToolsTargetId(targetId: string): WebContents | undefined {
    return contentsOfTarget(targetId);
  }
  static getAllWebContents(): WebContents[] {
    return [...contents];
  }
  static fromId(id: number): WebContents | undefined {
    return [...contents].find((one) => one.id === id);
  }
  static fromFrame(frame: unknown): WebContents | undefined {
    return [...contents].find((one) => one.mainFrame === frame);
  }
  static getFocusedWebContents(): WebContents | null {
    return focusedWindow()?.webContents ?? null;
  }

  readonly id = ++lastId;
  readonly ipc = new IpcMain();
  readonly session: HostSession;
  readonly mainFrame: WebFrameMain = new WebFrameMain(this);
  readonly navigationHistory = new NavigationHistory(this);
  readonly hostWebContents = null;
  readonly devToolsWebContents = null;
  /** The host's own: the line to the page. */
  readonly link = new PageLink();
  /** The host's own: settles when the page's target is prepared. */
  readonly opened: Promise<void>;
  readonly window: BrowserWindow;
  /** The host's own: what the events of the page set. */
  readonly page = { url: '', title: '', loading: false, crashed: false, painted: false, destroyed: false };
  readonly #preferences: Electron.WebPreferences;
  /** The address of a load that the app itself asked for: `will-navigate` is not for those. */
  #expected: string | null = null;
  #windowOpenHandler: WindowOpenHandler = () => ({ action: 'allow' });
  #zoomFactor = 1;
  #muted = false;
  #throttled = true;
  #userAgent: string | null = null;

  constructor(window: BrowserWindow, preferences: Electron.WebPreferences) {
    super();
    this.window = window;
    this.#preferences = preferences;
    // A session object in the preferences is one of this host.
    this.session = (preferences.session as HostSession | undefined) ?? sessionOf(preferences.partition ?? '');
    contents.add(this);
    this.link.on('operation', (message) => handleOperation(this, message));
    this.opened = this.#open();
    this.opened.catch((error: unknown) => {
      if (!this.page.destroyed && !app.exiting)
        console.error('[electron-host] a window could not be opened:', error);
    });
  }

  async #open(): Promise<void> {
    const { width, height } = this.window.getBounds();
    const options = {
      id: this.id,
      width,
      height,
      preload: this.#preferences.preload ?? null,
      additionalArguments: this.#preferences.additionalArguments ?? [],
    };
    await this.link.open(options, (session) => listenToPage(this, session), [
      ['Emulation.setEmulatedMedia', nativeTheme.media()],
    ]);
    await this.window.place();
  }

  /** The preload's path, or an empty string. */
  get preloadPath(): string {
    return this.#preferences.preload ?? '';
  }

  /** For requests.ts: the page or a script asks for another document. */
  mayNavigate(browserUrl: string): boolean {
    const expected = this.#expected === browserUrl;
    this.#expected = null;
    if (expected) return true;
    const url = toAppUrl(browserUrl);
    const details = {
      url,
      isMainFrame: true,
      isSameDocument: false,
      frame: this.mainFrame,
      initiator: this.mainFrame,
    };
    for (const name of ['will-navigate', 'will-frame-navigate']) {
      const event = preventable({ ...details });
      this.emit(name, event, url, false, true);
      if (event.defaultPrevented) return false;
    }
    this.emit('did-start-navigation', preventable({ ...details }), url, false, true);
    return true;
  }

  /** For requests.ts: ipcRenderer.sendSync. */
  async answerSync(body: string): Promise<unknown> {
    const { channel, args } = JSON.parse(body) as { channel: string; args: unknown[] };
    const event = this.ipcEvent();
    const answered = new Promise((resolve) => Object.defineProperty(event, 'returnValue', { set: resolve }));
    const values = args.map((value) => unpack(value));
    for (const ipc of this.ipcTargets()) ipc.emit(channel, event, ...values);
    return pack(await answered);
  }

  /** The event object of a message from the page. */
  ipcEvent(ports: MessagePortMain[] = []): object {
    return {
      ...preventable(),
      type: 'frame',
      sender: this,
      senderFrame: this.mainFrame,
      processId: this.id,
      frameId: 1,
      ports,
      reply: (channel: string, ...args: unknown[]) => this.send(channel, ...args),
    };
  }

  /** Who hears messages of this page, the nearest first. */
  ipcTargets(): IpcMain[] {
    return [this.mainFrame.ipc, this.ipc, ipcMain];
  }

  /** The page wants another window. */
  openWindow(request: WindowRequest): void {
    const url = toAppUrl(request.url);
    const details = { ...request, url };
    const referrer = { url: this.page.url, policy: 'strict-origin-when-cross-origin' } as const;
    const decision = this.#windowOpenHandler({ ...details, referrer });
    if (decision.action !== 'allow') return;
    const Window = this.window.constructor as new (options?: object) => BrowserWindow;
    const opened = new Window(decision.overrideBrowserWindowOptions);
    opened.loadURL(url).catch(() => {});
    this.emit('did-create-window', opened, details);
  }

  /** The host's own: the window is gone. */
  drop(): void {
    this.page.destroyed = true;
    contents.delete(this);
    this.link.drop();
    this.emit('destroyed');
  }

  post(message: ToPage): void {
    this.link.post(message);
  }

  async loadURL(url: string): Promise<void> {
    await this.opened;
    const session = this.link.session;
    if (this.page.destroyed || !session) throw new Error(`ERR_FAILED (-2) loading '${url}'`);
    this.session.applyPermissions(url);
    const browserUrl = toBrowserUrl(new URL(url).href);
    this.#expected = browserUrl;
    this.page.loading = true;
    this.emit('did-start-loading', preventable());
    const loaded = new Promise<void>((resolve) => session.once('Page.loadEventFired', () => resolve()));
    const { errorText } = await session.send<{ errorText?: string }>('Page.navigate', { url: browserUrl });
    if (errorText) {
      const code = errorText.replace(/^net::/, '');
      this.page.loading = false;
      this.emit('did-fail-load', preventable(), -2, code, url, true, this.id, 1);
      this.emit('did-stop-loading', preventable());
      throw Object.assign(new Error(`${code} (-2) loading '${url}'`), { code, errno: -2, url });
    }
    await loaded;
    this.navigationHistory.forgetStart();
  }

  loadFile(file: string, options: Electron.LoadFileOptions = {}): Promise<void> {
    const url = pathToFileURL(path.resolve(host.appFolder, file));
    if (options.search) url.search = options.search;
    else if (options.query) url.search = String(new URLSearchParams(options.query));
    if (options.hash) url.hash = options.hash;
    return this.loadURL(url.href);
  }

  send(channel: string, ...args: unknown[]): void {
    if (this.page.destroyed) throw new TypeError('Object has been destroyed');
    this.post({ op: 'message', channel, args: args.map((value) => pack(value)) });
  }

  postMessage(channel: string, message: unknown, transfer: MessagePortMain[] = []): void {
    const args = [pack(message)];
    this.post({ op: 'message', channel, args, ports: this.link.ports.lend(transfer) });
  }

  async executeJavaScript(code: string, userGesture = false): Promise<unknown> {
    type Evaluated = {
      result: { value: unknown };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    await this.opened;
    const parameters = { expression: code, awaitPromise: true, returnByValue: true, userGesture };
    const evaluated = await this.link.session?.send<Evaluated>('Runtime.evaluate', parameters);
    const thrown = evaluated?.exceptionDetails;
    if (thrown) throw new Error(thrown.exception?.description ?? thrown.text);
    return evaluated?.result.value;
  }

  async capturePage(): Promise<HostNativeImage> {
    await this.opened;
    const shot = await this.link.session?.send<{ data: string }>('Page.captureScreenshot', { format: 'png' });
    return new HostNativeImage(Buffer.from(shot?.data ?? '', 'base64'));
  }

  async printToPDF(): Promise<Buffer> {
    await this.opened;
    const printed = await this.link.session?.send<{ data: string }>('Page.printToPDF', {
      printBackground: true,
    });
    return Buffer.from(printed?.data ?? '', 'base64');
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.#windowOpenHandler = handler;
  }

  getURL(): string {
    return this.page.url;
  }
  /** The origin as main sees it. */
  getOrigin(): string {
    return originOf(this.page.url);
  }
  getTitle(): string {
    return this.page.title;
  }
  isLoading(): boolean {
    return this.page.loading;
  }
  isLoadingMainFrame(): boolean {
    return this.page.loading;
  }
  isWaitingForResponse(): boolean {
    return this.page.loading;
  }
  isDestroyed(): boolean {
    return this.page.destroyed;
  }
  isCrashed(): boolean {
    return this.page.crashed;
  }
  isFocused(): boolean {
    return this.window.isFocused();
  }
  focus(): void {
    this.window.focus();
  }
  getOSProcessId(): number {
    return 0;
  }
  getProcessId(): number {
    return this.id;
  }
  getType(): 'window' {
    return 'window';
  }
  get backgroundThrottling(): boolean {
    return this.#throttled;
  }
  getBackgroundThrottling(): boolean {
    return this.#throttled;
  }
  setBackgroundThrottling(allowed: boolean): void {
    this.#throttled = allowed;
  }
  isDevToolsOpened(): boolean {
    return false;
  }
  openDevTools(): void {}
  closeDevTools(): void {}
  toggleDevTools(): void {}
  getUserAgent(): string {
    return this.#userAgent ?? this.session.getUserAgent();
  }
  setUserAgent(userAgent: string): void {
    this.#userAgent = userAgent;
  }
  isCurrentlyAudible(): boolean {
    return false;
  }
  isAudioMuted(): boolean {
    return this.#muted;
  }
  setAudioMuted(muted: boolean): void {
    this.#muted = muted;
  }
  isBeingCaptured(): boolean {
    return false;
  }
  setIgnoreMenuShortcuts(): void {}
  invalidate(): void {}
  async setVisualZoomLevelLimits(): Promise<void> {}
  get zoomFactor(): number {
    return this.#zoomFactor;
  }
  set zoomFactor(factor: number) {
    this.#zoomFactor = factor;
    this.post({ op: 'zoom', factor });
  }
  get zoomLevel(): number {
    return Math.log(this.#zoomFactor) / Math.log(1.2);
  }
  set zoomLevel(level: number) {
    this.zoomFactor = 1.2 ** level;
  }
  getZoomFactor(): number {
    return this.zoomFactor;
  }
  setZoomFactor(factor: number): void {
    this.zoomFactor = factor;
  }
  getZoomLevel(): number {
    return this.zoomLevel;
  }
  setZoomLevel(level: number): void {
    this.zoomLevel = level;
  }
  async insertText(text: string): Promise<void> {
    await this.link.session?.send('Input.insertText', { text });
  }
  async insertCSS(css: string): Promise<string> {
    await this.executeJavaScript(
      `{const s=new CSSStyleSheet();s.replaceSync(${JSON.stringify(css)});document.adoptedStyleSheets.push(s)}`,
    );
    return 'electron-host';
  }
  reload(): void {
    this.#reload(false);
  }
  reloadIgnoringCache(): void {
    this.#reload(true);
  }
  stop(): void {
    this.link.session?.tell('Page.stopLoading');
  }
  close(): void {
    this.window.close();
  }
  forcefullyCrashRenderer(): void {
    this.link.session?.tell('Page.crash');
  }

  #reload(ignoreCache: boolean): void {
    this.#expected = toBrowserUrl(this.page.url);
    this.page.crashed = false;
    this.link.session?.tell('Page.reload', { ignoreCache });
  }

  /** The host's own: one of Chromium's editing commands. */
  edit(command: string): void {
    const parameters = { type: 'rawKeyDown', key: 'Unidentified', commands: [command] };
    this.link.session?.tell('Input.dispatchKeyEvent', parameters);
  }
}

for (const command of EDIT_COMMANDS) {
  Object.defineProperty(WebContents.prototype, command, {
    value(this: WebContents) {
      this.edit(command);
    },
  });
}
