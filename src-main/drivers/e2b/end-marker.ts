/** Finds the end mark of a command in its output and keeps it away from the reader. */

const RS = 0x1e;
/** "e255" or "s64" and the closing RS. */
const STATUS_LIMIT = 8;

/** How the command ended. */
export type MarkedEnd = { exitCode: number } | { signalNumber: number };

/** One for each stream of a command. */
export class EndMarker {
  readonly #head: Buffer;
  #held: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #end: MarkedEnd | undefined;

  constructor(nonce: string) {
    this.#head = Buffer.from(`\x1e${nonce}:`, 'latin1');
  }

  /** Set as soon as the mark was seen; what comes later belongs to processes in the background. */
  get end(): MarkedEnd | undefined {
    return this.#end;
  }

  /** The output in these bytes. What may be the beginning of a mark is held back until it is known. */
  push(bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
    if (this.#end) return Buffer.alloc(0);
    const data = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes;
    this.#held = Buffer.alloc(0);
    for (let at = data.indexOf(RS); at >= 0; at = data.indexOf(RS, at + 1)) {
      const head = data.subarray(at, at + this.#head.length);
      if (!head.equals(this.#head.subarray(0, head.length))) continue;
      const status = data.subarray(at + this.#head.length, at + this.#head.length + STATUS_LIMIT);
      const close = status.indexOf(RS);
      const found = close < 0 ? null : /^([es])(\d+)$/.exec(status.subarray(0, close).toString('latin1'));
      if (found) {
        this.#end = found[1] === 'e' ? { exitCode: Number(found[2]) } : { signalNumber: Number(found[2]) };
        return data.subarray(0, at);
      }
      if (close < 0 && status.length < STATUS_LIMIT) {
        this.#held = data.subarray(at);
        return data.subarray(0, at);
      }
    }
    return data;
  }

  /** What was held back, when nothing more comes. */
  flush(): Buffer<ArrayBuffer> {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return held;
  }
}
