/** Rows of the file tree, made of what was read so far: sorted, hidden files left out, with words for what is not there. Pure. */
import type { Problem } from '../../../src-shared/contract/errors.ts';
import type { FileItem } from '../../../src-shared/domain/file.ts';
import { joinPath } from './file-paths.ts';

/** A folder that was read, or is being read. `items` stay while it is read again. */
export interface FolderState {
  state: 'loading' | 'ready' | 'failed';
  items: readonly FileItem[];
  more: number;
  problem: Problem | null;
}

/** By what rows are sorted. */
export type SortKey = 'name' | 'size' | 'time';

/** How the tree is shown, in all sessions alike. */
export interface TreeView {
  sort: SortKey;
  descending: boolean;
  hidden: boolean;
}

/** A row. */
export type TreeNode =
  /** `children`: null for what is no folder; of a closed one, a word that nobody sees. */
  | { kind: 'item'; id: string; path: string; item: FileItem; isFolder: boolean; children: TreeNode[] | null }
  /** Something to say inside of a folder. */
  | {
      kind: 'loading' | 'empty' | 'failed' | 'more';
      id: string;
      /** The folder's path. */
      path: string;
      problem: Problem | null;
      /** Entries that are not shown: too many, or hidden. */
      count: number;
    };

/** True where a row opens: folders, and links that lead to one. */
export function isFolderItem({ type, link }: FileItem): boolean {
  return type === 'directory' || link?.leadsTo === 'directory';
}

/** True for names that systems hide. */
export function isHiddenName(name: string): boolean {
  return name.startsWith('.');
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Folders first, then by the key; equal ones by name. */
export function sortedItems(items: readonly FileItem[], { sort, descending }: TreeView): FileItem[] {
  const sign = descending ? -1 : 1;
  const byName = (one: FileItem, other: FileItem) =>
    collator.compare(one.name, other.name) || (one.name < other.name ? -1 : 1);
  const byKey: Record<SortKey, (one: FileItem, other: FileItem) => number> = {
    name: byName,
    size: (one, other) => one.size - other.size,
    time: (one, other) => one.modifiedAt - other.modifiedAt,
  };
  return [...items].sort((one, other) => {
    const folders = Number(isFolderItem(other)) - Number(isFolderItem(one));
    if (folders !== 0) return folders;
    return sign * byKey[sort](one, other) || byName(one, other);
  });
}

/**
 * Makes rows, and keeps those that are the same: the tree draws again only what changed. One a session, as it remembers what
 * it made last.
 */
export class TreeModel {
  #view: TreeView | null = null;
  #sorted = new WeakMap<readonly FileItem[], FileItem[]>();
  readonly #leaves = new WeakMap<FileItem, TreeNode>();
  #rows = new Map<string, { folder: FolderState; hasOpen: boolean; rows: TreeNode[] }>();

  /** The rows of `base`. Only folders in `expanded` have rows inside. */
  rows(
    base: string,
    folders: Readonly<Record<string, FolderState | undefined>>,
    expanded: ReadonlySet<string>,
    view: TreeView,
  ): TreeNode[] {
    if (this.#view !== view) {
      this.#view = view;
      this.#rows = new Map();
      this.#sorted = new WeakMap();
    }
    return this.#rowsOf(base, folders, expanded, view, 0);
  }

  #rowsOf(
    path: string,
    folders: Readonly<Record<string, FolderState | undefined>>,
    expanded: ReadonlySet<string>,
    view: TreeView,
    depth: number,
  ): TreeNode[] {
    const folder = folders[path];
    // A link to the folder it is in can be opened again and again; nobody means that.
    if (!folder || depth > 64) return [noteOf('loading', path)];
    const items = this.#itemsOf(folder, view);
    const isOpenFolder = (item: FileItem) => isFolderItem(item) && expanded.has(joinPath(path, item.name));
    const hasOpen = items.some(isOpenFolder);
    const known = this.#rows.get(path);
    if (!hasOpen && known?.folder === folder && !known.hasOpen) return known.rows;
    const shown = items.map((item) =>
      this.#rowOf(path, item, isOpenFolder(item), folders, expanded, view, depth),
    );
    const rows = [...shown, ...notesOf(path, folder, shown.length)];
    this.#rows.set(path, { folder, hasOpen, rows });
    return rows;
  }

  #rowOf(
    folder: string,
    item: FileItem,
    isOpen: boolean,
    folders: Readonly<Record<string, FolderState | undefined>>,
    expanded: ReadonlySet<string>,
    view: TreeView,
    depth: number,
  ): TreeNode {
    const path = joinPath(folder, item.name);
    if (isOpen) {
      const children = this.#rowsOf(path, folders, expanded, view, depth + 1);
      return { kind: 'item', id: path, path, item, isFolder: true, children };
    }
    const known = this.#leaves.get(item);
    if (known?.path === path) return known;
    const isFolder = isFolderItem(item);
    // What is inside is not known; only a row that has some is one that can be opened.
    const children = isFolder ? [noteOf('loading', path)] : null;
    const node: TreeNode = { kind: 'item', id: path, path, item, isFolder, children };
    this.#leaves.set(item, node);
    return node;
  }

  #itemsOf(folder: FolderState, view: TreeView): FileItem[] {
    const known = this.#sorted.get(folder.items);
    if (known) return known;
    const shown = view.hidden ? folder.items : folder.items.filter(({ name }) => !isHiddenName(name));
    const sorted = sortedItems(shown, view);
    this.#sorted.set(folder.items, sorted);
    return sorted;
  }
}

function notesOf(path: string, folder: FolderState, shown: number): TreeNode[] {
  const hidden = folder.items.length - shown;
  if (folder.state === 'failed') return [{ ...noteOf('failed', path), problem: folder.problem }];
  if (folder.state === 'loading' && folder.items.length === 0) return [noteOf('loading', path)];
  if (shown === 0) return [noteOf('empty', path, hidden)];
  return folder.more > 0 ? [noteOf('more', path, folder.more)] : [];
}

type Note = Exclude<TreeNode, { kind: 'item' }>;

/** Its id can be no path: a path has no two slashes in a row. */
function noteOf(kind: Note['kind'], path: string, count = 0): Note {
  return { kind, id: `${path}//${kind}`, path, problem: null, count };
}
