/** A chart with its caption: what it shows, in words that need no eyes. */
import { useMemo } from 'react';
import type { MetricsSample } from '../../../src-shared/domain/metrics.ts';
import { formatBytes, formatCount, formatPercent } from '../../messages/format.ts';
import { metricsMessages as words } from '../../messages/metrics.ts';
import { Chart, type Line } from './chart.tsx';
import styles from './metrics.module.css';
import { axisEnd, type ColumnName, type Columns, columnsOf, summarize, type Topic } from './metrics-model.ts';

const looks: Record<ColumnName, Pick<Line, 'colour' | 'dash'>> = {
  cpu: { colour: '--accent' },
  memory: { colour: '--ok' },
  disk: { colour: '--warn' },
  received: { colour: '--accent' },
  sent: { colour: '--ansi-magenta', dash: [5, 4] },
  processes: { colour: '--muted' },
};

/** A value of a topic in words. */
export function formatValue(topic: Topic, value: number): string {
  switch (topic) {
    case 'cpu':
      return formatPercent(value);
    case 'network':
      return words.perSecond(formatBytes(value));
    case 'processes':
      return formatCount(Math.round(value));
    default:
      return formatBytes(value);
  }
}

/** `from` and `until` bound the time that is shown. */
export function TopicChart({
  topic,
  columns,
  latest,
  from,
  until,
  group,
}: {
  topic: Topic;
  columns: Columns;
  latest: MetricsSample;
  from: number;
  until: number;
  group: string;
}) {
  const lines = useMemo(
    () =>
      columnsOf[topic].map(
        (name): Line => ({
          values: columns[name],
          label: words.columns[name],
          ...looks[name],
        }),
      ),
    [columns, topic],
  );
  return (
    <figure className={styles.chart}>
      <figcaption>
        <h3>{words.topics[topic]}</h3>
        <p className={styles.summary}>{summaryOf(topic, columns, latest)}</p>
        {lines.length > 1 && (
          <p className={styles.legend} aria-hidden="true">
            {lines.map(({ label, colour, dash }) => (
              <span key={label}>
                <svg width="18" height="8" viewBox="0 0 18 8" aria-hidden="true">
                  <path
                    d="M0 4h18"
                    stroke={`var(${colour})`}
                    strokeWidth="2"
                    strokeDasharray={dash?.join(' ')}
                  />
                </svg>
                {label}
              </span>
            ))}
          </p>
        )}
      </figcaption>
      <Chart
        at={columns.at}
        lines={lines}
        from={from}
        until={until}
        end={axisEnd(topic, columns, latest)}
        steps={topic === 'cpu' ? 'percent' : topic === 'processes' ? 'whole' : 'bytes'}
        format={(value) => formatValue(topic, value)}
        group={group}
      />
    </figure>
  );
}

function summaryOf(topic: Topic, columns: Columns, latest: MetricsSample): string {
  const format = (value: number) => formatValue(topic, value);
  if (topic === 'network') {
    const [received, sent] = [summarize(columns.received), summarize(columns.sent)];
    if (!received && !sent) return words.nothing;
    return words.networkSummary(format(received?.latest ?? 0), format(sent?.latest ?? 0));
  }
  const [name] = columnsOf[topic];
  const summary = name === undefined ? null : summarize(columns[name]);
  if (!summary) return words.nothing;
  const { mean, greatest } = summary;
  const total = totalOf(topic, latest);
  if (total === null) return words.summary(format(summary.latest), format(mean), format(greatest));
  return words.summaryOf(total, format(summary.latest), format(mean), format(greatest));
}

function totalOf(topic: Topic, { cpuCount, memoryTotal, diskTotal }: MetricsSample): string | null {
  if (topic === 'cpu') return cpuCount === null || cpuCount <= 1 ? null : words.cores(cpuCount);
  if (topic === 'memory') return memoryTotal === null ? null : formatBytes(memoryTotal);
  if (topic === 'disk') return diskTotal === null ? null : formatBytes(diskTotal);
  return null;
}
