/** Frames of the Connect protocol's streams: one flag byte, four bytes of length (big endian), JSON. */

/** Flag of the last frame. */
const END = 0x02;
const HEAD = 5;
/** envd sends at most 32 KiB of output a frame. */
const LIMIT = 16 * 1024 * 1024;

/** One message as a frame. */
export function encodeFrame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** A whole frame. `end` marks the last one, whose message may carry an error. */
export interface Frame {
  end: boolean;
  message: unknown;
}

/** Cuts frames out of chunks. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that this chunk completes. Throws on what cannot be a frame. */
  *push(chunk: Buffer): Generator<Frame> {
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (data.length >= HEAD) {
      const length = data.readUInt32BE(1);
      if (length > LIMIT) throw new SyntaxError('A frame of the sandbox is too long.');
      if (data.length < HEAD + length) break;
      const body = data.subarray(HEAD, HEAD + length);
      const frame = {
        end: ((data[0] ?? 0) & END) !== 0,
        message: JSON.parse(body.toString('utf8') || '{}') as unknown,
      };
      data = data.subarray(HEAD + length);
      yield frame;
    }
    this.#rest = data;
  }
}
