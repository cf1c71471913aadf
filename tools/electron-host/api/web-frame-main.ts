// WebFrameMain: the main frame of a window as main sees it. Subframes have no preload here, so no message comes from one.
import type * as Electron from 'electron';
import { originOf } from '../browser/addresses.ts';
import { strictEmitter } from '../strict.ts';
import { IpcMain } from './ipc-main.ts';
import type { MessagePortMain } from './message-ports.ts';

/** What the frame needs from its window. */
export interface FrameOwner {
  readonly id: number;
  getURL(): string;
  isDestroyed(): boolean;
  send(channel: string, ...args: unknown[]): void;
  postMessage(channel: string, message: unknown, transfer?: MessagePortMain[]): void;
  executeJavaScript(code: string, userGesture?: boolean): Promise<unknown>;
  reload(): void;
}

type Members = Pick<
  Electron.WebFrameMain,
  | ('url' | 'origin' | 'name' | 'routingId' | 'processId' | 'osProcessId' | 'frameTreeNodeId' | 'detached')
  | ('visibilityState' | 'isDestroyed' | 'executeJavaScript' | 'reload' | 'send')
>;

/** One window's main frame; it lives as long as the window. */
export class WebFrameMain extends strictEmitter('WebFrameMain') implements Members {
  readonly ipc = new IpcMain();
  readonly parent = null;
  readonly name = '';
  readonly routingId = 1;
  readonly osProcessId = 0;
  readonly detached = false;
  readonly visibilityState = 'visible';
  readonly processId: number;
  readonly frameTreeNodeId: number;
  readonly #owner: FrameOwner;

  constructor(owner: FrameOwner) {
    super();
    this.#owner = owner;
    this.processId = owner.id;
    this.frameTreeNodeId = owner.id;
  }

  get url(): string {
    return this.#owner.getURL();
  }

  get origin(): string {
    return originOf(this.#owner.getURL());
  }

  get top(): this {
    return this;
  }

  get frames(): WebFrameMain[] {
    return [];
  }

  get framesInSubtree(): WebFrameMain[] {
    return [this];
  }

  isDestroyed(): boolean {
    return this.#owner.isDestroyed();
  }

  send(channel: string, ...args: unknown[]): void {
    this.#owner.send(channel, ...args);
  }

  postMessage(channel: string, message: unknown, transfer?: MessagePortMain[]): void {
    this.#owner.postMessage(channel, message, transfer);
  }

  executeJavaScript(code: string, userGesture?: boolean): Promise<unknown> {
    return this.#owner.executeJavaScript(code, userGesture);
  }

  reload(): boolean {
    this.#owner.reload();
    return true;
  }
}
