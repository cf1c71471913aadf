/** The tree: lazy folders, several selected, letters to find a name, keys for renaming and removing. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { Collection } from 'react-aria-components/Collection';
import { Tree } from 'react-aria-components/Tree';
import { ListLayout, Virtualizer } from 'react-aria-components/Virtualizer';
import { useStore } from 'zustand';
import { useStatus } from '../../app/app-context.tsx';
import { filesMessages as words } from '../../messages/files.ts';
import { isFolderItem, type TreeNode } from '../../stores/files/tree-model.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { FileMenu, type MenuPlace } from './file-menu.tsx';
import { FileRow } from './file-row.tsx';
import styles from './files.module.css';
import { useFiles, useFilesContext } from './files-context.ts';
import { RenameField } from './rename-field.tsx';

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
  const nodes = model.rows(base, folders, expanded, view);
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const pane = useRef<HTMLDivElement>(null);
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
  const openMenu = (path: string, place: Omit<MenuPlace, 'paths'>) => {
    const paths = selected.has(path) ? [...selected] : [path];
    if (!selected.has(path)) files.select(new Set([path]));
    setMenu({ ...place, paths });
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const [only] = selected;
    if (!active || only === undefined || (event.target as Element).closest('input, button')) return;
    if (event.key === 'F2' && selected.size === 1) files.rename(only);
    else if (event.key === 'Delete' || (event.key === 'Backspace' && event.metaKey)) {
      openDialog({ type: 'remove', paths: [...selected] });
    } else return;
    event.preventDefault();
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
    <div ref={pane} className={styles.treeBox} onKeyDown={onKeyDown}>
      <RowHeights>
        <Tree
          aria-label={words.tree}
          className={cx(styles.tree)}
          items={nodes}
          selectionMode="multiple"
          selectionBehavior="replace"
          selectedKeys={selected}
          expandedKeys={expanded}
          onExpandedChange={(keys) => files.setExpanded(new Set([...keys].map(String)))}
          onSelectionChange={(keys) => {
            const paths = keys === 'all' ? allPaths(nodes) : [...keys].map(String);
            files.select(new Set(paths.filter((path) => !path.includes('//'))));
            const [only] = paths;
            if (only !== undefined && paths.length === 1) show(only, previewAfter);
          }}
          onAction={(key) => {
            const path = String(key);
            const item = files.itemAt(path);
            if (item && isFolderItem(item)) toggle(path);
            else show(path, 0);
          }}
        >
          {(node) => renderRow(node, openMenu)}
        </Tree>
      </RowHeights>
      {renaming !== null && <RenameField key={renaming} path={renaming} box={pane} />}
      {menu && <FileMenu place={menu} onClose={() => setMenu(null)} />}
    </div>
  );
}

function renderRow(
  node: TreeNode,
  openMenu: (path: string, place: Omit<MenuPlace, 'paths'>) => void,
): React.ReactElement {
  return (
    <FileRow key={node.id} node={node} onMenu={openMenu}>
      {node.kind === 'item' && node.children && (
        <Collection items={node.children}>{(child) => renderRow(child, openMenu)}</Collection>
      )}
    </FileRow>
  );
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
    <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight, padding: 4 }}>
      {children}
    </Virtualizer>
  );
}

function allPaths(nodes: readonly TreeNode[]): string[] {
  return nodes.flatMap((node) =>
    node.kind === 'item' ? [node.path, ...(node.children ? allPaths(node.children) : [])] : [],
  );
}
