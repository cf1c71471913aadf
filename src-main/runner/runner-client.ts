/** The client of resources/runner.py: executions, questions and metrics over one byte pipe. */
import { z } from 'zod';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { ExecutionResult, OutputEvent } from '../../src-shared/domain/execution.ts';
import { Emitter } from '../../src-shared/lib/emitter.ts';
import type { OutputSink } from '../drivers/driver.ts';
import { ActiveRun, creditWindow, lostResult } from './active-run.ts';
import type { BytePipe } from './byte-pipe.ts';
import { FrameReader } from './frame-reader.ts';
import { outputEvents } from './output-events.ts';
import {
  type Completion,
  completionSchema,
  type MissingImport,
  missingImportSchema,
  parseFrame,
  type RunnerFrame,
  type RunnerInfo,
  type RunnerTools,
  type RunnerUsage,
  toolsSchema,
  usageSchema,
} from './protocol.ts';
import { Questions, replyValue } from './questions.ts';
import { type CommandInput, endReason, type RunnerRequest } from './request.ts';

const stdinSchema = z.object({ open: z.boolean() });

/** Options of the client. Times in ms. */
export interface RunnerClientOptions {
  /** How long a dead-looking runner may take beyond the grace of a cancel before the execution counts as lost. Default 10 000. */
  cancelPatienceMs?: number;
  /** How long a question (ping, metrics, ...) may take. Default 15 000. */
  replyMs?: number;
  /** Begins every id of this client; unique where a runner has one client after the other. Default `r`. */
  idPrefix?: string;
}

/**
 * Talks to one runner. Owns the pipe: `dispose` closes it. Frames are hostile input: every one is checked by schema, unknown
 * ids are ignored, and a runner that breaks the rules is treated as lost.
 */
export class RunnerClient {
  readonly #pipe: BytePipe;
  readonly #options: Required<RunnerClientOptions>;
  readonly #runs = new Map<string, ActiveRun>();
  readonly #started = new Map<string, () => void>();
  readonly #questions = new Questions();
  readonly #background = new Emitter<OutputEvent>();
  readonly #exit = new Emitter<string>();
  readonly #kernelLost = new Emitter<string>();
  readonly #reader: FrameReader;
  readonly #readyPromise: Promise<RunnerInfo>;
  #readyDone: { resolve: (info: RunnerInfo) => void; reject: (error: unknown) => void };
  readonly #readingDone: Promise<void>;
  #next = 0;
  /** Questions of an earlier client may still be answered: numbers of this one begin where none of theirs are. */
  readonly #firstQuestion: number;
  #seq: number | null = null;
  #gone: string | null = null;
  #failure: SpecboardError | null = null;

