/**
 * A tree of rows, one level inside the other: arrow keys move and open, the right arrow goes into a row's buttons. Rows are
 * either chosen (leaves) or opened and closed (those with rows inside).
 */
import { ChevronRight } from 'lucide-react';
import { createContext, type ReactNode, useContext } from 'react';
import { Button } from 'react-aria-components/Button';
import { Tree as AriaTree, TreeItem, TreeItemContent } from 'react-aria-components/Tree';
import { cx } from './cx.ts';
import styles from './tree.module.css';

const ToggleLabel = createContext('');

/** `selected` is the id of the chosen leaf; `unselectable` are ids of rows that cannot be chosen. */
export function Tree({
  label,
  toggleLabel,
  selected,
  unselectable,
  expanded,
  onSelect,
  onToggle,
  children,
}: {
  label: string;
  /** What the arrow of a row does; the row's name follows it. */
  toggleLabel: string;
  selected: string | null;
  unselectable: readonly string[];
  expanded: readonly string[];
  onSelect: (id: string) => void;
  /** The ids that are open now. */
  onToggle: (expanded: string[]) => void;
  children: ReactNode;
}) {
  return (
    <ToggleLabel value={toggleLabel}>
      <AriaTree
        aria-label={label}
        className={cx(styles.tree)}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={selected === null ? [] : [selected]}
        disabledKeys={unselectable}
        disabledBehavior="selection"
        expandedKeys={expanded}
        onExpandedChange={(keys) => onToggle([...keys].map(String))}
        onSelectionChange={(keys) => {
          const [key] = keys === 'all' ? [] : keys;
          if (key !== undefined) onSelect(String(key));
        }}
      >
        {children}
      </AriaTree>
    </ToggleLabel>
  );
}

/** A row. `label` is its whole name; `content` what is seen of it; `nested` the rows inside, undefined for a leaf. */
export function TreeRow({
  id,
  label,
  content,
  actions,
  nested,
  look = 'row',
  onAction,
  onMenu,
}: {
  id: string;
  label: string;
  content: ReactNode;
  actions?: ReactNode;
  nested?: ReactNode;
  look?: 'row' | 'heading' | 'note' | 'lone';
  onAction?: () => void;
  /** The context menu was asked for, by mouse or key. */
  onMenu?: () => void;
}) {
  const isParent = nested !== undefined;
  return (
    <TreeItem
      id={id}
      textValue={label}
      aria-label={label}
      className={cx(styles.row, styles[look])}
      {...(isParent ? { hasChildItems: true } : {})}
      {...(onAction ? { onAction } : {})}
      onContextMenu={(event) => {
        if (!onMenu) return;
        event.preventDefault();
        event.stopPropagation();
        onMenu();
      }}
    >
      <TreeItemContent>
        <span className={styles.inner}>
          {isParent && <Chevron />}
          <span className={styles.content}>{content}</span>
          {actions}
        </span>
      </TreeItemContent>
      {nested}
    </TreeItem>
  );
}

function Chevron() {
  return (
    <Button slot="chevron" className={cx(styles.chevron)} aria-label={useContext(ToggleLabel)}>
      <ChevronRight size={14} aria-hidden />
    </Button>
  );
}
