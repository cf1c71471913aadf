/** HTTP to the engine: requests with deadlines and aborts that really end them, small JSON answers, streams, and raw connections. */
import type http from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { z } from 'zod';
import type { EngineDialer } from './engine-dialer.ts';
import { EngineLinkError, EngineProtocolError, EngineReplyError, linkError } from './engine-failure.ts';

/** Time to be connected, in ms. */
const connectMs = 5_000;
/** Usual time for the head of an answer, in ms; a busy engine starts a container in seconds. */
const headMs = 60_000;
/** An upload of which nothing more is taken for so long is given up, in ms. */
const uploadStallMs = 60_000;
/** Longest answer that is read as JSON, in bytes. */
const jsonLimit = 32 * 1024 * 1024;
const errorLimit = 64 * 1024;

/** A request to the engine. */
export interface EngineRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Begins with "/"; without the version. */
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  /** Beside what every request has; may be secret. */
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, with back-pressure; left early where the engine refuses. */
  stream?: AsyncIterable<Uint8Array>;
  signal: AbortSignal;
  /**
   * Time for the head of the answer, and for each next piece of a small one, in ms; null: as long as it takes (waiting for a
   * container).
   */
  headMs?: number | null;
}

/** A connection that is no longer HTTP. Whoever gets it destroys it. */
export interface RawConnection {
  socket: Duplex;
  /** Bytes that came with the head of the answer. */
  head: Buffer;
}

/** See the file's first line. Owns its connections: `dispose` ends them all. */
export class EngineHttp {
  readonly #dialer: EngineDialer;
  readonly #open = new Set<{ destroy(error?: Error): unknown }>();
  #prefix = '';
  #disposed = false;

  constructor(dialer: EngineDialer) {
    this.#dialer = dialer;
  }

  /** From now on every path is of this version ("1.47"). */
  speak(version: string): void {
    this.#prefix = `/v${version}`;
  }

  /**
   * Sends the request and gives the answer, body unread; whoever gets it reads it to its end or destroys it. Rejects with the
   * signal's reason, EngineLinkError, or EngineReplyError for a status that is not 2xx or 304.
   */
  async open(request: EngineRequest): Promise<http.IncomingMessage> {
    const once = () => this.#send(request, {});
    try {
      return (await once()) as http.IncomingMessage;
    } catch (error) {
      // A kept connection may have died since (an engine that was restarted): reading again does no harm.
      const stale = error instanceof StaleError && (request.method === 'GET' || request.method === 'HEAD');
      if (stale && !request.signal.aborted) return (await once()) as http.IncomingMessage;
      throw error;
    }
  }

  /** Reads a JSON answer. Rejects as `open` does, or with EngineProtocolError for an answer that is none. */
  async json<T extends z.ZodType>(schema: T, request: EngineRequest): Promise<z.output<T>> {
    const text = await this.text(request);
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new EngineProtocolError(`${request.method} ${request.path}: ${parsed.error.message}`);
  }

  /** Reads a small answer; an empty one is "". Rejects as `open` does. */
  async text(request: EngineRequest): Promise<string> {
    const response = await this.open(request);
    try {
      return await readText(response, jsonLimit, request.headMs);
    } catch (error) {
      request.signal.throwIfAborted();
      throw error instanceof EngineProtocolError ? error : linkError(error, true);
    } finally {
      // An answer of a program that is not an engine may never end.
      if (!response.complete) response.destroy();
    }
  }

