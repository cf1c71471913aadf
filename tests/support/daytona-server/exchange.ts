// One request and its answer, with the faults that apply to it. Every answer over HTTP goes through here.
import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http';
import { type JsonRecord, parseObject } from '../vendor-server/json.ts';
import type { RequestEntry } from '../vendor-server/request-log.ts';
import { apiError, type DaemonError, daemonError } from './errors.ts';
import { effectOf, type FaultEffect, type Plane } from './faults.ts';

/** A request being answered. */
export class Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
  readonly entry: RequestEntry<Plane>;
  readonly effects: readonly FaultEffect[];
  #body: Promise<Buffer> | undefined;

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
    this.effects = effects;
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
  effect<K extends FaultEffect['kind']>(kind: K): Extract<FaultEffect, { kind: K }> | undefined {
    return effectOf(this.effects, kind);
  }

  /** A request header, or undefined. */
  header(name: string): string | undefined {
    const value = this.req.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** A field of the query, or undefined when it is missing or empty. */
  query(name: string): string | undefined {
    return this.url.searchParams.get(name) || undefined;
  }

  /** The whole body; read once, then kept. */
  body(): Promise<Buffer> {
    this.#body ??= this.#readBody();
    return this.#body;
  }

  /** The body as an object. Throws SyntaxError. */
  async jsonBody(): Promise<JsonRecord> {
    return parseObject(await this.body());
  }

  /** Answer with JSON, or with no body when there is none. */
  json(status: number, body?: unknown, headers: OutgoingHttpHeaders = {}): void {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    this.reply(status, bytes, bytes ? { 'content-type': 'application/json', ...headers } : headers);
  }

  /** An error of the control plane or of the proxy before the toolbox. */
  fail(status: number, message: string, headers: OutgoingHttpHeaders = {}, code?: string): void {
    this.json(status, apiError(status, message, this.url.pathname, code), headers);
  }

  /** An error of the daemon inside the sandbox. */
  failDaemon(error: DaemonError): void {
    this.json(error.status, daemonError(error, this.url.pathname, this.method));
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

  /** Send the head alone. */
  head(status: number, headers: OutgoingHttpHeaders): void {
    if (this.res.headersSent || this.res.destroyed) return;
    this.entry.status = status;
    this.res.writeHead(status, STATUS_CODES[status] ?? '', headers);
  }

  /** Write a piece of a streamed body; settles when the client has room again or has gone. */
  async write(bytes: Buffer): Promise<void> {
    const { res } = this;
    if (res.destroyed || res.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        res.off('drain', settle);
        res.off('close', settle);
        resolve();
      };
      res.on('drain', settle);
      res.on('close', settle);
    });
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

  async #readBody(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.req) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  #cutAfter(limit: number): void {
    const { res } = this;
    const write = res.write.bind(res) as (chunk: Buffer, done?: () => void) => boolean;
    const end = res.end.bind(res) as () => ServerResponse;
    let left = limit;
    const limited = (chunk: unknown): boolean => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
      if (bytes.length < left) {
        left -= bytes.length;
        return write(bytes);
      }
      const last = bytes.subarray(0, left);
      left = 0;
      return write(last, () => this.cut());
    };
    res.write = limited as typeof res.write;
    res.end = ((chunk?: unknown) => {
      if (chunk === undefined) return end();
      limited(chunk);
      return left === 0 ? res : end();
    }) as typeof res.end;
  }
}
