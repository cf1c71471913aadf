/**
 * Search in a terminal: counts and marks all matches, selects one after the other and scrolls to it. The selection is where the
 * search stands; it moves along when old lines go. While output comes, matches are looked for again.
 */
import type { IDisposable, Terminal } from '@xterm/xterm';
import { findMatches, type Match } from './terminal-matches.ts';

/** What to look for, and how matches are marked. */
export interface SearchOptions {
  text: string;
  caseSensitive: boolean;
  colours: { match: string; activeMatch: string };
}

/** How many matches there are, and which one is selected, from 0; -1 where none is. */
export interface SearchResult {
  index: number;
  count: number;
}

/** Marks at most: those around the selected match. */
const mostMarks = 1000;
/** Output is waited for that long before it is looked through; ms. */
const pause = 200;

/** See the head of the file. */
export class TerminalSearch {
  readonly #terminal: Terminal;
  #options: SearchOptions | null = null;
  #onResult: (result: SearchResult) => void = () => {};
  #marks: IDisposable[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listening: IDisposable[];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    const later = () => {
      if (!this.#options || this.#timer !== undefined) return;
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        const matches = this.#matches();
        this.#mark(matches, this.#selected(matches));
      }, pause);
    };
    this.#listening = [terminal.onWriteParsed(later), terminal.onResize(later)];
  }

  /** Hears of every result until `stop` is called, which also takes the marks away. */
  start(onResult: (result: SearchResult) => void): { stop(): void } {
    this.#onResult = onResult;
    return {
      stop: () => {
        this.#onResult = () => {};
        this.clear();
      },
    };
  }

  /** Selects the next match, or the one before; `stay`: the selected one again, where it still is one. */
  find(options: SearchOptions, direction: 'next' | 'previous', stay = false): void {
    this.#options = options;
    const matches = this.#matches();
    const here = this.#here();
    let index: number;
    if (direction === 'next') {
      index = matches.findIndex((match) => this.#place(match) >= here + (stay ? 0 : 1));
      if (index < 0) index = 0;
    } else {
      index = matches.findLastIndex((match) => this.#place(match) <= here - (stay ? 0 : 1));
      if (index < 0) index = matches.length - 1;
    }
    const match = matches[index];
    if (match) this.#select(match);
    else this.#terminal.clearSelection();
    this.#mark(matches, match ? index : -1);
  }

  /** Ends the search; what is selected stays so. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#options = null;
    this.#unmark();
  }

  dispose(): void {
    this.clear();
    for (const listener of this.#listening) listener.dispose();
  }

  #matches(): Match[] {
    const { buffer, cols } = this.#terminal;
    const { text, caseSensitive } = this.#options ?? { text: '', caseSensitive: false };
    return text === '' ? [] : findMatches(buffer.active, cols, text, caseSensitive);
  }

  #place({ row, column }: Pick<Match, 'row' | 'column'>): number {
    return row * this.#terminal.cols + column;
  }

  /** Where the search stands: at the selection, or below everything. */
  #here(): number {
    const selected = this.#terminal.getSelectionPosition();
    return selected
      ? this.#place({ row: selected.start.y, column: selected.start.x })
      : Number.MAX_SAFE_INTEGER;
  }

  #selected(matches: readonly Match[]): number {
    const here = this.#here();
    return matches.findIndex((match) => this.#place(match) === here);
  }

  #select({ row, column, cells }: Match): void {
    const { buffer, rows } = this.#terminal;
    this.#terminal.select(column, row, cells);
    const { viewportY } = buffer.active;
    if (row < viewportY || row >= viewportY + rows)
      this.#terminal.scrollToLine(Math.max(0, row - Math.floor(rows / 2)));
  }

  #mark(matches: readonly Match[], index: number): void {
    this.#unmark();
    const first = Math.max(0, Math.min(index - mostMarks / 2, matches.length - mostMarks));
    matches.slice(first, first + mostMarks).forEach((match, offset) => {
      this.#markOne(match, first + offset === index);
    });
    this.#onResult({ index, count: matches.length });
  }

  #markOne({ row, column, cells }: Match, isActive: boolean): void {
    const { buffer, cols } = this.#terminal;
    if (!this.#options) return;
    const { match, activeMatch } = this.#options.colours;
    const cursorRow = buffer.active.baseY + buffer.active.cursorY;
    for (let from = column, at = row, left = cells; left > 0; from = 0, at += 1) {
      const width = Math.min(left, cols - from);
      left -= width;
      const marker = this.#terminal.registerMarker(at - cursorRow);
      if (!marker) return;
      const mark = this.#terminal.registerDecoration({
        marker,
        x: from,
        width,
        backgroundColor: isActive ? activeMatch : match,
        layer: isActive ? 'top' : 'bottom',
      });
      if (mark) this.#marks.push(mark);
      this.#marks.push(marker);
    }
  }

  #unmark(): void {
    for (const mark of this.#marks) mark.dispose();
    this.#marks = [];
  }
}
