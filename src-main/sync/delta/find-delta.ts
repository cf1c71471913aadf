/** rsync's direction, for uploads: what of our new file is in the sandbox's old one, whose signature we have. */
import type { DeltaSpan } from '../sides.ts';
import type { BlockSignature } from './block-signature.ts';
import type { ByteSource } from './read-at.ts';
import { indexFor, type SearchOptions, searchBlocks } from './search-blocks.ts';
import { findShortBlock, shortBlockBytes } from './short-block.ts';

/** Pieces of a delta at the most: their list travels too. */
const mostSpans = 100_000;

/** How a new file is made from an old one. */
export interface Delta {
  /** In the order of the new file; together they are all of it. */
  readonly spans: readonly DeltaSpan[];
  /** Bytes that travel: the spans without a place in the old file. */
  readonly literal: number;
}

/**
 * Null where the file should travel whole: nothing of the old one is in it, or the search took too much. `onBytes` has heard the
 * whole new file only where there is a delta.
 */
export function findDelta(
  newFile: ByteSource,
  old: BlockSignature,
  options: SearchOptions = {},
): Delta | null {
  const index = indexFor(old);
  if (index === null) return null;
  const { blockSize } = old;
  const spans: { at: number | null; length: number }[] = [];
  let literal = 0;
  /** Up to here the new file is told. */
  let told = 0;
  /** The block that follows the last match: equal blocks are taken in their order, so that spans stay long. */
  let following = -1;
  const tellLiteral = (end: number): void => {
    if (end > told) spans.push({ at: null, length: end - told });
    literal += end - told;
  };
  const { result } = searchBlocks(
    newFile,
    index,
    (first, position) => {
      tellLiteral(position);
      told = position + blockSize;
      const block = index.group[following] === first ? following : first;
      const last = spans.at(-1);
      if (block === following && last && last.at !== null) last.length += blockSize;
      else if (spans.length < mostSpans) spans.push({ at: block * blockSize, length: blockSize });
      else return false;
      following = block + 1;
      return true;
    },
    options,
  );
  if (result !== 'complete') return null;
  // The old file's shorter last block: where the last match ended, or at the end.
  const short = shortBlockBytes(old);
  const place = findShortBlock(
    newFile,
    old,
    [told, newFile.size - short].filter((at) => at >= told),
  );
  if (place !== null) {
    tellLiteral(place);
    const at = old.size - short;
    const last = spans.at(-1);
    if (last && last.at !== null && last.at + last.length === at) last.length += short;
    else spans.push({ at, length: short });
    told = place + short;
  }
  tellLiteral(newFile.size);
  return literal < newFile.size ? { spans, literal } : null;
}
