/** The Metrics tab: charts or a table of a session's readings, and how long it still has. */
import { Pause, Play } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { MetricsSample } from '../../../src-shared/domain/metrics.ts';
import { isEnded } from '../../../src-shared/domain/session.ts';
import { useStatus } from '../../app/app-context.tsx';
import { formatTimeSeconds } from '../../messages/format.ts';
import { metricsMessages as words } from '../../messages/metrics.ts';
import { Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/field.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { useNow } from '../../ui/use-now.ts';
import styles from './metrics.module.css';
import { knows, lastMinutes, type Range, ranges, toColumns, topics } from './metrics-model.ts';
import { MetricsTable } from './metrics-table.tsx';
import { TimeLeft } from './time-left.tsx';
import { TopicChart } from './topic-chart.tsx';
import { useMetrics } from './use-metrics.ts';

/** `sessionId` is the shown session, if one is. Give it a `key` with the id. */
export function Metrics({ sessionId }: { sessionId: string | null }) {
  const [isActive, ended, driver] = useStatus(({ status, drivers }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    const manifest = drivers.find(({ type }) => type === session?.driverType);
    return [session?.status === 'active', session ? isEnded(session) : false, manifest?.label ?? ''] as const;
  });
  if (sessionId === null) return <p className={styles.empty}>{words.noSession}</p>;
  if (!isActive && !ended) return <p className={styles.empty}>{words.connecting}</p>;
  return <Readings sessionId={sessionId} driver={driver} ended={ended} />;
}

function Readings({ sessionId, driver, ended }: { sessionId: string; driver: string; ended: boolean }) {
  const live = useMetrics(sessionId, ({ samples }) => samples);
  const [range, setRange] = useState<Range>(5);
  const [view, setView] = useState<'charts' | 'table'>('charts');
  const [paused, setPaused] = useState<{ samples: readonly MetricsSample[]; at: number } | null>(null);
  const samples = paused?.samples ?? live;
  const latest = samples.at(-1);
  const ticking = useNow(1000, paused === null && !ended && view === 'charts');
  const until = paused?.at ?? (ended ? (latest?.at ?? 0) : Math.max(ticking, latest?.at ?? 0));
  const columns = useMemo(() => toColumns(samples), [samples]);
  const shown = useMemo(() => lastMinutes(columns, range, latest?.at ?? 0), [columns, range, latest]);
  if (!latest) return <p className={styles.empty}>{ended ? words.endedEmpty : words.waiting}</p>;
  const known = topics.filter((topic) => knows(columns, topic));
  const unknown = topics.filter((topic) => !known.includes(topic));
  return (
    <div className={styles.metrics}>
      <div className={styles.bar}>
        <Segments
          label={words.range}
          hideLabel
          value={String(range)}
          options={ranges.map((minutes) => ({ value: String(minutes), label: words.minutes(minutes) }))}
          onChange={(value) => setRange(Number(value) as Range)}
        />
        <Segments
          label={words.view}
          hideLabel
          value={view}
          options={(['charts', 'table'] as const).map((value) => ({ value, label: words.views[value] }))}
          onChange={setView}
        />
        {!ended && (
          <Button
            icon={paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
            onPress={() => setPaused(paused ? null : { samples: live, at: Date.now() })}
          >
            {paused ? words.goOn : words.pause}
          </Button>
        )}
        {paused && <span className={styles.muted}>{words.pausedAt(formatTimeSeconds(paused.at))}</span>}
        <span className={styles.grow} />
        <TimeLeft sessionId={sessionId} />
      </div>
      <ScrollArea label={words.title} className={styles.scroll}>
        {ended && <p className={styles.muted}>{words.ended}</p>}
        {view === 'charts' ? (
          <div className={styles.charts}>
            {known.map((topic) => (
              <TopicChart
                key={topic}
                topic={topic}
                columns={shown}
                latest={latest}
                from={until - range * 60_000}
                until={until}
                group={sessionId}
              />
            ))}
          </div>
        ) : (
          <MetricsTable columns={shown} range={range} topics={known} />
        )}
        {unknown.length > 0 && (
          <p className={styles.muted}>
            {words.notKnown(driver, unknown.map((topic) => words.topics[topic]).join(', '))}
          </p>
        )}
      </ScrollArea>
    </div>
  );
}
