/**
 * One window that looks at a terminal. It gets the screen first, then the output as it comes, a few frames together where they come
 * fast. What waits for it is bounded: the terminal waits a while for a slow reader, and leaves one behind that stands still; that
 * one gets the screen anew as soon as it takes something again.
 */
import type { Terminal, TerminalEvent } from '../../src-shared/domain/terminal.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { TerminalSize } from '../drivers/driver.ts';
import type { ScreenSnapshot } from './terminal-screen.ts';

/** Where a reader's events go: a stream of the bridge. */
export interface TerminalSink {
  open(value: Terminal): void;
  /** Resolves when the event is on its way; at once where nobody reads any more. Never rejects. */
  data(event: TerminalEvent, cost: number): Promise<void>;
  end(value: Terminal): void;
  fail(error: unknown): void;
  onClosed(listener: () => void): unknown;
  readonly closed: boolean;
}

/** Where a reader takes the screen from: calls back once, at a moment when the screen stands still. */
export type TakeScreen = (take: (snapshot: ScreenSnapshot) => void) => Promise<void>;

/** Bytes of output that may wait for one reader before the terminal waits for it. */
export const readerBacklogBytes = 262_144;
const frameBytes = 65_536;
/** Between two frames, so that a program that prints letter by letter does not make a message of each. */
const gatherMs = 8;
const frameCost = 64;

interface Waiting {
  event: TerminalEvent;
  /** Counts as backlog; a screen does not, it is as large as it is. */
  counted: number;
}

/** See the head of the file. Ends when its sink does. */
export class TerminalReader {
  readonly #sink: TerminalSink;
  readonly #clock: Clock;
  readonly #takeScreen: TakeScreen;
  #queue: Waiting[] = [];
  #backlog = 0;
  /** Has no screen yet, or was left behind: takes no output until it has got one. */
  #needsScreen = true;
  #pumping = false;
  #lastSent = Number.NEGATIVE_INFINITY;
  #finish: (() => void) | null = null;
  #onRoom: (() => void) | null = null;

  constructor(sink: TerminalSink, clock: Clock, takeScreen: TakeScreen) {
    this.#sink = sink;
    this.#clock = clock;
    this.#takeScreen = takeScreen;
    sink.onClosed(() => this.#changed());
    void this.#pump();
  }

  get closed(): boolean {
    return this.#sink.closed;
  }

  /** True while more waits than may. */
  get isFull(): boolean {
    return !this.closed && this.#backlog > readerBacklogBytes;
  }

  /** Resolves when there is room again. */
  room(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onRoom = resolve;
    });
  }

  /** Output that is on the screen now. */
  output(bytes: Uint8Array<ArrayBuffer>): void {
    this.#push({ event: { type: 'output', bytes }, counted: bytes.length });
  }

  /** The screen has this size now. */
  resized(size: TerminalSize): void {
    this.#push({ event: { type: 'size', ...size }, counted: frameCost });
  }

  /** Drops what waits; the reader begins again with the screen as it is then. */
  leaveBehind(): void {
    this.#queue = [];
    this.#needsScreen = true;
    this.#changed();
  }

  /** The terminal has ended: the reader hears it after what still waits. */
  end(value: Terminal): void {
    this.#finish = () => this.#sink.end(value);
    void this.#pump();
  }

  /** There is nothing to look at any more. */
  fail(error: unknown): void {
    this.#queue = [];
    this.#backlog = 0;
    this.#sink.fail(error);
    this.#changed();
  }

  #push(waiting: Waiting): void {
    if (this.#needsScreen || this.closed) return;
    this.#queue.push(waiting);
    this.#backlog += waiting.counted;
    void this.#pump();
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    while (!this.closed) {
      if (this.#needsScreen) await this.#takeScreen((snapshot) => this.#begin(snapshot));
      else if (this.#queue.length > 0) await this.#send();
      else break;
    }
    this.#pumping = false;
    if (!this.closed) this.#finish?.();
  }

  #begin({ cols, rows, bytes }: ScreenSnapshot): void {
    this.#needsScreen = false;
    this.#queue = [{ event: { type: 'screen', cols, rows }, counted: 0 }];
    for (let from = 0; from < bytes.length; from += frameBytes) {
      const piece = bytes.subarray(from, from + frameBytes);
      this.#queue.push({ event: { type: 'output', bytes: piece }, counted: 0 });
    }
  }

  async #send(): Promise<void> {
    const wait = this.#lastSent + gatherMs - this.#clock.now();
    if (wait > 0 && this.#backlog < frameBytes) {
      await new Promise<void>((resolve) => void this.#clock.after(wait, resolve));
    }
    const event = this.#next();
    if (!event) return;
    const cost = event.type === 'output' ? event.bytes.length + frameCost : frameCost;
    await this.#sink.data(event, cost);
    this.#lastSent = this.#clock.now();
    this.#changed();
  }

  /** The next event; output that follows output goes with it. */
  #next(): TerminalEvent | undefined {
    const first = this.#queue.shift();
    if (first?.event.type !== 'output') {
      if (first) this.#backlog -= first.counted;
      return first?.event;
    }
    const pieces = [first];
    let length = first.event.bytes.length;
    for (let next = this.#queue[0]; next?.event.type === 'output'; next = this.#queue[0]) {
      if (length + next.event.bytes.length > frameBytes) break;
      length += next.event.bytes.length;
      pieces.push(next);
      this.#queue.shift();
    }
    // A memory of its own: structured clone would copy all that a view is a part of.
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const { event, counted } of pieces) {
      this.#backlog -= counted;
      if (event.type !== 'output') continue;
      bytes.set(event.bytes, at);
      at += event.bytes.length;
    }
    return { type: 'output', bytes };
  }

  #changed(): void {
    if (this.closed) this.#queue = [];
    if (this.closed || this.#needsScreen) this.#backlog = 0;
    if (this.isFull) return;
    this.#onRoom?.();
    this.#onRoom = null;
  }
}
