/** The last block of a file, where it is shorter than the others: no window rolls for it, so it is looked for where it would be. */
import { crc32 } from 'node:zlib';
import type { BlockSignature } from './block-signature.ts';
import { strongOf } from './make-signature.ts';
import type { ByteSource } from './read-at.ts';

/** Bytes of the shorter last block; 0 where there is none. */
export function shortBlockBytes({ size, blockSize }: BlockSignature): number {
  return size % blockSize;
}

/** The first of `places` in the source where the signature's shorter last block is; null: at none of them. */
export function findShortBlock(
  source: ByteSource,
  signature: BlockSignature,
  places: readonly number[],
): number | null {
  const { weak, strong, strongBytes } = signature;
  const length = shortBlockBytes(signature);
  if (length === 0) return null;
  const block = weak.length - 1;
  const bytes = new Uint8Array(length);
  for (const place of new Set(places)) {
    if (place < 0 || place + length > source.size) continue;
    if (source.read(bytes, place) < length || crc32(bytes) !== weak[block]) continue;
    const sum = strongOf(bytes).subarray(0, strongBytes);
    if (sum.every((byte, at) => byte === strong[block * strongBytes + at])) return place;
  }
  return null;
}
