/**
 * Text output: only the rows in view are in the document, whatever there is above and below; rows that are not in memory are
 * asked for when they come into view. Renders again when output was flushed or the view moved.
 */
import { memo, useEffect, useLayoutEffect, useReducer, useRef, useSyncExternalStore } from 'react';
import { useApp } from '../../app/app-context.tsx';
import { outputMessages as words } from '../../messages/output.ts';
import type { Span } from '../../stores/output/ansi.ts';
import type { ExecutionOutput } from '../../stores/output/execution-output.ts';
import type { LineBuffer } from '../../stores/output/line-buffer.ts';
import { type ActiveMatch, activeRow } from '../../stores/output/output-search.ts';
import { type Row, rowsOf } from '../../stores/output/row.ts';
import { cx } from '../../ui/cx.ts';
import { clockTime } from './clock-time.ts';
import styles from './output.module.css';
import { isExact, movedOffset, offsetFor, type ScrollMap, toReal, toShown } from './scroll-map.ts';
import { rowHeight, type Viewport } from './viewport.ts';

/** Rows drawn above and below what is visible. */
const overscan = 12;

/** How text is shown. */
export interface TextLook {
  /** What the output is folded at; Infinity: not folded. */
  columns: number;
  timestamps: boolean;
  find: string;
  matchCase: boolean;
  active: ActiveMatch | null;
}

/** One text part of `output`, inside of `viewport`. */
export function TextPart({
  output,
  buffer,
  viewport,
  look,
}: {
  output: ExecutionOutput;
  buffer: LineBuffer;
  viewport: Viewport;
  look: TextLook;
}) {
  useSyncExternalStore(output.subscribe, output.version);
  const [, moved] = useReducer((n: number) => n + 1, 0);
  const container = useRef<HTMLDivElement>(null);
  const drawn = useRef({ from: 0, to: 0 });
  /** Where the view was when rows were drawn last: in the element, in the text, and what small movements added up to. */
  const place = useRef({ scroll: 0, real: 0, offset: 0 });
  const seenShifts = useRef(buffer.shifts.length);
  const { columns, timestamps, find, matchCase } = look;
  const total = buffer.rowCount;

  const map = mapOf(viewport, buffer, total);
  const scroll = scrollOf(container.current, viewport);
  if (scroll !== null && !isExact(map)) {
    const { real, offset } = place.current;
    // Text that grew must not move what is in view.
    const held =
      scroll === place.current.scroll
        ? offsetFor(map, scroll, real)
        : movedOffset(map, place.current.scroll, scroll, offset);
    const inside = scroll > 0 && scroll < map.shown - map.view;
    place.current.offset = inside ? held : 0;
  }
  const real = scroll === null ? 0 : toReal(map, scroll, place.current.offset);
  place.current.scroll = scroll ?? 0;
  place.current.real = real;
  const { from, to } = clampRange(rangeAt(real, map.view), total);
  drawn.current = { from, to };
  const top = isExact(map) ? from * rowHeight : (scroll ?? 0) + from * rowHeight - real;

  useLayoutEffect(() => {
    const element = viewport.element;
    const shifts = buffer.shifts.slice(Math.min(seenShifts.current, buffer.shifts.length));
    seenShifts.current = buffer.shifts.length;
    let first = Math.floor(real / rowHeight);
    let rows = 0;
    for (const { row, delta } of shifts) {
      if (row > first) continue;
      first += delta;
      rows += delta;
    }
    if (rows !== 0 && element && !viewport.following() && (scroll ?? 0) > 0) {
      if (isExact(map)) element.scrollTop += rows * rowHeight;
      else place.current.offset = offsetFor(map, scroll ?? 0, real + rows * rowHeight);
    }
    viewport.contentChanged();
    if (isInView(container.current, viewport)) output.want(buffer, from, to);
    if (needsRedraw(container.current, viewport, buffer, drawn.current, place.current)) moved();
  });
  useEffect(
    () =>
      viewport.subscribe(() => {
        if (needsRedraw(container.current, viewport, buffer, drawn.current, place.current)) moved();
      }),
    [viewport, buffer],
  );
  useEffect(
    () =>
      viewport.register(buffer, {
        scrollToRow(row) {
          const { element } = viewport;
          const now = scrollOf(container.current, viewport);
          if (!element || now === null) return;
          const target = mapOf(viewport, buffer, buffer.rowCount);
          const wanted = Math.max(0, Math.min(target.real - target.view, row * rowHeight - target.view / 3));
          const shown = toShown(target, wanted);
          element.scrollTop += shown - now;
          place.current = { scroll: shown, real: wanted, offset: offsetFor(target, shown, wanted) };
          moved();
        },
      }),
    [viewport, buffer],
  );

  const current = activeRow(look.active, buffer);
  const rows = rowsOf(buffer, { columns, find, matchCase }, from, to);
  return (
    <div
      ref={container}
      className={cx(styles.text, columns === Number.POSITIVE_INFINITY && styles.unwrapped)}
      style={{ height: map.shown }}
    >
      <div className={styles.rows} style={{ transform: `translateY(${top}px)` }}>
        {rows.map((row, index) => (
          <RowView
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; rows never move within the window
            key={index}
            row={row}
            isCurrent={from + index === current}
            timestamps={timestamps}
            onMore={() => output.setUnfolded(true)}
          />
        ))}
      </div>
    </div>
  );
}