  /** Sends the request and takes over its connection. Rejects as `open` does. */
  async hijack(request: EngineRequest): Promise<RawConnection> {
    const answer = await this.#send(request, { Connection: 'Upgrade', Upgrade: 'tcp' });
    if ('socket' in answer && 'head' in answer) {
      const { socket } = answer;
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
      if (this.#disposed) socket.destroy();
      return answer;
    }
    answer.destroy();
    throw new EngineProtocolError(`${request.path}: the engine did not hand over the connection.`);
  }

  /** Ends every request and every connection. Twice is fine. */
  dispose(): void {
    this.#disposed = true;
    for (const open of this.#open)
      open.destroy(new EngineLinkError('DISPOSED', 'The client was closed.', true));
    this.#dialer.agent.destroy();
  }

  async #send(
    request: EngineRequest,
    upgrade: Readonly<Record<string, string>>,
  ): Promise<http.IncomingMessage | RawConnection> {
    const { signal } = request;
    signal.throwIfAborted();
    if (this.#disposed) throw new EngineLinkError('DISPOSED', 'The client was closed.', false);
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage | RawConnection>();
    const json = request.json === undefined ? undefined : Buffer.from(JSON.stringify(request.json));
    let finished = false;
    const call = this.#dialer.request({
      ...this.#dialer.options,
      agent: this.#dialer.agent,
      method: request.method,
      path: this.#prefix + request.path + queryText(request.query),
      headers: {
        ...request.headers,
        ...upgrade,
        ...(json ? { 'Content-Type': 'application/json', 'Content-Length': String(json.length) } : {}),
        ...(request.stream ? { 'Content-Type': 'application/x-tar' } : {}),
      },
    });
    const fail = (error: unknown): void => {
      reject(error);
      call.destroy(error instanceof Error ? error : undefined);
    };
    const onAbort = (): void => fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#open.add(call);
    const timers = new Deadlines(call, fail, request);
    call.once('close', () => {
      signal.removeEventListener('abort', onAbort);
      this.#open.delete(call);
      timers.clear();
      reject(new EngineLinkError('CLOSED', 'The connection was closed.', finished));
    });
    call.once('finish', () => {
      finished = true;
    });
    call.on('error', (error) =>
      reject(
        signal.aborted ? signal.reason : stale(call) ? new StaleError(error) : linkError(error, finished),
      ),
    );
    call.once('response', resolve);
    call.once('upgrade', (_response, socket, head) => resolve({ socket, head }));
    if (request.stream) void sendStream(call, request.stream, fail, timers);
    else call.end(json);
    try {
      const answer = await promise;
      timers.clear();
      if (!('statusCode' in answer)) return answer;
      answer.on('error', () => {}); // heard by whoever reads; a late one must not end the process
      const status = answer.statusCode ?? 0;
      if ((status >= 200 && status < 300) || status === 304) return answer;
      const error = await replyError(answer, status);
      // It refused without taking all of the body.
      if (!call.writableFinished) call.destroy();
      throw error;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      timers.clear();
    }
  }
}

/** A kept connection had died before the request. */
class StaleError extends EngineLinkError {
  constructor(cause: Error) {
    super('CLOSED', cause.message, true, cause);
  }
}

function stale(call: http.ClientRequest): boolean {
  return call.reusedSocket;
}

/** The deadlines of one request: to be connected, then for the head of the answer (uploads: as long as they move). */
class Deadlines {
  readonly #fail: (error: Error) => void;
  readonly #request: EngineRequest;
  #timer: NodeJS.Timeout | undefined;

  constructor(call: http.ClientRequest, fail: (error: Error) => void, request: EngineRequest) {
    this.#fail = fail;
    this.#request = request;
    this.#start(connectMs, 'ETIMEDOUT', 'The engine did not take the connection.');
    call.once('socket', (socket) => {
      const connected = (): void => (request.stream ? this.clear() : this.progress());
      if (!socket.connecting) return connected();
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', connected);
    });
  }

  /** A wait for the engine begins: for its answer, or for a piece of the upload to be taken. */
  progress(): void {
    const ms = this.#request.stream ? uploadStallMs : this.#request.headMs;
    if (ms === null) this.clear();
    else this.#start(ms ?? headMs, 'TIMEOUT', 'The engine did not answer.');
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(ms: number, code: string, message: string): void {
    this.clear();
    this.#timer = setTimeout(() => this.#fail(new EngineLinkError(code, message, true)), ms);
  }
}

/** Sends a body piece by piece. Ends the request with the body's own failure; stops where the request has ended. */
async function sendStream(
  call: http.ClientRequest,
  body: AsyncIterable<Uint8Array>,
  fail: (error: unknown) => void,
  timers: Deadlines,
): Promise<void> {
  try {
    for await (const piece of body) {
      if (call.destroyed || call.writableEnded) return;
      timers.progress();
      if (!call.write(piece)) await drained(call);
      timers.clear(); // the next wait is for the body's maker, not for the engine
    }
    if (call.destroyed) return;
    timers.progress();
    call.end();
  } catch (error) {
    fail(error);
  }
}

function drained(call: http.ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      call.off('drain', done).off('close', done);
      resolve();
    };
    call.on('drain', done).on('close', done);
    if (call.destroyed) done();
  });
}

async function replyError(response: http.IncomingMessage, status: number): Promise<EngineReplyError> {
  let text = '';
  try {
    text = await readText(response, errorLimit, headMs);
  } catch {
    // The status is what counts.
  } finally {
    if (!response.complete) response.destroy();
  }
  const { message } = (parseJson(text) ?? {}) as { message?: unknown };
  return new EngineReplyError(status, typeof message === 'string' ? message : text.slice(0, 2_000));
}

/** `stallMs`: see `EngineRequest.headMs`. */
async function readText(
  response: http.IncomingMessage,
  limit: number,
  stallMs: number | null = headMs,
): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  const stalled = (): void => {
    response.destroy(new EngineLinkError('TIMEOUT', 'The engine did not end its answer.', true));
  };
  const timer = stallMs === null ? undefined : setTimeout(stalled, stallMs);
  try {
    for await (const chunk of response) {
      timer?.refresh();
      parts.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > limit) throw new EngineProtocolError('The answer is too long.');
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function queryText(query: EngineRequest['query']): string {
  const given = Object.entries(query ?? {}).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
