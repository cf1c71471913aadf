/** Bytes that were given to a link and not yet confirmed, by their offset in the stream: what a new link sends again. */

/** Grows with `push`, shrinks with `trim`; the owner keeps it bounded by waiting while `size` is too large. */
export class SentRing {
  #chunks: { at: number; bytes: Uint8Array }[] = [];
  #first = 0;
  #end = 0;

  /** Offset after the last byte. */
  get end(): number {
    return this.#end;
  }

  /** Offset of the first byte that is not confirmed. */
  get first(): number {
    return this.#first;
  }

  /** Bytes that are not confirmed. */
  get size(): number {
    return this.#end - this.#first;
  }

  /** Adds bytes at the end; they must not be changed afterwards. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push({ at: this.#end, bytes });
    this.#end += bytes.length;
  }

  /** Everything before `offset` is confirmed. Throws where that is not in what is kept. */
  trim(offset: number): void {
    if (!(offset >= this.#first && offset <= this.#end)) throw new Error('An offset that was never sent.');
    this.#first = offset;
    let gone = 0;
    for (const { at, bytes } of this.#chunks) {
      if (at + bytes.length > offset) break;
      gone += 1;
    }
    if (gone > 0) this.#chunks.splice(0, gone);
  }

  /** At most `max` bytes from `offset` on; empty at the end. */
  piece(offset: number, max: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let size = 0;
    for (let index = this.#indexOf(offset); index < this.#chunks.length && size < max; index += 1) {
      const chunk = this.#chunks[index];
      if (!chunk) break;
      const from = Math.max(0, offset - chunk.at);
      const part = chunk.bytes.subarray(from, Math.min(chunk.bytes.length, from + max - size));
      parts.push(part);
      size += part.length;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const chunk = this.#chunks[middle];
      if (chunk && chunk.at + chunk.bytes.length <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
