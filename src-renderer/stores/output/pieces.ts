/**
 * The pieces that a line buffer is made of: segments that hold bytes, and gaps in memory ("remembered" pieces) of which only
 * size and place are kept, because main has the bytes.
 */

/** Longest line kept in one run; a 1 MB line becomes 256 of them. */
export const maxLineBytes = 4096;
const segmentBytes = 262_144;
/** Most lines of a segment. */
export const segmentLines = 4096;
/** Memory of one loaded segment. */
export const segmentMemory = segmentBytes + 4 * 4 * segmentLines;

/** Where in the stored output something begins: an event, and a byte of its text. */
export interface Position {
  seq: number;
  offset: number;
}

/** A piece whose lines are in memory. */
export interface Segment {
  bytes: Uint8Array;
  used: number;
  /** Start of each line in `bytes`. */
  starts: Uint32Array;
  /** Bit 0: stderr; bit 1: continued; the rest: index into the style table. */
  meta: Uint32Array;
  /** Rows before each line, within the segment. */
  rowsBefore: Uint32Array;
  /** When each line came, in ms after the buffer's first. */
  times: Uint32Array;
  count: number;
  /** Rows of all closed lines of the segment. */
  rows: number;
  from: Position;
  /** Rises with use: the least used one goes first. */
  touched: number;
}

/** A piece whose lines are in main only. `lines` and `rows` are exact where it was in memory before, else a guess. */
export interface Remembered {
  bytes: null;
  used: number;
  count: number;
  rows: number;
  from: Position;
  style: string;
  continued: boolean;
}

/** One of them. */
export type Piece = Segment | Remembered;

/** An empty segment that begins at `from`. */
export function newSegment(from: Position, touched: number): Segment {
  return {
    bytes: new Uint8Array(segmentBytes),
    used: 0,
    starts: new Uint32Array(segmentLines),
    meta: new Uint32Array(segmentLines),
    rowsBefore: new Uint32Array(segmentLines),
    times: new Uint32Array(segmentLines),
    count: 0,
    rows: 0,
    from,
    touched,
  };
}

/** The bytes of a line: a view. */
export function lineBytes(segment: Segment, index: number): Uint8Array {
  const end = index + 1 < segment.count ? (segment.starts[index + 1] ?? segment.used) : segment.used;
  return segment.bytes.subarray(segment.starts[index] ?? 0, end);
}

/** About how many rows a piece has at a width, judged by its average line. */
export function guessRows({ count, used }: Pick<Remembered, 'count' | 'used'>, columns: number): number {
  if (columns === Number.POSITIVE_INFINITY || count === 0) return count;
  return count * Math.max(1, Math.ceil(used / count / columns));
}

/** True where `a` is before `b`. */
export function isBefore(a: Position, b: Position): boolean {
  return a.seq < b.seq || (a.seq === b.seq && a.offset < b.offset);
}

/** The last index whose value is at most `wanted`, in the first `count` ascending values. */
export function lastAtMost(values: Uint32Array, count: number, wanted: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Moves a cut back so that it does not split a UTF-8 character (at most three bytes, and never to `start`). */
export function backToCharacter(bytes: Uint8Array, start: number, cut: number): number {
  let at = cut;
  while (at > cut - 3 && at > start + 1 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}
