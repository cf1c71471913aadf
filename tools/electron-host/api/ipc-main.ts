// ipcMain, and the same for one window (webContents.ipc) or one frame (webFrameMain.ipc).
import type * as Electron from 'electron';
import { strictEmitter } from '../strict.ts';

/** What answers an `invoke`. */
export type InvokeHandler = (event: never, ...args: never[]) => unknown;

type Members = Pick<Electron.IpcMain, 'handle' | 'handleOnce' | 'removeHandler'>;

/** Handlers by channel, and an emitter of the channels' messages. */
export class IpcMain extends strictEmitter('IpcMain') implements Members {
  readonly #handlers = new Map<string, InvokeHandler>();

  handle(channel: string, listener: InvokeHandler): void {
    if (this.#handlers.has(channel)) {
      throw new Error(`Attempted to register a second handler for '${channel}'`);
    }
    if (typeof listener !== 'function')
      throw new TypeError(`Expected handler to be a function, but found type '${typeof listener}'`);
    this.#handlers.set(channel, listener);
  }

  handleOnce(channel: string, listener: InvokeHandler): void {
    this.handle(channel, (event, ...args) => {
      this.removeHandler(channel);
      return listener(event, ...args);
    });
  }

  removeHandler(channel: string): void {
    this.#handlers.delete(channel);
  }

  /** The host's own look-up. */
  handlerFor(channel: string): ((event: object, ...args: unknown[]) => unknown) | undefined {
    return this.#handlers.get(channel) as ((event: object, ...args: unknown[]) => unknown) | undefined;
  }
}

/** The handlers for all windows. */
export const ipcMain = new IpcMain();
