/** Bar charts, pies and box plots. */
import { cx } from '../../ui/cx.ts';
import type { ChartData } from './chart-data.ts';
import { type Drawing, Frame, height, margin, scalesFor } from './chart-frame.tsx';
import { rangeOf } from './chart-scale.ts';
import styles from './chart-view.module.css';

/** Bars side by side, a colour a group. */
export function Bars({
  chart,
  width,
  hidden,
  reading,
  onRead,
}: Drawing<Extract<ChartData, { kind: 'bar' }>>) {
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

/** A pie. */
export function Pie({ chart, width, hidden, reading, onRead }: Drawing<Extract<ChartData, { kind: 'pie' }>>) {
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

/** A box plot. */
export function Boxes({ chart, width, reading, onRead }: Drawing<Extract<ChartData, { kind: 'box' }>>) {
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

function slicePath(x: number, y: number, radius: number, from: number, to: number): string {
  const end = Math.min(to, from + 2 * Math.PI - 0.0001);
  const point = (angle: number) => `${x + radius * Math.cos(angle)} ${y + radius * Math.sin(angle)}`;
  return `M${x} ${y}L${point(from)}A${radius} ${radius} 0 ${end - from > Math.PI ? 1 : 0} 1 ${point(end)}Z`;
}
