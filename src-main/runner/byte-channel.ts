/** Hands bytes from whoever gets them to one reader, one piece at a time: the giver waits while the reader is busy. */

/** See the file's first line. Memory is bounded by what the giver has in its hands. */
export class ByteChannel implements AsyncIterable<Uint8Array> {
  #waiting: { bytes: Uint8Array; taken: () => void } | null = null;
  #wake: (() => void) | null = null;
  #over = false;
  #failure: unknown = null;
  #closed = false;
  readonly #onLeave: () => void;

  /** `onLeave` is called when the reader stops before the end. */
  constructor(onLeave: () => void = () => {}) {
    this.#onLeave = onLeave;
  }

  /** Resolves when the reader took the bytes, or does not want any more. One call at a time. */
  push(bytes: Uint8Array): Promise<void> {
    if (this.#closed || bytes.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { bytes, taken: resolve };
      this.#wake?.();
    });
  }

  /** Nothing comes any more; with a failure, the reader gets it after what is there. */
  end(failure: unknown = null): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = failure;
    this.#wake?.();
  }

  /** Nobody reads any more: what waits is dropped, whoever gives is let go, and the reader's next step is the end. */
  drop(): void {
    this.#closed = true;
    this.#waiting?.taken();
    this.#waiting = null;
    this.end();
  }

  /** The bytes; read once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const next = this.#waiting;
        if (next) {
          this.#waiting = null;
          // Asked for the next only once this one was dealt with: the giver waits that long.
          try {
            yield next.bytes;
          } finally {
            next.taken();
          }
          continue;
        }
        if (this.#over) {
          if (this.#failure !== null) throw this.#failure;
          return;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = null;
      }
    } finally {
      const early = !this.#over;
      this.drop();
      if (early) this.#onLeave();
    }
  }
}
