/** Sorting, filtering and copying of tables. Pure. */
import type { TableData } from './table-data.ts';

/** Which column, and which way. */
export interface Sorting {
  column: number;
  descending: boolean;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const numeric = /^[-+]?(\d[\d,\s]*)?(\.\d+)?(e[-+]?\d+)?%?$/i;

/** A cell as a number; null where it is none. */
export function numberOf(cell: string): number | null {
  const text = cell.trim();
  if (!/\d/.test(text) || !numeric.test(text)) return null;
  const value = Number(text.replace(/[,\s%]/g, ''));
  return Number.isFinite(value) ? value : null;
}

/** Rows that contain `filter`, in the order of `sorting`; empty cells are always last. */
export function arrangeRows(
  rows: readonly string[][],
  filter: string,
  sorting: Sorting | null,
): readonly string[][] {
  const wanted = filter.trim().toLowerCase();
  const found =
    wanted === '' ? rows : rows.filter((row) => row.some((cell) => cell.toLowerCase().includes(wanted)));
  if (!sorting) return found;
  const { column, descending } = sorting;
  const keyed = found.map((row) => {
    const cell = row[column] ?? '';
    return { row, cell, number: numberOf(cell), isEmpty: cell === '' || /^(nan|none|nat|null)$/i.test(cell) };
  });
  const direction = descending ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.isEmpty || b.isEmpty) return Number(a.isEmpty) - Number(b.isEmpty);
    if (a.number !== null && b.number !== null) return (a.number - b.number) * direction;
    if ((a.number === null) !== (b.number === null)) return a.number === null ? 1 : -1;
    return collator.compare(a.cell, b.cell) * direction;
  });
  return keyed.map(({ row }) => row);
}

/** What a click on a column's head does next: up, down, as it came. */
export function nextSorting(current: Sorting | null, column: number): Sorting | null {
  if (current?.column !== column) return { column, descending: false };
  return current.descending ? null : { column, descending: true };
}

/** The table as CSV or TSV. A cell that a spreadsheet would take for a formula gets an apostrophe in front. */
export function tableText(
  { columns }: Pick<TableData, 'columns'>,
  rows: readonly (readonly string[])[],
  separator: ',' | '\t',
): string {
  const cell = (value: string) => {
    const safe = /^[=+\-@\t\r]/.test(value) && numberOf(value) === null ? `'${value}` : value;
    if (separator === '\t') return safe.replace(/[\t\r\n]+/g, ' ');
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const all = columns.length > 0 ? [columns, ...rows] : rows;
  return `${all.map((row) => row.map(cell).join(separator)).join('\n')}\n`;
}
