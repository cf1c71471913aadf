// Runs in the isolated world of a page: tells the host what happens in the window (title, focus, keys, links, clicks).
// Runs as source text: it must not refer to anything outside of itself.
import type { FromPage, PageConfig } from './messages.ts';

/** Adds the listeners; `tell` sends a message to the host. */
export function watchPage(config: PageConfig, tell: (message: FromPage) => void): void {
  /** Listens on the window after all listeners of the page, so that it is known whether the page took the event. */
  const afterPage = <K extends keyof WindowEventMap>(
    type: K,
    listener: (event: WindowEventMap[K]) => void,
  ): void => {
    const capture = (): void => {
      window.removeEventListener(type, listener);
      window.addEventListener(type, listener, { once: true });
    };
    window.addEventListener(type, capture, { capture: true });
  };
  document.addEventListener('DOMContentLoaded', () => {
    const title = (): void => tell({ op: 'title', title: document.title });
    title();
    const changes = { childList: true, subtree: true, characterData: true };
    new MutationObserver(title).observe(document.head, changes);
  });
  for (const name of ['focus', 'blur'] as const) {
    window.addEventListener(name, (event) => {
      if (event.target === window) tell({ op: name });
    });
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') tell({ op: 'shown' });
  });
  const dark = matchMedia('(prefers-color-scheme: dark)');
  tell({ op: 'scheme', dark: dark.matches });
  dark.addEventListener('change', () => tell({ op: 'scheme', dark: dark.matches }));
  if (config.overlay) {
    const bounds = (): void =>
      tell({ op: 'bounds', x: screenX, y: screenY, width: outerWidth, height: outerHeight });
    window.addEventListener('resize', bounds);
  }
  // Keys that the page left alone are the app's accelerators. Chromium's own shortcuts (new tab, close, reload, print...)
  // are held back, because Electron has none but those of the app's menu.
  const browserKeys = new Set([...'wtnrpsfghjdoulek+-=0']);
  const browserFunctionKeys = new Set(['F1', 'F3', 'F5', 'F6', 'F7', 'F10', 'F11', 'F12']);
  afterPage('keydown', (event) => {
    const { key, ctrlKey: ctrl, metaKey: meta, altKey: alt, shiftKey: shift } = event;
    if (event.defaultPrevented || !(ctrl || meta || alt || /^F\d/.test(key))) return;
    tell({ op: 'key', key, ctrl, meta, alt, shift });
    const command = (ctrl || meta) && (browserKeys.has(key.toLowerCase()) || /^\d$/.test(key));
    if (command || browserFunctionKeys.has(key) || (alt && key.startsWith('Arrow'))) event.preventDefault();
  });
  // Links that would open another window.
  const click = (event: MouseEvent): void => {
    const anchor = event
      .composedPath()
      .find((node): node is HTMLAnchorElement => node instanceof HTMLAnchorElement && node.href !== '');
    const elsewhere = anchor?.target && !/^_(self|top|parent)$/.test(anchor.target);
    const another = event.ctrlKey || event.metaKey || event.shiftKey || event.button === 1;
    if (!anchor || event.defaultPrevented || event.button === 2 || !(elsewhere || another)) return;
    event.preventDefault();
    const disposition =
      event.button === 1 || event.ctrlKey || event.metaKey ? 'background-tab' : 'foreground-tab';
    tell({ op: 'open', url: anchor.href, frameName: anchor.target, features: '', disposition });
  };
  afterPage('click', click);
  afterPage('auxclick', click);
  afterPage('contextmenu', (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault(); // Electron shows no context menu by itself
    const path = event.composedPath();
    const anchor = path.find((node) => node instanceof HTMLAnchorElement);
    const image = path.find((node) => node instanceof HTMLImageElement);
    const field = path.find((node): node is HTMLElement => node instanceof HTMLElement);
    tell({
      op: 'context-menu',
      x: event.clientX,
      y: event.clientY,
      selectionText: String(getSelection() ?? ''),
      linkURL: anchor?.href ?? '',
      linkText: anchor?.textContent ?? '',
      srcURL: image?.src ?? '',
      isEditable: !!field && (field.isContentEditable || /^(input|textarea)$/i.test(field.tagName)),
    });
  });
  if (config.guardClose) {
    // Raises a dialog in Chromium, which the host answers after it asked the app (page-events.ts).
    window.addEventListener('beforeunload', (event) => event.preventDefault());
  }
}
