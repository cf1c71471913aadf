// BrowserWindow: one Chromium window with one page.
import type * as Electron from 'electron';
import { host, later, preventable } from '../host-state.ts';
import { app } from './app.ts';
import type { HostNativeImage } from './native-image.ts';
import { focusedWindow, windows } from './registry.ts';
import { WebContents } from './web-contents.ts';
import { forgetWindowState, restoreWindowState, saveWindowState } from './window-state.ts';
import { WindowTraits } from './window-traits.ts';

/** Where a hidden window waits: Chromium has no hidden windows. */
const FAR_AWAY = -20000;

type State = 'normal' | 'minimized' | 'maximized' | 'fullscreen';

let lastId = 0;

type Members = Pick<
  Electron.BrowserWindow,
  | (
      | 'id'
      | 'title'
      | 'loadURL'
      | 'loadFile'
      | 'reload'
      | 'show'
      | 'showInactive'
      | 'hide'
      | 'focus'
      | 'blur'
      | 'isFocused'
    )
  | (
      | 'isVisible'
      | 'isDestroyed'
      | 'isMinimized'
      | 'isMaximized'
      | 'isFullScreen'
      | 'isNormal'
      | 'minimize'
      | 'maximize'
    )
  | (
      | 'unmaximize'
      | 'restore'
      | 'setFullScreen'
      | 'getBounds'
      | 'setBounds'
      | 'getSize'
      | 'setSize'
      | 'getPosition'
    )
  | (
      | 'setPosition'
      | 'getNormalBounds'
      | 'getContentBounds'
      | 'setContentBounds'
      | 'getContentSize'
      | 'setContentSize'
    )
  | (
      | 'center'
      | 'getTitle'
      | 'setTitle'
      | 'close'
      | 'destroy'
      | 'getBackgroundColor'
      | 'setBackgroundColor'
      | 'isModal'
    )
  | (
      | 'setMinimumSize'
      | 'getMinimumSize'
      | 'isMenuBarVisible'
      | 'isMenuBarAutoHide'
      | 'isResizable'
      | 'isClosable'
    )
  | (
      | 'isMovable'
      | 'isMinimizable'
      | 'isMaximizable'
      | 'isFullScreenable'
      | 'isAlwaysOnTop'
      | 'isKiosk'
      | 'isEnabled'
    )
  | (
      | 'getMediaSourceId'
      | 'fullScreen'
      | 'setSimpleFullScreen'
      | 'isSimpleFullScreen'
      | 'isTabletMode'
      | 'isFocusable'
    )
>;

/** A window. Needs the app to be ready. */
export class BrowserWindow extends WindowTraits implements Members {
  static getAllWindows(): BrowserWindow[] {
    return [...windows];
  }
  static getFocusedWindow(): BrowserWindow | null {
    return focusedWindow();
  }
  static fromWebContents(contents: WebContents): BrowserWindow | null {
    return [...windows].find((window) => window.webContents === contents) ?? null;
  }
  static fromId(id: number): BrowserWindow | null {
    return [...windows].find((window) => window.id === id) ?? null;
  }
  static clearPersistedState(name: string): void {
    forgetWindowState(name);
  }

