/** How large the blocks of a signature are, and how much of each one's SHA-256 is in it. */

/** What a signature is made with. */
export interface BlockChoice {
  readonly blockSize: number;
  readonly strongBytes: number;
}

/**
 * Bytes of each block's SHA-256: with the CRC before it, enough that one search in a hundred thousand takes something wrong for a
 * block. Then the whole file's hash says so, and it travels whole.
 */
export function strongBytesFor(size: number, blockSize: number): number {
  const places = Math.log2(Math.max(1, size));
  const blocks = Math.log2(Math.max(1, size / blockSize));
  return Math.min(8, Math.max(3, Math.ceil((places + blocks + 17 - 32) / 8)));
}

/** Blocks of a signature that is kept on this computer: it does not travel, so small ones, and few bytes around an edit. */
export const cachedBlockSize = 4096;

/** Blocks of one that travels: n of them at 8 bytes, and one whole block a change, are least together at the root of 8 * size / 2. */
export function travellingBlockSize(size: number): number {
  const best = Math.ceil(Math.sqrt((8 * size) / 2) / 512) * 512;
  return Math.min(128 * 1024, Math.max(2048, best));
}
