/**
 * The output of one running execution: merges small pieces, stores them in batches, and only then lets followers see them
 * (docs/architecture.md, invariant 2). Memory is bounded: at most `flushBytes` wait to be stored and `recentBytes` are kept for
 * followers that are up to date; who is behind reads from the database.
 */
import type { OutputEvent, StoredOutput } from '../../src-shared/domain/execution.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';

/** Where output is stored; `append` is one transaction. */
export interface OutputTable {
  append(
    executionId: string,
    items: readonly StoredOutput[],
    totals: { outputBytes: number; outputCount: number },
  ): void;
  readOutput(
    executionId: string,
    fromSeq: number,
    maxBytes: number,
  ): { items: StoredOutput[]; next: number | null };
}

/** Sizes and times; see the file's first lines. Measured in tests/bench: larger batches gain nothing. */
export const outputLimits = {
  /** Store at once when this much waits. */
  flushBytes: 262_144,
  /** Otherwise store this long after the first unstored piece. */
  flushMs: 40,
  /** Neighbouring text of one stream is merged into items of at most this size. */
  itemBytes: 65_536,
  /** Stored items kept in memory for followers. */
  recentBytes: 2_097_152,
  /** A follower further behind than this holds the sandbox back... */
  followerBytes: 4_194_304,
  /** ...but a follower without its own patience no longer than this; then it catches up from the database. */
  patienceMs: 2_000,
} as const;

/** How much of the credit window an event uses. */
export function sizeOf(event: OutputEvent): number {
  switch (event.type) {
    case 'text':
      return event.bytes.byteLength;
    case 'rich':
      return Object.values(event.data).reduce<number>(
        (sum, value) => sum + (typeof value === 'string' ? value.length : JSON.stringify(value).length),
        64,
      );
    case 'error':
      return 64 + event.error.traceback.length + event.error.value.length;
    default:
      return 128;
  }
}

/** An item that is not stored yet. The parts of merged text are joined once, when it is stored. */
interface PendingItem {
  seq: number;
  at: number;
  event: OutputEvent;
  parts: Uint8Array[];
  bytes: number;
}

interface Reader {
  /** Sequence number of the next item it wants. */
  next: number;
  /** Bytes of the log that it has taken. */
  taken: number;
  /** Holds the sandbox back for as long as it takes. */
  patient: boolean;
  /** Given up waiting for; until it has caught up. */
  late: boolean;
  wake: (() => void) | null;
}

/** See the file's first lines. The owner calls `close` when the execution has ended. */
export class OutputLog {
  readonly #id: string;
  readonly #table: OutputTable;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #pending: PendingItem[] = [];
  #pendingBytes = 0;
  #timer: Disposable | null = null;
  #lastFlush = 0;
  #recent: StoredOutput[] = [];
  #recentBytes = 0;
  #seq: number;
  #bytes: number;
  #stored = { outputBytes: 0, outputCount: 0 };
  #closed = false;
  #failed = false;
  readonly #readers = new Set<Reader>();
  #waiters: (() => void)[] = [];

  constructor(options: {
    executionId: string;
    table: OutputTable;
    clock: Clock;
    /** The database refused (disk full): nothing more can be stored; the owner ends the execution. */
    onFailure: (error: unknown) => void;
  }) {
    this.#id = options.executionId;
    this.#table = options.table;
    this.#clock = options.clock;
    this.#onFailure = options.onFailure;
    this.#seq = 0;
    this.#bytes = 0;
  }

  /** Bytes and items that are stored. What waits does not count: the process may die before it is. */
  get totals(): { outputBytes: number; outputCount: number } {
    return this.#stored;
  }

