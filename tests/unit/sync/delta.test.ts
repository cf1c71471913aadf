/**
 * The delta, as properties: whatever was edited, the old file's pieces and what travels are the new file, in both directions; what
 * travels stays near what was edited; and nothing a sandbox can make up costs more than the bounds say.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BlockSignature } from '../../../src-main/sync/delta/block-signature.ts';
import { travellingBlockSize } from '../../../src-main/sync/delta/block-size.ts';
import { findBlocks } from '../../../src-main/sync/delta/find-blocks.ts';
import { findDelta } from '../../../src-main/sync/delta/find-delta.ts';
import { makeSignature } from '../../../src-main/sync/delta/make-signature.ts';
import { patch } from '../../../src-main/sync/delta/patch.ts';
import { memorySource } from '../../../src-main/sync/delta/read-at.ts';
import { crcTable, leavingTable, registerOf } from '../../../src-main/sync/delta/rolling-crc.ts';
import { falseBudget, indexFor, searchBlocks } from '../../../src-main/sync/delta/search-blocks.ts';
import { signatureFromWire } from '../../../src-main/sync/delta/signature-from-wire.ts';
import { mostCandidates } from '../../../src-main/sync/delta/signature-index.ts';
import type { DeltaSpan } from '../../../src-main/sync/sides.ts';

function sign(bytes: Uint8Array, blockSize: number, strongBytes = 4): BlockSignature {
  const signature = makeSignature(memorySource(bytes), { blockSize, strongBytes });
  if (signature === null) throw new Error('The source ended early.');
  return signature;
}

/** All pieces; each is copied before the next one is made. */
function joined(pieces: Iterable<Uint8Array>): Buffer {
  const copies: Buffer[] = [];
  for (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

/** What travels of `file`, by its spans. */
function literals(file: Uint8Array, spans: readonly DeltaSpan[]): Buffer {
  let position = 0;
  return joined(
    spans.flatMap(({ at, length }) => {
      position += length;
      return at === null ? [file.subarray(position - length, position)] : [];
    }),
  );
}

/** Bytes that repeat rarely, the same for a seed. */
function noise(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** A file made of pieces as files are: noise, constant runs, repeats. */
const content = fc
  .array(
    fc.oneof(
      fc
        .record({ seed: fc.nat(1000), length: fc.integer({ min: 1, max: 700 }) })
        .map((piece) => noise(piece.seed, piece.length)),
      fc
        .record({ byte: fc.nat(255), length: fc.integer({ min: 1, max: 700 }) })
        .map((piece) => new Uint8Array(piece.length).fill(piece.byte)),
      fc
        .record({
          seed: fc.nat(50),
          period: fc.integer({ min: 1, max: 40 }),
          times: fc.integer({ min: 1, max: 30 }),
        })
        .map(({ seed, period, times }) => joined(Array.from({ length: times }, () => noise(seed, period)))),
    ),
    { maxLength: 8 },
  )
  .map((pieces): Uint8Array => joined(pieces));

type Edit = {
  kind: 'insert' | 'delete' | 'change' | 'move' | 'repeat' | 'cut';
  at: number;
  length: number;
  seed: number;
};
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('insert', 'delete', 'change', 'move', 'repeat', 'cut'),
  at: fc.nat(5000),
  length: fc.integer({ min: 1, max: 120 }),
  seed: fc.nat(1000),
});

function edited(old: Uint8Array, { kind, at: wanted, length, seed }: Edit): Uint8Array {
  const at = wanted % (old.length + 1);
  const end = Math.min(old.length, at + length);
  const [before, part, after] = [old.subarray(0, at), old.subarray(at, end), old.subarray(end)];
  if (kind === 'insert') return joined([before, noise(seed, length), part, after]);
  if (kind === 'delete') return joined([before, after]);
  if (kind === 'change') return joined([before, noise(seed, part.length), after]);
  if (kind === 'move') return joined([part, before, after]);
  if (kind === 'repeat') return joined([before, part, part, after]);
  return before;
}

/** A small buffer, so that windows cross its ends. */
const bufferSize = fc.constantFrom(1, 777, 8 * 1024 * 1024);

describe('sums', () => {
  test('the rolled CRC of every window is the one that zlib gives', () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 300 }), (bytes, window) => {
        fc.pre(bytes.length >= window);
        const leaving = leavingTable(window);
        let register = registerOf(bytes.subarray(0, window));
        for (let at = 0; at + window < bytes.length; at++) {
          const comes = bytes[at + window] ?? 0;
          register =
            (register >>> 8) ^ (crcTable[(register ^ comes) & 255] ?? 0) ^ (leaving[bytes[at] ?? 0] ?? 0);
          if (register !== registerOf(bytes.subarray(at + 1, at + 1 + window))) return false;
        }
        return true;
      }),
      { numRuns: 60 },
    );
  });

  test('a signature is what Python makes, block by block', () => {
    const bytes = noise(3, 100_003);
    const script = [
      'import sys, zlib, hashlib, struct',
      'd = sys.stdin.buffer.read(); w, s = int(sys.argv[1]), int(sys.argv[2])',
      'b = [d[i:i + w] for i in range(0, len(d), w)]',
      'o = sys.stdout.buffer; o.write(b"".join(struct.pack("<I", zlib.crc32(x)) for x in b))',
      'o.write(b"".join(hashlib.sha256(x).digest()[:s] for x in b))',
    ].join('\n');
    for (const [blockSize, strongBytes] of [
      [2048, 4],
      [4096, 6],
      [100_003, 16],
      [100_004, 4],
    ] as const) {
      const python = execFileSync('python3', ['-c', script, String(blockSize), String(strongBytes)], {
        input: bytes,
      });
      const signature = sign(bytes, blockSize, strongBytes);
      expect(signatureFromWire(python, { blockSize, strongBytes, size: bytes.length })).toEqual(signature);
    }
  });

  test('a signature that is no signature is none', () => {
    expect(signatureFromWire(new Uint8Array(7), { blockSize: 512, strongBytes: 4, size: 600 })).toBeNull();
    const lies = {
      blockSize: 0,
      strongBytes: 4,
      size: 10,
      weak: new Uint32Array(3),
      strong: new Uint8Array(12),
    };
    expect(indexFor(lies)).toBeNull();
    expect(indexFor({ ...lies, blockSize: 5 })).toBeNull();
    expect(makeSignature({ size: 100, read: () => 40 }, { blockSize: 10, strongBytes: 4 })).toBeNull();
  });

  test('block sizes are those of the design', () => {
    const sizes = [0, 70_000, 100 << 20, 2 ** 40].map(travellingBlockSize);
    expect(sizes).toEqual([2048, 2048, 20_480, 131_072]);
  });
});

