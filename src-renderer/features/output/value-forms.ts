/** The forms that a rich value can be shown in, best first: table, chart, image, HTML, markdown, LaTeX, JSON, PDF, text. */
import type { MimeBundle } from '../../../src-shared/domain/execution.ts';
import type { Json } from '../../../src-shared/domain/json.ts';
import { outputMessages as words } from '../../messages/output.ts';
import { type ChartData, chartFrom } from './chart-data.ts';
import { type TableData, tableFromHtml, tableFromJson } from './table-data.ts';

/** A form, with what it takes to draw it. `type` is the MIME type it comes from. */
export type Form = { id: string; label: string; type: string } & (
  | { kind: 'table'; table: TableData }
  | { kind: 'chart'; chart: ChartData }
  | { kind: 'image'; source: string }
  | { kind: 'html' | 'markdown' | 'latex' | 'text' | 'source'; text: string }
  | { kind: 'json'; value: Json }
  | { kind: 'pdf'; bytes: number }
);

type Content = Form extends infer F ? (F extends Form ? Omit<F, 'id' | 'label' | 'type'> : never) : never;

/** All forms of a bundle; empty where none can be shown. */
export function formsOf(data: MimeBundle): Form[] {
  const forms: Form[] = [];
  const add = (type: string, content: Content) => {
    forms.push({ ...content, type, id: `${content.kind}:${type}`, label: words.forms[content.kind] } as Form);
  };
  const text = (type: string) => textOf(data[type]);
  const html = text('text/html');
  const chart = chartFrom(data['application/vnd.specboard.chart+json']);
  // The HTML of a table has its row labels too; the JSON has only the columns.
  const fromHtml = html === undefined ? null : tableFromHtml(html);
  const table = fromHtml ?? tableFromJson(data['application/vnd.specboard.table+json']);
  if (table) add(fromHtml ? 'text/html' : 'application/vnd.specboard.table+json', { kind: 'table', table });
  if (chart) add('application/vnd.specboard.chart+json', { kind: 'chart', chart });
  for (const type of ['image/png', 'image/jpeg', 'image/gif', 'image/webp']) {
    const image = text(type);
    if (image !== undefined) add(type, { kind: 'image', source: `data:${type};base64,${base64(image)}` });
  }
  const svg = text('image/svg+xml');
  // Inside of an <img> an SVG can neither run scripts nor load anything.
  if (svg !== undefined)
    add('image/svg+xml', { kind: 'image', source: `data:image/svg+xml,${encodeURIComponent(svg)}` });
  if (html !== undefined) add('text/html', { kind: 'html', text: html });
  const markdown = text('text/markdown');
  if (markdown !== undefined) add('text/markdown', { kind: 'markdown', text: markdown });
  const latex = text('text/latex');
  if (latex !== undefined) add('text/latex', { kind: 'latex', text: latex });
  const json = data['application/json'];
  if (json !== undefined) add('application/json', { kind: 'json', value: json });
  const pdf = text('application/pdf');
  if (pdf !== undefined) add('application/pdf', { kind: 'pdf', bytes: Math.floor(pdf.length * 0.75) });
  const plain = text('text/plain');
  if (plain !== undefined) add('text/plain', { kind: 'text', text: plain });
  const script = text('application/javascript');
  if (script !== undefined) add('application/javascript', { kind: 'source', text: script });
  if (forms.length === 0) addUnknown(data, add);
  return distinct(forms);
}

/** JSON of a type nobody here knows is still a tree. */
function addUnknown(data: MimeBundle, add: (type: string, content: Content) => void): void {
  for (const [type, value] of Object.entries(data)) {
    if (type.endsWith('json') && typeof value === 'object') add(type, { kind: 'json', value });
  }
}

/** Two images need two names. */
function distinct(forms: Form[]): Form[] {
  return forms.map((form) => {
    const twins = forms.filter(({ label }) => label === form.label).length;
    const kind = form.type
      .replace(/^.*[/.]/, '')
      .replace(/\+.*$/, '')
      .toUpperCase();
    return twins > 1 ? { ...form, label: `${form.label} (${kind})` } : form;
  });
}

/** Text may come as one string or as lines, as notebooks store it. */
export function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((line) => typeof line === 'string')) return value.join('');
  return undefined;
}

function base64(value: string): string {
  return value.replace(/[^A-Za-z0-9+/=]/g, '');
}
