/** Where a text is in what a terminal shows and keeps above: lines that were wrapped count as one. Pure. */

/** A place of the text: its first cell, and how many cells it has; it may go on in the rows below. */
export interface Match {
  row: number;
  column: number;
  cells: number;
}

/** What is read of xterm's buffer. */
export interface ReadBuffer {
  readonly length: number;
  getLine(row: number): ReadLine | undefined;
}
interface ReadLine {
  readonly isWrapped: boolean;
  readonly length: number;
  translateToString(trimRight?: boolean, from?: number, to?: number): string;
  getCell(column: number): { getChars(): string; getWidth(): number } | undefined;
}

/** All places of `text` in `buffer`, from the top. Every row has `cols` cells. */
export function findMatches(buffer: ReadBuffer, cols: number, text: string, caseSensitive: boolean): Match[] {
  const pattern = new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), caseSensitive ? 'gu' : 'giu');
  const found: Match[] = [];
  for (let row = 0; row < buffer.length; ) {
    const first = row;
    const rows: ReadLine[] = [];
    do {
      const line = buffer.getLine(row);
      if (line) rows.push(line);
      row += 1;
    } while (row < buffer.length && buffer.getLine(row)?.isWrapped);
    const line = rows.map((part) => part.translateToString(true)).join('');
    let places: number[] | null = null;
    for (const { index, 0: hit } of line.matchAll(pattern)) {
      places ??= placesOf(rows, cols);
      const from = places[index] ?? 0;
      const to = places[index + hit.length] ?? from + hit.length;
      found.push({ row: first + Math.floor(from / cols), column: from % cols, cells: to - from });
    }
  }
  return found;
}

/** For each character of the joined rows, and for their end, the cell that it is in. */
function placesOf(rows: readonly ReadLine[], cols: number): number[] {
  const places: number[] = [];
  let end = 0;
  rows.forEach((line, index) => {
    const { length } = line.translateToString(true);
    const start = places.length;
    for (let column = 0; column < line.length && places.length - start < length; ) {
      const cell = line.getCell(column);
      const characters = cell?.getChars() || ' ';
      for (let count = 0; count < characters.length; count += 1) places.push(index * cols + column);
      column += Math.max(1, cell?.getWidth() ?? 1);
      end = index * cols + column;
    }
  });
  places.push(end);
  return places;
}
