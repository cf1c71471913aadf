/**
 * Main's end of a stream. Holds the producer back until the reader has acknowledged what it got (credit window), and makes
 * sure that a stream has one open, any number of data, and one end. The port's closing means "detached", not "cancelled".
 */
import { type Problem, problemSchema, toProblem } from '../../src-shared/contract/errors.ts';
import {
  creditWindowBytes,
  type Frame,
  type StreamData,
  type StreamEnd,
  type StreamName,
  type StreamOpen,
  type UpFrame,
  upFrameSchema,
} from '../../src-shared/contract/streams.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import { type Disposable, toDisposable } from '../../src-shared/lib/disposable.ts';
import type { IpcLog, PortLike } from './ipc-main-like.ts';

/** What a stream handler writes to. After the end or the closing every call is a no-op, so producers need no races. */
export interface StreamWriter<N extends StreamName> {
  /** The first frame. */
  open(value: StreamOpen<N>): void;
  /**
   * A data frame of `cost` bytes. Resolves once it is on its way, which may wait for the reader; stop reading the source
   * until then. Resolves at once when the stream is closed (look at `closed`). Never rejects. A frame bigger than the
   * window goes alone: cut large output into pieces.
   */
  data(value: StreamData<N>, cost: number): Promise<void>;
  /** The last frame; goes out after the data that still waits. */
  end(value: StreamEnd<N>): void;
  /** The last frame, with a problem. Takes a `Problem` or anything thrown. */
  fail(error: unknown): void;
  /** Calls back when the reader asks to cancel: once gently and once with force, at most. Also if it asked already. */
  onCancel(listener: (force: boolean) => void): Disposable;
  /** Calls back once when nobody reads any more, for whatever reason; also if that has happened already. */
  onClosed(listener: () => void): Disposable;
  /** True when no further frame will be read. */
  readonly closed: boolean;
}

/** Settings of one stream. */
export interface StreamServerOptions {
  clock: Clock;
  log: IpcLog;
  /** For the log. */
  name: string;
  /** Bytes the producer may be ahead of the reader. */
  windowBytes?: number;
  /** ms for which the reader may take to close its port after the last frame. */
  closeGraceMs?: number;
  /** Tells that the stream is over; for the owner's bookkeeping. */
  onOver?: () => void;
}

interface Waiting {
  frame: unknown;
  cost: number;
  last: boolean;
  sent: () => void;
}

const defaultCloseGraceMs = 5_000;

/** One stream over one port. `dispose` closes the port (detach). */
export class StreamServer<N extends StreamName> implements StreamWriter<N>, Disposable {
  readonly #port: PortLike;
  readonly #options: StreamServerOptions;
  readonly #window: number;
  readonly #waiting: Waiting[] = [];
  readonly #cancelListeners = new Set<(force: boolean) => void>();
  readonly #closedListeners = new Set<() => void>();
  #grace: Disposable | null = null;
  #unacked = 0;
  #opened = false;
  /** An end or fail was given; nothing is taken any more. */
  #ended = false;
  #closed = false;
  #portClosed = false;
  #cancelled: 'no' | 'gently' | 'forced' = 'no';