describe("upload: our new file over the old one's signature", () => {
  test('pieces of the old file and what travels are the new file; what travels is near what was edited', () => {
    const run = (old: Uint8Array, edits: Edit[], blockSize: number, bufferBytes: number): void => {
      const file = edits.reduce(edited, old);
      const seen = createHash('sha256');
      const delta = findDelta(memorySource(file), sign(old, blockSize), {
        bufferBytes,
        onBytes: (bytes) => seen.update(bytes),
      });
      if (delta === null) return;
      expect(seen.digest('hex')).toBe(createHash('sha256').update(file).digest('hex'));
      const travels = literals(file, delta.spans);
      expect(travels.length).toBe(delta.literal);
      expect(joined(patch(memorySource(old), delta.spans, travels)).equals(file)).toBe(true);
    };
    fc.assert(
      fc.property(
        content,
        fc.array(edit, { maxLength: 5 }),
        fc.integer({ min: 4, max: 200 }),
        bufferSize,
        run,
      ),
      { numRuns: 400 },
    );
    // In noise nothing matches by chance: an edit costs itself, the two blocks at its ends, and the last, shorter one.
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.array(edit, { maxLength: 4 }),
        fc.integer({ min: 16, max: 128 }),
        (seed, edits, blockSize) => {
          const old = noise(seed, 20_000);
          const delta = findDelta(memorySource(edits.reduce(edited, old)), sign(old, blockSize));
          const most = edits.reduce((sum, { length }) => sum + 2 * length + 4 * blockSize, blockSize);
          return delta === null ? edits.some(({ kind }) => kind === 'cut') : delta.literal <= most;
        },
      ),
      { numRuns: 200 },
    );
  });

  test('empty and constant files, files shorter than a block, and one that shrinks while it is read', () => {
    const zeros = new Uint8Array(100_000);
    const delta = findDelta(memorySource(new Uint8Array(150_010)), sign(zeros, 1000));
    expect(delta).toEqual({
      spans: [
        { at: 0, length: 100_000 },
        { at: 0, length: 50_000 },
        { at: null, length: 10 },
      ],
      literal: 10,
    });
    expect(
      joined(patch(memorySource(zeros), delta?.spans ?? [], new Uint8Array(10))).equals(
        new Uint8Array(150_010),
      ),
    ).toBe(true);
    const literal = (file: number, old: number) =>
      findDelta(memorySource(noise(1, file)), sign(noise(1, old), 512))?.literal ?? null;
    expect([literal(0, 5000), literal(5000, 0), literal(10, 5000)]).toEqual([null, null, null]);
    // A file that is shorter than a block is found where it stands first or last.
    expect([literal(5000, 10), literal(10, 10)]).toEqual([4990, 0]);
    expect(findDelta({ size: 5000, read: () => 9 }, sign(noise(1, 5000), 512))).toBeNull();
  });
});

