/**
 * A chart of E2B's data, drawn here so that its values can be read: under the pointer, with the arrow keys, and as a table.
 * Series differ by dash and marker as well as by colour.
 */
import { Table2 } from 'lucide-react';
import { useId, useMemo, useRef, useState } from 'react';
import { outputMessages as words } from '../../messages/output.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import type { ChartData } from './chart-data.ts';
import { ChartDrawing } from './chart-drawing.tsx';
import { type Reading, readingsOf, seriesName, tableOf } from './chart-readings.ts';
import styles from './chart-view.module.css';
import { TableView } from './table-view.tsx';
import { useWidth } from './use-width.ts';
import { type FormChoice, ValueFigure } from './value-figure.tsx';

type Simple = Exclude<ChartData, { kind: 'super' }>;

/** Draws `chart`, all of them where it is several. */
export function ChartView({ chart, choice }: { chart: ChartData; choice: FormChoice | null }) {
  if (chart.kind !== 'super') return <OneChart chart={chart} choice={choice} />;
  const [first, ...others] = chart.charts;
  return (
    <section className={styles.several} aria-label={words.chart(words.chartTypes.super, chart.title)}>
      {chart.title !== '' && <p className={styles.title}>{chart.title}</p>}
      {first && first.kind !== 'super' && <OneChart chart={first} choice={choice} />}
      {others.map((other, index) =>
        other.kind === 'super' ? null : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a chart is its place
          <OneChart key={index} chart={other} choice={null} />
        ),
      )}
    </section>
  );
}

function OneChart({ chart, choice }: { chart: Simple; choice: FormChoice | null }) {
  const [asTable, setAsTable] = useState(false);
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const [reading, setReading] = useState<Reading | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const hint = useId();
  const lines = useMemo(() => readingsOf(chart), [chart]);
  const name = words.chart(words.chartTypes[chart.kind], chart.title);
  const legend = legendOf(chart);
  const swap = (
    <Button look="quiet" icon={<Table2 size={14} aria-hidden />} onPress={() => setAsTable(!asTable)}>
      {asTable ? words.chartDrawing : words.chartTable}
    </Button>
  );
  if (asTable) {
    return (
      <div className={styles.chart}>
        <TableView table={tableOf(chart)} choice={choice} />
        {swap}
      </div>
    );
  }
  const onKey = (event: React.KeyboardEvent) => {
    const next = moved(
      event.key,
      reading,
      lines.map(({ readings }) => readings.length),
      hidden,
    );
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setReading(next);
  };
  const text = reading ? (lines[reading.line]?.readings[reading.at]?.text ?? '') : '';
  return (
    <ValueFigure choice={choice} actions={swap}>
      <div className={styles.chart} ref={box}>
        {chart.title !== '' && <p className={styles.title}>{chart.title}</p>}
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms */}
        <div
          className={styles.canvas}
          role="group"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys read the values
          tabIndex={0}
          aria-label={name}
          aria-describedby={hint}
          onKeyDown={onKey}
          onBlur={() => setReading(null)}
        >
          <ChartDrawing chart={chart} width={width} hidden={hidden} reading={reading} onRead={setReading} />
        </div>
        <p id={hint} className={styles.hint}>
          {words.chartKeys}
        </p>
        <output className={cx(styles.readout, text !== '' && styles.readoutShown)}>{text}</output>
        {legend.length > 1 && (
          <ul className={styles.legend}>
            {legend.map((entry, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a series is its place
              <li key={index}>
                <button
                  type="button"
                  className={styles.entry}
                  aria-pressed={!hidden.has(index)}
                  title={hidden.has(index) ? words.chartShow(entry) : words.chartHide(entry)}
                  onClick={() => setHidden(toggled(hidden, index))}
                >
                  <span className={cx(styles.swatch, styles[`fill${index % 6}`])} aria-hidden />
                  {entry}
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </ValueFigure>
  );
}

function legendOf(chart: Simple): string[] {
  switch (chart.kind) {
    case 'line':
    case 'scatter':
      return chart.series.map(({ name }, index) => seriesName(name, index));
    case 'bar':
      return chart.groups.map(({ name }, index) => seriesName(name, index));
    case 'pie':
      return chart.slices.map(({ label }) => label);
    case 'box':
      return [];
  }
}

function toggled(set: ReadonlySet<number>, index: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(index)) next.add(index);
  return next;
}

/** Where a key leads; undefined for keys that are none of ours. */
function moved(
  key: string,
  reading: Reading | null,
  lengths: readonly number[],
  hidden: ReadonlySet<number>,
): Reading | null | undefined {
  if (key === 'Escape') return reading ? null : undefined;
  const shown = lengths.map((_, line) => line).filter((line) => !hidden.has(line));
  const single = lengths.length === 1;
  const first = single ? 0 : shown[0];
  if (first === undefined) return undefined;
  const now = reading ?? { line: first, at: -1 };
  const last = (lengths[now.line] ?? 1) - 1;
  switch (key) {
    case 'ArrowRight':
      return { ...now, at: Math.min(last, now.at + 1) };
    case 'ArrowLeft':
      return { ...now, at: Math.max(0, now.at - 1) };
    case 'Home':
      return { ...now, at: 0 };
    case 'End':
      return { ...now, at: last };
    case 'ArrowUp':
    case 'ArrowDown': {
      if (single) return { ...now, at: Math.max(0, now.at) };
      const index = shown.indexOf(now.line) + (key === 'ArrowDown' ? 1 : -1);
      const line = shown[Math.max(0, Math.min(shown.length - 1, index))] ?? now.line;
      return { line, at: Math.min(Math.max(0, now.at), (lengths[line] ?? 1) - 1) };
    }
    default:
      return undefined;
  }
}
