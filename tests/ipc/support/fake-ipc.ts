/**
 * Electron's IPC in one process: a main side and pages, with structured clones and real MessageChannels between them. What
 * Electron does on misuse (second handler, nothing there, uncloneable) happens here too.
 */
import type {
  IpcEventLike,
  IpcMainLike,
  IpcPortEventLike,
  PageLike,
  PortLike,
} from '../../../src-main/ipc/ipc-main-like.ts';
import type { IpcListener, RendererIpc } from '../../../src-preload/renderer-ipc.ts';

type InvokeHandler = (event: IpcEventLike, ...args: unknown[]) => unknown;
type PostListener = (event: IpcPortEventLike, ...args: unknown[]) => void;

/** Who a page is, as main sees it. */
export interface FakeFrame {
  id: number;
  origin: string;
  parent: unknown;
}

/** A frame of the app's own window 1. */
export const ownFrame: FakeFrame = { id: 1, origin: 'specboard://app', parent: null };

/** A Node MessagePort as Electron's main process sees it. */
export function asMainPort(port: MessagePort): PortLike {
  return {
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    close: () => port.close(),
    on: (event: 'message' | 'close', listener: (message: { data: unknown }) => void) =>
      port.addEventListener(event, (raw) => listener({ data: (raw as MessageEvent).data })),
  };
}

/** The main process's end. */
export class FakeIpcMain implements IpcMainLike {
  readonly handlers = new Map<string, InvokeHandler>();
  readonly listeners = new Map<string, Set<PostListener>>();

  handle(channel: string, listener: InvokeHandler): void {
    if (this.handlers.has(channel)) {
      throw new Error(`Attempted to register a second handler for '${channel}'`);
    }
    this.handlers.set(channel, listener);
  }

  removeHandler(channel: string): void {
    this.handlers.delete(channel);
  }

  on(channel: string, listener: PostListener): void {
    const listeners = this.listeners.get(channel) ?? new Set();
    listeners.add(listener);
    this.listeners.set(channel, listeners);
  }

  removeListener(channel: string, listener: PostListener): void {
    this.listeners.get(channel)?.delete(listener);
    if (this.listeners.get(channel)?.size === 0) this.listeners.delete(channel);
  }

  /** A message with a reply, arguments as they are. */
  async invoke(channel: string, event: IpcEventLike, ...args: unknown[]): Promise<unknown> {
    const handler = this.handlers.get(channel);
    if (handler === undefined) {
      throw new Error(`Error invoking remote method '${channel}': Error: No handler registered`);
    }
    return structuredClone(await handler(event, ...args));
  }

  /** A message with ports, arguments as they are. */
  post(channel: string, event: IpcPortEventLike, ...args: unknown[]): void {
    for (const listener of this.listeners.get(channel) ?? []) listener(event, ...args);
  }
}

/** A page: its `ipcRenderer`, and its webContents as main sees it. */
export class FakePage implements RendererIpc, PageLike {
  readonly id: number;
  readonly frame: FakeFrame;
  readonly sent: { channel: string; payload: unknown }[] = [];
  loading = false;
  destroyed = false;
  readonly #main: FakeIpcMain;
  readonly #listeners = new Map<string, Set<IpcListener>>();
  readonly #once = new Map<string, Set<() => void>>();

  constructor(main: FakeIpcMain, frame: FakeFrame = ownFrame) {
    this.#main = main;
    this.frame = frame;
    this.id = frame.id;
  }

  get event(): IpcEventLike {
    return { senderFrame: this.frame, sender: { id: this.id } };
  }

  async invoke(channel: string, ...args: unknown[]): Promise<unknown> {
    return this.#main.invoke(channel, this.event, ...structuredClone(args));
  }

  postMessage(channel: string, message: unknown, transfer: MessagePort[] = []): void {
    const copy = structuredClone(message);
    this.#main.post(channel, { ...this.event, ports: transfer.map(asMainPort) }, copy);
  }

  on(channel: string, listener: IpcListener): void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
  }

  /** How many IPC listeners the page has on a channel; `once` ones of its webContents under their event's name. */
  listenerCount(channel: string): number {
    return (this.#listeners.get(channel)?.size ?? 0) + (this.#once.get(channel)?.size ?? 0);
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }

  isLoadingMainFrame(): boolean {
    return this.loading;
  }

  send(channel: string, payload: unknown): void {
    if (this.destroyed) throw new TypeError('Object has been destroyed');
    const copy = structuredClone(payload);
    this.sent.push({ channel, payload: copy });
    for (const listener of this.#listeners.get(channel) ?? []) listener({ sender: 'secret' }, copy);
  }

  once(event: string, listener: () => void): void {
    const listeners = this.#once.get(event) ?? new Set();
    this.#once.set(event, listeners.add(listener));
  }

  removeListener(name: string, listener: IpcListener | (() => void)): void {
    this.#listeners.get(name)?.delete(listener);
    this.#once.get(name)?.delete(listener as () => void);
  }

  /** Something happened to the webContents. */
  emit(event: 'did-finish-load' | 'destroyed'): void {
    const listeners = [...(this.#once.get(event) ?? [])];
    this.#once.delete(event);
    for (const listener of listeners) listener();
  }
}
