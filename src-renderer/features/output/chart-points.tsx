/** Line and scatter charts. */
import { cx } from '../../ui/cx.ts';
import type { ChartData, ChartPoint } from './chart-data.ts';
import { type Drawing, Frame, scalesFor } from './chart-frame.tsx';
import type { Reading } from './chart-readings.ts';
import { rangeOf } from './chart-scale.ts';
import styles from './chart-view.module.css';

type PointChart = Extract<ChartData, { kind: 'line' | 'scatter' }>;

/** More points than pixels are a blur that costs time. */
const mostMarkers = 2000;

/** See the head of the file. */
export function Points({ chart, width, hidden, reading, onRead }: Drawing<PointChart>) {
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
