/** The drawing of one chart as SVG: axes, marks, and the value that is being read. */
import type { ReactNode } from 'react';
import { cx } from '../../ui/cx.ts';
import type { ChartAxis, ChartData, ChartPoint } from './chart-data.ts';
import type { Reading } from './chart-readings.ts';
import { rangeOf, type Scale, scaleOf } from './chart-scale.ts';
import styles from './chart-view.module.css';

type Simple = Exclude<ChartData, { kind: 'super' }>;
/** What all drawings get. */
interface Drawing<C> {
  chart: C;
  width: number;
  hidden: ReadonlySet<number>;
  reading: Reading | null;
  onRead: (reading: Reading | null) => void;
}

const height = 300;
const margin = { top: 12, right: 16, bottom: 48, left: 64 };
/** More points than pixels are a blur that costs time. */
const mostMarkers = 2000;

/** See the head of the file. */
export function ChartDrawing(drawing: Drawing<Simple>) {
  const { chart } = drawing;
  switch (chart.kind) {
    case 'line':
    case 'scatter':
      return <Points {...drawing} chart={chart} />;
    case 'bar':
      return <Bars {...drawing} chart={chart} />;
    case 'pie':
      return <Pie {...drawing} chart={chart} />;
    case 'box':
      return <Boxes {...drawing} chart={chart} />;
  }
}

function Frame({
  width,
  x,
  y,
  scales,
  children,
  onMove,
  onLeave,
}: {
  width: number;
  x: ChartAxis;
  y: ChartAxis;
  scales: { x: Scale; y: Scale };
  children: ReactNode;
  onMove: (left: number, top: number) => void;
  onLeave: () => void;
}) {
  const bottom = height - margin.bottom;
  const middle = (margin.left + width - margin.right) / 2;
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden="true"
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        onMove(event.clientX - box.left, event.clientY - box.top);
      }}
      onPointerLeave={onLeave}
    >
      {scales.y.ticks.map(({ value, text }) => (
        <g key={value}>
          <path
            d={`M${margin.left} ${scales.y.toPixel(value)}H${width - margin.right}`}
            className={styles.grid}
          />
          <text x={margin.left - 8} y={scales.y.toPixel(value) + 4} textAnchor="end" className={styles.tick}>
            {clipped(text, 9)}
          </text>
        </g>
      ))}
      {scales.x.ticks.map(({ value, text }) => (
        <text
          key={value}
          x={scales.x.toPixel(value)}
          y={bottom + 16}
          // At the right edge a label in the middle would be cut.
          textAnchor={scales.x.toPixel(value) > width - 48 ? 'end' : 'middle'}
          className={styles.tick}
        >
          {clipped(text, 14)}
        </text>
      ))}
      <path d={`M${margin.left} ${margin.top}V${bottom}H${width - margin.right}`} className={styles.axis} />
      {x.label !== '' && (
        <text x={middle} y={height - 8} textAnchor="middle" className={styles.label}>
          {clipped(x.label, 60)}
        </text>
      )}
      {y.label !== '' && (
        <text
          transform={`translate(12 ${(margin.top + bottom) / 2}) rotate(-90)`}
          textAnchor="middle"
          className={styles.label}
        >
          {clipped(y.label, 36)}
        </text>
      )}
      {children}
    </svg>
  );
}

function scalesFor(
  { x, y }: { x: ChartAxis; y: ChartAxis },
  width: number,
  xs: readonly [number, number],
  ys: readonly [number, number],
): { x: Scale; y: Scale } {
  const across: [number, number] = [margin.left + 8, width - margin.right - 8];
  const up: [number, number] = [height - margin.bottom, margin.top + 4];
  return {
    x: scaleOf(x, xs, across, Math.max(2, Math.floor(width / 96))),
    y: scaleOf(y, ys, up, 6),
  };
}

