/** Both directions of a kept pipe by their offsets, from link to link: what must be sent again, what came, what was read. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';
import { Inbox } from './inbox.ts';
import type { KeeperLink, LinkOwner, LinkState } from './keeper-link.ts';
import { SentRing } from './sent-ring.ts';

const roomBytes = 8 * 1024 * 1024;
/** What the reader has had is confirmed after so many ms, or after an eighth of the window. */
const confirmMs = 200;

/** How a stream is made. Times in ms. */
export interface KeptStreamOptions {
  clock: Clock;
  pingMs: number;
  silenceMs: number;
  /** Bytes of output that may be on their way or unread at once. Default 8 MiB. */
  windowBytes?: number;
  /** A handshake is done. `dropped`: see `KeptPipeOptions.onDropped`; 0 but for the first. */
  onOpen: (dropped: number) => void;
}

/** Bounded in both directions: by `windowBytes`, and by `write` that waits. `end` is its end. */
export class KeptStream implements LinkOwner {
  readonly ring = new SentRing();
  readonly clock: Clock;
  readonly pingMs: number;
  readonly silenceMs: number;
  readonly windowBytes: number;
  /** What came. To be read once. */
  readonly inbox: Inbox;
  /** The link of now; whoever opens links sets it. */
  link: KeeperLink | null = null;
  last: 'eof' | 'leave' | null = null;
  readonly #onOpen: (dropped: number) => void;
  readonly #client = randomUUID();
  #known = false;
  #received = 0;
  #consumed = 0;
  #confirmed = 0;
  #confirmSoon: Disposable | null = null;
  #waiting: (() => void)[] = [];
  #ended = false;
  #failure: Error | null = null;

  constructor(options: KeptStreamOptions) {
    this.clock = options.clock;
    this.pingMs = options.pingMs;
    this.silenceMs = options.silenceMs;
    this.windowBytes = options.windowBytes ?? roomBytes;
    this.#onOpen = options.onOpen;
    this.inbox = new Inbox((bytes) => this.#onHad(bytes));
  }

  /** Whether the keeper knows this client. */
  get known(): boolean {
    return this.#known;
  }

  /** Resolves when there is room for more. Rejects after the end, with the failure where there was one. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#assertOpen();
    this.ring.push(bytes);
    this.link?.wake();
    while (this.ring.size > roomBytes) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.#assertOpen();
    }
  }

  /** Nothing comes or goes any more; the reader still gets what came before. */
  end(failure: Error | null): void {
    this.#ended = true;
    this.#failure = failure;
    this.#confirmSoon?.dispose();
    this.inbox.end(failure);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  state(): LinkState {
    return {
      client: this.#client,
      fresh: !this.#known,
      received: this.#received,
      consumed: this.#consumed,
    };
  }

  onOpen(dropped: number): void {
    const first = !this.#known;
    this.#known = true;
    this.#onOpen(first ? dropped : 0);
  }

  onData(bytes: Buffer): void {
    this.#received += bytes.length;
    this.inbox.push(bytes);
  }

  onConfirmed(): void {
    if (this.ring.size <= roomBytes) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #assertOpen(): void {
    if (this.#ended) throw this.#failure ?? new Error('The pipe is closed.');
  }

  #onHad(bytes: number): void {
    this.#consumed += bytes;
    if (this.#ended) return;
    if (this.#consumed - this.#confirmed >= this.windowBytes / 8) this.#confirm();
    else this.#confirmSoon ??= this.clock.after(confirmMs, () => this.#confirm());
  }

  #confirm(): void {
    this.#confirmSoon?.dispose();
    this.#confirmSoon = null;
    this.#confirmed = this.#consumed;
    this.link?.confirm();
  }
}
