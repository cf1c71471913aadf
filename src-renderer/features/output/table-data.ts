/** Tables out of what sandboxes send: plain cells of text, never markup. */
import type { Json } from '../../../src-shared/domain/json.ts';
import { plainText } from '../../stores/output/ansi.ts';
import { quietHtml } from './quiet-html.ts';

/** A table as text. */
export interface TableData {
  columns: string[];
  rows: string[][];
  /** How many leading cells of each row are row labels. */
  labels: number;
  /** Rows there really are, where only some were sent. */
  totalRows: number;
  caption: string | null;
}

const mostRows = 5000;
const mostColumns = 200;

/** Columns by name, as drivers send data frames: `{name: [cells]}`; null where it is not that. */
export function tableFromJson(value: Json | undefined): TableData | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const names = Object.keys(value).slice(0, mostColumns);
  const columns = names.map((name) => value[name]);
  if (names.length === 0 || !columns.every((column) => Array.isArray(column))) return null;
  const totalRows = Math.max(...columns.map((column) => column.length));
  const rows = Array.from({ length: Math.min(totalRows, mostRows) }, (_, row) =>
    columns.map((column) => cellText(column[row] ?? null)),
  );
  return { columns: names.map(plainText), rows, labels: 0, totalRows, caption: null };
}

/** A simple HTML table (as pandas writes it); null where the HTML is more than one. */
export function tableFromHtml(html: string): TableData | null {
  // Styled tables (pandas' Styler) lose their point as plain cells.
  if (!/<table/i.test(html) || /#T_|background-color|<img|<svg|<iframe|<form/i.test(html)) return null;
  const inert = new DOMParser().parseFromString(quietHtml(html).markup, 'text/html');
  const tables = inert.querySelectorAll('table');
  const table = tables[0];
  if (tables.length !== 1 || !table || table.querySelector('[rowspan]:not([rowspan="1"])')) return null;
  const outside = inert.body.textContent.replace(table.textContent, '').trim();
  if (outside.length > 200) return null;
  const head = table.tHead?.rows[0] ?? headless(table);
  if (table.tHead && table.tHead.rows.length > 2) return null;
  const columns = head ? cells(head) : [];
  // pandas puts the index's name into a second heading row.
  const second = table.tHead?.rows[1];
  if (second) {
    for (const [index, text] of cells(second).entries()) if (text) columns[index] ||= text;
  }
  const bodyRows = [...table.rows].filter((row) => row.parentElement !== table.tHead && row !== head);
  const rows = bodyRows.slice(0, mostRows).map(cells);
  const first = bodyRows[0];
  const labels = first ? [...first.cells].findIndex((cell) => cell.tagName !== 'TH') : 0;
  return {
    columns,
    rows,
    labels: Math.max(0, labels),
    totalRows: bodyRows.length,
    caption: outside === '' ? null : plainText(outside),
  };
}

/** The heading row of a table without a head of its own: a first row of nothing but headings, with others below it. */
function headless(table: HTMLTableElement): HTMLTableRowElement | undefined {
  const [first, second] = table.rows;
  if (table.tHead || !first || !second || first.cells.length < 1) return undefined;
  const isHeading = [...first.cells].every((cell) => cell.tagName === 'TH');
  return isHeading && second.querySelector('td') ? first : undefined;
}

function cells(row: HTMLTableRowElement): string[] {
  return [...row.cells].slice(0, mostColumns).flatMap((cell) => {
    const text = plainText(cell.textContent.trim());
    return cell.colSpan > 1
      ? [text, ...Array<string>(Math.min(cell.colSpan, mostColumns) - 1).fill('')]
      : [text];
  });
}

function cellText(value: Json): string {
  if (value === null) return '';
  return plainText(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
