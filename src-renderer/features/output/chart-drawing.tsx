/** The drawing of one chart as SVG: axes, marks, and the value that is being read. */
import { Bars, Boxes, Pie } from './chart-areas.tsx';
import type { ChartData } from './chart-data.ts';
import type { Drawing } from './chart-frame.tsx';
import { Points } from './chart-points.tsx';

/** See the head of the file. */
export function ChartDrawing(drawing: Drawing<Exclude<ChartData, { kind: 'super' }>>) {
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
