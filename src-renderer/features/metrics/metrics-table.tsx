/** The same readings as a table: means over pieces of the time that is shown, the newest first. */
import { formatTimeSeconds } from '../../messages/format.ts';
import { metricsMessages as words } from '../../messages/metrics.ts';
import styles from './metrics.module.css';
import {
  type ColumnName,
  type Columns,
  columnsOf,
  type Range,
  type Topic,
  tableRows,
} from './metrics-model.ts';
import { formatValue } from './topic-chart.tsx';

/** Columns of the topics that the driver knows. */
export function MetricsTable({
  columns,
  range,
  topics,
}: {
  columns: Columns;
  range: Range;
  topics: readonly Topic[];
}) {
  const shown = topics.flatMap((topic) => columnsOf[topic].map((name) => ({ topic, name })));
  return (
    <table className={styles.table} aria-label={words.tableLabel(range)}>
      <thead>
        <tr>
          <th scope="col">{words.time}</th>
          {shown.map(({ name }) => (
            <th key={name} scope="col">
              {words.columns[name]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {tableRows(columns, range).map((row) => (
          <tr key={row.at}>
            <th scope="row">{formatTimeSeconds(row.at)}</th>
            {shown.map(({ topic, name }) => (
              <td key={name}>{cell(topic, row[name satisfies ColumnName])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function cell(topic: Topic, value: number | null): string {
  return value === null ? words.unknown : formatValue(topic, value);
}
