/**
 * A list of any length whose items are read page by page: only rows in view are in the document, only their pages are read. Rows are
 * of one height (the CSS variable `--paged-row`). It scrolls by keys like any scroll area; buttons in rows are reached by Tab.
 */
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'react';
import { cx } from './cx.ts';
import styles from './paged-list.module.css';
import { ScrollArea } from './scroll-area.tsx';
import { Skeleton } from './skeleton.tsx';

/** A piece of the whole. */
export interface ListPage<T> {
  items: readonly T[];
  total: number;
}

/** Reads a page; another function is another list. */
export type LoadPage<T> = (offset: number, limit: number) => Promise<ListPage<T>>;

const pageSize = 200;
/** Rows beyond what is in view. */
const spare = 8;

interface Known<T> {
  pages: Map<number, readonly T[]>;
  total: number | null;
}

/** `version` says that what was read may be old: it is read again, and stays on the screen until then. */
export function PagedList<T>({
  label,
  loading,
  load,
  version,
  renderRow,
  empty,
  failed,
  onTotal,
  className,
}: {
  label: string;
  /** Said while the first page is read. */
  loading: string;
  load: LoadPage<T>;
  version: unknown;
  renderRow: (item: T) => ReactNode;
  /** Shown instead where there is nothing. */
  empty: ReactNode;
  failed: (error: unknown) => ReactNode;
  onTotal?: (total: number) => void;
  className?: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  // Of another list, nothing that was read may be drawn: not even once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another function is another list
  const known = useMemo<Known<T>>(() => ({ pages: new Map(), total: null }), [load]);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [problem, setProblem] = useState<{ error: unknown } | null>(null);
  const [range, setRange] = useState<readonly [from: number, to: number]>([0, 40]);
  const asked = useRef(new Set<number>());

  // biome-ignore lint/correctness/useExhaustiveDependencies: another function is another list
  useLayoutEffect(() => {
    box.current?.scrollTo(0, 0);
    setRange([0, 40]);
  }, [load]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version is read again
  useEffect(() => {
    const pending = new Set<number>();
    asked.current = pending;
    return () => {
      // What still comes is of an older list.
      if (asked.current === pending) asked.current = new Set();
    };
  }, [load, version]);
  const [first, last] = [Math.floor(range[0] / pageSize), Math.floor(range[1] / pageSize)];
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version is read again
  useEffect(() => {
    const mine = asked.current;
    for (let page = first; page <= last; page += 1) {
      if (mine.has(page)) continue;
      mine.add(page);
      load(page * pageSize, pageSize).then(
        ({ items, total }) => {
          if (asked.current !== mine) return;
          known.pages.set(page, items);
          known.total = total;
          setProblem(null);
          onTotal?.(total);
          redraw();
        },
        (error: unknown) => {
          if (asked.current === mine) setProblem({ error });
        },
      );
    }
  }, [load, version, first, last]);

  const { pages, total } = known;
  const look = () => {
    const element = box.current;
    const row = element?.querySelector('li')?.offsetHeight;
    if (!element || !row) return;
    const from = Math.max(0, Math.floor(element.scrollTop / row) - spare);
    const to = Math.ceil((element.scrollTop + element.clientHeight) / row) + spare;
    setRange((old) => (old[0] === from && old[1] === to ? old : [from, to]));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is in view is measured once there are rows, and when the box changes
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(look);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [total === null || total === 0]);
  if (problem && total === null) return failed(problem.error);
  if (total === 0) return empty;
  if (total === null) return <Skeleton label={loading} rows={6} />;
  const rows: ReactNode[] = [];
  for (let index = range[0]; index < Math.min(range[1], total); index += 1) {
    const item = pages.get(Math.floor(index / pageSize))?.[index % pageSize];
    rows.push(
      <li
        key={index}
        aria-posinset={index + 1}
        aria-setsize={total}
        className={styles.row}
        style={{ top: `calc(var(--paged-row) * ${index})` }}
      >
        {item !== undefined && renderRow(item)}
      </li>,
    );
  }
  return (
    <ScrollArea ref={box} label={label} className={cx(styles.box, className)} onScroll={look}>
      <ul className={styles.all} style={{ height: `calc(var(--paged-row) * ${total})` }}>
        {rows}
      </ul>
    </ScrollArea>
  );
}
