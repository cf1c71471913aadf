/** Block signatures as the sandbox sends them. */
import { type BlockSignature, blockCount } from './block-signature.ts';

/** The weak sums (little endian), then the strong parts. Null where the length is not right. */
export function signatureFromWire(
  bytes: Uint8Array,
  { blockSize, strongBytes, size }: Pick<BlockSignature, 'blockSize' | 'strongBytes' | 'size'>,
): BlockSignature | null {
  const count = blockCount(size, blockSize);
  if (bytes.length !== count * (4 + strongBytes)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const weak = new Uint32Array(count);
  for (let block = 0; block < count; block++) weak[block] = view.getUint32(block * 4, true);
  // A copy of its own: a Buffer's slice would bring all of the answer with it to a worker.
  return { blockSize, strongBytes, size, weak, strong: new Uint8Array(bytes.subarray(count * 4)) };
}
