/**
 * Rolls over a file and tells where blocks of a signature are in it. The file goes through a buffer of a few megabytes; the work
 * is bounded whatever the signature says: each byte is rolled once, and checks by SHA-256 that find nothing have a budget.
 */
import { type BlockSignature, blockCount } from './block-signature.ts';
import { type ReadingOptions, strongOf } from './make-signature.ts';
import type { ByteSource } from './read-at.ts';
import { crcTable, leavingTable, registerOf } from './rolling-crc.ts';
import { indexSignature, type SignatureIndex, slotOf } from './signature-index.ts';

/** A search's options. */
export interface SearchOptions extends ReadingOptions {
  /** Held of the file at a time, or four blocks where those are more: 8 MB. */
  bufferBytes?: number;
}

/**
 * Told of each match; positions rise, and matches never overlap. `first`: the first block of this content (index.group). False
 * ends the search.
 */
export type OnMatch = (first: number, position: number) => boolean;

/** What a search did. */
export interface SearchOutcome {
  /** `gave-up`: too many checks found nothing, or `onMatch` said so. `short`: the source ended before its size. */
  readonly result: 'complete' | 'gave-up' | 'short';
  /** For tests of the bounds: candidates that were compared, SHA-256 sums that were made, and those of them for nothing. */
  readonly candidates: number;
  readonly strongChecks: number;
  readonly falseChecks: number;
}

/** Checks that may find nothing. Honest files need next to none; two blocks with one CRC have to be made on purpose. */
export function falseBudget(blocks: number): number {
  return 4 * blocks + 1000;
}

/** `onBytes` hears everything only where the result is `complete`. */
export function searchBlocks(
  source: ByteSource,
  index: SignatureIndex,
  onMatch: OnMatch,
  { throwIfStopped, onBytes, bufferBytes = 8 * 1024 * 1024 }: SearchOptions = {},
): SearchOutcome {
  const { blockSize } = index.signature;
  const { size, read } = source;
  const budget = falseBudget(index.count);
  let candidates = 0;
  let strongChecks = 0;
  let falseChecks = 0;
  const outcome = (result: SearchOutcome['result']): SearchOutcome => ({
    result,
    candidates,
    strongChecks,
    falseChecks,
  });

  const buffer = new Uint8Array(Math.min(size, Math.max(bufferBytes, blockSize * 4)));
  /** The buffer is the file's `start` up to `start + held`; the window is at `at` in it. */
  let start = 0;
  let held = 0;
  let at = 0;
  const refill = (): boolean => {
    throwIfStopped?.();
    buffer.copyWithin(0, at, held);
    start += at;
    held -= at;
    at = 0;
    const piece = buffer.subarray(held, Math.min(buffer.length, size - start));
    if (read(piece, start + held) < piece.length) return false;
    onBytes?.(piece);
    held += piece.length;
    return true;
  };
  /** The first block of what is in the window, or -1. */
  const find = (register: number): number => {
    const { registers, slots, next } = index;
    let sum: Uint8Array | null = null;
    for (let block = slots[slotOf(index, register)] ?? -1; block >= 0; block = next[block] ?? -1) {
      candidates++;
      if (registers[block] !== register) continue;
      if (sum === null) {
        sum = strongOf(buffer.subarray(at, at + blockSize));
        strongChecks++;
      }
      if (isStrong(index.signature, block, sum)) return block;
    }
    if (sum !== null) falseChecks++;
    return -1;
  };

  // Nothing to find: the bytes are read all the same where somebody wants to see them.
  if (index.count === 0 || size < blockSize) {
    if (onBytes === undefined) return outcome('complete');
    for (; start + held < size; at = held) if (!refill()) return outcome('short');
    return outcome('complete');
  }
  const leaving = leavingTable(blockSize);
  const rolled = new Int32Array(1);
  /** The window starts anew: its register is made from its bytes. */
  let fresh = true;
  for (;;) {
    // One byte more than the window: the one that comes next.
    if (at + blockSize >= held && start + held < size && !refill()) return outcome('short');
    if (at + blockSize > held) break;
    if (fresh) rolled[0] = registerOf(buffer.subarray(at, at + blockSize));
    fresh = false;
    const register = rolled[0] ?? 0;
    const bit = register & index.filterMask;
    if ((index.filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) {
      const block = find(register);
      if (block >= 0) {
        if (!onMatch(block, start + at)) return outcome('gave-up');
        at += blockSize;
        fresh = true;
        continue;
      }
      if (falseChecks > budget) return outcome('gave-up');
    }
    if (at + blockSize >= held) break;
    at = roll(buffer, at, held - blockSize, blockSize, leaving, index, rolled);
  }
  // What is left is shorter than a block: only to be seen.
  for (; onBytes !== undefined && start + held < size; at = held) if (!refill()) return outcome('short');
  return outcome('complete');
}

/** The index of a signature. One that cannot be (a sandbox said so) has none. */
export function indexFor(signature: BlockSignature): SignatureIndex | null {
  const { blockSize, strongBytes, size, weak, strong } = signature;
  const count = blockCount(size, blockSize);
  const sound =
    blockSize >= 1 && strongBytes >= 1 && weak.length === count && strong.length === count * strongBytes;
  return sound ? indexSignature(signature) : null;
}

/**
 * Moves the window from `at` until the filter knows its register, `end` at the furthest; the register is left in `rolled`. Alone
 * in a function with local variables only: this is where the time goes.
 */
function roll(
  buffer: Uint8Array,
  at: number,
  end: number,
  blockSize: number,
  leaving: Int32Array,
  index: SignatureIndex,
  rolled: Int32Array,
): number {
  const { filter, filterMask } = index;
  const table = crcTable;
  let register = rolled[0] as number;
  let position = at;
  while (position < end) {
    register =
      (register >>> 8) ^
      (table[(register ^ (buffer[position + blockSize] as number)) & 255] as number) ^
      (leaving[buffer[position] as number] as number);
    position++;
    const bit = register & filterMask;
    if ((filter[bit >>> 3] as number) & (1 << (bit & 7))) break;
  }
  rolled[0] = register;
  return position;
}

function isStrong({ strong, strongBytes }: BlockSignature, block: number, sum: Uint8Array): boolean {
  for (let at = 0; at < strongBytes; at++) if (strong[block * strongBytes + at] !== sum[at]) return false;
  return true;
}