  /** Takes one piece. A returned promise asks the driver to read no further until it resolves. */
  write(event: OutputEvent): void | Promise<void> {
    if (this.#closed || this.#failed) return;
    this.#take(event);
    if (this.#pendingBytes >= outputLimits.flushBytes) this.flush();
    else this.#schedule();
    if (this.#heldBy().length > 0) return this.#waitForReaders();
  }

  /** Stores what waits, now, and shows it to followers. */
  flush(): void {
    this.#timer?.dispose();
    this.#timer = null;
    if (this.#pending.length === 0 || this.#failed) return;
    const batch = this.#pending.map(joinParts);
    try {
      const totals = { outputBytes: this.#bytes, outputCount: this.#seq };
      this.#table.append(this.#id, batch, totals);
      this.#stored = totals;
    } catch (error) {
      this.#failed = true;
      this.#onFailure(error);
      this.#wakeAll();
      return;
    }
    this.#lastFlush = this.#clock.now();
    this.#pending = [];
    this.#recent.push(...batch);
    this.#recentBytes += this.#pendingBytes;
    this.#pendingBytes = 0;
    while (this.#recentBytes > outputLimits.recentBytes && this.#recent.length > 1) {
      const oldest = this.#recent.shift();
      if (oldest) this.#recentBytes -= sizeOf(oldest.event);
    }
    this.#wakeAll();
  }

  /** No more output will come. Followers end once they have read everything. */
  close(): void {
    this.flush();
    this.#closed = true;
    this.#wakeAll();
    this.#releaseWaiters();
  }

  /**
   * Reads from `fromSeq` on, in batches, until the execution has ended and all is read, or `signal` aborts. The next batch
   * is only taken when the consumer asks for it: that is what holds the sandbox back. `patient`: for as long as it takes
   * (a pipe in a terminal); otherwise two seconds at most (a window), then it catches up from the database.
   */
  async *follow(
    fromSeq: number,
    options: { patient: boolean; signal: AbortSignal; maxBytes?: number },
  ): AsyncGenerator<StoredOutput[]> {
    const { patient, signal, maxBytes = 262_144 } = options;
    const reader: Reader = {
      next: fromSeq,
      taken: fromSeq === 0 ? 0 : this.#bytes,
      patient,
      late: false,
      wake: null,
    };
    const onAbort = () => reader.wake?.();
    signal.addEventListener('abort', onAbort);
    this.#readers.add(reader);
    try {
      while (!signal.aborted) {
        const items = this.#read(reader.next, maxBytes);
        const last = items.at(-1);
        if (last) {
          reader.next = last.seq + 1;
          yield items;
          reader.taken += items.reduce((sum, item) => sum + sizeOf(item.event), 0);
          if (reader.next >= this.#seq) reader.taken = this.#bytes;
          if (!this.#isBehind(reader)) reader.late = false;
          this.#releaseWaiters();
        } else if (this.#closed || this.#failed) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
          reader.wake = null;
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#readers.delete(reader);
      this.#releaseWaiters();
    }
  }

  #take(event: OutputEvent): void {
    const last = this.#pending.at(-1);
    const size = sizeOf(event);
    this.#bytes += size;
    this.#pendingBytes += size;
    if (
      event.type === 'text' &&
      last?.event.type === 'text' &&
      last.event.stream === event.stream &&
      last.bytes + size <= outputLimits.itemBytes
    ) {
      last.parts.push(event.bytes);
      last.bytes += size;
      return;
    }
    const parts = event.type === 'text' ? [event.bytes] : [];
    this.#pending.push({ seq: this.#seq, at: this.#clock.now(), event, parts, bytes: size });
    this.#seq += 1;
  }

  /** The first piece after a pause is stored at once, so that it is seen at once; a stream is stored in batches. */
  #schedule(): void {
    if (this.#timer) return;
    const wait = Math.max(0, this.#lastFlush + outputLimits.flushMs - this.#clock.now());
    this.#timer = this.#clock.after(wait, () => this.flush());
  }

  #read(fromSeq: number, maxBytes: number): StoredOutput[] {
    const storedUpTo = this.#seq - this.#pending.length;
    if (fromSeq >= storedUpTo) return [];
    const first = this.#recent[0];
    if (!first || fromSeq < first.seq) return this.#table.readOutput(this.#id, fromSeq, maxBytes).items;
    const items: StoredOutput[] = [];
    let bytes = 0;
    for (let i = fromSeq - first.seq; i < this.#recent.length && bytes < maxBytes; i += 1) {
      const item = this.#recent[i];
      if (!item) break;
      items.push(item);
      bytes += sizeOf(item.event);
    }
    return items;
  }

  #isBehind(reader: Reader): boolean {
    return this.#bytes - reader.taken > outputLimits.followerBytes;
  }

  #heldBy(): Reader[] {
    return [...this.#readers].filter((reader) => !reader.late && this.#isBehind(reader));
  }

  #waitForReaders(): Promise<void> {
    this.flush();
    return new Promise<void>((resolve) => {
      const timer = this.#clock.after(outputLimits.patienceMs, () => {
        for (const reader of this.#heldBy()) if (!reader.patient) reader.late = true;
        this.#releaseWaiters();
      });
      this.#waiters.push(() => {
        timer.dispose();
        resolve();
      });
    });
  }

  #releaseWaiters(): void {
    if (this.#waiters.length === 0) return;
    if (!this.#closed && !this.#failed && this.#heldBy().length > 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const release of waiters) release();
  }

  #wakeAll(): void {
    for (const reader of this.#readers) reader.wake?.();
    if (this.#failed) this.#releaseWaiters();
  }
}

function joinParts(item: PendingItem): StoredOutput {
  const { seq, at, event, parts } = item;
  if (event.type !== 'text' || parts.length === 1) return { seq, at, event };
  return { seq, at, event: { ...event, bytes: Buffer.concat(parts) } };
}
