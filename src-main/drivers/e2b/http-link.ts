/**
 * HTTP/1.1 straight to a sandbox, beside the SDK: the code interpreter understands "cancel" only as a closed connection, and
 * neither the SDK's cells nor its command streams can be held back, cancelled or sent through a proxy.
 */
import http from 'node:http';
import https from 'node:https';

/** Below the 5 s after which the code interpreter's server closes an idle connection: a cell never meets a dying one. */
const IDLE_MS = 4_000;
/** Longest error body that is read. */
const ERROR_BODY_LIMIT = 64 * 1024;

/** A request to a sandbox. */
export interface LinkRequest {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer;
  /** Aborts by closing the connection, also while the answer is read. */
  signal: AbortSignal;
  /** Time for the head of the answer, in ms. */
  headMs: number;
}

/** An answer whose status is not 2xx. */
export class HttpStatusError extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`HTTP ${status}`);
    this.name = 'HttpStatusError';
    this.status = status;
    this.body = body;
  }

  /** True where E2B's proxy itself says that sandbox or port is not there: the request was not delivered. */
  get notDelivered(): boolean {
    return this.status === 502 && /"code"\s*:\s*502/.test(this.body);
  }

  /** True where the sandbox is there, but nothing listens on the port. */
  get portClosed(): boolean {
    return this.status === 502 && /port is not open/i.test(this.body);
  }
}

/** The link failed. `sent` is true where the request may have arrived. */
export class LinkError extends Error {
  readonly sent: boolean;

  constructor(cause: unknown, sent: boolean) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'LinkError';
    this.sent = sent;
  }
}

/** Connections to one origin. Owns its sockets: `dispose` closes them. */
export class HttpLink {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: http.Agent;

  /** @param proxy address of an HTTP proxy; https goes through it by CONNECT. */
  constructor(base: string, headers: Readonly<Record<string, string>>, proxy?: string) {
    this.#base = new URL(base);
    this.#headers = headers;
    const Agent = this.#base.protocol === 'https:' ? https.Agent : http.Agent;
    this.#agent = new Agent({
      keepAlive: true,
      timeout: IDLE_MS,
      ...(proxy ? { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } } : {}),
    });
  }

  /**
   * Sends the request and gives the answer with an unread body; whoever gets it reads it to its end or destroys it. Rejects
   * with the signal's reason, LinkError, or HttpStatusError (the body is then read).
   */
  async open(request: LinkRequest): Promise<http.IncomingMessage> {
    const { signal } = request;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    let sent = false;
    const send = this.#base.protocol === 'https:' ? https.request : http.request;
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    const call = send(new URL(request.path, this.#base), {
      method: request.method,
      agent: this.#agent,
      headers: {
        ...this.#headers,
        ...request.headers,
        ...(body ? { 'Content-Length': String(body.length) } : {}),
      },
    });
    const onAbort = (): void => {
      reject(signal.reason);
      call.destroy();
    };
    const timer = setTimeout(() => {
      reject(new DOMException('The sandbox did not answer in time.', 'TimeoutError'));
      call.destroy();
    }, request.headMs);
    signal.addEventListener('abort', onAbort, { once: true });
    call.once('close', () => signal.removeEventListener('abort', onAbort));
    call.once('finish', () => {
      sent = true;
    });
    call.on('error', (error) => reject(new LinkError(error, sent)));
    call.once('response', resolve);
    call.end(body);
    try {
      const response = await promise;
      response.on('error', () => {}); // heard by whoever reads; a late one must not end the process
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return response;
      throw new HttpStatusError(status, await readText(response, ERROR_BODY_LIMIT));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends the request and reads a small answer. Rejects as `open` does. */
  async text(request: LinkRequest): Promise<string> {
    try {
      return await readText(await this.open(request), 4 * 1024 * 1024);
    } catch (error) {
      request.signal.throwIfAborted();
      if (error instanceof HttpStatusError || error instanceof LinkError || error instanceof DOMException)
        throw error;
      throw new LinkError(error, true);
    }
  }

  /** Closes all connections. Twice is fine. */
  dispose(): void {
    this.#agent.destroy();
  }
}

/** Reads a body up to a limit; the rest is not read. */
async function readText(response: http.IncomingMessage, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    parts.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > limit) break;
  }
  return Buffer.concat(parts).toString('utf8').slice(0, limit);
}

/** A link that said nothing for too long. */
export class SilenceError extends Error {
  constructor() {
    super('The link to the sandbox went silent.');
    this.name = 'SilenceError';
  }
}

/**
 * The chunks of a body. While the consumer works on one, nothing more is read (back-pressure reaches the sandbox). Throws
 * SilenceError when no chunk comes for `silenceMs` while we wait for one, the signal's reason when that aborts. Closes the
 * connection when the consumer leaves early.
 */
export async function* chunksOf(
  response: http.IncomingMessage,
  silenceMs: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const reader = response[Symbol.asyncIterator]();
  try {
    for (;;) {
      signal.throwIfAborted();
      const timer = setTimeout(() => response.destroy(new SilenceError()), silenceMs);
      let next: IteratorResult<unknown>;
      try {
        next = await reader.next();
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        clearTimeout(timer);
      }
      signal.throwIfAborted();
      if (next.done) {
        if (!response.complete) throw new LinkError(new Error('The connection was cut.'), true);
        return;
      }
      yield next.value as Buffer;
    }
  } finally {
    if (!response.complete) response.destroy();
  }
}
