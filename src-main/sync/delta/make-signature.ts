/** Block signatures of a file: the same, bit for bit, as resources/synckit.py makes. */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type BlockSignature, blockCount } from './block-signature.ts';
import type { BlockChoice } from './block-size.ts';
import type { ByteSource } from './read-at.ts';

/** Read at a time, about. */
const pieceBytes = 4 * 1024 * 1024;

/** What may be asked for besides. */
export interface ReadingOptions {
  /** Called now and then; throws where nobody wants the result any more. */
  throwIfStopped?: () => void;
  /** Called with every byte once, in order: whoever wants the whole file's hash need not read it twice. */
  onBytes?: (bytes: Uint8Array) => void;
}

/** Null where the source ends before its size. */
export function makeSignature(
  source: ByteSource,
  { blockSize, strongBytes }: BlockChoice,
  { throwIfStopped, onBytes }: ReadingOptions = {},
): BlockSignature | null {
  const { size, read } = source;
  const count = blockCount(size, blockSize);
  const weak = new Uint32Array(count);
  const strong = new Uint8Array(count * strongBytes);
  const whole = Math.max(1, Math.floor(pieceBytes / blockSize)) * blockSize;
  const buffer = new Uint8Array(Math.min(whole, size));
  let block = 0;
  for (let position = 0; position < size; position += buffer.length) {
    throwIfStopped?.();
    const piece = buffer.subarray(0, Math.min(buffer.length, size - position));
    if (read(piece, position) < piece.length) return null;
    onBytes?.(piece);
    for (let at = 0; at < piece.length; at += blockSize, block++) {
      const bytes = piece.subarray(at, at + blockSize);
      weak[block] = crc32(bytes);
      strong.set(strongOf(bytes).subarray(0, strongBytes), block * strongBytes);
    }
  }
  return { blockSize, strongBytes, size, weak, strong };
}

/** The strong sum, whole. */
export function strongOf(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}
