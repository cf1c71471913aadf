/** How large the blocks of a signature are, and how much of each one's SHA-256 travels. */

/** Below this a file travels whole: a delta would save less than its own round trip. */
export const smallestDelta = 64 * 1024;

/** From this size the signatures of what both sides have are kept on this computer. */
export const smallestCached = 256 * 1024;

/** A block and its strong part. */
export interface BlockChoice {
  readonly blockSize: number;
  readonly strongBytes: number;
}

/**
 * For a signature kept here: it never travels, so small blocks, and few bytes around an edit. Very large files get larger blocks:
 * a quarter of a million of them (2 MB) at the most.
 */
export function cachedBlocks(size: number): BlockChoice {
  return { blockSize: Math.max(4096, roundTo512(size / 262_144)), strongBytes: 4 };
}

/** For one that the sandbox makes of its old file, for an upload: the signature costs about what one edit does. */
export function uploadBlocks(size: number): BlockChoice {
  return { blockSize: travellingBlock(size), strongBytes: 4 };
}

/**
 * For one that the sandbox makes of its new file, for a download. Longer strong parts: a wrong match is found only after the
 * missing pieces came too.
 */
export function downloadBlocks(size: number): BlockChoice {
  return { blockSize: travellingBlock(size), strongBytes: 6 };
}

/** n blocks of 8 bytes, and one block a change: least together at the root of 8 * size / 2. */
function travellingBlock(size: number): number {
  return Math.min(128 * 1024, Math.max(2048, roundTo512(Math.sqrt((8 * size) / 2))));
}

function roundTo512(value: number): number {
  return Math.ceil(value / 512) * 512;
}
