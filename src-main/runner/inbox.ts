/** Bytes that came and wait for their one reader, who is counted: what it has had may be confirmed to the sender. */

/** Grows with `push`; whoever pushes keeps it bounded with what `onHad` says. */
export class Inbox implements AsyncIterable<Uint8Array> {
  readonly #onHad: (bytes: number) => void;
  readonly #chunks: Uint8Array[] = [];
  #ended = false;
  #failure: Error | null = null;
  #wake: () => void = () => {};

  /** `onHad` is told how many bytes the reader is done with: it came back for more. */
  constructor(onHad: (bytes: number) => void) {
    this.#onHad = onHad;
  }

  push(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#chunks.push(bytes);
    this.#wake();
  }

  /** No more comes. The reader still gets what is there, then the end, or the failure as an exception. */
  end(failure: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#wake();
  }

  /** To be read once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        yield chunk;
        this.#onHad(chunk.length);
      } else if (this.#ended) {
        if (this.#failure) throw this.#failure;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
