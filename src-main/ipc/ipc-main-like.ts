/** What this folder needs of Electron, as interfaces: the core runs under plain Node, with real MessageChannels. */

/** Structural part of `WebFrameMain`. */
export interface FrameLike {
  readonly origin: string;
  readonly parent: unknown;
}

/** Structural part of the events of `ipcMain`. `senderFrame` may be null, and reading it may throw. */
export interface IpcEventLike {
  readonly senderFrame: FrameLike | null;
  readonly sender: { readonly id: number };
}

/** An event that came with `ipcRenderer.postMessage`. */
export interface IpcPortEventLike extends IpcEventLike {
  readonly ports: readonly PortLike[];
}

/** Structural part of `MessagePortMain`. */
export interface PortLike {
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
  on(event: 'message', listener: (message: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** Structural part of `ipcMain`. */
export interface IpcMainLike {
  handle(channel: string, listener: (event: IpcEventLike, ...args: unknown[]) => unknown): void;
  removeHandler(channel: string): void;
  on(channel: string, listener: (event: IpcPortEventLike, ...args: unknown[]) => void): unknown;
  removeListener(channel: string, listener: (event: IpcPortEventLike, ...args: unknown[]) => void): unknown;
}

/** Structural part of `WebContents`: a window's page. */
export interface PageLike {
  readonly id: number;
  isDestroyed(): boolean;
  isLoadingMainFrame(): boolean;
  send(channel: string, payload: unknown): void;
  once(event: 'did-finish-load' | 'destroyed', listener: () => void): unknown;
  removeListener(event: 'did-finish-load' | 'destroyed', listener: () => void): unknown;
}

/** Where this folder writes what happened. Never message contents: they may hold secrets and code. */
export type IpcLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Record<string, string | number | boolean | null>,
) => void;
