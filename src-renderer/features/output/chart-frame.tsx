/** What the drawings of charts with two axes share: sizes, axes, scales. */
import type { ReactNode } from 'react';
import type { ChartAxis } from './chart-data.ts';
import type { Reading } from './chart-readings.ts';
import { type Scale, scaleOf } from './chart-scale.ts';
import styles from './chart-view.module.css';

/** What all drawings get. */
export interface Drawing<C> {
  chart: C;
  width: number;
  hidden: ReadonlySet<number>;
  reading: Reading | null;
  onRead: (reading: Reading | null) => void;
}

/** Height of every drawing. */
export const height = 300;
/** Room for the axes. */
export const margin = { top: 12, right: 16, bottom: 48, left: 64 };

/** Axes around `children`; hears where the pointer is. */
export function Frame({
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

/** The scales for values from `xs` and `ys`. */
export function scalesFor(
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

function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
