/**
 * A search in all output of one execution: main finds the places, this keeps them, says which one is the current, and where in
 * the kept rows it is. Goes on by itself while output still comes.
 */
import type { Bridge } from '../../bridge/client.ts';
import { plainText } from './ansi.ts';
import type { ExecutionOutput, OutputPart } from './execution-output.ts';
import type { LineBuffer } from './line-buffer.ts';
import { isBefore, type Position } from './pieces.ts';

/** Where a search stands. */
export interface SearchState {
  text: string;
  matchCase: boolean;
  /** Matches known so far. */
  count: number;
  /** Index of the one that is shown; -1: none yet. */
  current: number;
  isBusy: boolean;
  failed: boolean;
  /** Where the current match is, as long as its piece is in memory. */
  active: ActiveMatch | null;
  /** There are more than are counted. */
  capped: boolean;
}

/** The line of the current match: rows move, lines do not. */
export interface ActiveMatch {
  buffer: LineBuffer;
  /** Where the line's piece begins, and which of its lines it is. */
  from: Position;
  line: number;
}

/** What a match is in the kept output: a row of a text part, or another part. */
export interface FoundPlace {
  part: OutputPart;
  row: number | null;
}

/** More matches than a person goes through. */
const mostMatches = 100_000;
const empty: SearchState = {
  text: '',
  matchCase: false,
  count: 0,
  current: -1,
  isBusy: false,
  failed: false,
  active: null,
  capped: false,
};
/** ms between two looks at output that still comes. */
const againAfter = 1000;
const decoder = new TextDecoder();

/** See the head of the file. Dispose it when the find bar closes. */
export class OutputSearch {
  readonly #bridge: Bridge;
  readonly #executionId: string;
  readonly #output: ExecutionOutput;
  readonly #listeners = new Set<() => void>();
  readonly #stop: () => void;
  #state = empty;
  #matches: Position[] = [];
  #from: Position = { seq: 0, offset: 0 };
  /** Matches of the line that may still grow. */
  #round = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(bridge: Bridge, executionId: string, output: ExecutionOutput) {
    this.#bridge = bridge;
    this.#executionId = executionId;
    this.#output = output;
    this.#stop = output.subscribe(() => this.#later());
  }

  /** The state now; the same object until it changes. */
  readonly state = (): SearchState => this.#state;

  /** Subscribes to changes; returns the unsubscribe function. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Searches for something else. */
  set(text: string, matchCase: boolean): void {
    this.#round += 1;
    this.#matches = [];
    this.#from = { seq: 0, offset: 0 };
    this.#change({ ...empty, text, matchCase });
    if (text !== '') void this.#search(this.#round);
  }

  /** Moves to the next (1) or previous (-1) match, around the ends. Resolves with its place; null where there is none. */
  async move(step: 1 | -1): Promise<FoundPlace | null> {
    const { count, current } = this.#state;
    if (count === 0) return null;
    const next = current === -1 ? (step === 1 ? 0 : count - 1) : (current + step + count) % count;
    this.#change({ ...this.#state, current: next, active: null });
    return this.#place(next);
  }

  /** Stops. */
  dispose(): void {
    this.#round += 1;
    this.#stop();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #change(state: SearchState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }

  #later(): void {
    if (this.#timer !== null || this.#state.text === '' || this.#state.isBusy) return;
    if (this.#output.nextSeq <= this.#from.seq) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#search(this.#round);
    }, againAfter);
  }

  async #search(round: number): Promise<void> {
    const { text, matchCase } = this.#state;
    this.#change({ ...this.#state, isBusy: true, failed: false });
    try {
      let from: Position | null = this.#from;
      while (from && round === this.#round) {
        const found: { matches: Position[]; next: Position | null; end: Position } = await this.#bridge.call(
          'executions.find',
          { executionId: this.#executionId, text, matchCase, from },
        );
        if (round !== this.#round) return;
        const start: Position = from;
        // The line that the last search ended with is searched again: it may have grown.
        this.#matches = this.#matches.filter((match) => isBefore(match, start));
        for (const match of found.matches) this.#matches.push(match);
        this.#from = found.end;
        from = this.#matches.length >= mostMatches ? null : found.next;
        const capped = this.#matches.length >= mostMatches && found.next !== null;
        this.#change({ ...this.#state, count: this.#matches.length, isBusy: from !== null, capped });
      }
    } catch {
      if (round === this.#round) this.#change({ ...this.#state, isBusy: false, failed: true });
    }
  }

  async #place(index: number): Promise<FoundPlace | null> {
    const at = this.#matches[index];
    if (!at) return null;
    const part = this.#output.parts.findLast(({ seq }) => seq <= at.seq);
    if (!part) return null;
    if (part.kind !== 'text') return { part, row: null };
    const { buffer } = part;
    const piece = buffer.pieceAt(at);
    if (!buffer.piece(piece)?.bytes) await this.#output.fill(buffer, piece);
    return { part, row: this.#rowOf(buffer, index, at) };
  }

  /** The row of a match: main says where its line begins, and the lines that match are counted from the piece's beginning. */
  #rowOf(buffer: LineBuffer, index: number, at: Position): number {
    const number = buffer.pieceAt(at);
    const from = buffer.piece(number)?.from ?? at;
    let first = index;
    while (first > 0 && !isBefore(this.#matches[first - 1] ?? from, from)) first -= 1;
    let wanted = -1;
    let last: Position | null = null;
    let inLine = 0;
    for (let i = first; i <= index; i += 1) {
      const match = this.#matches[i] ?? at;
      const isSame = last !== null && last.seq === match.seq && last.offset === match.offset;
      inLine = isSame ? inLine + 1 : 0;
      if (!isSame) wanted += 1;
      last = match;
    }
    return this.#lineRow(buffer, number, wanted, inLine);
  }

  /** The row of the `wanted`th line of a piece that matches, or of the part of it that holds the match `inLine`. */
  #lineRow(buffer: LineBuffer, number: number, wanted: number, matchInLine: number): number {
    let inLine = matchInLine;
    const { text, matchCase } = this.#state;
    const needle = matchCase ? text : text.toLowerCase();
    const count = buffer.piece(number)?.count ?? 0;
    let seen = -1;
    let row = buffer.firstRow(number);
    for (let i = 0; i < count; i += 1) {
      const line = buffer.lineAt(number, i);
      if (!line) break;
      const shown = plainText(decoder.decode(line.bytes));
      const found = (matchCase ? shown : shown.toLowerCase()).split(needle).length - 1;
      if (found === 0) continue;
      if (line.continued && seen === wanted && inLine >= 0 && inLine < found) {
        this.#output.setUnfolded(true);
        return this.#activate(buffer, number, i);
      }
      if (!line.continued || seen === -1) seen += 1;
      if (seen > wanted) break;
      row = buffer.rowOfLine(number, i);
      if (seen === wanted) {
        if (inLine < found) return this.#activate(buffer, number, i);
        inLine -= found;
      }
    }
    return row;
  }

  #activate(buffer: LineBuffer, piece: number, line: number): number {
    const from = buffer.piece(piece)?.from ?? { seq: 0, offset: 0 };
    this.#change({ ...this.#state, active: { buffer, from, line } });
    return buffer.rowOfLine(piece, line);
  }
}

/** The row of the current match in `buffer`; null where it is not in it. */
export function activeRow(active: ActiveMatch | null, buffer: LineBuffer): number | null {
  if (active?.buffer !== buffer) return null;
  const piece = buffer.pieceAt(active.from);
  return buffer.piece(piece)?.bytes ? buffer.rowOfLine(piece, active.line) : null;
}
