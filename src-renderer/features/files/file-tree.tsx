/** The tree: lazy folders, several selected, letters to find a name, keys for renaming and removing. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Collection } from 'react-aria-components/Collection';
import { Tree } from 'react-aria-components/Tree';
import { Virtualizer } from 'react-aria-components/Virtualizer';
import { useStore } from 'zustand';
import { useStatus } from '../../app/app-context.tsx';
import { filesMessages as words } from '../../messages/files.ts';
import { isFolderItem, type TreeNode } from '../../stores/files/tree-model.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { useNarrow } from '../../ui/use-narrow.ts';
import { FileMenu, type MenuPlace } from './file-menu.tsx';
import { FileRow, type OpenMenu, OpenMenuContext } from './file-row.tsx';
import styles from './files.module.css';
import { useFiles, useFilesContext } from './files-context.ts';
import { RenameField } from './rename-field.tsx';
import { TreeLayout } from './tree-layout.ts';

/** ms a row is selected until its preview is read: arrow keys run through many. */
const previewAfter = 150;

/** See the head of the file. */
export function FileTree() {
  const { workspace, registry, active, openDialog, chooseUpload } = useFilesContext();
  const { files, openFiles, model } = workspace;
  const [base, folders, expanded, selected, renaming] = useFiles(
    (state) => [state.base, state.folders, state.expanded, state.selected, state.renaming] as const,
  );
  const view = useStore(registry.view);
  // Selecting changes none of them: then ten thousand rows are not looked at again.
  const nodes = useMemo(
    () => model.rows(base, folders, expanded, view),
    [model, base, folders, expanded, view],
  );
  const notes = useMemo(() => notesIn(nodes), [nodes]);
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const pane = useRef<HTMLDivElement>(null);
  const isTyping = useRef(false);
  const byPointer = useRef(false);
  const isNarrow = useNarrow();
  const waiting = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(
    () => () => {
      if (waiting.current !== null) clearTimeout(waiting.current);
    },
    [],
  );

  const show = (path: string, after: number) => {
    if (waiting.current !== null) clearTimeout(waiting.current);
    const item = files.itemAt(path);
    if (!item || isFolderItem(item)) return;
    waiting.current = setTimeout(() => {
      files.open(path);
      // Of a session that has ended, what was read is shown.
      if (active) void openFiles.load(path);
    }, after);
  };
  const toggle = (path: string) => {
    const next = new Set(expanded);
    if (!next.delete(path)) next.add(path);
    files.setExpanded(next);
  };
  const openMenu = useCallback<OpenMenu>(
    (path, place) => {
      const { selected: chosen } = files.state;
      const paths = chosen.has(path) ? [...chosen] : [path];
      if (!chosen.has(path)) files.select(new Set([path]));
      // What is selected has the focus, too: else keys that follow would be about another row.
      const rows = pane.current?.querySelectorAll<HTMLElement>('[data-path]') ?? [];
      const row = [...rows].find((content) => content.dataset.path === path);
      row?.closest<HTMLElement>('[role="row"]')?.focus();
      setMenu({ ...place, paths });
    },
    [files],
  );
  const onKeyDown = (event: React.KeyboardEvent) => {
    // While the tree itself has the focus, it is about what is selected.
    const path = rowPath(event.target) ?? [...selected][0] ?? null;
    if (!active || path === null || (event.target as Element).closest('input, button')) return;
    // The row with the focus need not be selected.
    const paths = selected.has(path) ? [...selected] : [path];
    if (event.key === 'F2') files.rename(path);
    else if (event.key === 'Delete' || (event.key === 'Backspace' && event.metaKey)) {
      openDialog({ type: 'remove', paths });
    } else return;
    event.preventDefault();
  };
  /** A name that was found by its letters is selected, as one that was reached by arrows. */
  const onFocus = (event: React.FocusEvent) => {
    const path = rowPath(event.target);
    if (!isTyping.current || path === null) return;
    isTyping.current = false;
    files.select(new Set([path]));
    if (!isNarrow) show(path, previewAfter);
  };

  const [first] = nodes;
  if (nodes.length === 1 && first?.kind === 'empty' && first.count === 0) {
    return (
      <div className={styles.emptyRoot}>
        <p>{active ? words.emptyRoot : words.empty}</p>
        {active && <Button onPress={() => chooseUpload('files', base)}>{words.emptyRootUpload}</Button>}
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the tree inside
    <div
      ref={pane}
      className={styles.treeBox}
      onPointerDownCapture={() => {
        byPointer.current = true;
      }}
      onKeyDownCapture={(event) => {
        byPointer.current = false;
        isTyping.current = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
      }}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      onContextMenu={(event) => {
        // By mouse on something in the row, by the menu key on the row itself.
        const path = rowPath(event.target);
        if (path === null) return;
        event.preventDefault();
        openMenu(path, { x: event.clientX, y: event.clientY });
      }}
    >
      <OpenMenuContext value={openMenu}>
        <RowHeights>
          <Tree
            key={classOf(nodes.length)}
            aria-label={words.tree}
            className={cx(styles.tree)}
            items={nodes}
            selectionMode="multiple"
            selectionBehavior="replace"
            selectedKeys={selected}
            disabledKeys={notes}
            disabledBehavior="selection"
            expandedKeys={expanded}
            onExpandedChange={(keys) => files.setExpanded(new Set([...keys].map(String)))}
            onSelectionChange={(keys) => {
              const paths = keys === 'all' ? allPaths(nodes) : [...keys].map(String);
              files.select(new Set(paths.filter((path) => !path.includes('//'))));
              const [only] = paths;
              // Where the preview takes the tree's place, keys go on in the tree until Enter.
              const isMeant = !isNarrow || byPointer.current;
              if (only !== undefined && paths.length === 1 && isMeant) show(only, previewAfter);
            }}
            onAction={(key) => {
              const path = String(key);
              const item = files.itemAt(path);
              if (item && isFolderItem(item)) toggle(path);
              else show(path, 0);
            }}
          >
            {renderRow}
          </Tree>
        </RowHeights>
      </OpenMenuContext>
      {renaming !== null && <RenameField key={renaming} path={renaming} box={pane} />}
      {menu && <FileMenu place={menu} onClose={() => setMenu(null)} />}
    </div>
  );
}

/** The path of the row that an event came from. */
function rowPath(target: EventTarget): string | null {
  const row = target instanceof Element ? target.closest('[role="row"]') : null;
  return row?.querySelector<HTMLElement>('[data-path]')?.dataset.path ?? null;
}

/** Always the same function: the tree keeps what it made of a row that is the same. */
function renderRow(node: TreeNode): React.ReactElement {
  return (
    <FileRow key={`${node.id}//${sizeClass(node)}`} node={node}>
      {node.kind === 'item' && node.children && <Collection items={node.children}>{renderRow}</Collection>}
    </FileRow>
  );
}

/**
 * Thousands of rows that come at once are made together with what holds them: put into it one by one, React would look past all of
 * those that are still to come, for each of them.
 */
function sizeClass(node: TreeNode): number {
  return node.kind === 'item' && node.children ? classOf(node.children.length) : 0;
}

function classOf(count: number): number {
  return count < 512 ? 0 : Math.ceil(Math.log2(count));
}

/** Only rows in view are in the document. Their height is that of the density. */
function RowHeights({ children }: { children: React.ReactNode }) {
  const density = useStatus(({ status }) => status?.settings.density);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the density changes what is read
  const rowHeight = useMemo(() => {
    const row = getComputedStyle(document.documentElement).getPropertyValue('--row');
    return Number.parseFloat(row) || 28;
  }, [density]);
  return (
    <Virtualizer layout={TreeLayout} layoutOptions={{ rowHeight, padding: 4 }}>
      {children}
    </Virtualizer>
  );
}

/** Rows that are words, which cannot be selected. */
function notesIn(nodes: readonly TreeNode[]): string[] {
  return nodes.flatMap((node) => {
    if (node.kind !== 'item') return [node.id];
    return node.children ? notesIn(node.children) : [];
  });
}

function allPaths(nodes: readonly TreeNode[]): string[] {
  return nodes.flatMap((node) =>
    node.kind === 'item' ? [node.path, ...(node.children ? allPaths(node.children) : [])] : [],
  );
}