function Points({ chart, width, hidden, reading, onRead }: Drawing<Simple & { kind: 'line' | 'scatter' }>) {
  const all = chart.series.flatMap(({ points }, index) => (hidden.has(index) ? [] : points));
  const [low, high] = rangeOf(all.map(({ y }) => y));
  const room = chart.y.scale === 'linear' ? (high - low) * 0.05 : 0;
  const scales = scalesFor(chart, width, rangeOf(all.map(({ x }) => x)), [low - room, high + room]);
  const at = ({ x, y }: ChartPoint): [number, number] => [scales.x.toPixel(x), scales.y.toPixel(y)];
  const onMove = (left: number, top: number) => {
    let best: Reading | null = null;
    let distance = 40 * 40;
    for (const [line, { points }] of chart.series.entries()) {
      if (hidden.has(line)) continue;
      for (const [index, point] of points.entries()) {
        const [x, y] = at(point);
        // Along a line the nearest x counts more than the nearest height.
        const away = (x - left) ** 2 + (chart.kind === 'line' ? ((y - top) / 3) ** 2 : (y - top) ** 2);
        if (away < distance) {
          distance = away;
          best = { line, at: index };
        }
      }
    }
    onRead(best);
  };
  const read = reading && chart.series[reading.line]?.points[reading.at];
  return (
    <Frame {...chart} width={width} scales={scales} onMove={onMove} onLeave={() => onRead(null)}>
      {chart.series.map(({ points }, index) =>
        hidden.has(index) ? null : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a series is its place
          <g key={index} className={styles[`ink${index % 6}`]}>
            {chart.kind === 'line' && (
              <path d={pathOf(points.map(at))} className={cx(styles.line, styles[`dash${index % 6}`])} />
            )}
            {(chart.kind === 'scatter' || points.length <= 40) &&
              points.slice(0, mostMarkers).map((point, number) => {
                const [x, y] = at(point);
                return (
                  <path
                    // biome-ignore lint/suspicious/noArrayIndexKey: a point is its place
                    key={number}
                    d={markerPath(index, x, y, chart.kind === 'scatter' ? 4 : 3)}
                    className={styles.marker}
                  />
                );
              })}
          </g>
        ),
      )}
      {read && <circle cx={at(read)[0]} cy={at(read)[1]} r={7} className={styles.read} />}
    </Frame>
  );
}

function Bars({ chart, width, hidden, reading, onRead }: Drawing<Simple & { kind: 'bar' }>) {
  const shown = chart.groups.map((_, index) => index).filter((index) => !hidden.has(index));
  const values = shown.flatMap((index) =>
    (chart.groups[index]?.values ?? []).filter((value) => value !== null),
  );
  const [low, high] = rangeOf([0, ...values]);
  const scales = scalesFor(chart, width, [0, 1], [low, high + (high - low) * 0.05 || 1]);
  const slot = (width - margin.left - margin.right - 16) / Math.max(1, chart.x.names.length);
  const bar = Math.max(1, (slot * 0.76) / Math.max(1, shown.length));
  const zero = scales.y.toPixel(0);
  const leftOf = (category: number, place: number) =>
    scales.x.toPixel(category) - (bar * shown.length) / 2 + place * bar;
  const onMove = (left: number) => {
    const at = Math.floor((left - margin.left - 8) / slot);
    if (at < 0 || at >= chart.x.names.length) return onRead(null);
    const place = Math.max(0, Math.min(shown.length - 1, Math.floor((left - leftOf(at, 0)) / bar)));
    onRead({ line: shown[place] ?? 0, at });
  };
  return (
    <Frame {...chart} width={width} scales={scales} onMove={onMove} onLeave={() => onRead(null)}>
      {shown.map((index, place) => (
        <g key={index} className={styles[`ink${index % 6}`]}>
          {(chart.groups[index]?.values ?? []).map((value, category) => {
            if (value === null) return null;
            const top = scales.y.toPixel(value);
            const isRead = reading?.line === index && reading.at === category;
            return (
              <rect
                // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
                key={category}
                x={leftOf(category, place) + 0.5}
                y={Math.min(top, zero)}
                width={Math.max(1, bar - 1)}
                height={Math.max(1, Math.abs(zero - top))}
                className={cx(styles.area, isRead && styles.readArea)}
              />
            );
          })}
        </g>
      ))}
    </Frame>
  );
}

