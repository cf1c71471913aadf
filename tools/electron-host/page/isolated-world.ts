// Runs in the isolated world of a page before any script: Electron's renderer-side modules for the preload, on top of one
// CDP binding. Runs as source text: it must not refer to anything outside of itself.
import type { makeCodec } from './codec.ts';
import type { makeMembrane } from './membrane.ts';
import type { FromPage, OverlayEvent, PageConfig, ToPage, WindowRequest } from './messages.ts';
import type { Overlay } from './overlay.ts';
import type { watchPage } from './watch-page.ts';

/** The script. Leaves two names in its world: `__hostRecv` for the host, `__hostPreload` for the preload's script. */
export function isolatedWorld(
  config: PageConfig,
  codec: typeof makeCodec,
  membrane: typeof makeMembrane,
  watch: typeof watchPage,
  overlayMaker: ((say: (event: OverlayEvent) => void) => Overlay) | null,
): void {
  if (window !== window.top || location.hostname.endsWith('.host.invalid')) return;
  type Listener = ((...args: unknown[]) => void) & { listener?: Listener };
  type Base64Array = Uint8Array & { toBase64(): string };
  const world = globalThis as unknown as Record<string, unknown> & {
    Uint8Array: { fromBase64(text: string): Uint8Array<ArrayBuffer> };
  };
  const raw = world[config.binding] as (text: string) => void;
  delete world[config.binding];
  const tell = (message: FromPage): void => raw(JSON.stringify(message));
  const { pack, unpack } = codec(
    (bytes) => (bytes as Base64Array).toBase64(),
    (text) => world.Uint8Array.fromBase64(text),
  );
  const packAll = (values: unknown[]): unknown[] => values.map((value) => pack(value));

  class EventEmitter {
    readonly lists = new Map<string, Listener[]>();
    listeners(name: string): Listener[] {
      return [...(this.lists.get(name) ?? [])];
    }
    on(name: string, listener: Listener): this {
      this.lists.set(name, [...this.listeners(name), listener]);
      return this;
    }
    addListener(name: string, listener: Listener): this {
      return this.on(name, listener);
    }
    once(name: string, listener: Listener): this {
      const wrapped: Listener = (...args) => {
        this.off(name, wrapped);
        listener.apply(this, args);
      };
      wrapped.listener = listener;
      return this.on(name, wrapped);
    }
    off(name: string, listener: Listener): this {
      const list = this.listeners(name);
      const index = list.findLastIndex((item) => item === listener || item.listener === listener);
      if (index >= 0) this.lists.set(name, list.toSpliced(index, 1));
      return this;
    }
    removeListener(name: string, listener: Listener): this {
      return this.off(name, listener);
    }
    removeAllListeners(name?: string): this {
      if (name === undefined) this.lists.clear();
      else this.lists.delete(name);
      return this;
    }
    listenerCount(name: string): number {
      return this.listeners(name).length;
    }
    emit(name: string, ...args: unknown[]): boolean {
      const list = this.lists.get(name) ?? [];
      for (const listener of list) listener.apply(this, args);
      return list.length > 0;
    }
  }

  // Electron gives MessagePort a `close` event, which Chromium has not. Ports of one channel made in this world know each
  // other; a port that was handed to the page cannot be watched.
  const siblings = new WeakMap<MessagePort, MessagePort>();
  const closePort = MessagePort.prototype.close;
  world.MessageChannel = class extends MessageChannel {
    constructor() {
      super();
      siblings.set(this.port1, this.port2);
      siblings.set(this.port2, this.port1);
    }
  };
  MessagePort.prototype.close = function close(this: MessagePort & { onclose?: unknown }) {
    closePort.call(this);
    const sibling = siblings.get(this) as (MessagePort & { onclose?: unknown }) | undefined;
    siblings.delete(this);
    if (!sibling) return;
    // After the messages that were posted before the close.
    setTimeout(() => {
      const event = new Event('close');
      sibling.dispatchEvent(event);
      if (typeof sibling.onclose === 'function') sibling.onclose(event);
    });
  };

  // Message ports whose one end is here and whose other end is in main.
  const ports = new Map<string, MessagePort>();
  let lastPort = 0;
  const adopt = (id: string, port: MessagePort): void => {
    ports.set(id, port);
    port.onmessage = (event) =>
      tell({ op: 'port', id, data: pack(event.data), ports: event.ports.map(lend) });
    port.addEventListener('close', () => {
      if (ports.delete(id)) tell({ op: 'portclose', id });
    });
  };
  const lend = (port: MessagePort): string => {
    const id = `r${++lastPort}`;
    adopt(id, port);
    return id;
  };
  const borrow = (id: string): MessagePort => {
    const channel = new MessageChannel();
    adopt(id, channel.port1);
    return channel.port2;
  };

  const calls = new Map<number, [(value: unknown) => void, (error: Error) => void, string]>();
  let lastCall = 0;
  const ipcRenderer = Object.assign(new EventEmitter(), {
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        const packed = packAll(args);
        const id = ++lastCall;
        calls.set(id, [resolve, reject, channel]);
        tell({ op: 'invoke', id, channel, args: packed });
      }),
    send: (channel: string, ...args: unknown[]) => tell({ op: 'send', channel, args: packAll(args) }),
    postMessage: (channel: string, message: unknown, transfer: MessagePort[] = []) => {
      const args = [pack(message)];
      tell({ op: 'send', channel, args, ports: transfer.map(lend) });
    },
    /** A synchronous request to the page's own origin, answered by main; the page's CSP must allow connect-src 'self'. */
    sendSync: (channel: string, ...args: unknown[]) => {
      const request = new XMLHttpRequest();
      request.open('POST', '/__electron_host_sync', false);
      request.send(JSON.stringify({ channel, args: packAll(args) }));
      return unpack(JSON.parse(request.responseText));
    },
    sendToHost: () => {},
  });

  const receive = (message: ToPage): void => {
    switch (message.op) {
      case 'reply': {
        const [resolve, reject, channel] = calls.get(message.id) ?? [];
        calls.delete(message.id);
        if (message.ok) resolve?.(unpack(message.value));
        else reject?.(new Error(`Error invoking remote method '${channel}': ${message.value}`));
        return;
      }
      case 'message': {
        const event = { sender: ipcRenderer, senderId: 0, ports: (message.ports ?? []).map(borrow) };
        ipcRenderer.emit(message.channel, event, ...message.args.map((value) => unpack(value)));
        return;
      }
      case 'port':
        ports.get(message.id)?.postMessage(unpack(message.data), message.ports.map(borrow));
        return;
      case 'portclose': {
        const port = ports.get(message.id);
        ports.delete(message.id);
        port?.close();
        return;
      }
      case 'zoom':
        document.documentElement?.style.setProperty('zoom', String(message.factor));
        return;
      case 'overlay':
        overlay?.command(message.command);
    }
  };
  world.__hostRecv = (list: ToPage[]) => {
    for (const message of list) {
      try {
        receive(message);
      } catch (error) {
        reportError(error);
      }
    }
  };

  // The meeting with the page's own world.
  const element = document.createElement('div');
  const link = membrane(element, 'i', 'm', {
    open: (wish: WindowRequest) => tell({ op: 'open', ...wish }),
    close: () => tell({ op: 'close' }),
  });
  document.dispatchEvent(new MouseEvent(config.token, { relatedTarget: element }));

  // The modules that a sandboxed preload may require.
  const strict = <T extends object>(label: string, members: T): T =>
    new Proxy(members, {
      get(target, property) {
        if (typeof property === 'symbol' || property in target) return Reflect.get(target, property);
        if (['then', 'default', '__esModule', 'toJSON'].includes(property)) return undefined;
        throw new Error(`electron-host: ${label}${property} is not implemented`);
      },
    });
  const later = (f: (...args: unknown[]) => void, ...args: unknown[]): void => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => f(...args);
    channel.port2.postMessage(0);
  };
  const contextBridge = {
    exposeInMainWorld: (key: string, api: unknown): void => {
      link.request('expose', [key, api]);
    },
  };
  const preloadProcess = Object.assign(new EventEmitter(), config.process, {
    type: 'renderer',
    sandboxed: true,
    contextIsolated: true,
    env: {},
    cwd: () => '/',
    nextTick: (f: (...args: unknown[]) => void, ...args: unknown[]) => queueMicrotask(() => f(...args)),
  });
  const electron = strict('', {
    contextBridge: strict('contextBridge.', contextBridge),
    ipcRenderer: strict('ipcRenderer.', ipcRenderer),
    webFrame: strict('webFrame.', {
      getZoomFactor: () => Number(document.documentElement.style.getPropertyValue('zoom')) || 1,
      setZoomFactor: (factor: number) => receive({ op: 'zoom', factor }),
    }),
    webUtils: strict('webUtils.', { getPathForFile: () => '' }),
    crashReporter: strict('crashReporter.', { start: () => {} }),
  });
  const modules: Record<string, unknown> = {
    electron,
    'electron/renderer': electron,
    'electron/common': electron,
    events: Object.assign(EventEmitter, { EventEmitter }),
    timers: { setTimeout, setInterval, clearTimeout, clearInterval, setImmediate: later },
    url: { URL, URLSearchParams },
  };
  const require = (name: string): unknown => {
    const found = modules[name.replace(/^node:/, '')];
    if (!found) throw new Error(`module not found: ${name}`);
    return found;
  };
  let ran = false;
  world.__hostPreload = (preload: (...args: unknown[]) => void) => {
    ran = true;
    const module = { exports: {} };
    try {
      // The third is Buffer, which the host does not offer to preloads.
      preload(require, preloadProcess, undefined, globalThis, later, () => {}, module.exports, module);
    } catch (error) {
      console.error(`Unable to load preload script: ${config.preload}`);
      console.error(error);
      tell({ op: 'preload-error', error: pack(error) });
    }
  };

  // What the window does.
  const overlay = overlayMaker ? overlayMaker((event) => tell({ op: 'overlay', event })) : null;
  document.addEventListener('DOMContentLoaded', () => {
    if (config.preload && !ran) {
      tell({
        op: 'preload-error',
        error: pack(new SyntaxError(`preload did not compile: ${config.preload}`)),
      });
    }
    overlay?.mount();
    world.__hostOverlayControls = overlay?.controls;
  });
  watch(config, tell);
}
