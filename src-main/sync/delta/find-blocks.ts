/** zsync's direction, for downloads: what of the sandbox's new file, whose signature we have, is in our old one. */
import type { DeltaSpan } from '../sides.ts';
import type { BlockSignature } from './block-signature.ts';
import type { ByteSource } from './read-at.ts';
import { indexFor, type SearchOptions, searchBlocks } from './search-blocks.ts';
import { findShortBlock, shortBlockBytes } from './short-block.ts';

/** How the new file is made. */
export interface FoundBlocks {
  /** In the order of the new file; those without a place in the old one are what `missing` brings, in the same order. */
  readonly spans: DeltaSpan[];
  /** Byte ranges of the new file to ask for. The whole file where nothing was found, or the search took too much. */
  readonly missing: [offset: number, length: number][];
}

/** Where blocks of the new file are in the old one. */
export function findBlocks(
  oldFile: ByteSource,
  newSignature: BlockSignature,
  options: SearchOptions = {},
): FoundBlocks {
  const { size } = newSignature;
  const index = indexFor(newSignature);
  const places = index && placesOf(oldFile, index, options);
  return fromPieces(places ?? [], newSignature.blockSize, size);
}

/** By block of the new file: its place in the old one, or -1. Null: given up. */
function placesOf(
  oldFile: ByteSource,
  index: NonNullable<ReturnType<typeof indexFor>>,
  options: SearchOptions,
): Float64Array | null {
  const { group, count, signature } = index;
  const { blockSize } = signature;
  const places = new Float64Array(signature.weak.length).fill(-1);
  /** The block that follows the last match: equal blocks get their places in order, so that spans stay long. */
  let following = -1;
  const { result } = searchBlocks(
    oldFile,
    index,
    (first, position) => {
      const block = group[following] === first && places[following] === -1 ? following : first;
      if (places[block] === -1) places[block] = position;
      following = block + 1;
      return true;
    },
    options,
  );
  if (result === 'gave-up') return null;
  // Where the old file has a content once, it is enough for all blocks of it. A place is also right where the file ended early.
  for (let block = 0; block < count; block++) {
    if (places[block] === -1) places[block] = places[group[block] ?? -1] ?? -1;
  }
  // A shorter last block: after the one before it, or at the end.
  const before = places[count - 1] ?? -1;
  const likely = [before < 0 ? -1 : before + blockSize, oldFile.size - shortBlockBytes(signature)];
  if (places.length > count) places[count] = findShortBlock(oldFile, signature, likely) ?? -1;
  return places;
}

function fromPieces(places: ArrayLike<number>, blockSize: number, size: number): FoundBlocks {
  const pieces: { at: number | null; length: number }[] = [];
  const add = (at: number | null, length: number): void => {
    const last = pieces.at(-1);
    const goesOn =
      last && (at === null ? last.at === null : last.at !== null && last.at + last.length === at);
    if (last && goesOn) last.length += length;
    else if (length > 0) pieces.push({ at, length });
  };
  for (let block = 0; block < places.length; block++) {
    const place = places[block] ?? -1;
    add(place < 0 ? null : place, Math.min(blockSize, size - block * blockSize));
  }
  add(null, size - Math.min(size, places.length * blockSize));
  return withRanges(withoutIslands(pieces, blockSize * 2), size);
}

/** A found piece between two missing ones that is shorter than `least` is asked for with them: one range in place of two. */
function withoutIslands(pieces: readonly DeltaSpan[], least: number): DeltaSpan[] {
  const spans: { at: number | null; length: number }[] = [];
  /** Bytes found since the last missing piece; before the first one no island is possible. */
  let found = Number.POSITIVE_INFINITY;
  for (const piece of pieces) {
    if (piece.at !== null) {
      found += piece.length;
      spans.push({ ...piece });
      continue;
    }
    let length = piece.length;
    if (found < least) while (spans.at(-1)?.at !== null) length += spans.pop()?.length ?? 0;
    const last = spans.at(-1);
    if (last?.at === null) last.length += length;
    else spans.push({ at: null, length });
    found = 0;
  }
  return spans;
}

function withRanges(spans: DeltaSpan[], size: number): FoundBlocks {
  const missing: [number, number][] = [];
  let position = 0;
  for (const { at, length } of spans) {
    if (at === null) missing.push([position, length]);
    position += length;
  }
  if (position !== size) throw new RangeError('The pieces are not the file.');
  return { spans, missing };
}
