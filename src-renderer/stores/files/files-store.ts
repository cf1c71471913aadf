/** The file tree of one session: which folders were read, what is open and selected, and what can be done to it. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Problem, SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { FileItem } from '../../../src-shared/domain/file.ts';
import type { Bridge } from '../../bridge/client.ts';
import { filesMessages as words } from '../../messages/files.ts';
import { share } from '../share.ts';
import { isInside, joinPath, movedPath, nameOf, parentOf } from './file-paths.ts';
import { type FolderState, isFolderItem } from './tree-model.ts';

/** What the store holds. */
export interface FilesState {
  /** The folder that is shown. */
  base: string;
  folders: Readonly<Record<string, FolderState | undefined>>;
  expanded: ReadonlySet<string>;
  selected: ReadonlySet<string>;
  /** The file in the preview. */
  open: string | null;
  /** The row whose name is being typed. */
  renaming: string | null;
  /** What went wrong with the last thing that was done here. */
  problem: Problem | null;
}

/** See the head of the file. Methods never throw: what goes wrong is in the state. */
export class FilesStore {
  readonly sessionId: string;
  readonly store: StoreApi<FilesState>;
  readonly #bridge: Bridge;
  /** Reads under way, so that none is asked for twice; a later one wins. */
  readonly #reads = new Map<string, number>();
  #nextRead = 1;

  constructor(bridge: Bridge, sessionId: string) {
    this.#bridge = bridge;
    this.sessionId = sessionId;
    this.store = createStore<FilesState>(() => ({
      base: '.',
      folders: {},
      expanded: new Set(),
      selected: new Set(),
      open: null,
      renaming: null,
      problem: null,
    }));
  }

  /** The state now. */
  get state(): FilesState {
    return this.store.getState();
  }

  /** Reads the shown folder where it was not read yet. */
  async start(): Promise<void> {
    const { base, folders } = this.state;
    if (!folders[base]) await this.read(base);
  }

