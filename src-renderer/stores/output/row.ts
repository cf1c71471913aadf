/** One visual row of a line buffer, cut out of its line, with tabs expanded: what the output view draws. */
import { type Span, spansOf } from './ansi.ts';
import { cellsOf, foldLine, tabWidth } from './cells.ts';
import type { LineBuffer, TextStream } from './line-buffer.ts';

/** A row to draw. */
export interface Row {
  spans: Span[];
  stream: TextStream;
}

const decoder = new TextDecoder();

/** Rows `from` (included) to `to` (excluded) of a buffer folded at `columns`. */
export function rowsOf(buffer: LineBuffer, columns: number, from: number, to: number): Row[] {
  const rows: Row[] = [];
  const start = buffer.locate(from);
  if (!start) return rows;
  let index = start.line;
  let row = start.row;
  while (rows.length < to - from) {
    const line = buffer.line(index);
    if (!line) break;
    const breaks = [0];
    foldLine(line.bytes, columns, (offset) => breaks.push(offset));
    for (; row < breaks.length && rows.length < to - from; row += 1) {
      const begin = breaks[row] ?? 0;
      const text = decoder.decode(line.bytes.subarray(begin, breaks[row + 1] ?? line.bytes.length));
      const style =
        begin === 0 ? line.style : line.style + colours(decoder.decode(line.bytes.subarray(0, begin)));
      rows.push({ spans: spansOf(expandTabs(text), style), stream: line.stream });
    }
    index += 1;
    row = 0;
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
