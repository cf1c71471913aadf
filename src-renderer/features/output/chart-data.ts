/**
 * Charts as E2B's code interpreter sends them (`application/vnd.specboard.chart+json`), read into plain series. Hostile input:
 * everything is checked, bounded, and text only.
 */
import type { Json } from '../../../src-shared/domain/json.ts';
import { plainText } from '../../stores/output/ansi.ts';

/** A point; `label` where the axis is no number. */
export interface ChartPoint {
  x: number;
  y: number;
}

/** Points with a name. */
export interface ChartSeries {
  name: string;
  points: ChartPoint[];
}

/** What an axis says and how it counts. */
export interface ChartAxis {
  label: string;
  scale: 'linear' | 'log' | 'time' | 'categories';
  /** Of `categories`: the name of 0, 1, 2... */
  names: string[];
}

/** A chart ready to be drawn. */
export type ChartData =
  | { kind: 'line' | 'scatter'; title: string; x: ChartAxis; y: ChartAxis; series: ChartSeries[] }
  | {
      kind: 'bar';
      title: string;
      x: ChartAxis;
      y: ChartAxis;
      groups: { name: string; values: (number | null)[] }[];
    }
  | { kind: 'pie'; title: string; slices: { label: string; share: number }[] }
  | { kind: 'box'; title: string; x: ChartAxis; y: ChartAxis; boxes: ChartBox[] }
  | { kind: 'super'; title: string; charts: ChartData[] };

/** One box of a box plot. */
export interface ChartBox {
  label: string;
  min: number;
  q1: number;
  median: number;
  q3: number;
  max: number;
  outliers: number[];
}

const mostSeries = 50;
const mostPoints = 20_000;
const mostBars = 500;
const mostCharts = 24;

type Fields = Record<string, Json>;

/** The chart in `value`; null where it is none that is known. */
export function chartFrom(value: Json | undefined): ChartData | null {
  return readChart(value, 0);
}

function readChart(value: Json | undefined, depth: number): ChartData | null {
  const chart = fieldsOf(value);
  if (!chart) return null;
  const title = textOf(chart.title);
  const elements = listOf(chart.elements);
  switch (chart.type) {
    case 'line':
    case 'scatter':
      return points(chart, chart.type, title, elements);
    case 'bar':
      return bars(chart, title, elements);
    case 'pie':
      return pie(title, elements);
    case 'box_and_whisker':
      return boxes(chart, title, elements);
    case 'superchart': {
      if (depth > 0) return null;
      const charts = elements.slice(0, mostCharts).flatMap((element) => readChart(element, depth + 1) ?? []);
      return charts.length > 0 ? { kind: 'super', title, charts } : null;
    }
    default:
      return null;
  }
}

function points(chart: Fields, kind: 'line' | 'scatter', title: string, elements: Json[]): ChartData | null {
  const x = axisOf(chart, 'x');
  const y = axisOf(chart, 'y');
  const series = elements.slice(0, mostSeries).flatMap((element) => {
    const fields = fieldsOf(element);
    if (!fields) return [];
    const found = listOf(fields.points)
      .slice(0, mostPoints)
      .flatMap((pair): ChartPoint[] => {
        if (!Array.isArray(pair)) return [];
        const at = { x: numberOn(x, pair[0]), y: numberOn(y, pair[1]) };
        return at.x === null || at.y === null ? [] : [{ x: at.x, y: at.y }];
      });
    return found.length > 0 ? [{ name: textOf(fields.label), points: found }] : [];
  });
  return series.length > 0 ? { kind, title, x, y, series } : null;
}

function bars(chart: Fields, title: string, elements: Json[]): ChartData | null {
  const x = { ...axisOf(chart, 'x'), scale: 'categories' as const, names: [] as string[] };
  const groups: { name: string; values: (number | null)[] }[] = [];
  for (const element of elements.slice(0, mostBars)) {
    const fields = fieldsOf(element);
    const value = Number(fields?.value ?? Number.NaN);
    if (!fields || !Number.isFinite(value)) continue;
    const label = textOf(fields.label);
    const name = textOf(fields.group);
    let at = x.names.indexOf(label);
    if (at === -1) at = x.names.push(label) - 1;
    let group = groups.find((other) => other.name === name);
    if (!group) {
      group = { name, values: [] };
      groups.push(group);
    }
    group.values[at] = value;
  }
  if (groups.length === 0) return null;
  const filled = groups.map(({ name, values }) => ({
    name,
    values: x.names.map((_, i) => values[i] ?? null),
  }));
  return { kind: 'bar', title, x, y: axisOf(chart, 'y'), groups: filled };
}

function pie(title: string, elements: Json[]): ChartData | null {
  const found = elements.slice(0, mostSeries).flatMap((element) => {
    const fields = fieldsOf(element);
    const angle = Math.abs(Number(fields?.angle ?? Number.NaN));
    return fields && Number.isFinite(angle) && angle > 0 ? [{ label: textOf(fields.label), angle }] : [];
  });
  const all = found.reduce((sum, { angle }) => sum + angle, 0);
  if (all === 0) return null;
  return { kind: 'pie', title, slices: found.map(({ label, angle }) => ({ label, share: angle / all })) };
}

function boxes(chart: Fields, title: string, elements: Json[]): ChartData | null {
  const found = elements.slice(0, mostSeries).flatMap((element): ChartBox[] => {
    const fields = fieldsOf(element);
    if (!fields) return [];
    const [min, q1, median, q3, max] = ['min', 'first_quartile', 'median', 'third_quartile', 'max'].map(
      (name) => Number(fields[name] ?? Number.NaN),
    );
    const all = { min: min ?? 0, q1: q1 ?? 0, median: median ?? 0, q3: q3 ?? 0, max: max ?? 0 };
    if (!Object.values(all).every(Number.isFinite)) return [];
    const outliers = listOf(fields.outliers).slice(0, mostBars).map(Number).filter(Number.isFinite);
    return [{ label: textOf(fields.label), ...all, outliers }];
  });
  if (found.length === 0) return null;
  const x: ChartAxis = { ...axisOf(chart, 'x'), scale: 'categories', names: found.map(({ label }) => label) };
  return { kind: 'box', title, x, y: axisOf(chart, 'y'), boxes: found };
}

/** Texts on an axis become names in the order in which they come. */
function axisOf(chart: Fields, which: 'x' | 'y'): ChartAxis {
  const unit = textOf(chart[`${which}_unit`]);
  const label = textOf(chart[`${which}_label`]);
  const kind = chart[`${which}_scale`];
  const scale =
    kind === 'log' ? 'log' : kind === 'datetime' ? 'time' : kind === 'categorical' ? 'categories' : 'linear';
  return {
    label: unit !== '' && !label.includes(unit) ? `${label} (${unit})`.trim() : label,
    scale,
    names: [],
  };
}

function numberOn(axis: ChartAxis, value: Json | undefined): number | null {
  if (axis.scale === 'time' && typeof value === 'string') {
    const at = Date.parse(value);
    return Number.isNaN(at) ? null : at;
  }
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && value.trim() !== ''
        ? Number(value)
        : Number.NaN;
  if (Number.isFinite(number) && axis.names.length === 0) {
    return axis.scale === 'log' && number <= 0 ? null : number;
  }
  if (typeof value !== 'string') return null;
  axis.scale = 'categories';
  const name = plainText(value).slice(0, 200);
  const at = axis.names.indexOf(name);
  return at === -1 ? axis.names.push(name) - 1 : at;
}

function fieldsOf(value: Json | undefined): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? plainText(value).slice(0, 200).trim() : '';
}