  /** Reads a folder (again). Its entries stay until the new ones are here. */
  async read(path: string): Promise<void> {
    const turn = this.#nextRead;
    this.#nextRead += 1;
    this.#reads.set(path, turn);
    this.#patchFolder(path, (before) => ({
      state: 'loading',
      items: before?.items ?? [],
      more: before?.more ?? 0,
      problem: null,
    }));
    try {
      const found = await this.#bridge.call('files.list', { sessionId: this.sessionId, path });
      if (this.#reads.get(path) !== turn) return;
      this.#patchFolder(path, (before) => ({
        state: 'ready',
        items: shareItems(before?.items ?? [], found.items),
        more: found.more,
        problem: null,
      }));
      this.#adoptFullPath(path, found.path);
    } catch (error) {
      if (this.#reads.get(path) !== turn) return;
      const problem = toProblem(error);
      this.#patchFolder(path, () => ({ state: 'failed', items: [], more: 0, problem }));
    }
  }

  /** Reads everything that is to be seen again. */
  async refresh(): Promise<void> {
    const { base, expanded, folders } = this.state;
    const seen = [base, ...[...expanded].filter((path) => folders[path] && isInside(path, base))];
    await Promise.all(seen.map((path) => this.read(path)));
  }

  /** Shows another folder. */
  async show(base: string): Promise<void> {
    this.store.setState({ base, selected: new Set(), renaming: null, problem: null });
    await this.read(base);
  }

  /** Opens and closes folders of the tree; new ones are read. */
  setExpanded(expanded: ReadonlySet<string>): void {
    const before = this.state.expanded;
    this.store.setState({ expanded });
    // What was read before may have changed since: it is shown at once, and read again.
    for (const path of expanded) if (!before.has(path)) void this.read(path);
  }

  /** Selects rows. */
  select(selected: ReadonlySet<string>): void {
    this.store.setState({ selected });
  }

  /** Shows a file in the preview; null shows none. */
  open(path: string | null): void {
    if (this.state.open !== path) this.store.setState({ open: path });
  }

  /** Begins to type a name; null ends it. */
  rename(path: string | null): void {
    this.store.setState({ renaming: path });
  }

  /** Shows or takes away a problem. */
  showProblem(problem: Problem | null): void {
    this.store.setState({ problem });
  }

  /** The entry at a path, where its folder was read. */
  itemAt(path: string): FileItem | undefined {
    return this.state.folders[parentOf(path)]?.items.find(({ name }) => name === nameOf(path));
  }

  /** Where new things go: the selected folder, the folder of the selected file, or the shown one. */
  targetFolder(): string {
    const { base, selected } = this.state;
    const [only] = selected;
    if (only === undefined || selected.size !== 1) return base;
    const item = this.itemAt(only);
    if (!item) return base;
    return isFolderItem(item) ? only : parentOf(only);
  }

  /** What has which name in a folder, read now. Throws what reading throws. */
  async takenIn(folder: string): Promise<Map<string, 'folder' | 'file'>> {
    const { items } = await this.#bridge.call('files.list', { sessionId: this.sessionId, path: folder });
    return new Map(items.map((item) => [item.name, item.type === 'directory' ? 'folder' : 'file']));
  }

  /** Makes a folder, or an empty file; then selects it. Gives its path, or null where it could not be made. */
  async create(folder: string, name: string, kind: 'file' | 'folder'): Promise<string | null> {
    const { sessionId } = this;
    const path = joinPath(folder, name);
    const done = await this.#attempt(async () => {
      if (kind === 'folder') await this.#bridge.call('files.makeDir', { sessionId, path });
      else {
        const saved = await this.#bridge.call('files.write', { sessionId, path, text: '', expected: null });
        if (saved.outcome === 'conflict')
          throw new SpecboardError('conflict', words.taken, { kept: words.nothingChanged });
      }
    });
    if (!done) return null;
    await this.reveal(path);
    return path;
  }

  /** Gives a file another name in its folder. False where that did not work. */
  async renameTo(path: string, name: string): Promise<boolean> {
    const { sessionId } = this;
    this.rename(null);
    if (name === nameOf(path)) return true;
    const to = joinPath(parentOf(path), name);
    const done = await this.#attempt(() =>
      this.#bridge.call('files.move', { sessionId, from: path, to }).then(() => {}),
    );
    if (!done) return false;
    this.#moved(path, to);
    await this.read(parentOf(path));
    return true;
  }

  /** Removes files and folders with all that is in them. Gives what was removed. */
  async remove(paths: readonly string[]): Promise<string[]> {
    const { sessionId } = this;
    const removed: string[] = [];
    await this.#attempt(async () => {
      for (const path of paths) {
        await this.#bridge.call('files.remove', { sessionId, path });
        removed.push(path);
      }
    });
    const isGone = (path: string) => removed.some((gone) => isInside(path, gone));
    const { selected, expanded, open } = this.state;
    this.store.setState({
      selected: new Set([...selected].filter((path) => !isGone(path))),
      expanded: new Set([...expanded].filter((path) => !isGone(path))),
      open: open !== null && isGone(open) ? null : open,
    });
    await Promise.all([...new Set(paths.map(parentOf))].map((path) => this.read(path)));
    return removed;
  }

  /** Opens the folders above a path, reads its folder again and selects it. */
  async reveal(path: string): Promise<void> {
    const { base, expanded } = this.state;
    const folder = parentOf(path);
    const above: string[] = [];
    for (let at = folder; at !== base && isInside(at, base); at = parentOf(at)) above.push(at);
    this.store.setState({ expanded: new Set([...expanded, ...above]), selected: new Set([path]) });
    await this.read(folder);
  }

  /** Follows something that was moved. */
  #moved(from: string, to: string): void {
    const { selected, expanded, open, folders } = this.state;
    const moved = (path: string) => movedPath(path, from, to);
    this.store.setState({
      selected: new Set([...selected].map(moved)),
      expanded: new Set([...expanded].map(moved)),
      open: open === null ? null : moved(open),
      folders: Object.fromEntries(Object.entries(folders).map(([path, folder]) => [moved(path), folder])),
    });
  }

  /** The working folder by its full path, where the driver tells it: then there is a way up. */
  #adoptFullPath(asked: string, full: string): void {
    const { base, folders } = this.state;
    if (asked !== '.' || base !== '.' || !full.startsWith('/')) return;
    const { '.': folder, ...others } = folders;
    this.store.setState({ base: full, folders: { ...others, [full]: folder } });
  }

  async #attempt(work: () => Promise<void>): Promise<boolean> {
    this.store.setState({ problem: null });
    try {
      await work();
      return true;
    } catch (error) {
      this.store.setState({ problem: toProblem(error) });
      return false;
    }
  }

  #patchFolder(path: string, patch: (before: FolderState | undefined) => FolderState): void {
    this.store.setState(({ folders }) => ({ folders: { ...folders, [path]: patch(folders[path]) } }));
  }
}

/** Keeps the objects of entries that are as they were, also where others came or went, and the list where all of them are. */
function shareItems(before: readonly FileItem[], next: readonly FileItem[]): readonly FileItem[] {
  const known = new Map(before.map((item) => [item.name, item]));
  const items = next.map((item) => share(known.get(item.name), item));
  const isSame = items.length === before.length && items.every((item, index) => item === before[index]);
  return isSame ? before : items;
}