  constructor(pipe: BytePipe, options: RunnerClientOptions = {}) {
    this.#pipe = pipe;
    this.#options = { cancelPatienceMs: 10_000, replyMs: 15_000, idPrefix: 'r', ...options };
    this.#firstQuestion = options.idPrefix === undefined ? 0 : Math.floor(Math.random() * 2 ** 40);
    this.#reader = new FrameReader((line) => this.#onLine(line));
    this.#readyDone = { resolve: () => {}, reject: () => {} };
    this.#readyPromise = new Promise((resolve, reject) => {
      this.#readyDone = { resolve, reject };
    });
    this.#readyPromise.catch(() => {}); // heard by `ready`, if anybody asks
    this.#readingDone = this.#read();
  }

  /** Output that belongs to no execution any more: of threads and background processes whose cell or command has ended. */
  readonly onBackground = this.#background.event;
  /** The link or the runner is gone, with the reason. Fires once; not for `dispose`. */
  readonly onExit = this.#exit.event;
  /** The variables of Python are gone (a crash, a kill, a reset); the next cell runs in a fresh one. */
  readonly onKernelLost = this.#kernelLost.event;

  /** Why it is gone, where the pipe could say it. */
  get failure(): SpecboardError | null {
    return this.#failure;
  }

  /** Waits until the runner is there. Throws `unavailable` where it ended first, the signal's reason where that aborts. */
  async ready(signal: AbortSignal): Promise<RunnerInfo> {
    signal.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([this.#readyPromise, promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Runs a cell or a command. Cells wait for each other; commands run side by side with everything. Abort asks the code to
   * stop, kills it after `graceMs`, and leaves nothing of it running; a reason with the code or name of a timeout makes it
   * `timed-out`. Resolves with the one result after all output was written to the sink; rejects only if the sink throws.
   */
  async execute(request: RunnerRequest, sink: OutputSink, signal: AbortSignal): Promise<ExecutionResult> {
    if (this.#gone !== null) return lostResult(this.#gone, this.#failure?.problem);
    if (signal.aborted || request.forceSignal?.aborted) {
      return { state: endReason(signal), reason: 'Ended before it started.', durationMs: 0 };
    }
    this.#next += 1;
    const id = `${this.#options.idPrefix}${this.#next}`;
    const run = new ActiveRun(sink, {
      grant: (bytes) => this.#send({ op: 'credit', id, bytes }),
      violated: (reason) => this.#fail(`The runner broke the protocol: ${reason}.`, null),
    });
    this.#runs.set(id, run);
    if (request.onInput) {
      const input = this.#inputOf(id);
      this.#started.set(id, () => request.onInput?.(input));
    }
    this.#send({
      id,
      window: creditWindow,
      ...(request.env ? { env: request.env } : {}),
      ...(request.language === 'python'
        ? { op: 'run', code: request.code }
        : {
            op: 'exec',
            ...(request.argv ? { argv: request.argv } : { command: request.code }),
            ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
            ...(request.eager ? { eager: true } : {}),
            ...(request.terminal ? { pty: request.terminal } : {}),
            stdin: request.onInput !== undefined,
          }),
    });
    const stopWatching = this.#watch(id, run, request, signal);
    try {
      return await run.result;
    } catch (error) {
      this.#send({ op: 'kill', id }); // the sink threw: nobody hears it any more
      throw error;
    } finally {
      stopWatching();
      this.#runs.delete(id);
      this.#started.delete(id);
    }
  }

  /** CPU and memory of everything that runs there. Cheap; answered also while code runs. */
  metrics(): Promise<RunnerUsage> {
    return this.#ask('metrics', {}, replyValue(usageSchema));
  }

  /** Imports of the code that cannot be found; waits for the cells before it. Invalidates import caches. */
  findMissing(code: string): Promise<MissingImport[]> {
    return this.#ask('find_missing', { code }, replyValue(z.array(missingImportSchema).max(10_000)), 0);
  }

  /** What could install packages there. */
  tools(): Promise<RunnerTools> {
    return this.#ask('tools', {}, replyValue(toolsSchema));
  }

  /** Completions for the end of `text`; `busy` and none while a cell runs. */
  complete(text: string): Promise<Completion> {
    return this.#ask('complete', { code: text }, replyValue(completionSchema));
  }

  /** Resolves when the runner answers. */
  async ping(): Promise<void> {
    await this.#ask('ping', {}, z.object({}));
  }

  /** Fresh Python: a running cell is killed, waiting ones are cancelled, variables are lost. */
  async reset(): Promise<void> {
    await this.#ask('reset', {}, z.object({}));
  }

  /** Ends the runner and everything it started, and closes the pipe. Twice is fine. Resolves when the link is closed. */
  async dispose(): Promise<void> {
    if (this.#gone === null) {
      this.#send({ op: 'bye' });
      this.#leave('The session was ended.', null);
    }
    await this.#pipe.close();
    await this.#end();
  }

  /**
   * Closes the link and leaves the runner alive with its variables, where the pipe can (`BytePipe.leave`); else the same as
   * `dispose`. Executions that still run are lost to this client.
   */
  async leave(): Promise<void> {
    if (!this.#pipe.leave) return this.dispose();
    this.#leave('The session was left.', null);
    await this.#pipe.leave();
    await this.#end();
  }

  async #end(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, 3000);
    await Promise.race([this.#readingDone, promise]);
    clearTimeout(timer);
    this.#background.dispose();
    this.#exit.dispose();
    this.#kernelLost.dispose();
  }

  /** The ladder: interrupt, after the grace kill (the runner's own clock), and at last give up on the runner. */
  #watch(id: string, run: ActiveRun, request: RunnerRequest, signal: AbortSignal): () => void {
    const graceMs = request.graceMs ?? 3000;
    let giveUp: NodeJS.Timeout | undefined;
    const patience = (ms: number): void => {
      clearTimeout(giveUp);
      const { breaks = 0 } = this.#pipe;
      giveUp = setTimeout(() => {
        if (run.ended) return;
        const { breaks: now = 0 } = this.#pipe;
        // A runner that could not be reached is not to blame: its time begins when it can be.
        if (now !== breaks || now % 2 === 1) patience(ms);
        else this.#fail('The runner did not answer a cancel.', null);
      }, ms + this.#options.cancelPatienceMs);
    };
    const onAbort = (): void => {
      if (run.ended) return;
      run.ending ??= endReason(signal);
      this.#send({ op: 'interrupt', id, grace: graceMs / 1000 });
      patience(graceMs);
    };
    const onForce = (): void => {
      if (run.ended) return;
      run.ending ??= endReason(signal);
      this.#send({ op: 'kill', id });
      patience(0);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    request.forceSignal?.addEventListener('abort', onForce, { once: true });
    return () => {
      clearTimeout(giveUp);
      signal.removeEventListener('abort', onAbort);
      request.forceSignal?.removeEventListener('abort', onForce);
    };
  }

  #inputOf(id: string): CommandInput {
    const send = async (data: Uint8Array, eof: boolean): Promise<boolean> => {
      const { req, reply } = this.#question(stdinSchema, 0);
      // By hand: JSON would copy the bytes twice more, and files come this way.
      const head = JSON.stringify({ op: 'stdin', req, id, eof }).slice(0, -1);
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      this.#sendText(`${head},"data":"`, bytes.toString('base64'), '"}\n');
      return (await reply).open;
    };
    return {
      write: (bytes) => send(bytes, false),
      end: () => send(Buffer.alloc(0), true),
      resize: ({ cols, rows }) => this.#send({ op: 'resize', id, cols, rows }),
    };
  }

  #ask<T>(
    op: string,
    fields: Record<string, unknown>,
    schema: z.ZodType<T>,
    limitMs = this.#options.replyMs,
  ): Promise<T> {
    const { req, reply } = this.#question(schema, limitMs);
    this.#send({ op, req, ...fields });
    return reply;
  }

  #question<T>(schema: z.ZodType<T>, limitMs: number): { req: number; reply: Promise<T> } {
    this.#next += 1;
    const req = this.#firstQuestion + this.#next;
    if (this.#gone === null) return { req, reply: this.#questions.wait(req, schema, limitMs) };
    return { req, reply: Promise.reject(this.#failure ?? new SpecboardError('gone', this.#gone)) };
  }

  #send(message: Record<string, unknown>): void {
    this.#sendText(JSON.stringify(message), '\n');
  }

  #sendText(...parts: readonly string[]): void {
    if (this.#gone !== null) return;
    const bytes = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0));
    let at = 0;
    for (const part of parts) at += bytes.write(part, at);
    this.#pipe.write(bytes).catch((error: unknown) => this.#broke(error));
  }

  async #read(): Promise<void> {
    try {
      for await (const chunk of this.#pipe.readable) this.#reader.push(chunk);
      this.#fail('The runner ended.', null);
    } catch (error) {
      this.#broke(error);
    }
  }

  #broke(error: unknown): void {
    if (error instanceof SpecboardError) this.#fail(error.message, error);
    else this.#fail('The link to the sandbox broke.', null);
  }

  #onLine(line: string): void {
    if (this.#gone !== null) return;
    const parsed = parseFrame(line);
    if (!parsed) return;
    if (parsed.seq !== null) {
      // With `ready` the count begins; frames before it were meant for an earlier client.
      const before = this.#seq === null || parsed.frame.ev === 'ready' ? parsed.seq - 1 : this.#seq;
      if (parsed.seq > before + 1) this.#onGap(parsed.seq - before - 1);
      this.#seq = parsed.frame.ev === 'ready' ? parsed.seq : Math.max(before, parsed.seq);
    }
    this.#onFrame(parsed.frame);
  }

  /** Frames are missing: damaged or too long. Whose they were is not known, so every execution is told. */
  #onGap(frames: number): void {
    for (const run of this.#runs.values()) {
      run.push({ type: 'gap', reason: `${frames} message(s) of the runner were damaged` }, 0);
    }
  }

  #onFrame(frame: RunnerFrame): void {
    switch (frame.ev) {
      case 'ready': {
        const { ev: _ev, v: _v, ...info } = frame;
        this.#readyDone.resolve(info);
        return;
      }
      case 'start':
        this.#started.get(frame.id)?.();
        this.#started.delete(frame.id);
        return;
      case 'out':
      case 'rich':
        this.#onOutput(frame);
        return;
      case 'done':
        this.#runs.get(frame.id)?.finish(frame);
        return;
      case 'kernel':
        this.#kernelLost.fire(frame.reason);
        return;
      case 'reply':
        this.#questions.answer(frame.req, frame, frame.error);
        return;
      case 'refused':
        this.#onRefused(frame);
        return;
    }
  }

  #onOutput(frame: Extract<RunnerFrame, { ev: 'out' | 'rich' }>): void {
    const events = outputEvents(frame);
    if (frame.id === '') {
      for (const event of events) this.#background.fire(event);
      this.#send({ op: 'credit', id: '', bytes: frame.c });
      return;
    }
    const run = this.#runs.get(frame.id);
    if (!frame.id.startsWith(this.#options.idPrefix)) {
      for (const event of events) this.#background.fire(event); // of an earlier client's execution
    }
    for (const [index, event] of events.entries()) run?.push(event, index === 0 ? frame.c : 0);
  }

  #onRefused(frame: Extract<RunnerFrame, { ev: 'refused' }>): void {
    if (frame.req) this.#questions.answer(frame.req, null, frame.message);
    if (frame.id) this.#runs.get(frame.id)?.lose(`The runner refused it: ${frame.message}`);
  }

  #fail(reason: string, failure: SpecboardError | null): void {
    if (this.#gone !== null) return;
    this.#leave(reason, failure);
    void Promise.resolve(this.#pipe.close()).catch(() => {});
    this.#exit.fire(reason);
  }

  #leave(reason: string, failure: SpecboardError | null): void {
    if (this.#gone !== null) return;
    this.#gone = reason;
    this.#failure = failure;
    const noise = this.#reader.noise;
    this.#readyDone.reject(
      failure ?? new SpecboardError('unavailable', 'Python did not start.', noise ? { details: noise } : {}),
    );
    for (const run of this.#runs.values()) run.lose(reason, failure?.problem);
    this.#questions.abandon(failure ?? new SpecboardError('gone', reason));
  }
}
