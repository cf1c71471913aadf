// Tells clients of changes: as much of socket.io (version 4, WebSocket only) as Daytona's SDK speaks.
import { randomUUID } from 'node:crypto';
import type { WebSocketConnection } from './web-socket.ts';

const PING_INTERVAL_MS = 25_000;

/** Keeps the clients that have shown their key. `dispose` cuts them off. */
export class EventHub {
  readonly #organizationOf: (key: string) => string | undefined;
  /** Client to its organization. */
  readonly #clients = new Map<WebSocketConnection, string>();
  readonly #pinger: NodeJS.Timeout;

  /** @param organizationOf the id of the organization that a key opens */
  constructor(organizationOf: (key: string) => string | undefined) {
    this.#organizationOf = organizationOf;
    this.#pinger = setInterval(() => {
      for (const socket of this.#clients.keys()) socket.send('2', 'ping');
    }, PING_INTERVAL_MS);
    this.#pinger.unref();
  }

  /** How many clients listen. */
  get size(): number {
    return this.#clients.size;
  }

  /** A client has connected; it must say its key before it hears anything. */
  add(socket: WebSocketConnection): void {
    const hello = {
      sid: randomUUID(),
      upgrades: [],
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: 20_000,
      maxPayload: 1_000_000,
    };
    socket.send(`0${JSON.stringify(hello)}`, 'open');
    socket.listen({
      message: (data) => this.#onMessage(socket, data.toString('utf8')),
      close: () => this.#clients.delete(socket),
    });
  }

  /** Tell every client of that organization. */
  publish(organizationId: string, event: string, payload: unknown): void {
    for (const [socket, own] of this.#clients) {
      if (own === organizationId) socket.send(`42${JSON.stringify([event, payload])}`, event);
    }
  }

  /** Cut every client off; they come again by themselves. */
  cutAll(): void {
    for (const socket of this.#clients.keys()) socket.cut();
    this.#clients.clear();
  }

  dispose(): void {
    clearInterval(this.#pinger);
    this.cutAll();
  }

  #onMessage(socket: WebSocketConnection, text: string): void {
    if (text === '2') socket.send('3', 'pong');
    if (!text.startsWith('40')) return;
    let key: unknown;
    try {
      key = (JSON.parse(text.slice(2) || '{}') as { token?: unknown }).token;
    } catch {
      key = undefined;
    }
    const organization = typeof key === 'string' ? this.#organizationOf(key) : undefined;
    if (organization === undefined) {
      socket.send(`44${JSON.stringify({ message: 'Unauthorized' })}`, 'error');
      return;
    }
    this.#clients.set(socket, organization);
    socket.send(`40${JSON.stringify({ sid: randomUUID() })}`, 'connect');
  }
}
