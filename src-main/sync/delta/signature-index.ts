/**
 * Finds blocks by their sums. Signatures may come from a sandbox that wants to keep us busy, so every look-up is bounded: blocks
 * of the same content are one group, and a slot holds 64 groups at the most; further ones are not found, and travel.
 */
import type { BlockSignature } from './block-signature.ts';

/** Candidates of a look-up at the most. */
export const mostCandidates = 64;

/** Built once for a search. All arrays are by block. */
export interface SignatureIndex {
  readonly signature: BlockSignature;
  /** Whole blocks; a shorter last one is no part of the index (short-block.ts). */
  readonly count: number;
  /** Registers (see rolling-crc.ts), to be compared with a rolling one. */
  readonly registers: Int32Array;
  /** The first block of the same content; -1: it is not in the index. */
  readonly group: Int32Array;
  /** A bit for each register's low bits: what is not set need not be looked up. */
  readonly filter: Uint8Array;
  readonly filterMask: number;
  readonly slots: Int32Array;
  /** The next group of the same slot, or -1. */
  readonly next: Int32Array;
  readonly shift: number;
}

/** Steps: at most `mostCandidates` for each block. */
export function indexSignature(signature: BlockSignature): SignatureIndex {
  const { weak, strong, strongBytes } = signature;
  const count = Math.floor(signature.size / signature.blockSize);
  const slotBits = Math.max(4, Math.ceil(Math.log2(Math.max(1, count))) + 1);
  const filterBits = Math.min(26, Math.max(20, slotBits + 3));
  const index: SignatureIndex = {
    signature,
    count,
    registers: Int32Array.from(weak.subarray(0, count), (value) => ~value),
    group: new Int32Array(count).fill(-1),
    filter: new Uint8Array(2 ** filterBits / 8),
    filterMask: 2 ** filterBits - 1,
    slots: new Int32Array(2 ** slotBits).fill(-1),
    next: new Int32Array(count).fill(-1),
    shift: 32 - slotBits,
  };
  const { registers, group, filter, filterMask, slots, next } = index;
  for (let block = 0; block < count; block++) {
    const register = registers[block] ?? 0;
    const slot = slotOf(index, register);
    let last = -1;
    let length = 0;
    let same = -1;
    for (let other = slots[slot] ?? -1; other >= 0 && same < 0; other = next[other] ?? -1) {
      last = other;
      length++;
      if (registers[other] === register && equalStrong(strong, strongBytes, other, block)) same = other;
    }
    if (same >= 0) group[block] = same;
    else if (length < mostCandidates) {
      group[block] = block;
      if (last < 0) slots[slot] = block;
      else next[last] = block;
      const bit = register & filterMask;
      filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return index;
}

/** Where a register's groups are. */
export function slotOf(index: SignatureIndex, register: number): number {
  return Math.imul(register, 0x9e3779b1) >>> index.shift;
}

function equalStrong(strong: Uint8Array, bytes: number, a: number, b: number): boolean {
  for (let at = 0; at < bytes; at++) if (strong[a * bytes + at] !== strong[b * bytes + at]) return false;
  return true;
}