  constructor(port: PortLike, options: StreamServerOptions) {
    this.#port = port;
    this.#options = options;
    this.#window = options.windowBytes ?? creditWindowBytes;
    port.on('message', (message) => this.#receive(message.data));
    port.on('close', () => this.#onPortClosed());
    port.start();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes sent and not acknowledged yet; for tests and the log. */
  get unacked(): number {
    return this.#unacked;
  }

  open(value: StreamOpen<N>): void {
    if (this.#ended || this.#opened) return;
    this.#opened = true;
    void this.#enqueue({ type: 'open', value }, 0, false);
  }

  data(value: StreamData<N>, cost: number): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return this.#enqueue({ type: 'data', value, cost }, cost, false);
  }

  end(value: StreamEnd<N>): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#enqueue({ type: 'end', value }, 0, true);
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#enqueue({ type: 'fail', error: asProblem(error) }, 0, true);
  }

  onCancel(listener: (force: boolean) => void): Disposable {
    this.#cancelListeners.add(listener);
    if (this.#cancelled !== 'no') this.#call(() => listener(this.#cancelled === 'forced'));
    return toDisposable(() => this.#cancelListeners.delete(listener));
  }

  onClosed(listener: () => void): Disposable {
    if (this.#closed) {
      this.#call(listener);
      return toDisposable(() => {});
    }
    this.#closedListeners.add(listener);
    return toDisposable(() => this.#closedListeners.delete(listener));
  }

  dispose(): void {
    this.#closePort();
    this.#close();
  }

  #enqueue(frame: Frame<N>, cost: number, last: boolean): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((sent) => {
      this.#waiting.push({ frame, cost, last, sent });
      this.#pump();
    });
  }

  /** Sends what the window allows, in order. */
  #pump(): void {
    while (!this.#closed) {
      const next = this.#waiting[0];
      if (next === undefined) return;
      // A frame that alone exceeds the window waits until nothing else is under way; otherwise it would wait for ever.
      if (next.cost > 0 && this.#unacked > 0 && this.#unacked + next.cost > this.#window) return;
      this.#waiting.shift();
      this.#unacked += next.cost;
      try {
        this.#port.postMessage(next.frame);
      } catch (error) {
        this.#options.log('error', 'a stream frame could not be sent', {
          stream: this.#options.name,
          reason: error instanceof Error ? error.message : String(error),
        });
        next.sent();
        this.dispose();
        return;
      }
      next.sent();
      if (next.last) this.#finish();
    }
  }

  /**
   * After the last frame the reader closes its port; ours stays open for a while, so that the frame cannot be lost with
   * the port. A reader that never closes does not keep it for ever.
   */
  #finish(): void {
    this.#close();
    if (this.#portClosed) return;
    const graceMs = this.#options.closeGraceMs ?? defaultCloseGraceMs;
    this.#grace = this.#options.clock.after(graceMs, () => this.#closePort());
  }

  #receive(data: unknown): void {
    if (this.#closed) return;
    const frame = upFrameSchema.safeParse(data);
    if (frame.success) this.#take(frame.data);
    else this.#drop('malformed frame');
  }

  #take(frame: UpFrame): void {
    if (frame.type === 'cancel') {
      this.#cancel(frame.force);
    } else if (frame.cost > this.#unacked) {
      this.#drop('ack of more than was sent');
    } else {
      this.#unacked -= frame.cost;
      this.#pump();
    }
  }

  #cancel(force: boolean): void {
    const wanted = force ? 'forced' : 'gently';
    if (this.#cancelled === wanted || this.#cancelled === 'forced') return;
    this.#cancelled = wanted;
    for (const listener of [...this.#cancelListeners]) this.#call(() => listener(force));
  }

  /** A reader that breaks the rules is not read any more. What it watched goes on: it is detached, not cancelled. */
  #drop(reason: string): void {
    this.#options.log('warn', 'a stream was closed', { stream: this.#options.name, reason });
    this.dispose();
  }

  #onPortClosed(): void {
    if (this.#portClosed) return;
    this.#portClosed = true;
    this.#grace?.dispose();
    this.#close();
    this.#options.onOver?.();
  }

  #closePort(): void {
    if (this.#portClosed) return;
    this.#portClosed = true;
    this.#grace?.dispose();
    try {
      this.#port.close();
    } catch {
      // Already gone with its window.
    }
    this.#options.onOver?.();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ended = true;
    this.#unacked = 0;
    for (const { sent } of this.#waiting.splice(0)) sent();
    for (const listener of [...this.#closedListeners]) this.#call(listener);
    this.#closedListeners.clear();
    this.#cancelListeners.clear();
  }

  /** A handler's listener that throws must not break the stream or the ones after it. */
  #call(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.#options.log('error', 'a stream listener failed', {
        stream: this.#options.name,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

function asProblem(error: unknown): Problem {
  const problem = problemSchema.safeParse(error);
  return problem.success ? problem.data : toProblem(error);
}
