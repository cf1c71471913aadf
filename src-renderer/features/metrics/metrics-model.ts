/** Readings as what charts and tables show: columns over time, rates of counters, words. Pure. */
import type { MetricsSample } from '../../../src-shared/domain/metrics.ts';

/** What a chart is about. */
export const topics = ['cpu', 'memory', 'disk', 'network', 'processes'] as const;
/** One of `topics`. */
export type Topic = (typeof topics)[number];

/** Minutes that can be shown. */
export const ranges = [1, 5, 60] as const;
/** One of `ranges`. */
export type Range = (typeof ranges)[number];

/** A missing reading longer than this is a gap, and no line is drawn over it; ms. */
export const gapMs = 12_000;

/** Values over time, by column; null where nothing is known. */
export interface Columns {
  /** ms since the epoch, rising. */
  at: number[];
  cpu: (number | null)[];
  memory: (number | null)[];
  disk: (number | null)[];
  /** Bytes a second. */
  received: (number | null)[];
  sent: (number | null)[];
  processes: (number | null)[];
}
/** A column of values. */
export type ColumnName = Exclude<keyof Columns, 'at'>;

/** The columns of each topic. */
export const columnsOf: Record<Topic, readonly ColumnName[]> = {
  cpu: ['cpu'],
  memory: ['memory'],
  disk: ['disk'],
  network: ['received', 'sent'],
  processes: ['processes'],
};
const columnNames = Object.values(columnsOf).flat();

/** Readings as columns. Where readings are missing, a row of nulls breaks the lines. */
export function toColumns(samples: readonly MetricsSample[]): Columns {
  const columns = emptyColumns();
  let before: MetricsSample | null = null;
  for (const sample of samples) {
    const isGap = before !== null && sample.at - before.at > gapMs;
    if (isGap && before) addRow(columns, before.at + 1, {});
    const known = isGap ? null : before;
    addRow(columns, sample.at, {
      cpu: sample.cpuPercent,
      memory: sample.memoryUsed,
      disk: sample.diskUsed,
      received: rate(known, sample, 'networkReceived'),
      sent: rate(known, sample, 'networkSent'),
      processes: sample.processes,
    });
    before = sample;
  }
  return columns;
}

/** Bytes a second between two readings of a counter; null without an earlier one, or where it was counted anew. */
function rate(
  before: MetricsSample | null,
  now: MetricsSample,
  counter: 'networkReceived' | 'networkSent',
): number | null {
  const from = before?.[counter] ?? null;
  const to = now[counter];
  if (!before || from === null || to === null || to < from || now.at <= before.at) return null;
  return ((to - from) * 1000) / (now.at - before.at);
}

/** The rows of the last `minutes` before `until`, and the one before them, so that lines come in from the edge. */
export function lastMinutes(columns: Columns, minutes: Range, until: number): Columns {
  const from = until - minutes * 60_000;
  const first = columns.at.findIndex((at) => at >= from);
  const start = first < 0 ? columns.at.length : Math.max(0, first - 1);
  const cut = <T>(values: readonly T[]) => values.slice(start);
  const result = emptyColumns();
  result.at = cut(columns.at);
  for (const name of columnNames) result[name] = cut(columns[name]);
  return result;
}

/** Whether the driver ever said anything of a topic. */
export function knows(columns: Columns, topic: Topic): boolean {
  return columnsOf[topic].some((name) => columns[name].some((value) => value !== null));
}

/** Latest, mean and greatest of a column; null where nothing is known. */
export function summarize(values: readonly (number | null)[]): {
  latest: number;
  mean: number;
  greatest: number;
} | null {
  const known = values.filter((value) => value !== null);
  const latest = known.at(-1);
  if (latest === undefined) return null;
  return {
    latest,
    mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    greatest: Math.max(...known),
  };
}

/** A row of the table: means over a piece of time. */
export type TableRow = { at: number } & Record<ColumnName, number | null>;

/** At most about thirty rows of means, the newest first. */
export function tableRows(columns: Columns, minutes: Range): TableRow[] {
  const step = { 1: 2_000, 5: 10_000, 60: 120_000 }[minutes];
  const rows = new Map<number, { at: number; values: Record<ColumnName, number[]> }>();
  columns.at.forEach((at, index) => {
    const key = Math.floor(at / step);
    const row = rows.get(key) ?? { at, values: emptyColumns() as Record<ColumnName, number[]> };
    let isKnown = false;
    for (const name of columnNames) {
      const value = columns[name][index] ?? null;
      if (value === null) continue;
      row.values[name].push(value);
      isKnown = true;
    }
    if (isKnown) rows.set(key, { ...row, at });
  });
  return [...rows.values()].reverse().map(({ at, values }) => {
    const means = columnNames.map((name) => [name, summarize(values[name])?.mean ?? null] as const);
    return { at, ...(Object.fromEntries(means) as Record<ColumnName, number | null>) };
  });
}

/** Where the axis of a topic ends: what there is, or what was reached, with room above. */
export function axisEnd(topic: Topic, columns: Columns, latest: MetricsSample | undefined): number {
  const reached = Math.max(0, ...columnsOf[topic].flatMap((name) => summarize(columns[name])?.greatest ?? 0));
  switch (topic) {
    case 'cpu':
      // A quarter of four cores is a whole one: small numbers stay readable.
      return Math.max(100, Math.ceil(reached / 100) * 100);
    case 'memory':
      return total(reached, latest?.memoryTotal);
    case 'disk':
      return total(reached, latest?.diskTotal);
    case 'network':
      return Math.max(1024, reached * 1.15);
    case 'processes':
      return Math.max(4, Math.ceil(reached * 1.2));
  }
}

/** What there is, unless so little of it is used that the line would lie on the ground. */
function total(reached: number, all: number | null | undefined): number {
  const room = Math.max(1_048_576, reached * 1.25);
  return all == null || all > room * 8 ? room : all;
}

function emptyColumns(): Columns {
  return { at: [], cpu: [], memory: [], disk: [], received: [], sent: [], processes: [] };
}

function addRow(columns: Columns, at: number, values: Partial<Record<ColumnName, number | null>>): void {
  columns.at.push(at);
  for (const name of columnNames) columns[name].push(values[name] ?? null);
}