describe("download: the new file's signature over our old file", () => {
  test('found pieces and missing ranges are the new file, and the ranges are few', () => {
    fc.assert(
      fc.property(
        content,
        fc.array(edit, { maxLength: 5 }),
        fc.integer({ min: 4, max: 200 }),
        bufferSize,
        (old, edits, blockSize, bufferBytes) => {
          const file = edits.reduce(edited, old);
          const { spans, missing } = findBlocks(memorySource(old), sign(file, blockSize, 6), { bufferBytes });
          const came = joined(missing.map(([offset, length]) => file.subarray(offset, offset + length)));
          expect(joined(patch(memorySource(old), spans, came)).equals(file)).toBe(true);
          for (const [at, [offset]] of missing.entries()) {
            const before = missing[at - 1];
            if (before) expect(offset - before[0] - before[1]).toBeGreaterThanOrEqual(blockSize * 2);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  test('an insertion at the start costs itself and a block; with nothing in common, all is asked for at once', () => {
    const old = noise(7, 200_000);
    const inserted = joined([noise(8, 1000), old]);
    const { missing } = findBlocks(memorySource(old), sign(inserted, 2048, 6));
    expect(missing).toEqual([[0, 2048]]);
    expect(findBlocks(memorySource(noise(9, 200_000)), sign(old, 2048, 6)).missing).toEqual([[0, 200_000]]);
    expect(findBlocks(memorySource(old), sign(old.subarray(0, 0), 2048, 6))).toEqual({
      spans: [],
      missing: [],
    });
    expect(findBlocks(memorySource(old.subarray(0, 0)), sign(old, 2048, 6)).missing).toEqual([[0, 200_000]]);
  });
});

describe('what a sandbox makes up', () => {
  const blockSize = 64;
  /** Blocks that differ and have one CRC: over XOR, a pattern whose register is 0 changes nothing. */
  const pattern = new Uint8Array(blockSize);
  const colliding = (base: Uint8Array, variant: number): Uint8Array => {
    const block = Uint8Array.from(base);
    for (let bit = 0; bit < 12; bit++) {
      if ((variant >>> bit) & 1)
        for (let at = 0; at < 5; at++) block[bit * 5 + at] = (block[bit * 5 + at] ?? 0) ^ (pattern[at] ?? 0);
    }
    return block;
  };
  // Five bytes: one bit, and the four that take the register back to 0.
  for (const [at, byte] of vanishing().entries()) pattern[at] = byte;

  /** CRC-32's own polynomial as bytes: what it divides leaves nothing. */
  function vanishing(): number[] {
    const bytes = [1, 0, 0, 0, 0];
    let register = 0;
    register = (register >>> 8) ^ (crcTable[(register ^ 1) & 255] ?? 0);
    for (let at = 0; at < 4; at++) bytes[at + 1] = (register >>> (8 * at)) & 255;
    return bytes;
  }

  test('the blocks do collide', () => {
    const base = noise(1, blockSize);
    const sums = new Set(Array.from({ length: 4096 }, (_, variant) => crc32(colliding(base, variant))));
    expect(sums.size).toBe(1);
  });

  test('a thousand different blocks of one CRC: few candidates, few vain checks, then the whole file', () => {
    const base = noise(1, blockSize);
    const old = joined(Array.from({ length: 1000 }, (_, variant) => colliding(base, variant)));
    const index = indexFor(sign(old, blockSize));
    if (index === null) throw new Error('no index');
    const file = joined(Array.from({ length: 3000 }, (_, variant) => colliding(base, 1000 + variant)));
    const outcome = searchBlocks(memorySource(file), index, () => true);
    expect(outcome.strongChecks).toBeLessThanOrEqual(falseBudget(1000) + 1);
    expect(outcome.candidates).toBeLessThanOrEqual(outcome.strongChecks * mostCandidates);
    expect(findDelta(memorySource(file), sign(old, blockSize))).toBeNull();
  });

  test('a window that collides at every byte ends with the budget, not with the file', () => {
    const zeros = new Uint8Array(1_000_000);
    const old = Uint8Array.from(zeros.subarray(0, blockSize), (byte, at) => byte ^ (pattern[at] ?? 0));
    const index = indexFor(sign(old, blockSize));
    if (index === null) throw new Error('no index');
    const outcome = searchBlocks(memorySource(zeros), index, () => true);
    expect(outcome).toMatchObject({ result: 'gave-up', falseChecks: falseBudget(1) + 1 });
    expect(findBlocks(memorySource(zeros), sign(old, blockSize, 6)).missing).toEqual([[0, blockSize]]);
  });

  test('sums that all fall into one slot are compared 64 at a time', () => {
    // Registers whose product by the slot's factor has the same high bits.
    const inverse = 0xe8b2f51;
    const weak = Uint32Array.from({ length: 5000 }, (_, at) => ~Math.imul(at, inverse));
    const strong = new Uint8Array(5000 * 4);
    const index = indexFor({ blockSize, strongBytes: 4, size: 5000 * blockSize, weak, strong });
    if (index === null) throw new Error('no index');
    expect(index.group.filter((group) => group >= 0)).toHaveLength(mostCandidates);
    const outcome = searchBlocks(memorySource(noise(4, 300_000)), index, () => true);
    expect(outcome.candidates).toBeLessThanOrEqual(300_000 * mostCandidates);
  });

  test('spans that ask for what is not there are refused', () => {
    const old = memorySource(noise(1, 100));
    for (const [spans, bytes] of [
      [[{ at: 90, length: 11 }], 0],
      [[{ at: -1, length: 5 }], 0],
      [[{ at: 0.5, length: 5 }], 0],
      [[{ at: null, length: 5 }], 4],
      [[{ at: null, length: 5 }], 6],
      [[{ at: 0, length: -5 }], 0],
      [[{ at: 0, length: Number.NaN }], 0],
    ] as const) {
      expect(() => joined(patch(old, spans, new Uint8Array(bytes)))).toThrow(RangeError);
    }
    const short = { size: 100, read: () => 3 };
    expect(() => joined(patch(short, [{ at: 0, length: 100 }], new Uint8Array(0)))).toThrow('ended early');
  });

  test('a search is left where nobody wants it any more', () => {
    const stop = (): never => {
      throw new DOMException('stopped', 'AbortError');
    };
    expect(() =>
      findDelta(memorySource(noise(1, 10_000)), sign(noise(2, 10_000), 512), { throwIfStopped: stop }),
    ).toThrow('stopped');
    expect(() =>
      makeSignature(
        memorySource(noise(1, 10_000)),
        { blockSize: 512, strongBytes: 4 },
        { throwIfStopped: stop },
      ),
    ).toThrow('stopped');
  });
});
