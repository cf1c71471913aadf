// What a window only reports about itself, and what it only passes on to the desktop: the base of BrowserWindow.
import type * as Electron from 'electron';
import { strictEmitter } from '../strict.ts';

/** Methods that only change how the desktop draws the window: recorded in `calls`. */
const RECORDED = `
  setMenu setMenuBarVisibility setAutoHideMenuBar removeMenu setIcon
  setResizable setMovable setMaximumSize setAlwaysOnTop setSkipTaskbar
  setProgressBar flashFrame moveTop setOverlayIcon setTitleBarOverlay
  setVisibleOnAllWorkspaces setOpacity setHasShadow setClosable setMinimizable
  setMaximizable setFullScreenable setContentProtection setThumbarButtons
  setAppDetails setRepresentedFilename setDocumentEdited setVibrancy
  setBackgroundMaterial setEnabled setParentWindow setWindowButtonVisibility
  setAspectRatio setThumbnailToolTip setThumbnailClip setFocusable setShape
`
  .trim()
  .split(/\s+/);

/** Answers from the options that the window was made with. */
export class WindowTraits extends strictEmitter('BrowserWindow') {
  readonly id: number = 0;
  /** The host's own: calls that only the desktop would see, as [method, ...arguments]. */
  readonly calls: unknown[][] = [];
  /** The host's own. */
  protected readonly options: Electron.BrowserWindowConstructorOptions;

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.options = options;
  }

  isModal(): boolean {
    return this.options.modal === true;
  }
  isMenuBarVisible(): boolean {
    return !this.options.autoHideMenuBar;
  }
  isMenuBarAutoHide(): boolean {
    return this.options.autoHideMenuBar === true;
  }
  isResizable(): boolean {
    return this.options.resizable !== false;
  }
  isClosable(): boolean {
    return this.options.closable !== false;
  }
  isMovable(): boolean {
    return this.options.movable !== false;
  }
  isMinimizable(): boolean {
    return this.options.minimizable !== false;
  }
  isMaximizable(): boolean {
    return this.options.maximizable !== false;
  }
  isFullScreenable(): boolean {
    return this.options.fullscreenable !== false;
  }
  isFocusable(): boolean {
    return this.options.focusable !== false;
  }
  isAlwaysOnTop(): boolean {
    return this.options.alwaysOnTop === true;
  }
  isKiosk(): boolean {
    return false;
  }
  isEnabled(): boolean {
    return true;
  }
  isTabletMode(): boolean {
    return false;
  }
  getMediaSourceId(): string {
    return `window:${this.id}:0`;
  }
}

for (const name of RECORDED) {
  Object.defineProperty(WindowTraits.prototype, name, {
    value(this: WindowTraits, ...args: unknown[]) {
      this.calls.push([name, ...args]);
    },
  });
}
