// The Chrome DevTools Protocol over --remote-debugging-pipe: JSON messages that end with a NUL, no port is opened.
import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';

interface Pending {
  method: string;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Incoming {
  id?: number;
  method?: string;
  params?: unknown;
  sessionId?: string;
  result?: unknown;
  error?: { message: string };
}

/** One attached target. Emits the target's protocol events by their method name. */
export class CdpSession extends EventEmitter {
  readonly id: string;
  readonly #cdp: Cdp;

  constructor(cdp: Cdp, id: string) {
    super();
    this.setMaxListeners(0);
    this.#cdp = cdp;
    this.id = id;
  }

  /** Calls `method` on the target; rejects with the protocol's message, or when the browser is gone. */
  send<T = unknown>(method: string, params: object = {}): Promise<T> {
    return this.#cdp.send<T>(method, params, this.id);
  }

  /** Like `send`, for calls whose failure means only that the target is already gone. */
  tell(method: string, params: object = {}): void {
    this.send(method, params).catch(() => {});
  }
}

/** The connection with one browser. Emits the browser's protocol events, and `closed` once. */
export class Cdp extends EventEmitter {
  closed = false;
  readonly #writable: Writable;
  readonly #pending = new Map<number, Pending>();
  readonly #sessions = new Map<string, CdpSession>();
  #lastId = 0;
  #parts: Buffer[] = [];

  constructor(writable: Writable, readable: Readable) {
    super();
    this.setMaxListeners(0);
    this.#writable = writable;
    readable.on('data', (chunk: Buffer) => this.#read(chunk));
    readable.on('close', () => this.#down());
    readable.on('error', () => this.#down());
    writable.on('error', () => this.#down());
  }

  /** Calls a method of the browser (or of the session named) and resolves with its result. */
  send<T = unknown>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    if (this.closed) return Promise.reject(new Error('the browser is gone'));
    const id = ++this.#lastId;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { method, resolve: resolve as (result: unknown) => void, reject });
      this.#writable.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** Like `send`, for calls whose failure does not matter. */
  tell(method: string, params: object = {}): void {
    this.send(method, params).catch(() => {});
  }

  /** The emitter for the events of a target that was attached with this session id. */
  session(id: string): CdpSession {
    const session = new CdpSession(this, id);
    this.#sessions.set(id, session);
    return session;
  }

  /** Forgets a session whose target is gone. */
  dropSession(id: string): void {
    this.#sessions.delete(id);
  }

  #read(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, start)) {
      const head = chunk.subarray(start, end);
      const message = this.#parts.length > 0 ? Buffer.concat([...this.#parts, head]) : head;
      this.#parts = [];
      start = end + 1;
      this.#dispatch(JSON.parse(message.toString('utf8')) as Incoming);
    }
    if (start < chunk.length) this.#parts.push(chunk.subarray(start));
  }

  #dispatch(message: Incoming): void {
    if (message.id !== undefined) {
      const call = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.error) call?.reject(new Error(`${call.method}: ${message.error.message}`));
      else call?.resolve(message.result);
    } else if (message.method !== undefined) {
      const receiver = message.sessionId === undefined ? this : this.#sessions.get(message.sessionId);
      receiver?.emit(message.method, message.params);
    }
  }

  #down(): void {
    if (this.closed) return;
    this.closed = true;
    for (const call of this.#pending.values()) call.reject(new Error('the browser is gone'));
    this.#pending.clear();
    this.emit('closed');
  }
}
