/** Text output: only the rows in view are in the document. Renders again when output was flushed or the view moved. */
import { memo, useEffect, useLayoutEffect, useReducer, useRef, useSyncExternalStore } from 'react';
import type { ExecutionOutput } from '../../stores/output/execution-output.ts';
import type { LineBuffer } from '../../stores/output/line-buffer.ts';
import { type Row, rowsOf } from '../../stores/output/row.ts';
import { cx } from '../../ui/cx.ts';
import styles from './output.module.css';
import { rowHeight, type Viewport } from './viewport.ts';

/** Rows drawn above and below what is visible. */
const overscan = 12;

/** One text part of `output`, inside of `viewport`. `columns` is what the output is folded at (Infinity: not folded). */
export function TextPart({
  output,
  buffer,
  viewport,
  columns,
}: {
  output: ExecutionOutput;
  buffer: LineBuffer;
  viewport: Viewport;
  columns: number;
}) {
  useSyncExternalStore(output.subscribe, output.version);
  const [, moved] = useReducer((n: number) => n + 1, 0);
  const container = useRef<HTMLDivElement>(null);
  const drawn = useRef({ from: 0, to: 0 });
  const dropped = useRef(buffer.droppedRows);
  const total = buffer.rowCount;

  const { from, to } = clampRange(visibleRange(container.current, viewport, total), total);
  drawn.current = { from, to };

  useLayoutEffect(() => {
    const gone = buffer.droppedRows - dropped.current;
    dropped.current = buffer.droppedRows;
    if (gone > 0) viewport.droppedAbove(gone * rowHeight);
    viewport.contentChanged();
    if (needsRedraw(container.current, viewport, buffer.rowCount, drawn.current)) moved();
  });
  useEffect(
    () =>
      viewport.subscribe(() => {
        if (needsRedraw(container.current, viewport, buffer.rowCount, drawn.current)) moved();
      }),
    [viewport, buffer],
  );

  return (
    <div
      ref={container}
      className={cx(styles.text, columns === Number.POSITIVE_INFINITY && styles.unwrapped)}
      style={{ height: total * rowHeight }}
    >
      <div className={styles.rows} style={{ transform: `translateY(${from * rowHeight}px)` }}>
        {rowsOf(buffer, columns, from, to).map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; rows never move within the window
          <RowView key={index} row={row} />
        ))}
      </div>
    </div>
  );
}

const RowView = memo(
  function RowView({ row }: { row: Row }) {
    return (
      <div className={cx(styles.row, row.stream === 'stderr' && styles.stderr)}>
        {row.spans.map((span, index) =>
          span.className === '' && !span.color && !span.background ? (
            span.text
          ) : (
            <span
              // biome-ignore lint/suspicious/noArrayIndexKey: spans have no identity of their own
              key={index}
              className={span.className}
              style={{ color: span.color, background: span.background }}
            >
              {span.text}
            </span>
          ),
        )}
      </div>
    );
  },
  (a, b) => a.row.stream === b.row.stream && sameSpans(a.row, b.row),
);

function sameSpans(a: Row, b: Row): boolean {
  if (a.spans.length !== b.spans.length) return false;
  return a.spans.every((span, index) => {
    const other = b.spans[index];
    return (
      span.text === other?.text &&
      span.className === other.className &&
      span.color === other.color &&
      span.background === other.background
    );
  });
}

interface Range {
  from: number;
  to: number;
}

/** The rows in view, without overscan; empty where the part is out of view. */
function visibleRange(container: HTMLElement | null, viewport: Viewport, total: number): Range {
  const { element } = viewport;
  if (!container || !element) return { from: 0, to: Math.min(total, 60) };
  const top = element.getBoundingClientRect().top - container.getBoundingClientRect().top;
  return {
    from: Math.floor(top / rowHeight),
    to: Math.ceil((top + element.clientHeight) / rowHeight),
  };
}

function clampRange({ from, to }: Range, total: number): Range {
  const first = Math.max(0, Math.min(total, from - overscan));
  return { from: first, to: Math.max(first, Math.min(total, to + overscan)) };
}

/** True where rows are in view that were not drawn. */
function needsRedraw(
  container: HTMLElement | null,
  viewport: Viewport,
  total: number,
  drawn: Range,
): boolean {
  const seen = visibleRange(container, viewport, total);
  const from = Math.max(0, Math.min(total, seen.from));
  const to = Math.max(from, Math.min(total, seen.to));
  return to > from && (from < drawn.from || to > drawn.to);
}
