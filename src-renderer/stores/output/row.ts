/** Visual rows of a line buffer, cut out of their lines, with tabs expanded, links and matches found: what the view draws. */
import { type Span, spansOf } from './ansi.ts';
import { cellsOf, foldLine, tabWidth } from './cells.ts';
import type { Line, LineBuffer, TextStream } from './line-buffer.ts';
import { linksIn, type Mark, markSpans, matchesIn } from './marks.ts';

/** A row to draw. `text`: characters; `more`: offers the rest of a long line; `away`: its bytes are in main only. */
export interface Row {
  kind: 'text' | 'more' | 'away';
  spans: Span[];
  stream: TextStream;
  /** When its line came; null where the row goes on with a line. */
  at: number | null;
}

/** What rows are made for. */
export interface RowOptions {
  columns: number;
  /** Text to mark, as the person typed it; empty: nothing. */
  find?: string;
  matchCase?: boolean;
}

const decoder = new TextDecoder();
const away: Row = { kind: 'away', spans: [], stream: 'stdout', at: null };

/** Rows `from` (included) to `to` (excluded). */
export function rowsOf(buffer: LineBuffer, options: RowOptions, from: number, to: number): Row[] {
  const rows: Row[] = [];
  const start = buffer.locate(from);
  if (!start) return rows;
  let { line: index, row } = start;
  const wanted = to - from;
  for (let number = start.piece; rows.length < wanted && number < buffer.pieceCount; number += 1) {
    const piece = buffer.piece(number);
    if (!piece?.bytes) {
      const skipped = number === start.piece ? row : 0;
      for (let i = skipped; i < (piece?.rows ?? 0) && rows.length < wanted; i += 1) rows.push(away);
      index = 0;
      row = 0;
      continue;
    }
    for (; index < piece.count && rows.length < wanted; index += 1) {
      const line = buffer.lineAt(number, index);
      if (!line) break;
      const made = rowsOfLine(buffer, line, number, index, options);
      for (; row < made.length && rows.length < wanted; row += 1) rows.push(made[row] ?? away);
      row = 0;
    }
    index = 0;
  }
  return rows;
}

function rowsOfLine(
  buffer: LineBuffer,
  line: Line,
  number: number,
  index: number,
  { columns, find = '', matchCase = false }: RowOptions,
): Row[] {
  const { bytes, stream, style } = line;
  if (line.continued && !buffer.unfolded) {
    const first = !(index > 0 && buffer.lineAt(number, index - 1)?.continued);
    const below: Row = { kind: 'text', spans: [], stream, at: null };
    return first ? [{ ...below, kind: 'more' }, below] : [];
  }
  const breaks = [0];
  foldLine(bytes, columns, (offset) => breaks.push(offset));
  const rows = breaks.map((begin, at): Row => {
    const text = decoder.decode(bytes.subarray(begin, breaks[at + 1] ?? bytes.length));
    const before = begin === 0 ? style : style + colours(decoder.decode(bytes.subarray(0, begin)));
    const spans = spansOf(expandTabs(text), before);
    return { kind: 'text', spans, stream, at: at === 0 && !line.continued ? line.at : null };
  });
  // Links and matches may go on in the next row: they are found in the whole line.
  const texts = rows.map(({ spans }) => spans.map(({ text }) => text).join(''));
  const whole = texts.join('');
  const marks: Mark[] = [...linksIn(whole), ...matchesIn(whole, find, matchCase)];
  if (marks.length > 0) {
    let at = 0;
    for (const [i, row] of rows.entries()) {
      row.spans = markSpans(row.spans, at, marks);
      at += texts[i]?.length ?? 0;
    }
  }
  return rows;
}

/** Only the colour sequences of a text, in order. */
function colours(text: string): string {
  return text.includes('\u001b') ? (text.match(/\u001b\[[0-9;]*m/g) ?? []).join('') : '';
}

function expandTabs(text: string): string {
  if (!text.includes('\t')) return text;
  let column = 0;
  let result = '';
  for (const character of text) {
    const cells =
      character === '\t' ? tabWidth - (column % tabWidth) : cellsOf(character.codePointAt(0) ?? 0);
    result += character === '\t' ? ' '.repeat(cells) : character;
    column += cells;
  }
  return result;
}
