/**
 * One chart over time, drawn by uPlot. React makes it once and hands it columns; hovering changes nothing but one line of text.
 * The canvas is decoration: what it says is in the caption, and in the table.
 */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatTime, formatTimeSeconds } from '../../messages/format.ts';
import styles from './metrics.module.css';

/** A line: its column, its look, its name in the reading under the pointer. */
export interface Line {
  values: (number | null)[];
  label: string;
  /** A colour token: "--accent". */
  colour: string;
  /** Told apart by more than the colour. */
  dash?: number[];
}

/**
 * `from` and `until` bound the axis of time (ms), `end` the other one, which is ruled in `steps`. All charts with the same `group` hover together.
 */
export function Chart({
  at,
  lines,
  from,
  until,
  end,
  steps,
  format,
  group,
}: {
  at: readonly number[];
  lines: readonly Line[];
  from: number;
  until: number;
  end: number;
  steps: 'bytes' | 'whole' | 'percent';
  format: (value: number) => string;
  group: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const reading = useRef<HTMLParagraphElement>(null);
  const plot = useRef<uPlot | null>(null);
  // What the plot's own functions read when it draws: always the latest.
  const now = useRef<Now>({ from, until, end, steps, format, lines, at });
  now.current = { from, until, end, steps, format, lines, at };
  const looks = lines.map(({ label, colour, dash }) => `${label}${colour}${dash}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: everything else is read through `now`
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element, now, reading, group), dataOf(now.current), element);
    };
    make();
    const resized = new ResizeObserver(() => {
      const { clientWidth } = element;
      if (plot.current && clientWidth > 0) plot.current.setSize({ width: clientWidth, height });
    });
    resized.observe(element);
    // Colours are read from the tokens, which change with the person's theme.
    const themed = new MutationObserver(make);
    themed.observe(document.documentElement, { attributes: true });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    return () => {
      resized.disconnect();
      themed.disconnect();
      scheme.removeEventListener('change', make);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [looks, group]);
  useEffect(() => {
    plot.current?.setData(dataOf({ at, lines }));
  }, [at, lines]);
  useEffect(() => {
    plot.current?.setScale('x', { min: from / 1000, max: until / 1000 });
  }, [from, until]);
  return (
    <div className={styles.plot}>
      <p ref={reading} className={styles.reading} aria-hidden="true" />
      <div ref={box} className={styles.canvas} aria-hidden="true" />
    </div>
  );
}

const height = 132;

interface Now {
  at: readonly number[];
  lines: readonly Line[];
  from: number;
  until: number;
  end: number;
  steps: 'bytes' | 'whole' | 'percent';
  format: (value: number) => string;
}

/** What the other axis may be ruled in: round numbers of the unit that is shown. */
const rules: Record<Now['steps'], number[]> = {
  bytes: Array.from({ length: 44 }, (_, power) => 2 ** power),
  whole: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
  percent: [25, 50, 100, 200, 400, 800, 1600, 3200],
};

function dataOf({ at, lines }: Pick<Now, 'at' | 'lines'>): uPlot.AlignedData {
  return [at.map((ms) => ms / 1000), ...lines.map(({ values }) => values)] as uPlot.AlignedData;
}

function options(
  element: HTMLElement,
  now: { current: Now },
  reading: { current: HTMLElement | null },
  group: string,
): uPlot.Options {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const font = `11px ${style.fontFamily}`;
  const axis = {
    stroke: token('--muted'),
    font,
    grid: { stroke: token('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(1, element.clientWidth),
    height,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: group }, drag: { x: false, y: false }, points: { size: 6 }, y: false },
    scales: {
      x: { time: true, range: () => [now.current.from / 1000, now.current.until / 1000] },
      y: { range: () => [0, now.current.end] },
    },
    axes: [
      {
        ...axis,
        size: 22,
        gap: 4,
        space: 72,
        values: (_plot, ticks) => ticks.map((s) => timeOf(s, now.current)),
      },
      {
        ...axis,
        size: 64,
        gap: 6,
        space: 28,
        incrs: rules[now.current.steps],
        values: (_plot, ticks) => ticks.map((value) => now.current.format(value)),
      },
    ],
    series: [
      {},
      ...now.current.lines.map(({ label, colour, dash }, index) => ({
        label,
        stroke: token(colour),
        width: 1.5,
        ...(dash ? { dash } : {}),
        ...(index === 0 && !dash ? { fill: `color-mix(in srgb, ${token(colour)} 12%, transparent)` } : {}),
        points: { show: isLone, size: 5, fill: token(colour) },
      })),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          if (!reading.current) return;
          const { idx } = plot.cursor;
          const { at, lines, format } = now.current;
          const time = idx == null ? undefined : at[idx];
          reading.current.textContent =
            idx == null || time === undefined
              ? ''
              : [
                  formatTimeSeconds(time),
                  ...lines.map((line) => readingOf(line, idx, lines.length > 1, format)),
                ]
                  .filter(Boolean)
                  .join('  ');
        },
      ],
    },
  };
}

/** A line needs two readings: the first one alone is a point. */
function isLone(plot: uPlot, series: number): boolean {
  return (plot.data[series] ?? []).filter((value) => value != null).length === 1;
}

function readingOf(line: Line, index: number, named: boolean, format: (value: number) => string): string {
  const value = line.values[index];
  if (value == null) return '';
  return named ? `${line.label} ${format(value)}` : format(value);
}

function timeOf(seconds: number, { from, until }: Now): string {
  return until - from <= 120_000 ? formatTimeSeconds(seconds * 1000) : formatTime(seconds * 1000);
}
