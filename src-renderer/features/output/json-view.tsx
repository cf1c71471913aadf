/** JSON as a tree for keyboard and pointer: arrows open, close and move, entries and their paths are copied. */
import { ChevronDown, ChevronRight } from 'lucide-react';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { Json } from '../../../src-shared/domain/json.ts';
import { outputMessages as words } from '../../messages/output.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { expandAll, type JsonRow, jsonRows, mostRows, pathText } from './json-tree.ts';
import styles from './json-view.module.css';
import { CopyValue, type FormChoice, ValueFigure } from './value-figure.tsx';

const root = '$';

/** Draws `value`; the first level is open. */
export function JsonView({ value, choice = null }: { value: Json; choice?: FormChoice | null }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set([root]));
  const [wide, setWide] = useState<ReadonlySet<string>>(() => new Set());
  const [focused, setFocused] = useState(root);
  const [limited, setLimited] = useState(false);
  const tree = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => jsonRows(value, open, wide), [value, open, wide]);
  const current = rows.find(({ id }) => id === focused) ?? rows[0];

  const focus = (row: JsonRow | undefined) => {
    if (!row) return;
    setFocused(row.id);
    tree.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.id)}"]`)?.focus();
  };
  const toggle = (row: JsonRow) => {
    if (row.kind === 'more') {
      setWide(new Set([...wide, row.id.slice(0, -1)]));
      return;
    }
    if (row.open === null) return;
    const next = new Set(open);
    if (!next.delete(row.id)) next.add(row.id);
    setOpen(next);
  };
  const onKey = (event: KeyboardEvent) => {
    const index = rows.findIndex(({ id }) => id === focused);
    const row = rows[index];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'ArrowDown') focus(rows[index + 1]);
    else if (event.key === 'ArrowUp') focus(rows[index - 1]);
    else if (event.key === 'Home') focus(rows[0]);
    else if (event.key === 'End') focus(rows.at(-1));
    else if (event.key === 'Enter' || event.key === ' ') toggle(row);
    else if (event.key === 'ArrowRight') {
      if (row.open === false || row.kind === 'more') toggle(row);
      else if (row.open) focus(rows[index + 1]);
    } else if (event.key === 'ArrowLeft') {
      if (row.open) toggle(row);
      else focus(rows.slice(0, index).findLast(({ depth }) => depth < row.depth));
    } else return;
    event.preventDefault();
  };
  const openAll = () => {
    const { open: all, all: isAll } = expandAll(value, mostRows);
    setOpen(all);
    setLimited(!isAll);
  };
  return (
    <ValueFigure
      choice={choice}
      caption={limited ? words.expandLimited(mostRows) : undefined}
      actions={
        <>
          <Button look="quiet" onPress={openAll}>
            {words.expandAll}
          </Button>
          <Button
            look="quiet"
            onPress={() => {
              setOpen(new Set());
              setFocused(root);
              setLimited(false);
            }}
          >
            {words.collapseAll}
          </Button>
          <CopyValue label={words.copyValue} text={() => JSON.stringify(current?.value ?? value, null, 2)} />
          {current && current.path.length > 0 && (
            <CopyValue label={words.copyPath} text={() => pathText(current.path)} />
          )}
        </>
      }
    >
      <div ref={tree} role="tree" aria-label={words.json} className={styles.tree} onKeyDown={onKey}>
        {rows.map((row) => (
          <Row
            key={row.id}
            row={row}
            isFocused={row.id === current?.id}
            onFocus={setFocused}
            onToggle={toggle}
          />
        ))}
      </div>
    </ValueFigure>
  );
}

function Row({
  row,
  isFocused,
  onFocus,
  onToggle,
}: {
  row: JsonRow;
  isFocused: boolean;
  onFocus: (id: string) => void;
  onToggle: (row: JsonRow) => void;
}) {
  const Icon = row.open ? ChevronDown : ChevronRight;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys
    <div
      role="treeitem"
      data-row={row.id}
      tabIndex={isFocused ? 0 : -1}
      aria-level={row.depth + 1}
      aria-expanded={row.open ?? undefined}
      aria-selected={isFocused}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      className={styles.row}
      style={{ paddingInlineStart: row.depth * 16 }}
      onFocus={() => onFocus(row.id)}
      onClick={() => onToggle(row)}
    >
      <span className={styles.icon}>{row.open !== null && <Icon size={14} aria-hidden />}</span>
      {row.kind === 'more' ? (
        <span className={styles.quiet}>{words.moreEntries(row.count)}</span>
      ) : (
        <>
          {row.name !== null && <span className={styles.key}>{row.name}:</span>}
          {row.open !== null && (
            <span className={styles.quiet}>
              {row.kind === 'array' ? words.items(row.count) : words.keys(row.count)}
            </span>
          )}
          {row.open !== true && <span className={cx(styles.value, styles[row.kind])}>{row.text}</span>}
        </>
      )}
    </div>
  );
}
