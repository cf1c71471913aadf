/**
 * A proxy that stands between a driver and its backend in tests, so that the connection can be cut in the middle for real:
 * it forwards bytes between two addresses (loopback ports or unix sockets) and knows nothing of what they mean.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where to forward to. */
export type ProxyTarget = { port: number; host?: string } | { path: string };

/** Listens until `close`. Made by `startCutProxy`. */
export class CutProxy {
  readonly #server: Server;
  readonly #folder: string | null;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #target: ProxyTarget;
  #cut: PromiseWithResolvers<void> | null = null;
  #forwarded = 0;

  constructor(server: Server, target: ProxyTarget, folder: string | null) {
    this.#server = server;
    this.#target = target;
    this.#folder = folder;
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** The port on 127.0.0.1; 0 where it listens on a unix socket. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' ? ((address as AddressInfo | null)?.port ?? 0) : 0;
  }

  /** The unix socket; empty where it listens on a port. */
  get path(): string {
    const address = this.#server.address();
    return typeof address === 'string' ? address : '';
  }

  /** Connections that are open through it now. */
  get open(): number {
    return this.#pairs.size;
  }

  /** Bytes that went through, both ways, so far. */
  get forwarded(): number {
    return this.#forwarded;
  }

  /** Forwards new connections to another address: a backend that came back elsewhere. */
  retarget(target: ProxyTarget): void {
    this.#target = target;
  }

  /**
   * Breaks every connection, with a reset as a failing network does, and every new one until `restore`. `tried` resolves at
   * the first of those. Cutting what is cut gives the same cut.
   */
  cut(): { restore(): void; readonly tried: Promise<void> } {
    this.#cut ??= Promise.withResolvers<void>();
    const mine = this.#cut;
    for (const [near, far] of this.#pairs) {
      reset(near);
      far.destroy();
    }
    return {
      tried: mine.promise,
      restore: () => {
        if (this.#cut === mine) this.#cut = null;
      },
    };
  }

  /** Ends everything; idempotent. */
  async close(): Promise<void> {
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }

  #accept(near: Socket): void {
    near.on('error', () => {});
    if (this.#cut) {
      reset(near);
      this.#cut.resolve();
      return;
    }
    const far = connect({ ...this.#target, allowHalfOpen: true });
    far.on('error', () => reset(near));
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const forget = () => {
      if (near.destroyed && far.destroyed) this.#pairs.delete(pair);
    };
    this.#forward(near, far, forget);
    this.#forward(far, near, forget);
  }

  /** One direction: bytes with back-pressure, a half-close as such, an end of the one as the end of the other. */
  #forward(from: Socket, to: Socket, closed: () => void): void {
    from.on('data', (bytes) => {
      this.#forwarded += bytes.length;
    });
    from.pipe(to);
    from.on('close', () => {
      to.destroy();
      closed();
    });
  }
}

/** Starts one on a free port of 127.0.0.1, or on a unix socket in a folder of its own. The caller closes it. */
export async function startCutProxy(
  target: ProxyTarget,
  options: { listen?: 'port' | 'socket' } = {},
): Promise<CutProxy> {
  const folder = options.listen === 'socket' ? mkdtempSync(join(tmpdir(), 'cut-proxy-')) : null;
  const server = createServer({ allowHalfOpen: true });
  const proxy = new CutProxy(server, target, folder);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (folder) server.listen(join(folder, 'proxy.sock'), resolve);
    else server.listen(0, '127.0.0.1', resolve);
  });
  return proxy;
}

function reset(socket: Socket): void {
  // A unix socket knows no reset: it is closed.
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
