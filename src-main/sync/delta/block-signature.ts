/** Block signatures: what one side tells of a file so that the other finds what both have. */

/**
 * Blocks of `blockSize` bytes from the start; the last may be shorter. `weak` is zlib's CRC-32 of each block, `strong` the first
 * `strongBytes` bytes of its SHA-256, one after the other. The same as resources/synckit.py makes.
 */
export interface BlockSignature {
  readonly blockSize: number;
  readonly strongBytes: number;
  /** Bytes of the file. */
  readonly size: number;
  readonly weak: Uint32Array;
  readonly strong: Uint8Array;
}

/** Blocks of a file. */
export function blockCount(size: number, blockSize: number): number {
  return Math.ceil(size / blockSize);
}
