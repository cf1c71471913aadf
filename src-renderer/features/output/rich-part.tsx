/** A rich value in the best of its forms, or in the one that the person chose. */
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react';
import type { MimeBundle } from '../../../src-shared/domain/execution.ts';
import { outputMessages as words } from '../../messages/output.ts';
import { runMessages } from '../../messages/run.ts';
import { plainText } from '../../stores/output/ansi.ts';
import { ImageView } from './image-view.tsx';
import styles from './output.module.css';
import { TableView } from './table-view.tsx';
import { CopyValue, type FormChoice, SaveValue, ValueFigure, type ValueSource } from './value-figure.tsx';
import { type Form, formsOf, textOf } from './value-forms.ts';

const HtmlFrame = lazy(async () => ({ default: (await import('./html-frame.tsx')).HtmlFrame }));
const Markdown = lazy(async () => ({ default: (await import('./markdown.tsx')).Markdown }));
const ChartView = lazy(async () => ({ default: (await import('./chart-view.tsx')).ChartView }));
const JsonView = lazy(async () => ({ default: (await import('./json-view.tsx')).JsonView }));

/** Longest value shown as text; the rest is in "Copy" and "Save". */
const longestText = 100_000;

/** Draws `data`; `run` names the run for the descriptions of images. `source` null: it is not stored (yet). */
export function RichPart({
  data,
  run,
  source,
}: {
  data: MimeBundle;
  run: string;
  source: ValueSource | null;
}) {
  const forms = useMemo(() => formsOf(data), [data]);
  const [chosen, choose] = useState<string | null>(null);
  const form = forms.find(({ id }) => id === chosen) ?? forms[0];
  if (!form) {
    return <p className={styles.quiet}>{runMessages.unknownType(Object.keys(data).join(', '))}</p>;
  }
  const plain = textOf(data['text/plain']);
  // Plain text alone needs no frame: it is what most values are.
  if (forms.length === 1 && form.kind === 'text') return <Plain text={form.text} />;
  const choice: FormChoice | null = forms.length > 1 ? { forms, shown: form.id, onShow: choose } : null;
  const alt = plainText(plain?.slice(0, 200) || runMessages.image(run));
  return (
    <div className={styles.rich}>
      <Suspense fallback={<Plain text={plain ?? ''} />}>{drawn(form, { choice, alt, source })}</Suspense>
    </div>
  );
}

function drawn(
  form: Form,
  { choice, alt, source }: { choice: FormChoice | null; alt: string; source: ValueSource | null },
): ReactNode {
  const save = <SaveValue source={source} type={form.type} />;
  switch (form.kind) {
    case 'table':
      return <TableView table={form.table} choice={choice} />;
    case 'chart':
      return <ChartView chart={form.chart} choice={choice} />;
    case 'image':
      return <ImageView source={form.source} alt={alt} type={form.type} choice={choice} stored={source} />;
    case 'html':
      return <HtmlFrame html={form.text} choice={choice} actions={save} />;
    case 'markdown':
      return (
        <ValueFigure choice={choice} actions={<CopyValue text={() => form.text} />}>
          <Markdown source={form.text} />
        </ValueFigure>
      );
    case 'json':
      return <JsonView value={form.value} choice={choice} />;
    case 'pdf':
      return (
        <ValueFigure choice={choice} actions={save}>
          <p className={styles.quiet}>{words.pdf(form.bytes)}</p>
        </ValueFigure>
      );
    case 'latex':
    case 'text':
    case 'source':
      return (
        <ValueFigure
          choice={choice}
          caption={form.kind === 'latex' ? words.latex : undefined}
          actions={<CopyValue text={() => form.text} />}
        >
          <Plain text={form.text} />
        </ValueFigure>
      );
  }
}

function Plain({ text }: { text: string }) {
  return <pre className={styles.plain}>{plainText(text.slice(0, longestText))}</pre>;
}
