/** From values to pixels: scales, their marks, and how values are written. Pure. */
import type { ChartAxis } from './chart-data.ts';

/** A scale over `from` to `to`, onto `start` to `end` pixels. */
export interface Scale {
  toPixel(value: number): number;
  ticks: { value: number; text: string }[];
}

const number = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 6 });
const small = new Intl.NumberFormat(undefined, { notation: 'scientific', maximumSignificantDigits: 4 });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const minute = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** A value as the axis writes it. */
export function valueText(axis: ChartAxis, value: number): string {
  if (axis.scale === 'categories') return axis.names[Math.round(value)] ?? '';
  if (axis.scale === 'time') return value % 86_400_000 === 0 ? day.format(value) : minute.format(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e9) ? small.format(value) : number.format(value);
}

/** The scale of an axis; `padding` widens it by a share of its width. */
export function scaleOf(
  axis: ChartAxis,
  [low, high]: readonly [number, number],
  [start, end]: readonly [number, number],
  wantedTicks: number,
): Scale {
  if (axis.scale === 'categories') return categoryScale(axis, [start, end], wantedTicks);
  if (axis.scale === 'log' && low > 0) return logScale(axis, [low, high], [start, end]);
  const [from, to] = low === high ? [low - 1, high + 1] : [low, high];
  const values =
    axis.scale === 'time' ? timeTicks(from, to, wantedTicks) : linearTicks(from, to, wantedTicks);
  return {
    toPixel: (value) => start + ((value - from) / (to - from)) * (end - start),
    ticks: values.map((value) => ({ value, text: valueText(axis, value) })),
  };
}

function categoryScale(axis: ChartAxis, [start, end]: readonly [number, number], wanted: number): Scale {
  const count = Math.max(1, axis.names.length);
  const step = (end - start) / count;
  const every = Math.max(1, Math.ceil(count / Math.max(1, wanted)));
  return {
    toPixel: (value) => start + (value + 0.5) * step,
    ticks: axis.names.flatMap((text, value) => (value % every === 0 ? [{ value, text }] : [])),
  };
}

function logScale(
  axis: ChartAxis,
  [low, high]: readonly [number, number],
  [start, end]: readonly [number, number],
): Scale {
  const from = Math.floor(Math.log10(low));
  const to = Math.max(from + 1, Math.ceil(Math.log10(high)));
  const every = Math.max(1, Math.ceil((to - from) / 6));
  const values = Array.from(
    { length: Math.floor((to - from) / every) + 1 },
    (_, i) => 10 ** (from + i * every),
  );
  return {
    toPixel: (value) => start + ((Math.log10(value) - from) / (to - from)) * (end - start),
    ticks: values.map((value) => ({ value, text: valueText(axis, value) })),
  };
}

/** Round values, at most about `wanted` of them. */
export function linearTicks(from: number, to: number, wanted: number): number[] {
  const rough = (to - from) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((candidate) => candidate >= rough) ?? rough;
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  if (!Number.isFinite(count) || count > 100) return [];
  // Multiplied, not added up: 0.1 + 0.2 is no label.
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function timeTicks(from: number, to: number, wanted: number): number[] {
  const steps = [
    60_000, 300_000, 900_000, 3_600_000, 10_800_000, 43_200_000, 86_400_000, 604_800_000, 2_592_000_000,
    31_536_000_000,
  ];
  const rough = (to - from) / Math.max(1, wanted);
  const step = steps.find((candidate) => candidate >= rough) ?? rough;
  const first = Math.ceil(from / step);
  const count = Math.min(50, Math.floor(to / step) - first + 1);
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
}

/** Lowest and highest of many values, without spreading them over a call's arguments. */
export function rangeOf(values: Iterable<number>): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}
