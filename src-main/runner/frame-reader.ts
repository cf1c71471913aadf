/** Cuts the runner's byte stream into frames: RS, one line, LF. What stands outside of frames is noise of a shell or a crash. */

/** Longest frame accepted, in bytes. */
export const maxFrameBytes = 8 * 1024 * 1024;
const recordSeparator = 0x1e;
const lineFeed = 0x0a;
const keptNoise = 4096;

/** Feeds on chunks as they come and hands out whole frames. Memory is bounded by `maxFrameBytes`. */
export class FrameReader {
  readonly #onFrame: (line: string) => void;
  readonly #limit: number;
  #parts: Buffer[] = [];
  #size = 0;
  #inFrame = false;
  #tooLong = false;
  #noise = '';

  /** `onFrame` gets each frame's text, without RS and LF. */
  constructor(onFrame: (line: string) => void, limit: number = maxFrameBytes) {
    this.#onFrame = onFrame;
    this.#limit = limit;
  }

  /** The last few kilobytes that were not frames: what a shell, or Python itself, had to say. */
  get noise(): string {
    return this.#noise.trim();
  }

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length) {
      if (!this.#inFrame) {
        const start = bytes.indexOf(recordSeparator, at);
        this.#keepNoise(bytes.subarray(at, start < 0 ? bytes.length : start));
        if (start < 0) return;
        this.#begin();
        at = start + 1;
        continue;
      }
      const end = bytes.indexOf(lineFeed, at);
      const piece = bytes.subarray(at, end < 0 ? bytes.length : end);
      const restart = piece.lastIndexOf(recordSeparator);
      if (restart >= 0) this.#begin(); // a frame was torn; the next one began in the middle of it
      this.#add(restart < 0 ? piece : piece.subarray(restart + 1));
      if (end < 0) return;
      this.#end();
      at = end + 1;
    }
  }

  #begin(): void {
    this.#inFrame = true;
    this.#tooLong = false;
    this.#parts = [];
    this.#size = 0;
  }

  #add(piece: Buffer): void {
    this.#size += piece.length;
    if (this.#size > this.#limit) {
      this.#tooLong = true;
      this.#parts = [];
    }
    if (!this.#tooLong && piece.length > 0) this.#parts.push(piece);
  }

  #end(): void {
    this.#inFrame = false;
    const parts = this.#parts;
    this.#parts = [];
    if (this.#tooLong) return; // its number is missing then, and the gap is reported
    const only = parts.length === 1 ? parts[0] : undefined;
    this.#onFrame((only ?? Buffer.concat(parts)).toString('utf8'));
  }

  #keepNoise(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#noise = (this.#noise + bytes.subarray(-keptNoise).toString('utf8')).slice(-keptNoise);
  }
}
