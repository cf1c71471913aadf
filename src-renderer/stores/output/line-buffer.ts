/**
 * Lines of text output as byte segments with line offsets: the store behind the output view. Appends cost one native search
 * per line, memory is the bytes plus eight bytes a line, the oldest segment is dropped in one step.
 *
 * Terminal behaviour that is settled here: "\r\n" is one newline; "\r" alone starts the line again (progress bars); a line
 * longer than `maxLineBytes` goes on in a continued line; colours go on over lines; a change of stream starts a line.
 */
import { foldLine, skipEscape } from './cells.ts';

/** Longest line kept in one piece; a 1 MB line becomes 256 of them. */
export const maxLineBytes = 4096;
const segmentBytes = 262_144;
const segmentLines = 8192;
const LF = 10;
const CR = 13;
const ESC = 27;

/** Which stream a line came from. */
export type TextStream = 'stdout' | 'stderr';

/** A line as the view takes it. `bytes` is a view into the buffer: read it at once, do not keep it. */
export interface Line {
  bytes: Uint8Array;
  stream: TextStream;
  /** SGR sequences that are in force where the line starts. */
  style: string;
  /** True where the line is the rest of a longer one. */
  continued: boolean;
}

/** Where a visual row lies. */
export interface RowPosition {
  /** Index of the line among the kept ones. */
  line: number;
  /** Row within the line, from 0. */
  row: number;
}

interface Segment {
  bytes: Uint8Array;
  used: number;
  /** Start of each line in `bytes`. */
  starts: Uint32Array;
  /** Bit 0: stderr; bit 1: continued; the rest: index into the style table. */
  meta: Uint32Array;
  /** Rows before each line, within the segment. */
  rowsBefore: Uint32Array;
  count: number;
  /** Rows of all closed lines of the segment. */
  rows: number;
}

/** See the head of the file. */
export class LineBuffer {
  readonly #segments: Segment[] = [];
  readonly #styles: string[] = [''];
  readonly #styleIds = new Map<string, number>([['', 0]]);
  #columns = Number.POSITIVE_INFINITY;
  #style = 0;
  /** The last line is open: the next byte continues it. */
  #open = false;
  #pendingReturn = false;
  #openHasEscape = false;
  #bytes = 0;
  #lines = 0;
  #rows = 0;
  #droppedLines = 0;
  #droppedBytes = 0;
  #droppedRows = 0;

  /** Bytes kept. */
  get byteLength(): number {
    return this.#bytes;
  }

  /** Lines kept, the open one included. */
  get lineCount(): number {
    return this.#lines;
  }

  /** Visual rows at the current width, the open line included. */
  get rowCount(): number {
    return this.#rows + (this.#open ? this.#openRows() : 0);
  }

  /** Lines dropped at the head so far. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** Bytes dropped at the head so far. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** Rows dropped at the head since the width was set: what a reader's scroll position must move by. */
  get droppedRows(): number {
    return this.#droppedRows;
  }

