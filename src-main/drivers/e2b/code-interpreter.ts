/** Client of the code interpreter in a sandbox (port 49999): health, contexts, cells as streams of events. */
import { z } from 'zod';
import { sleep } from './abort.ts';
import { type CellEvent, parseCellEvent } from './cell-events.ts';
import { chunksOf, type HttpLink, HttpStatusError, LinkError } from './http-link.ts';
import { LineSplitter } from './ndjson.ts';
import type { Timings } from './timings.ts';

/** Longest event line that is read; a longer one is reported as a gap. */
const LINE_LIMIT = 32 * 1024 * 1024;

const contextSchema = z.object({ id: z.string().min(1).max(200), language: z.string() });

/** An event, or the size of one that was too large to be read. */
export type CellItem = CellEvent | { type: 'dropped'; bytes: number };

/** The cell's stream ended without its end marker, or with something that is no event. */
export class BrokenStreamError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BrokenStreamError';
  }
}

/** Talks to one sandbox's code interpreter. The link belongs to whoever made it. */
export class CodeInterpreter {
  readonly #link: HttpLink;
  readonly #timings: Timings;
  readonly #headMs: number;
  readonly #isThere: (signal: AbortSignal) => Promise<boolean>;
  #contextId: string | undefined;

  /** @param isThere asks the control plane whether the sandbox runs, when E2B's proxy says that it does not. */
  constructor(
    link: HttpLink,
    timings: Timings,
    headMs: number,
    isThere: (signal: AbortSignal) => Promise<boolean>,
  ) {
    this.#link = link;
    this.#timings = timings;
    this.#headMs = headMs;
    this.#isThere = isThere;
  }

  /** Resolves when the code interpreter is there. Rejects with HttpStatusError (502: `portClosed`) where it is not. */
  async preflight(signal: AbortSignal): Promise<void> {
    await this.#retrying((inner) => this.#text('GET', '/health', undefined, inner), signal, false);
    await this.#findContext(signal);
  }

  /** Runs a cell; see `stream`. Resolves as soon as the sandbox accepted it. */
  async execute(code: string, signal: AbortSignal): Promise<AsyncGenerator<CellItem>> {
    const response = await this.#retrying(
      (inner) =>
        this.#link.open({
          method: 'POST',
          path: '/execute',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ code, context_id: this.#contextId }),
          signal: inner,
          headMs: this.#headMs,
        }),
      signal,
      true,
    );
    return this.#events(chunksOf(response, this.#timings.cellSilence, signal));
  }

  /** Runs a cell of our own and forgets its output. Rejects where it fails or does not end. */
  async runQuietly(code: string, signal: AbortSignal): Promise<void> {
    let failed: string | undefined;
    for await (const event of await this.execute(code, signal)) {
      if (event.type === 'error') failed = event.name;
    }
    if (failed) throw new BrokenStreamError(`A cell of SpecBoard failed with ${failed}.`);
  }

  /** Fresh Python in the same context: whatever runs there is killed, variables are lost. */
  async restart(signal: AbortSignal): Promise<void> {
    if (!this.#contextId) await this.#findContext(signal);
    await this.#text('POST', `/contexts/${encodeURIComponent(this.#contextId ?? '')}/restart`, '{}', signal);
  }

  /** A new context beside the old one: the last resort when that cannot be restarted. */
  async replaceContext(signal: AbortSignal): Promise<void> {
    const made = await this.#text('POST', '/contexts', JSON.stringify({ language: 'python' }), signal);
    this.#contextId = contextSchema.parse(JSON.parse(made)).id;
  }

  /** The default Python context: it exists from the start, warm. Made where a template has none. */
  async #findContext(signal: AbortSignal): Promise<void> {
    const listed = await this.#text('GET', '/contexts', undefined, signal);
    const contexts = z.array(contextSchema).parse(JSON.parse(listed));
    this.#contextId = contexts.find(({ language }) => language === 'python')?.id;
    if (!this.#contextId) await this.replaceContext(signal);
  }

  async *#events(chunks: AsyncGenerator<Buffer>): AsyncGenerator<CellItem> {
    const splitter = new LineSplitter(LINE_LIMIT);
    // A generator that is left early closes the one it reads from, and so the connection: that interrupts the cell.
    for await (const chunk of chunks) {
      for (const line of splitter.push(chunk)) {
        if ('dropped' in line) {
          yield { type: 'dropped', bytes: line.dropped };
          continue;
        }
        if (line.bytes.length === 0) continue;
        const event = parseCellEvent(line.bytes);
        if (!event) throw new BrokenStreamError('The code interpreter sent something that is no event.');
        yield event;
        if (event.type === 'end') {
          // Reading to the very end lets the connection be used again; what comes now is not ours.
          for await (const _rest of chunks);
          return;
        }
      }
    }
    throw new BrokenStreamError('The output ended without its end mark.');
  }

  #text(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    return this.#link.text({
      method,
      path,
      ...(body === undefined ? {} : { body, headers: { 'Content-Type': 'application/json' } }),
      signal,
      headMs: this.#headMs,
    });
  }

  /**
   * Again, while E2B's proxy says that the sandbox is not there: right after a start or resume it does so for moments. Only
   * where the request was certainly not delivered: a cell never runs twice.
   */
  async #retrying<T>(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    isCell: boolean,
  ): Promise<T> {
    const until = performance.now() + this.#timings.flapping;
    for (let pause = 100; ; pause = Math.min(pause * 2, 1000)) {
      try {
        return await work(signal);
      } catch (error) {
        const undelivered =
          (error instanceof HttpStatusError && error.notDelivered) ||
          (!isCell && error instanceof LinkError && !error.sent);
        const patience =
          error instanceof HttpStatusError && error.portClosed ? this.#timings.flapping * 0.7 : 0;
        if (!undelivered || performance.now() + pause > until - patience) throw error;
        if (error instanceof HttpStatusError && !(await this.#isThere(signal).catch(() => true))) throw error;
        await sleep(pause, signal);
      }
    }
  }
}