function Pie({ chart, width, hidden, reading, onRead }: Drawing<Simple & { kind: 'pie' }>) {
  const radius = Math.min(120, width / 3);
  const [cx0, cy0] = [Math.min(width / 2, 200), height / 2];
  const shown = chart.slices
    .map((slice, index) => ({ ...slice, index }))
    .filter(({ index }) => !hidden.has(index));
  const all = shown.reduce((sum, { share }) => sum + share, 0) || 1;
  let angle = -Math.PI / 2;
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden="true"
      onPointerLeave={() => onRead(null)}
    >
      {shown.map(({ share, index }) => {
        const from = angle;
        angle += (share / all) * 2 * Math.PI;
        return (
          <path
            key={index}
            d={slicePath(cx0, cy0, radius, from, angle)}
            className={cx(styles.slice, styles[`ink${index % 6}`], reading?.at === index && styles.readArea)}
            onPointerEnter={() => onRead({ line: 0, at: index })}
          />
        );
      })}
    </svg>
  );
}

function Boxes({ chart, width, reading, onRead }: Drawing<Simple & { kind: 'box' }>) {
  const ends = rangeOf(chart.boxes.flatMap(({ min, max, outliers }) => [min, max, ...outliers]));
  const room = (ends[1] - ends[0]) * 0.05 || 1;
  const scales = scalesFor(chart, width, [0, 1], [ends[0] - room, ends[1] + room]);
  const slot = (width - margin.left - margin.right - 16) / chart.boxes.length;
  const half = Math.min(40, slot * 0.3);
  const y = (value: number) => scales.y.toPixel(value);
  const onMove = (left: number) => {
    const line = Math.floor((left - margin.left - 8) / slot);
    onRead(chart.boxes[line] ? { line, at: 0 } : null);
  };
  return (
    <Frame {...chart} width={width} scales={scales} onMove={onMove} onLeave={() => onRead(null)}>
      {chart.boxes.map((box, index) => {
        const x = scales.x.toPixel(index);
        const isRead = reading?.line === index;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a box is its place
          <g key={index} className={styles.ink0}>
            <path
              d={`M${x} ${y(box.min)}V${y(box.q1)}M${x} ${y(box.q3)}V${y(box.max)}M${x - half / 2} ${y(box.min)}h${half}M${x - half / 2} ${y(box.max)}h${half}`}
              className={styles.line}
            />
            <rect
              x={x - half}
              y={y(box.q3)}
              width={half * 2}
              height={Math.max(1, y(box.q1) - y(box.q3))}
              className={cx(styles.box, isRead && styles.readArea)}
            />
            <path d={`M${x - half} ${y(box.median)}h${half * 2}`} className={styles.median} />
            {box.outliers.map((value, number) => (
              <circle
                // biome-ignore lint/suspicious/noArrayIndexKey: an outlier is its place
                key={number}
                cx={x}
                cy={y(value)}
                r={isRead && reading?.at === number + 1 ? 6 : 3}
                className={styles.outlier}
              />
            ))}
          </g>
        );
      })}
    </Frame>
  );
}

function pathOf(points: readonly (readonly [number, number])[]): string {
  // Half a pixel apart nobody sees the difference, and twenty thousand points stay quick.
  let path = '';
  let lastX = Number.NEGATIVE_INFINITY;
  let lastY = Number.NEGATIVE_INFINITY;
  for (const [x, y] of points) {
    if (Math.abs(x - lastX) < 0.5 && Math.abs(y - lastY) < 0.5) continue;
    path += `${path === '' ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    lastX = x;
    lastY = y;
  }
  return path;
}

/** Circle, square, triangle, diamond, and again. */
function markerPath(series: number, x: number, y: number, size: number): string {
  switch (series % 4) {
    case 0:
      return `M${x - size} ${y}a${size} ${size} 0 1 0 ${size * 2} 0a${size} ${size} 0 1 0 ${-size * 2} 0`;
    case 1:
      return `M${x - size} ${y - size}h${size * 2}v${size * 2}h${-size * 2}Z`;
    case 2:
      return `M${x} ${y - size}l${size} ${size * 2}h${-size * 2}Z`;
    default:
      return `M${x} ${y - size}l${size} ${size}l${-size} ${size}l${-size} ${-size}Z`;
  }
}

function slicePath(x: number, y: number, radius: number, from: number, to: number): string {
  const end = Math.min(to, from + 2 * Math.PI - 0.0001);
  const point = (angle: number) => `${x + radius * Math.cos(angle)} ${y + radius * Math.sin(angle)}`;
  return `M${x} ${y}L${point(from)}A${radius} ${radius} 0 ${end - from > Math.PI ? 1 : 0} 1 ${point(end)}Z`;
}

function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
