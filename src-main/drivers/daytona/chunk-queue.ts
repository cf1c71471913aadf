/** Bytes that come by themselves, for one reader who takes them when it likes. */

/** See the file's first line. Read once. Says when too much is waiting, so that the sender can be held back. */
export class ChunkQueue implements AsyncIterable<Uint8Array> {
  /** Hears true when more than the high-water mark is waiting, false when half of it was taken. */
  onPressure: (isFull: boolean) => void = () => {};
  readonly #highWater: number;
  readonly #chunks: Uint8Array[] = [];
  #waiting = 0;
  #isFull = false;
  #ended = false;
  #wake: (() => void) | null = null;

  constructor(highWater: number) {
    this.#highWater = highWater;
  }

  /** Takes the next bytes; nothing after the end. */
  push(bytes: Uint8Array): void {
    if (this.#ended || bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#waiting += bytes.length;
    if (!this.#isFull && this.#waiting > this.#highWater) {
      this.#isFull = true;
      this.onPressure(true);
    }
    this.#wake?.();
  }

  /** No more will come; what is waiting is still handed over. Twice is fine. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#chunks.shift();
      if (next) {
        this.#waiting -= next.length;
        if (this.#isFull && this.#waiting < this.#highWater / 2) {
          this.#isFull = false;
          this.onPressure(false);
        }
        yield next;
      } else if (this.#ended) return;
      else await this.#more();
    }
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
    this.#wake = null;
  }
}