  override readonly id = ++lastId;
  readonly webContents: WebContents;
  title: string;
  #bounds: Electron.Rectangle;
  #minimum: [number, number];
  #backgroundColor: string;
  #state: State = 'normal';
  #visible: boolean;
  #wasShown: boolean;
  #focused = false;
  #destroyed = false;
  #closing = false;
  /** Chromium's number of the window, once it is there. */
  #windowId: number | undefined;

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super(options);
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready');
    const { x = 60, y = 40, width = 800, height = 600 } = options;
    this.#bounds = { x, y, width, height };
    const saved = options.windowStatePersistence && options.name ? restoreWindowState(options.name) : null;
    if (saved) {
      this.#bounds = saved.bounds;
      this.#state = saved.maximized ? 'maximized' : 'normal';
      later(() => this.emit('persisted-state-restored'));
    }
    this.#minimum = [options.minWidth ?? 0, options.minHeight ?? 0];
    this.#backgroundColor = options.backgroundColor ?? '#FFFFFF';
    this.#visible = options.show !== false;
    this.#wasShown = this.#visible;
    this.title = options.title ?? app.name;
    windows.add(this);
    this.webContents = new WebContents(this, options.webPreferences ?? {});
    app.emit('web-contents-created', preventable(), this.webContents);
    later(() => app.emit('browser-window-created', preventable(), this));
  }

  /** The host's own: the target is there; puts the window where it belongs. */
  async place(): Promise<void> {
    const found = await this.webContents.link.session?.send<{ windowId: number }>(
      'Browser.getWindowForTarget',
    );
    this.#windowId = found?.windowId;
    await this.#applyBounds();
    if (this.#state === 'maximized' && this.#visible) this.#setState('maximized');
  }

  async #applyBounds(): Promise<void> {
    if (this.#windowId === undefined || this.#destroyed) return;
    const { x, y, width, height } = this.#bounds;
    const windowId = this.#windowId;
    // Headless windows carry an invisible frame: only their contents have the wanted size.
    const call = host.headless
      ? host.cdp?.send('Browser.setContentsSize', { windowId, width, height })
      : host.cdp?.send('Browser.setWindowBounds', {
          windowId,
          bounds: { left: this.#visible ? x : FAR_AWAY, top: y, width, height },
        });
    await call?.catch(() => {});
  }

  #setState(state: State): void {
    this.#state = state;
    if (this.#windowId === undefined) return;
    host.cdp?.tell('Browser.setWindowBounds', { windowId: this.#windowId, bounds: { windowState: state } });
  }

  /** The host's own: the page says that it got or lost the focus. */
  focusChanged(focused: boolean): void {
    if (this.#focused === focused || (focused && !this.#visible)) return;
    if (focused) for (const window of windows) if (window !== this) window.focusChanged(false);
    this.#focused = focused;
    this.emit(focused ? 'focus' : 'blur', preventable());
    app.emit(focused ? 'browser-window-focus' : 'browser-window-blur', preventable(), this);
  }

  /** The host's own: a window that was put away as minimised was opened from the task bar. */
  shownByUser(): void {
    if (this.#visible || !this.#wasShown || host.headless) return;
    this.#visible = true;
    this.#state = 'normal';
    this.emit('show');
  }

  /** The host's own: the person moved or resized the window. */
  movedByUser(bounds: Electron.Rectangle): void {
    if (host.headless || !this.#visible || bounds.x <= FAR_AWAY / 2) return;
    const { x, y, width, height } = bounds;
    const old = this.#bounds;
    this.#bounds = { x, y, width, height };
    if (old.width !== width || old.height !== height) this.emit('resize');
    if (old.x !== x || old.y !== y) this.emit('move');
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }
  loadFile(file: string, options?: Electron.LoadFileOptions): Promise<void> {
    return this.webContents.loadFile(file, options);
  }
  reload(): void {
    this.webContents.reload();
  }

  show(): void {
    this.showInactive();
    this.focus();
  }
  showInactive(): void {
    if (this.#visible || this.#destroyed) return;
    this.#visible = true;
    if (!host.headless && this.#wasShown) this.#setState('normal');
    this.#wasShown = true;
    void this.#applyBounds();
    if (this.#state === 'maximized') this.#setState('maximized');
    this.emit('show');
  }
  hide(): void {
    if (!this.#visible || this.#destroyed) return;
    this.#visible = false;
    // Put away as minimised, so that a person can still reach it; the state that the app sees stays as it was.
    if (!host.headless && this.#windowId !== undefined) {
      host.cdp?.tell('Browser.setWindowBounds', {
        windowId: this.#windowId,
        bounds: { windowState: 'minimized' },
      });
    }
    this.focusChanged(false);
    this.emit('hide');
  }
  focus(): void {
    if (!this.#visible || this.#destroyed) return;
    this.webContents.opened
      .then(() => this.webContents.link.session?.tell('Page.bringToFront'))
      .catch(() => {});
    this.focusChanged(true);
  }
  blur(): void {
    this.focusChanged(false);
  }
  isFocused(): boolean {
    return this.#focused;
  }
  isVisible(): boolean {
    return this.#visible && !this.#destroyed;
  }
  isDestroyed(): boolean {
    return this.#destroyed;
  }
  isMinimized(): boolean {
    return this.#state === 'minimized';
  }
  isMaximized(): boolean {
    return this.#state === 'maximized';
  }
  isFullScreen(): boolean {
    return this.#state === 'fullscreen';
  }
  get fullScreen(): boolean {
    return this.isFullScreen();
  }
  set fullScreen(flag: boolean) {
    this.setFullScreen(flag);
  }
  isNormal(): boolean {
    return this.#state === 'normal';
  }
  minimize(): void {
    this.#setState('minimized');
    this.focusChanged(false);
    this.emit('minimize');
  }
  maximize(): void {
    this.#setState('maximized');
    this.emit('maximize');
    if (!this.#visible) this.showInactive();
  }
  unmaximize(): void {
    this.#setState('normal');
    this.emit('unmaximize');
  }
  restore(): void {
    this.#setState('normal');
    this.emit('restore');
  }
  setFullScreen(flag: boolean): void {
    this.#setState(flag ? 'fullscreen' : 'normal');
    this.emit(flag ? 'enter-full-screen' : 'leave-full-screen');
  }
  setSimpleFullScreen(flag: boolean): void {
    this.setFullScreen(flag);
  }
  isSimpleFullScreen(): boolean {
    return this.isFullScreen();
  }

  getBounds(): Electron.Rectangle {
    return { ...this.#bounds };
  }
  setBounds(bounds: Partial<Electron.Rectangle>): void {
    const old = this.#bounds;
    const [minWidth, minHeight] = this.#minimum;
    const wanted = { ...old, ...bounds };
    this.#bounds = {
      ...wanted,
      width: Math.max(wanted.width, minWidth),
      height: Math.max(wanted.height, minHeight),
    };
    void this.#applyBounds();
    if (old.width !== this.#bounds.width || old.height !== this.#bounds.height) this.emit('resize');
    if (old.x !== this.#bounds.x || old.y !== this.#bounds.y) this.emit('move');
  }
  getSize(): number[] {
    return [this.#bounds.width, this.#bounds.height];
  }
  setSize(width: number, height: number): void {
    this.setBounds({ width, height });
  }
  getPosition(): number[] {
    return [this.#bounds.x, this.#bounds.y];
  }
  setPosition(x: number, y: number): void {
    this.setBounds({ x, y });
  }
  getNormalBounds(): Electron.Rectangle {
    return this.getBounds();
  }
  getContentBounds(): Electron.Rectangle {
    return this.getBounds();
  }
  setContentBounds(bounds: Electron.Rectangle): void {
    this.setBounds(bounds);
  }
  getContentSize(): number[] {
    return this.getSize();
  }
  setContentSize(width: number, height: number): void {
    this.setSize(width, height);
  }
  setMinimumSize(width: number, height: number): void {
    this.#minimum = [width, height];
  }
  getMinimumSize(): number[] {
    return [...this.#minimum];
  }
  center(): void {}
  getTitle(): string {
    return this.title;
  }
  setTitle(title: string): void {
    this.title = title;
  }
  getBackgroundColor(): string {
    return this.#backgroundColor;
  }
  setBackgroundColor(color: string): void {
    this.#backgroundColor = color;
  }
  getParentWindow(): BrowserWindow | null {
    return (this.options.parent as unknown as BrowserWindow | undefined) ?? null;
  }
  getChildWindows(): BrowserWindow[] {
    return [...windows].filter((window) => window.getParentWindow() === this);
  }
  capturePage(): Promise<HostNativeImage> {
    return this.webContents.capturePage();
  }

  /** Asks the app, as the window's X would. */
  close(): void {
    if (this.#destroyed || this.#closing || !this.#mayClose()) return;
    this.destroy();
  }

  /** The host's own: the person closes the window; false keeps it. */
  userMayClose(): boolean {
    return this.#destroyed || this.#closing || this.#mayClose();
  }

  #mayClose(): boolean {
    this.#closing = true;
    const event = preventable();
    this.emit('close', event);
    this.#closing = false;
    if (event.defaultPrevented) app.cancelQuit();
    return !event.defaultPrevented;
  }

  destroy(): void {
    if (this.#destroyed) return;
    const { webContents } = this;
    this.gone();
    webContents.opened
      .catch(() => {})
      .then(() => {
        const targetId = webContents.link.targetId;
        if (targetId) host.cdp?.tell('Target.closeTarget', { targetId });
      });
  }

  /** The host's own: the window is away, by whoever's hand. */
  gone(): void {
    if (this.#destroyed) return;
    if (this.options.windowStatePersistence && this.options.name) {
      saveWindowState(this.options.name, { bounds: this.#bounds, maximized: this.#state === 'maximized' });
    }
    this.focusChanged(false);
    this.#destroyed = true;
    windows.delete(this);
    this.webContents.drop();
    this.emit('closed');
    app.windowGone();
  }
}
