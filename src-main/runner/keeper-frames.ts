/** The bytes of a link to resources/keeper.py: two lines of a handshake among noise, then frames with a checksum. */
import { crc32 } from 'node:zlib';

/** Types of frames. From the client: data, ack, ping, eof, leave. From the keeper: data, ack, pong, left, end, taken. */
export const frameType = {
  data: 1,
  ack: 2,
  ping: 3,
  pong: 4,
  eof: 5,
  leave: 6,
  left: 7,
  end: 8,
  taken: 9,
} as const;

const headBytes = 13;
const maxPayload = 1024 * 1024;
const maxNoise = 1024 * 1024;
const keptNoise = 4096;
const recordSeparator = 0x1e;
const lineFeed = 0x0a;
const nothing = Buffer.alloc(0);

/** One frame. `offset`: the low 32 bits of where its data begins in the stream. */
export interface KeeperFrame {
  type: number;
  offset: number;
  payload: Buffer;
}

/** A frame as bytes. */
export function encodeFrame(type: number, payload: Uint8Array = nothing, offset = 0): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + payload.length);
  frame.writeUInt8(type, 0);
  frame.writeUInt32BE(payload.length, 1);
  frame.writeUInt32BE(offset % 2 ** 32, 5);
  frame.writeUInt32BE(crc32(payload, crc32(frame.subarray(0, 9))), 9);
  frame.set(payload, headBytes);
  return frame;
}

/** A frame whose payload is an offset: `ack`, `ping`, `leave`. */
export function encodeOffset(type: number, offset: number): Buffer {
  const payload = Buffer.allocUnsafe(8);
  payload.writeBigUInt64BE(BigInt(offset));
  return encodeFrame(type, payload);
}

/** The offset in a frame of the keeper's: `ack`, `pong`. Throws where it is none. */
export function decodeOffset(payload: Buffer): number {
  return Number(payload.readBigUInt64BE(0));
}

/** Reads one link: `onLine` gets the JSON lines of the handshake until `startFrames` is called, `onFrame` what follows. */
export class LinkReader {
  readonly #onLine: (text: string) => void;
  readonly #onFrame: (frame: KeeperFrame) => void;
  #rest: Buffer = nothing;
  #framed = false;
  #noise = '';
  #noiseBytes = 0;

  constructor(onLine: (text: string) => void, onFrame: (frame: KeeperFrame) => void) {
    this.#onLine = onLine;
    this.#onFrame = onFrame;
  }

  /** The last few kilobytes that came before the handshake: what a shell, or Python itself, had to say. */
  get noise(): string {
    const rest = this.#framed ? '' : this.#rest.subarray(-keptNoise).toString('utf8');
    return (this.#noise + rest).trim();
  }

  /** The handshake is done; to be called from `onLine`. */
  startFrames(): void {
    this.#framed = true;
  }

  /** Takes the next bytes. Throws where they are damaged: the link is of no use then. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = all;
    let at = 0;
    for (;;) {
      const next = this.#framed ? this.#frame(all, at) : this.#line(all, at);
      if (next === at) break;
      at = next;
    }
    this.#rest = at === 0 ? all : all.subarray(at);
  }

  #line(bytes: Buffer, from: number): number {
    const start = bytes.indexOf(recordSeparator, from);
    const skipped = bytes.subarray(from, start < 0 ? bytes.length : start);
    this.#noiseBytes += skipped.length;
    if (this.#noiseBytes > maxNoise) throw new Error('Nothing but noise on the link.');
    if (skipped.length > 0) {
      this.#noise = (this.#noise + skipped.subarray(-keptNoise).toString('utf8')).slice(-keptNoise);
    }
    if (start < 0) return bytes.length;
    const end = bytes.indexOf(lineFeed, start);
    if (end < 0) {
      if (bytes.length - start > maxNoise) throw new Error('Nothing but noise on the link.');
      return start;
    }
    this.#onLine(bytes.toString('utf8', start + 1, end));
    return end + 1;
  }

  #frame(bytes: Buffer, at: number): number {
    if (bytes.length - at < headBytes) return at;
    const length = bytes.readUInt32BE(at + 1);
    if (length > maxPayload) throw new Error('A frame of the link is damaged.');
    const end = at + headBytes + length;
    if (bytes.length < end) return at;
    const payload = bytes.subarray(at + headBytes, end);
    if (crc32(payload, crc32(bytes.subarray(at, at + 9))) !== bytes.readUInt32BE(at + 9)) {
      throw new Error('A frame of the link is damaged.');
    }
    this.#onFrame({ type: bytes.readUInt8(at), offset: bytes.readUInt32BE(at + 5), payload });
    return end;
  }
}
