/** Charts as E2B's code interpreter sends them: what its template makes of matplotlib figures. */
import type { Json } from '../../../src-shared/domain/json.ts';

const axes = { x_unit: null, y_unit: null, x_ticks: [], y_ticks: [], x_tick_labels: [], y_tick_labels: [] };

/** By type. */
export const e2bCharts: Record<string, Json> = {
  line: {
    type: 'line',
    title: 'Temperature over the day',
    ...axes,
    x_label: 'Hour',
    y_label: 'Temperature',
    y_unit: '°C',
    x_scale: 'linear',
    y_scale: 'linear',
    elements: [
      {
        label: 'Berlin',
        points: Array.from({ length: 24 }, (_, h) => [
          h,
          Number((12 + 7 * Math.sin((h - 8) / 4)).toFixed(2)),
        ]),
      },
      {
        label: 'Lagos',
        points: Array.from({ length: 24 }, (_, h) => [h, 26 + Math.round(3 * Math.sin(h / 4))]),
      },
      {
        label: 'Reykjavík',
        points: Array.from({ length: 24 }, (_, h) => [h, Math.round(2 * Math.cos(h / 5))]),
      },
    ],
  },
  dates: {
    type: 'line',
    title: 'Visitors',
    ...axes,
    x_label: 'Day',
    y_label: 'Visitors',
    x_scale: 'datetime',
    y_scale: 'log',
    elements: [
      {
        label: '',
        points: [
          ['2026-01-01T00:00:00', 10],
          ['2026-01-02T00:00:00', 120],
          ['2026-01-04T00:00:00', 4000],
        ],
      },
    ],
  },
  scatter: {
    type: 'scatter',
    title: 'Weight and height',
    ...axes,
    x_label: 'Height (cm)',
    y_label: 'Weight (kg)',
    x_scale: 'linear',
    y_scale: 'linear',
    elements: [
      {
        label: 'A',
        points: [
          [160, 55],
          [165, 61],
          [172, 70],
          [181, 84],
        ],
      },
      {
        label: 'B',
        points: [
          [155, 48],
          [168, 66],
          [190, 95],
        ],
      },
    ],
  },
  bar: {
    type: 'bar',
    title: 'Sales by quarter',
    x_label: 'Quarter',
    y_label: 'Sales',
    x_unit: null,
    y_unit: '€',
    elements: [
      { label: 'Q1', value: '1200', group: 'North' },
      { label: 'Q2', value: '1900', group: 'North' },
      { label: 'Q3', value: '-300', group: 'North' },
      { label: 'Q1', value: '800', group: 'South' },
      { label: 'Q2', value: '1500', group: 'South' },
    ],
  },
  pie: {
    type: 'pie',
    title: 'Where the time goes',
    elements: [
      { label: 'Reading', angle: 180, radius: 1 },
      { label: 'Writing', angle: 90, radius: 1 },
      { label: 'Waiting', angle: 90, radius: 1 },
    ],
  },
  box: {
    type: 'box_and_whisker',
    title: 'Response times',
    x_label: 'Server',
    y_label: 'Time',
    x_unit: null,
    y_unit: 'ms',
    elements: [
      {
        label: 'eu',
        min: 12,
        first_quartile: 20,
        median: 26,
        third_quartile: 35,
        max: 60,
        outliers: [110, 142],
      },
      { label: 'us', min: 30, first_quartile: 41, median: 50, third_quartile: 64, max: 90, outliers: [] },
    ],
  },
};
e2bCharts['super'] = {
  type: 'superchart',
  title: 'Overview',
  elements: [e2bCharts['bar'] ?? null, e2bCharts['pie'] ?? null],
};
