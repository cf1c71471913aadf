/** What the preload needs of Electron's `ipcRenderer`, as an interface: tests give their own, in plain Node. */

/** Structural part of `ipcRenderer`. */
export interface RendererIpc {
  invoke(channel: string, ...args: unknown[]): Promise<unknown>;
  postMessage(channel: string, message: unknown, transfer?: MessagePort[]): void;
  on(channel: string, listener: IpcListener): unknown;
  removeListener(channel: string, listener: IpcListener): unknown;
}

/** A listener for pushed messages. The event must never reach the page: it carries `sender`. */
export type IpcListener = (event: unknown, payload: unknown) => void;
