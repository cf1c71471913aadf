/** One row of the tree: a file, a folder, a link, or words about the folder it is in. */
import {
  ChevronRight,
  Ellipsis,
  FileCode,
  FileCog,
  File as FileIcon,
  FileImage,
  FileText,
  Folder,
  FolderOpen,
  FolderSymlink,
  Link2,
  Link2Off,
} from 'lucide-react';
import { createContext, type ReactNode, useContext } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { TreeItem, TreeItemContent } from 'react-aria-components/Tree';
import { useStore } from 'zustand';
import type { FileItem } from '../../../src-shared/domain/file.ts';
import { filesMessages as words } from '../../messages/files.ts';
import { formatBytes, formatCount, formatWhen } from '../../messages/format.ts';
import { isFolderItem, type TreeNode } from '../../stores/files/tree-model.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import type { MenuPlace } from './file-menu.tsx';
import { FileName } from './file-name.tsx';
import styles from './files.module.css';
import { useFilesContext } from './files-context.ts';
import { visibleName } from './visible-name.ts';

/** Opens the menu of a row at a place of the window. */
export type OpenMenu = (path: string, place: Omit<MenuPlace, 'paths'>) => void;

/** How rows open it. Rows get nothing but their node, so that one that is the same is not made again. */
export const OpenMenuContext = createContext<OpenMenu>(() => {});

/** `children` are the rows inside. */
export function FileRow({ node, children }: { node: TreeNode; children: ReactNode }) {
  if (node.kind !== 'item') return <NoteRow node={node} />;
  const { item, path } = node;
  const name = visibleName(item.name);
  return (
    <TreeItem id={node.id} textValue={name} aria-label={labelOf(item, name)} className={cx(styles.row)}>
      <TreeItemContent>
        {({ isExpanded }) => <RowContent path={path} item={item} name={name} isExpanded={isExpanded} />}
      </TreeItemContent>
      {children}
    </TreeItem>
  );
}

function RowContent({
  path,
  item,
  name,
  isExpanded,
}: {
  path: string;
  item: FileItem;
  name: string;
  isExpanded: boolean;
}) {
  const openMenu = useContext(OpenMenuContext);
  return (
    <div className={styles.rowInner} data-path={path}>
      {isFolderItem(item) ? (
        <AriaButton slot="chevron" className={cx(styles.chevron)} aria-label={words.toggle(name)}>
          <ChevronRight size={14} aria-hidden />
        </AriaButton>
      ) : (
        <span className={styles.chevron} />
      )}
      <ItemIcon item={item} isExpanded={isExpanded} />
      <span className={styles.rowName} title={titleOf(item, name)}>
        <FileName name={item.name} />
        {item.link && <span className={styles.linkTarget}> → {visibleName(item.link.target)}</span>}
        <UnsavedMark path={path} />
      </span>
      <span className={styles.rowSize}>{item.type === 'file' ? formatBytes(item.size) : ''}</span>
      <span className={styles.rowTime}>
        {item.modifiedAt > 0 ? formatWhen(item.modifiedAt, Date.now()) : ''}
      </span>
      {/* A plain button: there is one in each row. What it gets is not for the row. */}
      <button
        type="button"
        className={styles.rowMenu}
        aria-label={words.actions(name)}
        aria-haspopup="menu"
        onPointerDown={stop}
        onMouseDown={stop}
        onKeyDown={(event) => {
          if (event.key === 'Enter' || event.key === ' ') event.stopPropagation();
        }}
        onClick={(event) => {
          event.stopPropagation();
          const { left, bottom } = event.currentTarget.getBoundingClientRect();
          openMenu(path, { x: left, y: bottom });
        }}
      >
        <Ellipsis size={16} aria-hidden />
      </button>
    </div>
  );
}

function stop(event: { stopPropagation(): void }): void {
  event.stopPropagation();
}

function NoteRow({ node }: { node: Exclude<TreeNode, { kind: 'item' }> }) {
  const { workspace, active } = useFilesContext();
  const text = noteText(node);
  return (
    <TreeItem id={node.id} textValue={text} aria-label={text} className={cx(styles.row, styles.note)}>
      <TreeItemContent>
        <div className={cx(styles.rowInner, node.kind === 'loading' && styles.late)}>
          <span className={styles.chevron} />
          <span className={styles.rowName} title={text}>
            {text}
          </span>
          {node.kind === 'failed' && active && (
            <Button look="quiet" onPress={() => void workspace.files.read(node.path)}>
              {words.retry}
            </Button>
          )}
        </div>
      </TreeItemContent>
    </TreeItem>
  );
}

function noteText(node: Exclude<TreeNode, { kind: 'item' }>): string {
  switch (node.kind) {
    case 'loading':
      return words.loading;
    case 'failed':
      return words.failed(node.problem?.message ?? '');
    case 'more':
      return words.more(formatCount(node.count));
    case 'empty':
      return node.count > 0 ? words.emptyHidden(node.count) : words.empty;
  }
}

function UnsavedMark({ path }: { path: string }) {
  const { openFiles } = useFilesContext().workspace;
  const dirty = useStore(openFiles.store, ({ files }) => files[path]?.dirty ?? false);
  return dirty ? <span className={styles.dot} role="img" aria-label={words.unsavedMark} /> : null;
}

const endings: readonly [RegExp, typeof FileIcon][] = [
  [/\.(png|jpe?g|gif|webp|bmp|ico|svg)$/i, FileImage],
  [/\.(py|ipynb|js|ts|tsx|jsx|sh|c|h|cpp|rs|go|java|rb|sql|html|css)$/i, FileCode],
  [/\.(txt|md|csv|tsv|log|rst)$/i, FileText],
  [/\.(json|ya?ml|toml|ini|cfg|conf|env)$|^\.env/i, FileCog],
];

function ItemIcon({ item, isExpanded }: { item: FileItem; isExpanded: boolean }) {
  const { type, link, name } = item;
  const Icon =
    type === 'directory'
      ? isExpanded
        ? FolderOpen
        : Folder
      : link
        ? link.leadsTo === 'nothing'
          ? Link2Off
          : link.leadsTo === 'directory'
            ? FolderSymlink
            : Link2
        : (endings.find(([ending]) => ending.test(name))?.[1] ?? FileIcon);
  const look =
    type === 'directory' ? styles.folderIcon : link?.leadsTo === 'nothing' ? styles.brokenIcon : null;
  return <Icon size={16} aria-hidden className={cx(styles.icon, look)} />;
}

function labelOf(item: FileItem, name: string): string {
  const parts = [name, titleOfLink(item) ?? words.kinds[item.type]];
  if (item.type === 'file') parts.push(formatBytes(item.size));
  return parts.join(', ');
}

function titleOf(item: FileItem, name: string): string {
  const link = titleOfLink(item);
  return link ? `${name}\n${link}` : name;
}

function titleOfLink({ link }: FileItem): string | null {
  if (!link) return null;
  const target = visibleName(link.target);
  return link.leadsTo === 'nothing' ? words.brokenLink(target) : words.linkTo(target);
}
