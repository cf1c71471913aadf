/** A rich value: the best form that can be shown safely. Order: table, image, HTML, markdown, JSON, text. */
import { lazy, type ReactNode, Suspense } from 'react';
import type { MimeBundle } from '../../../src-shared/domain/execution.ts';
import type { Json } from '../../../src-shared/domain/json.ts';
import { runMessages as words } from '../../messages/run.ts';
import { plainText } from '../../stores/output/ansi.ts';
import { JsonView } from './json-view.tsx';
import styles from './output.module.css';
import { tableFromHtml, tableFromJson } from './table-data.ts';
import { TableView } from './table-view.tsx';

const HtmlFrame = lazy(async () => ({ default: (await import('./html-frame.tsx')).HtmlFrame }));
const Markdown = lazy(async () => ({ default: (await import('./markdown.tsx')).Markdown }));

/** Draws `data`; `run` names the run for the descriptions of images. */
export function RichPart({ data, run }: { data: MimeBundle; run: string }) {
  return <div className={styles.rich}>{best(data, run)}</div>;
}

function best(data: MimeBundle, run: string): ReactNode {
  const text = (type: string) => textOf(data[type]);
  const html = text('text/html');
  // The HTML of a table has its row labels too; the JSON has only the columns.
  const table =
    (html === undefined ? null : tableFromHtml(html)) ??
    tableFromJson(data['application/vnd.specboard.table+json']);
  if (table) return <TableView table={table} />;
  const alt = text('text/plain')?.slice(0, 200) || words.image(run);
  const png = text('image/png');
  if (png !== undefined) return <Picture source={`data:image/png;base64,${base64(png)}`} alt={alt} />;
  const jpeg = text('image/jpeg');
  if (jpeg !== undefined) return <Picture source={`data:image/jpeg;base64,${base64(jpeg)}`} alt={alt} />;
  const svg = text('image/svg+xml');
  // Inside of an <img> an SVG can neither run scripts nor load anything.
  if (svg !== undefined)
    return <Picture source={`data:image/svg+xml,${encodeURIComponent(svg)}`} alt={alt} />;
  if (html !== undefined) {
    return (
      <Suspense fallback={<Plain text={text('text/plain') ?? ''} />}>
        <HtmlFrame html={html} />
      </Suspense>
    );
  }
  const markdown = text('text/markdown');
  if (markdown !== undefined) {
    return (
      <Suspense fallback={<Plain text={markdown} />}>
        <Markdown source={markdown} />
      </Suspense>
    );
  }
  if (data['application/json'] !== undefined) return <JsonView value={data['application/json']} />;
  const plain = text('text/plain') ?? text('text/latex');
  if (plain !== undefined) return <Plain text={plain} />;
  return <p className={styles.quiet}>{words.unknownType(Object.keys(data).join(', '))}</p>;
}

function Picture({ source, alt }: { source: string; alt: string }) {
  return (
    <div className={styles.paper}>
      <img src={source} alt={plainText(alt)} />
    </div>
  );
}

/** Longest value shown as text; the rest is in "Copy output". */
const longestText = 100_000;

function Plain({ text }: { text: string }) {
  return <pre className={styles.plain}>{plainText(text.slice(0, longestText))}</pre>;
}

/** Text may come as one string or as lines, as notebooks store it. */
function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((line) => typeof line === 'string')) return value.join('');
  return undefined;
}

function base64(value: string): string {
  return value.replace(/[^A-Za-z0-9+/=]/g, '');
}
