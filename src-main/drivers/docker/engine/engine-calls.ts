/** What the parts of the client share: calls whose failures are our errors, and streams of JSON lines. */
import type http from 'node:http';
import type { z } from 'zod';
import type { EngineHttp, EngineRequest, RawConnection } from './engine-http.ts';
import { jsonLines } from './json-lines.ts';
import { type EngineContext, mapEngineError } from './map-engine-errors.ts';

/** See the file's first line. Every method rejects only with SpecboardErrors. */
export class EngineCalls {
  readonly http: EngineHttp;
  /** Spoken on this connection, as numbers: [1, 47]. */
  readonly version: readonly [number, number];

  constructor(link: EngineHttp, version: readonly [number, number]) {
    this.http = link;
    this.version = version;
  }

  /** True where the spoken version is at least 1.`minor`. */
  speaks(minor: number): boolean {
    return this.version[0] > 1 || this.version[1] >= minor;
  }

  /** A JSON answer. */
  json<T extends z.ZodType>(schema: T, request: EngineRequest, context: EngineContext): Promise<z.output<T>> {
    return this.#mapped(this.http.json(schema, request), request, context);
  }

  /** A call whose answer does not matter. */
  async done(request: EngineRequest, context: EngineContext): Promise<void> {
    await this.#mapped(this.http.text(request), request, context);
  }

  /** An answer with an unread body. */
  open(request: EngineRequest, context: EngineContext): Promise<http.IncomingMessage> {
    return this.#mapped(this.http.open(request), request, context);
  }

  /** A raw connection. */
  hijack(request: EngineRequest, context: EngineContext): Promise<RawConnection> {
    return this.#mapped(this.http.hijack(request), request, context);
  }

  /** An answer's body, piece by piece. Aborting or leaving it closes the connection. */
  async *bytes(request: EngineRequest, context: EngineContext): AsyncGenerator<Uint8Array> {
    yield* mappedStream(bodyOf(await this.open(request, context), request.signal), context, request.signal);
  }

  /** The objects of an answer that is a stream of JSON. Aborting or leaving it closes the connection. */
  async *lines(request: EngineRequest, context: EngineContext): AsyncGenerator<unknown> {
    const body = bodyOf(await this.open(request, context), request.signal);
    yield* mappedStream(jsonLines(body), context, request.signal);
  }

  async #mapped<T>(work: Promise<T>, request: EngineRequest, context: EngineContext): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw mapEngineError(error, context, request.signal);
    }
  }
}

/** A stream whose failures are our errors. */
export async function* mappedStream<T>(
  stream: AsyncIterable<T>,
  context: EngineContext,
  signal: AbortSignal,
): AsyncGenerator<T> {
  try {
    yield* stream;
  } catch (error) {
    throw mapEngineError(error, context, signal);
  }
}

/** The pieces of a body; ends the connection when the signal aborts or the reader leaves. */
async function* bodyOf(response: http.IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const onAbort = (): void => {
    response.destroy();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) response.destroy();
    for await (const chunk of response) yield chunk as Buffer;
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!response.complete) response.destroy();
  }
}
