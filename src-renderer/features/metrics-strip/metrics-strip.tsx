/** The latest readings of a session in a line: numbers keep their places while they change. */
import type { MetricsSample } from '../../../src-shared/domain/metrics.ts';
import { formatBytes, formatClockDuration, formatPercent } from '../../messages/format.ts';
import { metricsMessages } from '../../messages/metrics.ts';
import { shellMessages as words } from '../../messages/shell.ts';
import { cx } from '../../ui/cx.ts';
import { useNow } from '../../ui/use-now.ts';
import { useMetrics } from '../metrics/use-metrics.ts';
import styles from './metrics-strip.module.css';

/** Readings of the active session `sessionId`. */
export function MetricsStrip({ sessionId }: { sessionId: string }) {
  const sample = useMetrics(sessionId, ({ samples }) => samples.at(-1));
  if (!sample) return null;
  const { cpuPercent, cpuCount, memoryUsed, memoryTotal } = sample;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <span className={styles.strip} role="group" aria-label={words.metrics}>
      <span className={cx(styles.reading, styles.up)}>
        <span className={styles.label}>{words.elapsed}</span>{' '}
        <span className={styles.time}>
          <Uptime sample={sample} />
        </span>
      </span>
      {cpuPercent !== null && (
        <span
          className={styles.reading}
          title={metricsMessages.ofCores(formatPercent(cpuPercent), cpuCount ?? 1)}
        >
          <span className={styles.label}>{words.cpu}</span>{' '}
          <span className={styles.percent}>{formatPercent(cpuPercent)}</span>
        </span>
      )}
      {memoryUsed !== null && (
        <span className={styles.reading}>
          <span className={styles.label}>{words.memory}</span>{' '}
          <span className={styles.bytes}>{formatBytes(memoryUsed)}</span>
          {memoryTotal !== null && (
            <span className={styles.total}> {words.ofTotal(formatBytes(memoryTotal))}</span>
          )}
        </span>
      )}
    </span>
  );
}

/** Ticks between readings. */
function Uptime({ sample }: { sample: MetricsSample }) {
  const now = useNow(1000);
  return formatClockDuration(sample.elapsedMs + Math.max(0, now - sample.at));
}
