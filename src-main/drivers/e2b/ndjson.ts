/** Lines out of a stream of bytes, split safely and within a memory limit. */

/** A whole line without its newline, or the size of one that was too long and was dropped. */
export type Line = { bytes: Buffer } | { dropped: number };

/** Collects chunks until a line is whole. Bytes are never decoded before: a character may be split over chunks. */
export class LineSplitter {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #size = 0;
  #dropping = false;

  /** @param limit longest line in bytes; longer ones are reported as dropped. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes of an unfinished line. */
  get pending(): number {
    return this.#size;
  }

  /** The lines that this chunk completes. */
  *push(chunk: Buffer): Generator<Line> {
    let at = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, at);
      this.#add(end < 0 ? chunk.subarray(at) : chunk.subarray(at, end));
      if (end < 0) return;
      yield this.#take();
      at = end + 1;
    }
  }

  #add(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > this.#limit) {
      this.#dropping = true;
      this.#parts = [];
    }
    if (!this.#dropping && part.length > 0) this.#parts.push(part);
  }

  #take(): Line {
    const line: Line = this.#dropping
      ? { dropped: this.#size }
      : { bytes: this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts) };
    this.#parts = [];
    this.#size = 0;
    this.#dropping = false;
    return line;
  }
}