const RowView = memo(
  function RowView({
    row,
    isCurrent,
    timestamps,
    onMore,
  }: {
    row: Row;
    isCurrent: boolean;
    timestamps: boolean;
    onMore: () => void;
  }) {
    if (row.kind === 'away') return <div className={cx(styles.row, styles.away)}>{words.reading}</div>;
    return (
      <div className={cx(styles.row, row.stream === 'stderr' && styles.stderr, isCurrent && styles.current)}>
        {timestamps && <span className={styles.time}>{row.at === null ? '' : clockTime(row.at)}</span>}
        {row.kind === 'more' ? (
          <button type="button" className={styles.more} onClick={onMore}>
            {words.showLongLines}
          </button>
        ) : (
          row.spans.map((span, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: spans have no identity of their own
            <SpanView key={index} span={span} />
          ))
        )}
      </div>
    );
  },
  (a, b) => a.timestamps === b.timestamps && a.isCurrent === b.isCurrent && sameRow(a.row, b.row),
);

function SpanView({ span }: { span: Span }) {
  const { actions } = useApp();
  if (span.className === '' && !span.color && !span.background && !span.link && !span.match) return span.text;
  const className = cx(span.className, span.match && styles.match);
  const style = { color: span.color, background: span.match ? undefined : span.background };
  const { link } = span;
  if (link === undefined) {
    return (
      <span className={className} style={style}>
        {span.text}
      </span>
    );
  }
  return (
    <a
      className={cx(className, styles.link)}
      style={style}
      href={link}
      rel="noreferrer"
      onClick={(event) => {
        event.preventDefault();
        void actions.attempt('shell.openExternal', { url: link });
      }}
    >
      {span.text}
    </a>
  );
}

function sameRow(a: Row, b: Row): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.stream !== b.stream || a.at !== b.at || a.spans.length !== b.spans.length)
    return false;
  return a.spans.every((span, index) => {
    const other = b.spans[index];
    return (
      span.text === other?.text &&
      span.className === other.className &&
      span.color === other.color &&
      span.background === other.background &&
      span.link === other.link &&
      span.match === other.match
    );
  });
}

interface Range {
  from: number;
  to: number;
}

function mapOf(viewport: Viewport, buffer: LineBuffer, rows: number): ScrollMap {
  const real = rows * rowHeight;
  return { real, shown: viewport.heightFor(buffer, real), view: viewport.element?.clientHeight ?? 1080 };
}

/** How far the view's top is below the text's top; null before both are laid out. */
function scrollOf(container: HTMLElement | null, { element }: Viewport): number | null {
  if (!container || !element) return null;
  return element.getBoundingClientRect().top + element.clientTop - container.getBoundingClientRect().top;
}

/** The rows in view, without overscan. */
function rangeAt(real: number, view: number): Range {
  return { from: Math.floor(real / rowHeight), to: Math.ceil((real + view) / rowHeight) };
}

function clampRange({ from, to }: Range, total: number): Range {
  const first = Math.max(0, Math.min(total, from - overscan));
  return { from: first, to: Math.max(first, Math.min(total, to + overscan)) };
}

function isInView(container: HTMLElement | null, { element }: Viewport): boolean {
  if (!container || !element) return false;
  const box = container.getBoundingClientRect();
  const view = element.getBoundingClientRect();
  return box.bottom > view.top && box.top < view.bottom;
}

/** True where rows are in view that were not drawn, or drawn elsewhere. */
function needsRedraw(
  container: HTMLElement | null,
  viewport: Viewport,
  buffer: LineBuffer,
  drawn: Range,
  place: { scroll: number; offset: number },
): boolean {
  const scroll = scrollOf(container, viewport);
  if (scroll === null) return false;
  const total = buffer.rowCount;
  const map = mapOf(viewport, buffer, total);
  // Each pixel of a text in a smaller element stands for more: every movement is drawn.
  if (!isExact(map) && Math.abs(scroll - place.scroll) >= 1) return isInView(container, viewport);
  const seen = rangeAt(toReal(map, scroll, place.offset), map.view);
  const from = Math.max(0, Math.min(total, seen.from));
  const to = Math.max(from, Math.min(total, seen.to));
  return to > from && (from < drawn.from || to > drawn.to);
}
