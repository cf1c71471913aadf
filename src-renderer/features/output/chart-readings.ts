/** What can be read off a chart, one value after the other: for the keyboard, the pointer, and the table beside it. Pure. */
import { outputMessages as words } from '../../messages/output.ts';
import type { ChartData } from './chart-data.ts';
import { valueText } from './chart-scale.ts';
import type { TableData } from './table-data.ts';

/** Series of readings: arrow keys go along one, or to the next. */
export interface ReadingLine {
  name: string;
  readings: { text: string }[];
}

/** Which value is read: its series and its place in it. */
export interface Reading {
  line: number;
  at: number;
}

const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });

type Simple = Exclude<ChartData, { kind: 'super' }>;

/** The name of a series, also where it has none. */
export function seriesName(name: string, index: number): string {
  return name === '' ? words.chartUnnamed(index + 1) : name;
}

/** All readings of a chart. */
export function readingsOf(chart: Simple): ReadingLine[] {
  switch (chart.kind) {
    case 'line':
    case 'scatter':
      return chart.series.map(({ name, points }, index) => ({
        name: seriesName(name, index),
        readings: points.map(({ x, y }) => ({
          text: words.chartPoint(seriesName(name, index), valueText(chart.x, x), valueText(chart.y, y)),
        })),
      }));
    case 'bar':
      return chart.groups.map(({ name, values }, index) => ({
        name: seriesName(name, index),
        readings: values.map((value, at) => ({
          text: words.chartPoint(
            chart.x.names[at] ?? '',
            seriesName(name, index),
            value === null ? '–' : valueText(chart.y, value),
          ),
        })),
      }));
    case 'pie':
      return [
        {
          name: '',
          readings: chart.slices.map(({ label, share }) => ({
            text: words.chartShare(label, percent.format(share)),
          })),
        },
      ];
    case 'box':
      return chart.boxes.map((box) => ({
        name: box.label,
        readings: [
          {
            text: words.chartBox(box.label, {
              min: valueText(chart.y, box.min),
              q1: valueText(chart.y, box.q1),
              median: valueText(chart.y, box.median),
              q3: valueText(chart.y, box.q3),
              max: valueText(chart.y, box.max),
            }),
          },
          ...box.outliers.map((value) => ({
            text: words.chartOutlier(box.label, valueText(chart.y, value)),
          })),
        ],
      }));
  }
}

/** The table that says the same as the chart. */
export function tableOf(chart: Simple): TableData {
  const { chartColumns: names } = words;
  const made = (columns: string[], rows: string[][]): TableData => ({
    columns,
    rows,
    labels: 0,
    totalRows: rows.length,
    caption: null,
  });
  switch (chart.kind) {
    case 'line':
    case 'scatter':
      return made(
        [names.series, chart.x.label || names.x, chart.y.label || names.y],
        chart.series.flatMap(({ name, points }, index) =>
          points.map(({ x, y }) => [seriesName(name, index), exact(chart.x, x), exact(chart.y, y)]),
        ),
      );
    case 'bar':
      return made(
        [chart.x.label || names.label, ...chart.groups.map(({ name }, index) => seriesName(name, index))],
        chart.x.names.map((label, at) => [
          label,
          ...chart.groups.map(({ values }) => (values[at] == null ? '' : String(values[at]))),
        ]),
      );
    case 'pie':
      return made(
        [names.label, names.share],
        chart.slices.map(({ label, share }) => [label, percent.format(share)]),
      );
    case 'box':
      return made(
        [names.label, names.min, names.q1, names.median, names.q3, names.max, names.outliers],
        chart.boxes.map((box) => [
          box.label,
          ...[box.min, box.q1, box.median, box.q3, box.max].map(String),
          box.outliers.join(', '),
        ]),
      );
  }
}

function exact(axis: Parameters<typeof valueText>[0], value: number): string {
  return axis.scale === 'linear' || axis.scale === 'log' ? String(value) : valueText(axis, value);
}