  /** Sets the width to fold at (Infinity: no folding) and lays all lines out again. */
  setColumns(columns: number): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#droppedRows = 0;
    this.#rows = 0;
    for (const segment of this.#segments) {
      segment.rows = 0;
      const isLast = segment === this.#segments.at(-1);
      const closed = isLast && this.#open ? segment.count - 1 : segment.count;
      for (let i = 0; i < segment.count; i += 1) {
        segment.rowsBefore[i] = segment.rows;
        if (i < closed) segment.rows += this.#rowsOf(lineBytes(segment, i));
      }
      this.#rows += segment.rows;
    }
  }

  /** Adds output. */
  append(bytes: Uint8Array, stream: TextStream): void {
    if (bytes.length === 0) return;
    const hasReturn = this.#pendingReturn || bytes.includes(CR);
    const hasEscape = bytes.includes(ESC);
    let start = 0;
    while (start < bytes.length) {
      const newline = bytes.indexOf(LF, start);
      const end = newline === -1 ? bytes.length : newline;
      this.#appendPart(bytes, start, end, stream, hasReturn, hasEscape, newline !== -1);
      if (newline === -1) return;
      if (!this.#open) this.#startLine(stream, false);
      this.#pendingReturn = false;
      this.#closeLine();
      start = newline + 1;
    }
  }

  /** The line with index `index` among the kept ones. */
  line(index: number): Line | undefined {
    let rest = index;
    for (const segment of this.#segments) {
      if (rest < segment.count) return this.#lineOf(segment, rest);
      rest -= segment.count;
    }
    return undefined;
  }

  /** Finds the line of a visual row. */
  locate(row: number): RowPosition | undefined {
    let rest = row;
    let lines = 0;
    const last = this.#segments.at(-1);
    for (const segment of this.#segments) {
      const rows = segment === last ? segment.rows + (this.#open ? this.#openRows() : 0) : segment.rows;
      if (rest < rows) {
        const index = lastAtMost(segment.rowsBefore, segment.count, rest);
        return { line: lines + index, row: rest - (segment.rowsBefore[index] ?? 0) };
      }
      rest -= rows;
      lines += segment.count;
    }
    return undefined;
  }

  /** Drops the oldest segment, if there is more than the one being written. Returns the bytes freed (0: nothing to drop). */
  dropOldest(): number {
    const first = this.#segments[0];
    if (!first || this.#segments.length < 2) return 0;
    this.#segments.shift();
    this.#bytes -= first.used;
    this.#lines -= first.count;
    this.#rows -= first.rows;
    this.#droppedBytes += first.used;
    this.#droppedLines += first.count;
    this.#droppedRows += first.rows;
    return first.used;
  }

  /** All kept text, without escape sequences being touched; for "Copy". */
  text(): string {
    const decoder = new TextDecoder();
    const parts: string[] = [];
    for (let i = 0; i < this.#lines; i += 1) {
      const line = this.line(i);
      if (!line) break;
      if (i > 0 && !line.continued) parts.push('\n');
      parts.push(decoder.decode(line.bytes));
    }
    return parts.join('');
  }

  #appendPart(
    bytes: Uint8Array,
    from: number,
    end: number,
    stream: TextStream,
    hasReturn: boolean,
    hasEscape: boolean,
    newlineFollows: boolean,
  ): void {
    let start = from;
    if (hasReturn && end > start) {
      let stop = end;
      if (bytes[end - 1] === CR) {
        // A return at the very end is half of "\r\n", or waits for what comes next.
        stop = end - 1;
        while (stop > start && bytes[stop - 1] === CR) stop -= 1;
      }
      const last = stop > start ? bytes.lastIndexOf(CR, stop - 1) : -1;
      if (last >= start) {
        this.#restartLine(stream);
        start = last + 1;
      } else if (this.#pendingReturn && stop > start) {
        this.#restartLine(stream);
      }
      if (stop > start) this.#pendingReturn = false;
      if (stop < end && !newlineFollows) this.#pendingReturn = true;
      this.#write(bytes, start, stop, stream, hasEscape);
      return;
    }
    this.#write(bytes, start, end, stream, hasEscape);
  }

  #write(bytes: Uint8Array, from: number, end: number, stream: TextStream, hasEscape: boolean): void {
    let start = from;
    if (start >= end) return;
    if (this.#open && this.#openStream() !== stream) this.#closeLine();
    while (start < end) {
      if (!this.#open) this.#startLine(stream, false);
      const room = maxLineBytes - this.#openLength();
      const stop = Math.min(end, start + room);
      const cut = stop < end ? backToCharacter(bytes, start, stop) : stop;
      this.#copy(bytes.subarray(start, cut));
      if (hasEscape) this.#openHasEscape = true;
      start = cut;
      if (start < end) {
        this.#closeLine();
        this.#startLine(stream, true);
      }
    }
  }

  #copy(part: Uint8Array): void {
    const segment = this.#last();
    segment.bytes.set(part, segment.used);
    segment.used += part.length;
    this.#bytes += part.length;
  }

  #startLine(stream: TextStream, continued: boolean): void {
    let segment = this.#segments.at(-1);
    const full =
      !segment || segment.count === segmentLines || segment.bytes.length - segment.used < maxLineBytes;
    if (!segment || full) {
      segment = newSegment();
      this.#segments.push(segment);
    }
    const index = segment.count;
    segment.starts[index] = segment.used;
    segment.meta[index] = (this.#style << 2) | (continued ? 2 : 0) | (stream === 'stderr' ? 1 : 0);
    segment.rowsBefore[index] = segment.rows;
    segment.count += 1;
    this.#lines += 1;
    this.#open = true;
    this.#openHasEscape = false;
  }

  #closeLine(): void {
    const segment = this.#last();
    const bytes = lineBytes(segment, segment.count - 1);
    const rows = this.#rowsOf(bytes);
    segment.rows += rows;
    this.#rows += rows;
    if (this.#openHasEscape) this.#style = this.#styleId(styleAfter(this.#styles[this.#style] ?? '', bytes));
    this.#open = false;
  }

  /** A carriage return: forgets what the open line holds. */
  #restartLine(stream: TextStream): void {
    if (!this.#open) return;
    if (this.#openStream() !== stream) {
      this.#closeLine();
      return;
    }
    const segment = this.#last();
    const start = segment.starts[segment.count - 1] ?? 0;
    if (this.#openHasEscape) {
      const style = styleAfter(this.#styles[this.#style] ?? '', segment.bytes.subarray(start, segment.used));
      this.#style = this.#styleId(style);
      const meta = segment.meta[segment.count - 1] ?? 0;
      segment.meta[segment.count - 1] = (meta & 3) | (this.#style << 2);
    }
    this.#bytes -= segment.used - start;
    segment.used = start;
    this.#openHasEscape = false;
  }

  #openStream(): TextStream {
    const segment = this.#last();
    return (segment.meta[segment.count - 1] ?? 0) & 1 ? 'stderr' : 'stdout';
  }

  #openLength(): number {
    const segment = this.#last();
    return segment.used - (segment.starts[segment.count - 1] ?? 0);
  }

  #openRows(): number {
    const segment = this.#last();
    return this.#rowsOf(lineBytes(segment, segment.count - 1));
  }

  #rowsOf(bytes: Uint8Array): number {
    // A character never takes more columns than bytes, tabs apart.
    if (bytes.length <= this.#columns && !bytes.includes(9)) return 1;
    return foldLine(bytes, this.#columns);
  }

  #lineOf(segment: Segment, index: number): Line {
    const meta = segment.meta[index] ?? 0;
    return {
      bytes: lineBytes(segment, index),
      stream: meta & 1 ? 'stderr' : 'stdout',
      continued: (meta & 2) !== 0,
      style: this.#styles[meta >>> 2] ?? '',
    };
  }

  #last(): Segment {
    const segment = this.#segments.at(-1);
    if (!segment) throw new Error('No open segment.');
    return segment;
  }

  #styleId(style: string): number {
    const known = this.#styleIds.get(style);
    if (known !== undefined) return known;
    // Hostile output could make a new style for every line; beyond this many, text goes on without colour.
    if (this.#styles.length >= 4096) return 0;
    this.#styles.push(style);
    this.#styleIds.set(style, this.#styles.length - 1);
    return this.#styles.length - 1;
  }
}

