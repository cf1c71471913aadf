// The Connect protocol with JSON, as envd speaks it: unary calls and server streams.

import { type JsonRecord, parseObject } from '../vendor-server/json.ts';
import type { Exchange } from './exchange.ts';

const HTTP_STATUS = {
  canceled: 499,
  unknown: 500,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  aborted: 409,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  unauthenticated: 401,
} as const;

/** A Connect error code. */
export type ConnectCode = keyof typeof HTTP_STATUS;

/** An error that a call answers with. */
export class ConnectError extends Error {
  readonly code: ConnectCode;

  constructor(code: ConnectCode, message: string) {
    super(message);
    this.name = 'ConnectError';
    this.code = code;
  }
}

/** Any thrown value as an error of the protocol. */
export function toConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  return new ConnectError('internal', error instanceof Error ? error.message : String(error));
}

const STREAM_TYPE = 'application/connect+json';
const END_FLAG = 2;

/** One frame: a flag byte, the length (4 bytes, big endian), JSON. */
export function frame(message: unknown, flags = 0): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** Whether the request opens a server stream. */
export function isStreamCall(exchange: Exchange): boolean {
  return (exchange.header('content-type') ?? '').startsWith(STREAM_TYPE);
}

/** The request message of a unary or a server-stream call. */
export async function readMessage(exchange: Exchange): Promise<JsonRecord> {
  const body = await exchange.body();
  try {
    return parseObject(isStreamCall(exchange) ? body.subarray(5, 5 + body.readUInt32BE(1)) : body);
  } catch {
    throw new ConnectError('invalid_argument', 'the request message is not JSON');
  }
}

/** Answer a unary call with an error, or a stream with its end frame. */
export function answerError(exchange: Exchange, thrown: unknown): void {
  const error = toConnectError(thrown);
  const body = { code: error.code, message: error.message };
  if (!isStreamCall(exchange)) {
    exchange.json(HTTP_STATUS[error.code], body);
    return;
  }
  exchange.head(200, { 'content-type': STREAM_TYPE });
  exchange.end(frame({ error: body }, END_FLAG));
}

/** The time limit the client gave, in milliseconds; 0 for none. */
export function timeoutOf(exchange: Exchange): number {
  return Number(exchange.header('connect-timeout-ms') ?? 0) || 0;
}

/** A server stream being written; keepalives are sent until it ends. */
export class ConnectStream {
  readonly #exchange: Exchange;
  readonly #keepalive: NodeJS.Timeout | undefined;
  readonly #deadline: NodeJS.Timeout | undefined;

  /**
   * The stream ends with deadline_exceeded when the client's Connect-Timeout-Ms is over.
   *
   * @param keepalive the keepalive message of this call
   * @param keepaliveMs overrides the interval the client asked for
   */
  constructor(exchange: Exchange, keepalive: unknown, keepaliveMs: number | undefined) {
    this.#exchange = exchange;
    exchange.head(200, { 'content-type': STREAM_TYPE });
    const asked = Number(exchange.header('keepalive-ping-interval') ?? 90) * 1000;
    if (!exchange.effect('no-keepalives')) {
      this.#keepalive = setInterval(() => void this.send('keepalive', keepalive), keepaliveMs ?? asked);
    }
    const timeout = timeoutOf(exchange);
    if (timeout > 0) {
      this.#deadline = setTimeout(() => {
        this.end(new ConnectError('deadline_exceeded', 'context deadline exceeded'));
      }, timeout);
    }
    exchange.onClose(() => this.#stop());
  }

  /** Send one message. `kind` names it for the fault programme; see `Exchange.event` for the promise. */
  send(kind: string, message: unknown): Promise<void> | undefined {
    return this.#exchange.event(kind, frame(message));
  }

  /** End the stream, with an error or well. */
  end(error?: ConnectError): void {
    this.#stop();
    const body = error ? { error: { code: error.code, message: error.message } } : {};
    this.#exchange.end(frame(body, END_FLAG));
  }

  /** Call once when the stream is over for whatever reason. */
  onClose(listener: () => void): void {
    this.#exchange.onClose(listener);
  }

  #stop(): void {
    clearInterval(this.#keepalive);
    clearTimeout(this.#deadline);
  }
}
