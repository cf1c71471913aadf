/** Block signatures as bytes for the cache: size, length of the strong sums, the weak sums, the strong ones. */
import type { BlockSignature } from '../../sync/delta/block-signature.ts';

const headBytes = 16;

/** See the file's first line. */
export function encodeSignature({ size, strongBytes, weak, strong }: BlockSignature): Uint8Array {
  const bytes = Buffer.alloc(headBytes + weak.length * 4 + strong.length);
  bytes.writeBigUInt64LE(BigInt(size), 0);
  bytes.writeUInt32LE(strongBytes, 8);
  bytes.writeUInt32LE(weak.length, 12);
  for (const [index, sum] of weak.entries()) bytes.writeUInt32LE(sum, headBytes + index * 4);
  bytes.set(strong, headBytes + weak.length * 4);
  return bytes;
}

/** Null for bytes that are no signature. */
export function decodeSignature(bytes: Uint8Array, blockSize: number): BlockSignature | null {
  if (bytes.length < headBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = Number(view.getBigUint64(0, true));
  const strongBytes = view.getUint32(8, true);
  const blocks = view.getUint32(12, true);
  if (bytes.length !== headBytes + blocks * (4 + strongBytes)) return null;
  const weak = new Uint32Array(blocks);
  for (let index = 0; index < blocks; index += 1) weak[index] = view.getUint32(headBytes + index * 4, true);
  const strong = Uint8Array.from(bytes.subarray(headBytes + blocks * 4));
  return { blockSize, strongBytes, size, weak, strong };
}
