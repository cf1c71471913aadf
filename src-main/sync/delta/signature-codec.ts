/** Block signatures as bytes: as the sandbox sends them, and as the cache keeps them (table `sync_signature`). */
import type { BlockSignature } from './block-signature.ts';

/** Of the cache's form: another layout gets another number, and old blobs are as good as absent. */
const version = 1;
const headBytes = 16;

/** As the sandbox sends it: the weak sums (little endian), then the strong parts. Null where the length is not right. */
export function signatureFromWire(
  bytes: Uint8Array,
  { blockSize, strongBytes, size }: Pick<BlockSignature, 'blockSize' | 'strongBytes' | 'size'>,
): BlockSignature | null {
  const count = Math.floor(size / blockSize);
  if (bytes.length !== count * (4 + strongBytes)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const weak = new Uint32Array(count);
  for (let block = 0; block < count; block++) weak[block] = view.getUint32(block * 4, true);
  return { blockSize, strongBytes, size, weak, strong: new Uint8Array(bytes.subarray(count * 4)) };
}

/** For the cache. */
export function encodeSignature({ blockSize, strongBytes, size, weak, strong }: BlockSignature): Uint8Array {
  const bytes = new Uint8Array(headBytes + weak.length * 4 + strong.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  view.setUint8(1, strongBytes);
  view.setUint32(4, blockSize, true);
  view.setFloat64(8, size, true);
  for (let block = 0; block < weak.length; block++)
    view.setUint32(headBytes + block * 4, weak[block] ?? 0, true);
  bytes.set(strong, headBytes + weak.length * 4);
  return bytes;
}

/** Of the cache; null where it is not one of ours, or is cut short. */
export function decodeSignature(bytes: Uint8Array): BlockSignature | null {
  if (bytes.length < headBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strongBytes = view.getUint8(1);
  const blockSize = view.getUint32(4, true);
  const size = view.getFloat64(8, true);
  const sound =
    blockSize > 0 && strongBytes > 0 && strongBytes <= 32 && Number.isSafeInteger(size) && size >= 0;
  if (view.getUint8(0) !== version || !sound) return null;
  return signatureFromWire(bytes.subarray(headBytes), { blockSize, strongBytes, size });
}
