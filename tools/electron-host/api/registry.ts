// The windows and web contents that live now. Kept apart so that app, menu and dialogs need not import the classes.
import type { BrowserWindow } from './browser-window.ts';
import type { WebContents } from './web-contents.ts';

/** Windows by order of creation. */
export const windows = new Set<BrowserWindow>();

/** Web contents by order of creation. */
export const contents = new Set<WebContents>();

/** The window that has the focus. */
export function focusedWindow(): BrowserWindow | null {
  return [...windows].find((window) => window.isFocused()) ?? null;
}

/** The window that a menu or dialog without a window of its own belongs to. */
export function frontWindow(): BrowserWindow | undefined {
  return focusedWindow() ?? [...windows].find((window) => window.isVisible()) ?? [...windows][0];
}

/** The web contents of a CDP target (for a main frame, the frame's id is the target's). */
export function contentsOfTarget(targetId: string | undefined): WebContents | undefined {
  return [...contents].find((one) => one.link.targetId !== '' && one.link.targetId === targetId);
}
