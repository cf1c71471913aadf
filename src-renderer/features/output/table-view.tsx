/** A real table: headings for columns and rows, numbers to the right, more rows on demand. */
import { useState } from 'react';
import { formatCount } from '../../messages/format.ts';
import { runMessages as words } from '../../messages/run.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import styles from './output.module.css';
import type { TableData } from './table-data.ts';

const firstRows = 50;
const moreRows = 500;

/** Draws `table`. */
export function TableView({ table }: { table: TableData }) {
  const [shown, setShown] = useState(firstRows);
  const width = Math.max(table.columns.length, table.rows[0]?.length ?? 0);
  const total = formatCount(table.totalRows);
  const columns = formatCount(Math.max(0, width - table.labels));
  const numeric = numericColumns(table, width);
  return (
    <figure className={styles.tableBox}>
      <ScrollArea className={styles.tableScroll} label={words.table(total, columns)}>
        <table className={styles.table}>
          {table.columns.length > 0 && (
            <thead>
              <tr>
                {table.columns.map((name, index) =>
                  name === '' ? (
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other identity
                    <td key={index} />
                  ) : (
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other identity
                    <th key={index} scope="col" className={cx(numeric[index] && styles.number)}>
                      {name}
                    </th>
                  ),
                )}
              </tr>
            </thead>
          )}
          <tbody>
            {table.rows.slice(0, shown).map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity
              <tr key={index}>
                {row.map((cell, column) =>
                  column < table.labels ? (
                    // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other identity
                    <th key={column} scope="row">
                      {cell}
                    </th>
                  ) : (
                    // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other identity
                    <td key={column} className={cx(numeric[column] && styles.number)}>
                      {cell}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      <figcaption className={styles.caption}>
        {table.caption ??
          (shown < table.totalRows
            ? words.tableMore(formatCount(Math.min(shown, table.rows.length)), total)
            : words.tableSize(total, columns))}
        {shown < table.rows.length && (
          <Button look="quiet" onPress={() => setShown((n) => n + moreRows)}>
            {words.tableAll}
          </Button>
        )}
      </figcaption>
    </figure>
  );
}

/** Which columns hold only numbers, judged by the first rows. */
function numericColumns(table: TableData, width: number): boolean[] {
  const sample = table.rows.slice(0, 20);
  return Array.from({ length: width }, (_, column) =>
    sample.every((row) => /^$|^[-+]?[\d.,\s]*\d(e[-+]?\d+)?%?$|^nan$/i.test(row[column] ?? '')),
  );
}
