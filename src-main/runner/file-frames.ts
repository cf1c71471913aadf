/** The frames between us and resources/filekit.py: one byte of kind, four of length (big endian), the content. */

const headBytes = 5;
const longest = 16 * 1024 * 1024;

/** To the helper: a request, bytes of a file, the end of them. */
export type RequestKind = 'Q' | 'D' | 'E';
/** From the helper: bytes of a file, entries, a result, a failure. */
export type ReplyKind = 'D' | 'I' | 'R' | 'F';

/** One frame as bytes, in two pieces so that the content is not copied. */
export function frame(kind: RequestKind, content: Uint8Array = Buffer.alloc(0)): [Uint8Array, Uint8Array] {
  const head = Buffer.alloc(headBytes);
  head.write(kind, 'latin1');
  head.writeUInt32BE(content.length, 1);
  return [head, content];
}

/**
 * Takes the helper's output as it comes. Bytes of files go on at once, in pieces; other frames when they are whole. What
 * comes from there is hostile input: throws an Error for what cannot be a frame.
 */
export class FileFrames {
  readonly #onBytes: (bytes: Uint8Array) => Promise<void>;
  readonly #onFrame: (kind: 'I' | 'R' | 'F', text: string) => void;
  #kind: ReplyKind | null = null;
  #left = 0;
  #parts: Uint8Array[] = [];
  #head: Buffer = Buffer.alloc(0);

  constructor(
    onBytes: (bytes: Uint8Array) => Promise<void>,
    onFrame: (kind: 'I' | 'R' | 'F', text: string) => void,
  ) {
    this.#onBytes = onBytes;
    this.#onFrame = onFrame;
  }

  /** Resolves when all of it was taken. */
  async push(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.length > 0 || (this.#kind !== null && this.#left === 0)) {
      if (this.#kind === null) {
        rest = this.#readHead(rest);
        continue;
      }
      const piece = rest.subarray(0, this.#left);
      rest = rest.subarray(piece.length);
      this.#left -= piece.length;
      if (this.#kind !== 'D') this.#parts.push(piece);
      else if (piece.length > 0) await this.#onBytes(piece);
      if (this.#left === 0) this.#finish(this.#kind);
    }
  }

  #readHead(chunk: Uint8Array): Uint8Array {
    const taken = chunk.subarray(0, headBytes - this.#head.length);
    this.#head = Buffer.concat([this.#head, taken]);
    if (this.#head.length === headBytes) {
      const kind = this.#head.toString('latin1', 0, 1);
      this.#left = this.#head.readUInt32BE(1);
      if ((kind !== 'D' && kind !== 'I' && kind !== 'R' && kind !== 'F') || this.#left > longest)
        throw new Error('The file helper said something that is no frame.');
      this.#kind = kind;
      this.#head = Buffer.alloc(0);
    }
    return chunk.subarray(taken.length);
  }

  #finish(kind: ReplyKind): void {
    this.#kind = null;
    const parts = this.#parts;
    this.#parts = [];
    if (kind !== 'D') this.#onFrame(kind, Buffer.concat(parts).toString('utf8'));
  }
}
