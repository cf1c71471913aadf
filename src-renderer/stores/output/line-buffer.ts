/**
 * Lines of text output as pieces: segments of bytes with line offsets, and pieces that are only remembered (size and place),
 * whose bytes main gives again when somebody looks at them. Appends cost one native search per line.
 *
 * Terminal behaviour that is settled here: "\r\n" is one newline; "\r" alone starts the line again (progress bars), so does
 * moving the cursor up (cursor.ts); a line longer than `maxLineBytes` goes on in continued lines, which are folded away until
 * asked for; colours go on over lines; a change of stream starts a line.
 */
import { foldLine } from './cells.ts';
import { movesCursor, type ReachedLine, reachOf, writeOver } from './cursor.ts';
import {
  backToCharacter,
  guessRows,
  isBefore,
  lastAtMost,
  lineBytes,
  maxLineBytes,
  newSegment,
  type Piece,
  type Position,
  type Remembered,
  type Segment,
  segmentLines,
  segmentMemory,
} from './pieces.ts';
import { StyleTable, styleAfter } from './sgr.ts';

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
  /** When it came; ms since the epoch. */
  at: number;
}

/** Where a visual row lies: `row` counts within the line, or within the piece where that is only remembered (`line` -1). */
export interface RowPosition {
  piece: number;
  line: number;
  row: number;
}

/** Rows that came or went above a place: what a reader's scroll position has to move by. */
export interface RowShift {
  /** First row that is affected. */
  row: number;
  delta: number;
}

/** Where text begins that is appended. */
export interface Origin extends Position {
  /** ms since the epoch. */
  at: number;
}

const nowhere: Origin = { seq: 0, offset: 0, at: 0 };

/** See the head of the file. */
export class LineBuffer {
  #pieces: Piece[] = [];
  readonly #styles: StyleTable;
  #columns = Number.POSITIVE_INFINITY;
  #unfolded = false;
  #style = 0;
  /** The last line is open: the next byte continues it. */
  #open = false;
  #pendingReturn = false;
  #openHasEscape = false;
  /** Lines below the cursor, after a program moved it up. */
  #below = 0;
  #bytes = 0;
  #loaded = 0;
  #rows = 0;
  #at: Origin = nowhere;
  #base = 0;
  #clock = 0;
  #end: Position | null = null;
  readonly #shifts: RowShift[] = [];

  constructor(styles = new StyleTable()) {
    this.#styles = styles;
  }

  /** Bytes in memory. */
  get byteLength(): number {
    return this.#bytes;
  }

  /** Memory that the loaded segments take. */
  get memory(): number {
    return this.#loaded * segmentMemory;
  }

  /** Lines, the open one included; of remembered pieces as many as they are thought to have. */
  get lineCount(): number {
    return this.#pieces.reduce((sum, { count }) => sum + count, 0);
  }

  /** Visual rows at the current width, the open line included. */
  get rowCount(): number {
    return this.#rows + (this.#open ? this.#openRows() : 0);
  }

  /** Where the buffer begins; null while it is empty. */
  get from(): Position | null {
    return this.#pieces[0]?.from ?? null;
  }

  /** Every change of rows above later ones so far; readers remember how many they have seen. */
  get shifts(): readonly RowShift[] {
    return this.#shifts;
  }

  /** True where long lines are shown in full. */
  get unfolded(): boolean {
    return this.#unfolded;
  }

