/** Who may speak to main: the main frame of a registered window, on the app's own origin. Everybody else is refused. */
import type { IpcEventLike } from './ipc-main-like.ts';

/** What the guard compares with. */
export interface SenderRules {
  /** Origins of our own pages: `specboard://app`, and in development the Vite server. Compared whole, never by prefix. */
  origins: readonly string[];
  /** True for the webContents id of a window that we made. */
  isWindow: (webContentsId: number) => boolean;
}

/** Who called. */
export interface Caller {
  /** Id of the window's webContents. */
  windowId: number;
}

/** Why a sender was refused; for the log, never for the sender. */
export type Refusal = 'no-frame' | 'subframe' | 'origin' | 'window';

/** The caller, or why it is none. Never throws: a frame that is gone while we look at it is refused. */
export function checkSender(
  event: IpcEventLike,
  rules: SenderRules,
): { ok: true; caller: Caller } | { ok: false; refusal: Refusal } {
  try {
    const frame = event.senderFrame;
    if (frame === null || frame === undefined) return { ok: false, refusal: 'no-frame' };
    // Strictly null: a detached frame or an odd object is not a main frame.
    if (frame.parent !== null) return { ok: false, refusal: 'subframe' };
    if (!rules.origins.includes(frame.origin)) return { ok: false, refusal: 'origin' };
    const windowId = event.sender.id;
    if (!rules.isWindow(windowId)) return { ok: false, refusal: 'window' };
    return { ok: true, caller: { windowId } };
  } catch {
    // "Render frame was disposed before WebFrameMain could be accessed".
    return { ok: false, refusal: 'no-frame' };
  }
}
