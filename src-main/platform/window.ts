/** The main window: made locked down, shown when it has something to show, hidden or closed by the rules. */
import { BrowserWindow, nativeTheme } from 'electron';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';
import { UnloadQuestion } from './unload-question.ts';
import { backgroundColor, onWindowClose, ReloadBudget } from './window-rules.ts';

/** What the window needs. */
export interface MainWindowOptions {
  /** The page: `specboard://app/`, or the Vite server. */
  url: string;
  /** The built preload script. */
  preload: string;
  /** Partition of the app's session (protocol.ts). */
  partition: string;
  platform: NodeJS.Platform;
  packaged: boolean;
  clock: Clock;
  /** Asked when the person closes the window. */
  closeContext: () => { quitting: boolean; closeToTray: boolean; trayShown: boolean };
  /** Called for each new page before it loads: register it with the window registry here. */
  onPage: (contents: BrowserWindow['webContents']) => void;
  /** The page holds texts that are not saved, and is to be closed or reloaded. True: let them go. */
  askToDiscard: (window: BrowserWindow) => Promise<boolean>;
  /** The window hid instead of closing (the first time the person should be told). */
  onHidden?: () => void;
  /** The page crashed too often; the person sees an empty window and needs a word. */
  onBroken?: () => void;
  log: (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, string | number>) => void;
  /** Linux: file of the window's icon. */
  icon?: string;
}

/** Shown after this time also if the page never gets ready: an invisible app is worse than an empty window. */
const showAtLatestMs = 3_000;

/** At most one window at a time; `show` makes it again after it was closed. Dispose destroys it. */
export class MainWindow implements Disposable {
  readonly #options: MainWindowOptions;
  readonly #reloads = new ReloadBudget();
  #window: BrowserWindow | null = null;
  #showTimer: Disposable | null = null;
  /** What the page held back last; `discard`: the person said that it may go. */
  readonly #unload = new UnloadQuestion();

  constructor(options: MainWindowOptions) {
    this.#options = options;
  }

  /** The window, while there is one. */
  get window(): BrowserWindow | null {
    return this.#window === null || this.#window.isDestroyed() ? null : this.#window;
  }

  /** True while the person looks at it. */
  get focused(): boolean {
    return this.window?.isFocused() ?? false;
  }

  /** Makes the window without showing it before its page is ready; does nothing where there is one. */
  open(): BrowserWindow {
    const existing = this.window;
    if (existing !== null) return existing;
    const options = this.#options;
    const window = this.#create();
    this.#window = window;
    options.onPage(window.webContents);
    this.#follow(window);
    window.loadURL(options.url).catch((error: unknown) => {
      options.log('error', 'the page did not load', {
        reason: error instanceof Error ? error.message : String(error),
      });
    });
    return window;
  }

  /** Brings the window to the front; opens it where there is none. */
  show(): void {
    const existing = this.window;
    if (existing === null) {
      this.open();
      return;
    }
    if (existing.isMinimized()) existing.restore();
    existing.show();
    existing.focus();
  }

  dispose(): void {
    this.#showTimer?.dispose();
    this.window?.destroy();
    this.#window = null;
  }

  #create(): BrowserWindow {
    const { preload, partition, packaged, platform, icon } = this.#options;
    return new BrowserWindow({
      // Bounds and state are kept by Electron under this name.
      name: 'main',
      windowStatePersistence: true,
      title: 'SpecBoard',
      width: 1200,
      height: 800,
      minWidth: 640,
      minHeight: 400,
      show: false,
      backgroundColor: backgroundColor(nativeTheme.shouldUseDarkColors),
      ...(platform === 'linux' && icon !== undefined ? { icon } : {}),
      webPreferences: {
        preload,
        partition,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webviewTag: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        experimentalFeatures: false,
        navigateOnDragDrop: false,
        safeDialogs: true,
        // Code is not prose, and the spell checker would fetch dictionaries.
        spellcheck: false,
        devTools: !packaged,
      },
    });
  }

  #follow(window: BrowserWindow): void {
    const { clock, log } = this.#options;
    const showOnce = (): void => {
      this.#showTimer?.dispose();
      this.#showTimer = null;
      if (!window.isDestroyed() && !window.isVisible()) window.show();
    };
    this.#showTimer = clock.after(showAtLatestMs, showOnce);
    window.once('ready-to-show', showOnce);
    window.on('close', (event) => this.#onClose(event, window));
    window.on('closed', () => {
      this.#showTimer?.dispose();
      if (this.#window === window) this.#window = null;
    });
    window.webContents.on('will-prevent-unload', (event) => {
      const wanted = this.#unload.held();
      // Electron's way to say "unload all the same".
      if (wanted === 'go') event.preventDefault();
      else if (wanted !== 'asking') void this.#askToDiscard(window, wanted);
    });
    window.webContents.on('did-navigate', () => this.#unload.done());
    window.webContents.on('render-process-gone', (_event, details) => {
      if (details.reason === 'clean-exit' || window.isDestroyed()) return;
      log('error', 'the page crashed', { reason: details.reason, exitCode: details.exitCode });
      if (this.#reloads.take(clock.now())) window.webContents.reload();
      else this.#options.onBroken?.();
    });
    window.webContents.on('preload-error', (_event, _path, error) =>
      log('error', 'the preload failed', { reason: error.message }),
    );
    window.on('unresponsive', () => log('warn', 'the page does not respond'));
  }

  /** Not answered at once: main must not stand still while a person thinks. Then what was wanted is done again. */
  async #askToDiscard(window: BrowserWindow, wanted: 'close' | 'reload'): Promise<void> {
    const goes = await this.#options.askToDiscard(window).catch(() => false);
    if (!this.#unload.answered(goes) || window.isDestroyed()) return;
    if (wanted === 'close') window.close();
    else window.webContents.reload();
  }

  #onClose(event: { preventDefault: () => void }, window: BrowserWindow): void {
    const { platform, closeContext, onHidden } = this.#options;
    if (onWindowClose({ platform, ...closeContext() }) === 'close') {
      this.#unload.closing();
      return;
    }
    event.preventDefault();
    window.hide();
    onHidden?.();
  }
}