  /** Sets the width to fold at (Infinity: no folding) and lays all lines out again. */
  setColumns(columns: number): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#layOut();
  }

  /** Shows long lines in full, or only their beginning. */
  setUnfolded(unfolded: boolean): void {
    if (unfolded === this.#unfolded) return;
    this.#unfolded = unfolded;
    this.#layOut();
  }

  /** Adds output. */
  append(
    bytes: Uint8Array,
    stream: TextStream,
    origin: Origin = { ...nowhere, seq: this.#at.seq + 1 },
  ): void {
    if (bytes.length === 0) return;
    if (this.#base === 0) this.#base = origin.at;
    this.#at = origin;
    const hasEscape = bytes.includes(ESC);
    if (this.#below > 0 || (hasEscape && movesCursor(bytes))) {
      this.#overwrite(bytes, stream);
      return;
    }
    const hasReturn = this.#pendingReturn || bytes.includes(CR);
    let start = 0;
    while (start < bytes.length) {
      const newline = bytes.indexOf(LF, start);
      const end = newline === -1 ? bytes.length : newline;
      this.#appendPart(bytes, start, end, stream, hasReturn, hasEscape, newline !== -1);
      if (newline === -1) return;
      if (!this.#open) this.#startLine(stream, false, start);
      this.#pendingReturn = false;
      this.#closeLine();
      start = newline + 1;
    }
  }

  /** Nothing will be added any more; `end` is where the stored output goes on. */
  close(end: Position): void {
    this.#end = end;
  }

  /** The line with index `index` of a loaded piece. */
  lineAt(piece: number, index: number): Line | undefined {
    const segment = this.#pieces[piece];
    if (!segment?.bytes || index >= segment.count) return undefined;
    segment.touched = this.#tick();
    const meta = segment.meta[index] ?? 0;
    return {
      bytes: lineBytes(segment, index),
      stream: meta & 1 ? 'stderr' : 'stdout',
      continued: (meta & 2) !== 0,
      style: this.#styles.of(meta >>> 2),
      at: this.#base + (segment.times[index] ?? 0),
    };
  }

  /** The line with index `index` among all; undefined where it is not in memory. */
  line(index: number): Line | undefined {
    let rest = index;
    for (const [number, piece] of this.#pieces.entries()) {
      if (rest < piece.count) return this.lineAt(number, rest);
      rest -= piece.count;
    }
    return undefined;
  }

  /** Lines of a piece, and its place in the list; undefined behind the last. */
  piece(number: number): Piece | undefined {
    return this.#pieces[number];
  }

  /** How many pieces there are. */
  get pieceCount(): number {
    return this.#pieces.length;
  }

  /** Finds the line of a visual row. */
  locate(row: number): RowPosition | undefined {
    let rest = row;
    for (const [number, piece] of this.#pieces.entries()) {
      const rows = this.#rowsOfPiece(number);
      if (rest < rows) {
        if (!piece.bytes) return { piece: number, line: -1, row: rest };
        const line = lastAtMost(piece.rowsBefore, piece.count, rest);
        return { piece: number, line, row: rest - (piece.rowsBefore[line] ?? 0) };
      }
      rest -= rows;
    }
    return undefined;
  }

  /** The first row of a piece. */
  firstRow(number: number): number {
    let row = 0;
    for (let i = 0; i < number; i += 1) row += this.#rowsOfPiece(i);
    return row;
  }

  /** The row in which a line of a loaded piece begins. */
  rowOfLine(number: number, line: number): number {
    const piece = this.#pieces[number];
    return this.firstRow(number) + (piece?.bytes ? (piece.rowsBefore[line] ?? 0) : 0);
  }

  /** The piece that a stored position is in. */
  pieceAt(position: Position): number {
    const after = this.#pieces.findIndex(({ from }) => isBefore(position, from));
    return after === -1 ? this.#pieces.length - 1 : Math.max(0, after - 1);
  }

  /** Which stored output a piece is made of; `to` null: up to what is stored now. */
  rangeOf(number: number): { from: Position; to: Position | null } | undefined {
    const piece = this.#pieces[number];
    return piece && { from: piece.from, to: this.#pieces[number + 1]?.from ?? this.#end };
  }

  /** Puts pieces that are only remembered before everything else. */
  prepend(pieces: readonly Omit<Remembered, 'bytes' | 'rows'>[]): void {
    const added = pieces.map(
      (piece): Remembered => ({ ...piece, bytes: null, rows: guessRows(piece, this.#columns) }),
    );
    const rows = added.reduce((sum, piece) => sum + piece.rows, 0);
    this.#pieces = [...added, ...this.#pieces];
    this.#rows += rows;
    this.#shifts.push({ row: 0, delta: rows });
  }

  /** Brings the bytes of a remembered piece back: `texts` are what is stored in its range. False where it is not one. */
  fill(number: number, texts: readonly { bytes: Uint8Array; stream: TextStream; origin: Origin }[]): boolean {
    const piece = this.#pieces[number];
    if (!piece || piece.bytes) return false;
    const twin = new LineBuffer(this.#styles);
    twin.#unfolded = this.#unfolded;
    twin.#columns = this.#columns;
    twin.#base = this.#base || (texts[0]?.origin.at ?? 0);
    twin.#style = this.#styles.idOf(piece.style);
    twin.#continues = piece.continued;
    for (const { bytes, stream, origin } of texts) twin.append(bytes, stream, origin);
    if (twin.#open) twin.#closeLine();
    this.#base ||= twin.#base;
    const first = this.firstRow(number);
    const loaded = twin.#pieces;
    for (const segment of loaded) if (segment.bytes) segment.touched = this.#tick();
    this.#pieces.splice(number, 1, ...loaded);
    this.#bytes += twin.#bytes;
    this.#loaded += loaded.length;
    const delta = twin.#rows - piece.rows;
    this.#rows += delta;
    if (delta !== 0) this.#shifts.push({ row: first + piece.rows, delta });
    return true;
  }

  /** Lets the least used segment go (never the one being written); gives the memory freed, 0 where there is none to free. */
  releaseOldest(): number {
    let oldest = -1;
    const last = this.#end === null ? this.#pieces.length - 1 : this.#pieces.length;
    for (let i = 0; i < last; i += 1) {
      const piece = this.#pieces[i];
      const best = this.#pieces[oldest];
      if (piece?.bytes && (!best?.bytes || piece.touched < best.touched)) oldest = i;
    }
    const segment = this.#pieces[oldest];
    if (!segment?.bytes) return 0;
    if (oldest === this.#pieces.length - 1 && this.#open) this.#closeLine();
    const meta = segment.meta[0] ?? 0;
    const { used, count, rows, from } = segment;
    const style = this.#styles.of(meta >>> 2);
    this.#pieces[oldest] = { bytes: null, used, count, rows, from, style, continued: (meta & 2) !== 0 };
    this.#bytes -= used;
    this.#loaded -= 1;
    return segmentMemory;
  }

  /** All text in memory, without escape sequences being touched; for "Copy". */
  text(): string {
    const decoder = new TextDecoder();
    const parts: string[] = [];
    for (const piece of this.#pieces) {
      for (let i = 0; piece.bytes && i < piece.count; i += 1) {
        const continued = ((piece.meta[i] ?? 0) & 2) !== 0;
        if (parts.length > 0 && !continued) parts.push('\n');
        parts.push(decoder.decode(lineBytes(piece, i)));
      }
    }
    return parts.join('');
  }

  /** The next line that starts is the rest of one in another piece. */
  #continues = false;

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
        this.#restartLine(stream, last + 1);
        start = last + 1;
      } else if (this.#pendingReturn && stop > start) {
        this.#restartLine(stream, start);
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
      if (!this.#open) this.#startLine(stream, false, start);
      const room = maxLineBytes - this.#openLength();
      const stop = Math.min(end, start + room);
      const cut = stop < end ? backToCharacter(bytes, start, stop) : stop;
      this.#copy(bytes.subarray(start, cut));
      if (hasEscape) this.#openHasEscape = true;
      start = cut;
      if (start < end) {
        this.#closeLine();
        this.#startLine(stream, true, start);
      }
    }
  }

  #copy(part: Uint8Array): void {
    const segment = this.#last();
    segment.bytes.set(part, segment.used);
    segment.used += part.length;
    this.#bytes += part.length;
  }

  /** `offset`: where in the event that is being appended the line begins. */
  #startLine(stream: TextStream, continued: boolean, offset: number): void {
    this.#pushLine(
      (this.#style << 2) | (continued || this.#continues ? 2 : 0) | (stream === 'stderr' ? 1 : 0),
      offset,
    );
    this.#continues = false;
  }

  #pushLine(meta: number, offset: number): void {
    let segment = this.#pieces.at(-1);
    const full =
      !segment?.bytes || segment.count === segmentLines || segment.bytes.length - segment.used < maxLineBytes;
    if (!segment?.bytes || full) {
      segment = newSegment({ seq: this.#at.seq, offset: this.#at.offset + offset }, this.#tick());
      this.#pieces.push(segment);
      this.#loaded += 1;
    }
    const index = segment.count;
    segment.starts[index] = segment.used;
    segment.meta[index] = meta;
    segment.rowsBefore[index] = segment.rows;
    segment.times[index] = Math.max(0, this.#at.at - this.#base);
    segment.count += 1;
    this.#open = true;
    this.#openHasEscape = false;
  }

  #closeLine(): void {
    const segment = this.#last();
    const bytes = lineBytes(segment, segment.count - 1);
    const rows = this.#rowsOfLine(segment, segment.count - 1, bytes);
    segment.rows += rows;
    this.#rows += rows;
    if (this.#openHasEscape) this.#style = this.#styles.idOf(styleAfter(this.#styles.of(this.#style), bytes));
    this.#open = false;
  }

  /** A carriage return: forgets what the open line holds. */
  #restartLine(stream: TextStream, offset: number): void {
    if (!this.#open) return;
    if (this.#openStream() !== stream) {
      this.#closeLine();
      return;
    }
    const segment = this.#last();
    const index = segment.count - 1;
    const start = segment.starts[index] ?? 0;
    if (this.#openHasEscape) {
      const style = styleAfter(this.#styles.of(this.#style), segment.bytes.subarray(start, segment.used));
      this.#style = this.#styles.idOf(style);
      segment.meta[index] = ((segment.meta[index] ?? 0) & 3) | (this.#style << 2);
    }
    // What was written over is not needed to bring the segment back.
    if (index === 0) segment.from = { seq: this.#at.seq, offset: this.#at.offset + offset };
    segment.times[index] = Math.max(0, this.#at.at - this.#base);
    this.#bytes -= segment.used - start;
    segment.used = start;
    this.#openHasEscape = false;
  }

  /** Output that moves the cursor up: the lines in reach are taken out, written over, and put back. */
  #overwrite(output: Uint8Array, stream: TextStream): void {
    const bytes = this.#pendingReturn ? Uint8Array.of(CR, ...output) : output;
    if (!this.#open) this.#startLine(stream, false, 0);
    const segment = this.#last();
    const reach = Math.min(segment.count, reachOf(bytes) + this.#below + 1);
    const lines: ReachedLine[] = [];
    const first = segment.count - reach;
    for (let i = first; i < segment.count; i += 1) {
      lines.push({
        bytes: lineBytes(segment, i).slice(),
        meta: segment.meta[i] ?? 0,
        time: segment.times[i] ?? 0,
      });
    }
    const start = segment.starts[first] ?? 0;
    this.#bytes -= segment.used - start;
    this.#rows -= segment.rows - (segment.rowsBefore[first] ?? 0);
    segment.rows = segment.rowsBefore[first] ?? 0;
    segment.used = start;
    segment.count = first;
    this.#open = false;
    const fresh = {
      meta: (this.#style << 2) | (stream === 'stderr' ? 1 : 0),
      time: Math.max(0, this.#at.at - this.#base),
    };
    let open = false;
    const row = Math.max(0, lines.length - 1 - this.#below);
    const cursor = writeOver(lines, row, bytes, fresh);
    this.#below = lines.length - 1 - cursor;
    // A newline at the end has begun a line that nothing is in yet.
    if (this.#below === 0 && lines.length > 1 && lines.at(-1)?.bytes.length === 0) lines.pop();
    else open = true;
    for (const line of lines) {
      if (this.#open) this.#closeLine();
      this.#pushLine(line.meta, 0);
      this.#copy(line.bytes.subarray(0, maxLineBytes));
      this.#openHasEscape = line.bytes.includes(ESC);
      this.#last().times[this.#last().count - 1] = line.time;
    }
    if (!open && this.#open) this.#closeLine();
    this.#pendingReturn = false;
  }

  #layOut(): void {
    this.#rows = 0;
    this.#shifts.length = 0;
    for (const piece of this.#pieces) {
      if (!piece.bytes) {
        piece.rows = guessRows(piece, this.#columns);
      } else {
        piece.rows = 0;
        const closed = piece === this.#pieces.at(-1) && this.#open ? piece.count - 1 : piece.count;
        for (let i = 0; i < piece.count; i += 1) {
          piece.rowsBefore[i] = piece.rows;
          if (i < closed) piece.rows += this.#rowsOfLine(piece, i, lineBytes(piece, i));
        }
      }
      this.#rows += piece.rows;
    }
  }

  #rowsOfPiece(number: number): number {
    const piece = this.#pieces[number];
    if (!piece) return 0;
    return number === this.#pieces.length - 1 && this.#open ? piece.rows + this.#openRows() : piece.rows;
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
    const index = segment.count - 1;
    return this.#rowsOfLine(segment, index, lineBytes(segment, index));
  }

  /** The rest of a long line is an offer to show it, until that was asked for: two rows, because a button is that high. */
  #rowsOfLine(segment: Segment, index: number, bytes: Uint8Array): number {
    const meta = segment.meta[index] ?? 0;
    if (meta & 2 && !this.#unfolded) return index > 0 && (segment.meta[index - 1] ?? 0) & 2 ? 0 : 2;
    // A character never takes more columns than bytes, tabs apart.
    if (bytes.length <= this.#columns && !bytes.includes(9)) return 1;
    return foldLine(bytes, this.#columns);
  }

  #last(): Segment {
    const segment = this.#pieces.at(-1);
    if (!segment?.bytes) throw new Error('No open segment.');
    return segment;
  }

  #tick(): number {
    this.#clock += 1;
    return this.#clock;
  }
}
