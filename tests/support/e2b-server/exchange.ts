// One request and its answer, with the faults that apply to it. Every answer of the server goes through here.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { RequestEntry } from '../vendor-server/request-log.ts';
import type { FaultEffect, Plane } from './faults.ts';

type EffectOf<K extends FaultEffect['kind']> = Extract<FaultEffect, { kind: K }>;

/** A request being answered. */
export class Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
  readonly entry: RequestEntry<Plane>;
  readonly #effects: readonly FaultEffect[];
  #body: Promise<Buffer> | undefined;
  readonly #events = new Map<string, number>();

  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    url: URL,
    entry: RequestEntry<Plane>,
    effects: readonly FaultEffect[],
  ) {
    this.req = req;
    this.res = res;
    this.url = url;
    this.entry = entry;
    this.#effects = effects;
    res.on('close', () => {
      entry.aborted = !res.writableFinished;
    });
    const cut = this.effect('cut-after-bytes');
    if (cut) this.#cutAfter(cut.bytes);
  }

  get method(): string {
    return this.req.method ?? 'GET';
  }

  /** The effect of this kind that applies to the request, if any. */
  effect<K extends FaultEffect['kind']>(kind: K): EffectOf<K> | undefined {
    return this.#effects.find((effect): effect is EffectOf<K> => effect.kind === kind);
  }

  /** A request header, or undefined. */
  header(name: string): string | undefined {
    const value = this.req.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** The whole body; read once, then kept. */
  body(): Promise<Buffer> {
    this.#body ??= this.#readBody();
    return this.#body;
  }

  async #readBody(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.req) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  /** Answer with JSON, or with no body when there is none. */
  json(status: number, body?: unknown, headers: OutgoingHttpHeaders = {}): void {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    this.reply(status, bytes, bytes ? { 'content-type': 'application/json', ...headers } : headers);
  }

  /** Answer with plain text. */
  text(status: number, body: string): void {
    this.reply(status, Buffer.from(body), { 'content-type': 'text/plain; charset=utf-8' });
  }

  /** An error of the control plane or envd's HTTP side. The SDK tests `code` in the body, so it is always there. */
  fail(
    status: number,
    message: string,
    extra: Record<string, unknown> = {},
    headers: OutgoingHttpHeaders = {},
  ): void {
    this.json(status, { code: status, message, ...extra }, headers);
  }

  /** Send head and body, unless a fault keeps the answer from the client. */
  reply(status: number, body: Buffer | undefined, headers: OutgoingHttpHeaders): void {
    if (this.effect('no-answer')) return;
    if (this.effect('drop-answer')) {
      this.cut();
      return;
    }
    this.head(status, body ? { ...headers, 'content-length': body.length } : headers);
    this.res.end(body);
  }

  /** Send the head alone, at once. */
  head(status: number, headers: OutgoingHttpHeaders): void {
    if (this.res.headersSent || this.res.destroyed) return;
    this.entry.status = status;
    this.res.writeHead(status, headers);
    this.res.flushHeaders();
  }

  /**
   * Write one event of a stream. Returns a promise when the client reads too slowly: it settles when the client has
   * caught up or gone, and the source should be paused until then.
   */
  event(kind: string, bytes: Buffer): Promise<void> | undefined {
    const { res } = this;
    if (res.writableEnded || res.destroyed) return undefined;
    const room = res.write(bytes);
    const cut = this.effect('cut-after-event');
    if (cut?.event === kind) {
      const seen = (this.#events.get(kind) ?? 0) + 1;
      this.#events.set(kind, seen);
      if (seen >= (cut.count ?? 1)) {
        // The bytes must reach the client before the connection goes.
        res.write('', () => this.cut());
        return undefined;
      }
    }
    return room ? undefined : drained(res);
  }

  /** End a stream. */
  end(bytes?: Buffer): void {
    if (!this.res.writableEnded && !this.res.destroyed) this.res.end(bytes);
  }

  /** Close the connection under the client. */
  cut(): void {
    this.req.socket.destroy();
  }

  /** Call `listener` once when the exchange is over; at once when it already is. */
  onClose(listener: () => void): void {
    if (this.res.destroyed || this.res.closed) listener();
    else this.res.once('close', listener);
  }

  #cutAfter(limit: number): void {
    const { res } = this;
    const write = res.write.bind(res) as (chunk: Buffer, done?: () => void) => boolean;
    let left = limit;
    const limited = (chunk: unknown, ...rest: unknown[]): boolean => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
      const done = rest.find((item) => typeof item === 'function') as (() => void) | undefined;
      if (bytes.length < left) {
        left -= bytes.length;
        return write(bytes, done);
      }
      const last = bytes.subarray(0, Math.max(left, 0));
      left = 0;
      return write(last, () => this.cut());
    };
    const end = res.end.bind(res) as () => ServerResponse;
    res.write = limited as typeof res.write;
    res.end = ((chunk?: unknown) => {
      if (chunk !== undefined && chunk !== null && typeof chunk !== 'function') {
        limited(chunk);
        if (left === 0) return res;
      }
      return end();
    }) as typeof res.end;
  }
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      res.off('drain', settle);
      res.off('close', settle);
      resolve();
    };
    res.on('drain', settle);
    res.on('close', settle);
  });
}
