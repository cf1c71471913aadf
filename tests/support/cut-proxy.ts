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

/** `break`: connections are reset, and new ones, too. `stall`: they stay open, and nothing goes through, either way. */
export type CutKind = 'break' | 'stall';

interface Cut {
  readonly kind: CutKind;
  readonly noticed: PromiseWithResolvers<void>;
}

/** Listens until `close`. Made by `startCutProxy`. */
export class CutProxy {
  readonly #server: Server;
  readonly #folder: string | null;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** What waits for the end of a stall. */
  readonly #waiting = new Set<() => void>();
  #target: ProxyTarget;
  #cut: Cut | null = null;
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
   * Cuts every connection and every new one until `restore`. `tried` resolves when somebody noticed, or could have: with the
   * first new connection, or with the first bytes that a stall holds back. Cutting what is cut gives the same cut.
   */
  cut(kind: CutKind = 'break'): { restore(): void; readonly tried: Promise<void> } {
    this.#cut ??= { kind, noticed: Promise.withResolvers<void>() };
    const mine = this.#cut;
    if (mine.kind === 'break') {
      for (const [near, far] of this.#pairs) {
        reset(near);
        far.destroy();
      }
    }
    return {
      tried: mine.noticed.promise,
      restore: () => {
        if (this.#cut !== mine) return;
        this.#cut = null;
        for (const go of this.#waiting) go();
        this.#waiting.clear();
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
    this.#cut?.noticed.resolve();
    if (this.#cut?.kind === 'break') {
      reset(near);
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
    const pass = (bytes: Buffer): void => {
      if (to.destroyed) return;
      this.#forwarded += bytes.length;
      if (to.write(bytes)) return;
      from.pause();
      to.once('drain', () => from.resume());
    };
    from.on('data', (bytes: Buffer) => {
      if (!this.#cut) return pass(bytes);
      this.#cut.noticed.resolve();
      from.pause();
      this.#whenRestored(() => {
        from.resume();
        pass(bytes);
      });
    });
    from.on('end', () => {
      if (this.#cut) this.#whenRestored(() => to.end());
      else to.end();
    });
    from.on('close', () => {
      const end = () => {
        to.destroy();
        closed();
      };
      if (this.#cut?.kind === 'stall') this.#whenRestored(end);
      else if (to.writableLength > 0 && !from.errored) to.end(end);
      else end();
    });
  }

  #whenRestored(go: () => void): void {
    this.#waiting.add(go);
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
