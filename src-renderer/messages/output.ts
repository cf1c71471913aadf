/** Words for output: text, values, charts, tables, images, and the search in them. */
import { formatBytes, formatCount } from './format.ts';

/** "1 row", "3 rows". */
function rows(count: number): string {
  return count === 1 ? '1 row' : `${formatCount(count)} rows`;
}

function columns(count: number): string {
  return count === 1 ? '1 column' : `${formatCount(count)} columns`;
}

/** See the head of the file. */
export const outputMessages = {
  reading: 'Reading…',
  showLongLines: '… this line goes on. Show long lines in full',
  shelved: (what: string, bytes: number) => `A value of type ${what} (${formatBytes(bytes)}) is not loaded.`,
  shelvedError: 'An earlier error is not loaded.',
  shelvedNotice: 'An earlier notice is not loaded.',
  shelvedGap: 'Some output is missing here.',
  show: 'Show',

  shownAs: 'Shown as',
  forms: {
    table: 'Table',
    chart: 'Chart',
    image: 'Image',
    html: 'HTML',
    markdown: 'Markdown',
    latex: 'LaTeX',
    json: 'JSON',
    pdf: 'PDF',
    text: 'Text',
    source: 'Source',
  },
  save: 'Save…',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'Could not be copied',
  saved: (name: string) => `Saved as ${name}.`,

  imageOpen: (name: string) => `Enlarge: ${name}`,
  imageTitle: 'Image',
  imageView: 'Image; arrow keys move it, plus and minus zoom',
  imageSave: 'Save image…',
  imageCopy: 'Copy image',
  fit: 'Fit',
  fitTitle: 'Fit the window (0)',
  actualSize: '100 %',
  actualSizeTitle: 'Actual size (1)',
  doubleSize: '200 %',
  doubleSizeTitle: 'Twice the size (2)',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  zoomed: (percent: string) => `${percent} %`,
  imageBroken: 'This image cannot be shown.',

  table: (rowCount: number, columnCount: number) => `Table, ${rows(rowCount)}, ${columns(columnCount)}`,
  tableSize: (rowCount: number, columnCount: number) => `${rows(rowCount)} × ${columns(columnCount)}`,
  tableRange: (from: number, to: number, total: number) =>
    `Rows ${formatCount(from)} to ${formatCount(to)} of ${formatCount(total)}`,
  tableCut: (sent: number, total: number) =>
    `Only ${formatCount(sent)} of ${formatCount(total)} rows were sent.`,
  tableMatches: (count: number) => (count === 1 ? '1 row matches' : `${formatCount(count)} rows match`),
  tableFilter: 'Filter rows',
  sortBy: (column: string) => `Sort by ${column}`,
  unnamedColumn: (number: number) => `column ${number}`,
  previousPage: 'Previous rows',
  nextPage: 'Next rows',
  copyCsv: 'Copy as CSV',
  copyTsv: 'Copy as TSV (for spreadsheets)',

  htmlFrame: 'HTML output in a sandboxed frame',
  enlarge: 'Show in full height',
  shrink: 'Show less',

  json: 'JSON output',
  expandAll: 'Expand all',
  collapseAll: 'Collapse all',
  expandLimited: (count: number) => `Expanded as far as ${formatCount(count)} entries.`,
  copyPath: 'Copy path',
  copyValue: 'Copy value',
  items: (count: number) => (count === 1 ? '1 item' : `${formatCount(count)} items`),
  keys: (count: number) => (count === 1 ? '1 key' : `${formatCount(count)} keys`),
  moreEntries: (count: number) => `${formatCount(count)} more`,

  latex: 'LaTeX source',
  pdf: (bytes: number) => `A PDF document (${formatBytes(bytes)}).`,

  chart: (type: string, title: string) => (title === '' ? `${type}` : `${type}: ${title}`),
  chartTypes: {
    line: 'Line chart',
    scatter: 'Scatter chart',
    bar: 'Bar chart',
    pie: 'Pie chart',
    box: 'Box plot',
    super: 'Charts',
  },
  chartKeys: 'Arrow keys read the values.',
  chartTable: 'Show as table',
  chartDrawing: 'Show as chart',
  chartHide: (name: string) => `Hide ${name}`,
  chartShow: (name: string) => `Show ${name}`,
  chartUnnamed: (number: number) => `Series ${number}`,
  chartPoint: (series: string, x: string, y: string) => `${series}: ${x}, ${y}`,
  chartShare: (label: string, share: string) => `${label}: ${share}`,
  chartBox: (label: string, values: { min: string; q1: string; median: string; q3: string; max: string }) =>
    `${label}: lowest ${values.min}, quarter ${values.q1}, median ${values.median}, three quarters ${values.q3}, highest ${values.max}`,
  chartOutlier: (label: string, value: string) => `${label}: outlier ${value}`,
  chartColumns: {
    series: 'Series',
    x: 'x',
    y: 'y',
    label: 'Label',
    value: 'Value',
    group: 'Group',
    share: 'Share',
    min: 'Lowest',
    q1: 'First quarter',
    median: 'Median',
    q3: 'Third quarter',
    max: 'Highest',
    outliers: 'Outliers',
  },

  find: 'Find in output',
  findPlaceholder: 'Find',
  findNext: 'Next match',
  findPrevious: 'Previous match',
  findClose: 'Close the search',
  matchCase: 'Match case',
  findCount: (current: number, count: number, capped: boolean) =>
    capped
      ? `${formatCount(current)} of more than ${formatCount(count)}`
      : `${formatCount(current)} of ${formatCount(count)}`,
  findMatches: (count: number, capped: boolean) =>
    capped
      ? `More than ${formatCount(count)} matches`
      : count === 1
        ? '1 match'
        : `${formatCount(count)} matches`,
  findNone: 'No match',
  findBusy: (count: number) => `Searching… ${formatCount(count)} so far`,
  findFailed: 'The output could not be searched.',
} as const;
