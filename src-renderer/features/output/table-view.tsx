/** A real table: sorted by a click on a column's head, filtered, in pages, copied as it is shown. */
import { ArrowDown, ArrowUp, ChevronLeft, ChevronRight } from 'lucide-react';
import { useMemo, useState } from 'react';
import { outputMessages as words } from '../../messages/output.ts';
import { IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import type { TableData } from './table-data.ts';
import { arrangeRows, nextSorting, numberOf, type Sorting, tableText } from './table-sort.ts';
import tableStyles from './table-view.module.css';
import { CopyValue, type FormChoice, ValueFigure } from './value-figure.tsx';

const pageRows = 50;
/** Tables up to this many rows are looked over at a glance: no filter, no pages. */
const smallTable = 10;

/** Draws `table`. */
export function TableView({ table, choice = null }: { table: TableData; choice?: FormChoice | null }) {
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const [filter, setFilter] = useState('');
  const [page, setPage] = useState(0);
  const rows = useMemo(() => arrangeRows(table.rows, filter, sorting), [table, filter, sorting]);
  const width = Math.max(table.columns.length, table.rows[0]?.length ?? 0);
  const numeric = useMemo(() => numericColumns(table, width), [table, width]);
  const pages = Math.max(1, Math.ceil(rows.length / pageRows));
  const current = Math.min(page, pages - 1);
  const shown = rows.slice(current * pageRows, (current + 1) * pageRows);
  const isSmall = table.rows.length <= smallTable;
  const columnCount = Math.max(0, width - table.labels);
  return (
    <ValueFigure
      choice={choice}
      caption={captionOf(table, rows.length, shown.length, current, columnCount, filter)}
      actions={
        <>
          {pages > 1 && (
            <>
              <IconButton
                label={words.previousPage}
                icon={<ChevronLeft size={14} aria-hidden />}
                isDisabled={current === 0}
                onPress={() => setPage(current - 1)}
              />
              <IconButton
                label={words.nextPage}
                icon={<ChevronRight size={14} aria-hidden />}
                isDisabled={current === pages - 1}
                onPress={() => setPage(current + 1)}
              />
            </>
          )}
          <CopyValue label={words.copyCsv} text={() => tableText(table, rows, ',')} />
          <CopyValue label={words.copyTsv} text={() => tableText(table, rows, '\t')} />
        </>
      }
    >
      {!isSmall && (
        <input
          className={tableStyles.filter}
          type="search"
          aria-label={words.tableFilter}
          placeholder={words.tableFilter}
          value={filter}
          onChange={(event) => {
            setFilter(event.target.value);
            setPage(0);
          }}
        />
      )}
      <ScrollArea className={tableStyles.scroll} label={words.table(table.totalRows, columnCount)}>
        <table className={tableStyles.table}>
          {table.columns.length > 0 && (
            <thead>
              <tr>
                {table.columns.map((name, index) => (
                  <Head
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other identity
                    key={index}
                    name={name}
                    number={index + 1}
                    isNumeric={numeric[index] ?? false}
                    sorting={sorting?.column === index ? sorting : null}
                    onSort={() => setSorting(nextSorting(sorting, index))}
                  />
                ))}
              </tr>
            </thead>
          )}
          <tbody>
            {shown.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity
              <tr key={index}>
                {row.map((cell, column) =>
                  column < table.labels ? (
                    // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other identity
                    <th key={column} scope="row">
                      {cell}
                    </th>
                  ) : (
                    <td
                      // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other identity
                      key={column}
                      className={cx(numeric[column] && tableStyles.numeric)}
                      title={cell.length > 60 ? cell : undefined}
                    >
                      {cell}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </ValueFigure>
  );
}

function Head({
  name,
  number,
  isNumeric,
  sorting,
  onSort,
}: {
  name: string;
  number: number;
  isNumeric: boolean;
  sorting: Sorting | null;
  onSort: () => void;
}) {
  const Arrow = sorting?.descending ? ArrowDown : ArrowUp;
  const direction = sorting ? (sorting.descending ? 'descending' : 'ascending') : 'none';
  return (
    <th scope="col" aria-sort={direction} className={cx(isNumeric && tableStyles.numeric)}>
      <button
        type="button"
        className={tableStyles.sort}
        aria-label={name === '' ? words.sortBy(words.unnamedColumn(number)) : undefined}
        title={words.sortBy(name || words.unnamedColumn(number))}
        onClick={onSort}
      >
        <span className={tableStyles.name}>{name}</span>
        <Arrow size={12} aria-hidden className={cx(!sorting && tableStyles.unsorted)} />
      </button>
    </th>
  );
}

function captionOf(
  table: TableData,
  found: number,
  shown: number,
  page: number,
  columns: number,
  filter: string,
): string {
  const parts: string[] = [];
  if (filter.trim() !== '') parts.push(words.tableMatches(found));
  else parts.push(table.caption ?? words.tableSize(table.totalRows, columns));
  if (found > shown) parts.push(words.tableRange(page * pageRows + 1, page * pageRows + shown, found));
  if (table.rows.length < table.totalRows) parts.push(words.tableCut(table.rows.length, table.totalRows));
  return parts.join(' · ');
}

/** Which columns hold only numbers, judged by the first rows. */
function numericColumns(table: TableData, width: number): boolean[] {
  const sample = table.rows.slice(0, 20);
  return Array.from({ length: width }, (_, column) =>
    sample.every((row) => {
      const cell = row[column] ?? '';
      return cell === '' || /^nan$/i.test(cell) || numberOf(cell) !== null;
    }),
  );
}