function newSegment(): Segment {
  return {
    bytes: new Uint8Array(segmentBytes),
    used: 0,
    starts: new Uint32Array(segmentLines),
    meta: new Uint32Array(segmentLines),
    rowsBefore: new Uint32Array(segmentLines),
    count: 0,
    rows: 0,
  };
}

function lineBytes(segment: Segment, index: number): Uint8Array {
  const end = index + 1 < segment.count ? (segment.starts[index + 1] ?? segment.used) : segment.used;
  return segment.bytes.subarray(segment.starts[index] ?? 0, end);
}

/** The last index whose value is at most `wanted`, in the first `count` ascending values. */
function lastAtMost(values: Uint32Array, count: number, wanted: number): number {
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
function backToCharacter(bytes: Uint8Array, start: number, cut: number): number {
  let at = cut;
  while (at > cut - 3 && at > start + 1 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}

/** The SGR sequences in force after `bytes`, when `style` was in force before them. */
function styleAfter(style: string, bytes: Uint8Array): string {
  let result = style;
  let at = bytes.indexOf(ESC);
  while (at !== -1) {
    const end = skipEscape(bytes, at);
    if (bytes[at + 1] === 0x5b && bytes[end - 1] === 0x6d && end - at < 40) {
      const sequence = String.fromCharCode(...bytes.subarray(at, end));
      const parameters = sequence.slice(2, -1);
      if (parameters === '' || /^0*$/.test(parameters)) result = '';
      else if (/^0*;/.test(parameters)) result = sequence;
      else result = result.length < 120 ? result + sequence : sequence;
    }
    at = bytes.indexOf(ESC, Math.max(end, at + 1));
  }
  return result;
}
