/** Live resources of a session, read only while the window is visible. */
import { useEffect, useState } from 'react';
import type { MetricsSample } from '../../../src-shared/domain/metrics.ts';
import { useApp } from '../../app/app-context.tsx';
import { iterate } from '../../bridge/iterate.ts';
import { formatBytes, formatClockDuration, formatPercent } from '../../messages/format.ts';
import { shellMessages as words } from '../../messages/shell.ts';
import { useNow } from '../../ui/use-now.ts';
import styles from './metrics-strip.module.css';

/** Readings of the active session `sessionId`. */
export function MetricsStrip({ sessionId }: { sessionId: string }) {
  const sample = useLatestSample(sessionId);
  if (!sample) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <span className={styles.strip} role="group" aria-label={words.metrics}>
      <Reading label={words.elapsed}>
        <Uptime sample={sample} />
      </Reading>
      {sample.cpuPercent !== null && (
        <Reading label={words.cpu}>
          {words.percentOfCores(formatPercent(sample.cpuPercent), sample.cpuCount ?? 1)}
        </Reading>
      )}
      {sample.memoryUsed !== null && (
        <Reading label={words.memory}>
          {sample.memoryTotal === null
            ? formatBytes(sample.memoryUsed)
            : words.usedOf(formatBytes(sample.memoryUsed), formatBytes(sample.memoryTotal))}
        </Reading>
      )}
    </span>
  );
}

function Reading({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <span className={styles.reading}>
      <span className={styles.label}>{label}</span> {children}
    </span>
  );
}

/** Ticks between readings. */
function Uptime({ sample }: { sample: MetricsSample }) {
  const now = useNow(1000);
  return formatClockDuration(sample.elapsedMs + Math.max(0, now - sample.at));
}

function useLatestSample(sessionId: string): MetricsSample | null {
  const { bridge } = useApp();
  const visible = useVisible();
  const [sample, setSample] = useState<MetricsSample | null>(null);
  useEffect(() => {
    if (!visible) return;
    const abort = new AbortController();
    const read = async () => {
      for await (const samples of iterate(bridge, 'metrics', { sessionId }, abort.signal)) {
        const last = samples.at(-1);
        if (last) setSample(last);
      }
    };
    // A reading that cannot be had is not worth a word: the strip is then simply not there.
    read().catch(() => {});
    return () => abort.abort();
  }, [bridge, sessionId, visible]);
  useEffect(() => {
    if (sessionId) setSample(null);
  }, [sessionId]);
  return sample;
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(() => document.visibilityState === 'visible');
  useEffect(() => {
    const onChange = () => setVisible(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', onChange);
    return () => document.removeEventListener('visibilitychange', onChange);
  }, []);
  return visible;
}
