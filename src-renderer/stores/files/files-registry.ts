/** What the window knows of files, by session; made when the Files tab is opened first, kept as long as the window. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Bridge } from '../../bridge/client.ts';
import { unsavedTexts } from '../unsaved-texts.ts';
import { FilesStore } from './files-store.ts';
import { OpenFiles } from './open-files.ts';
import { Transfers } from './transfers.ts';
import { TreeModel, type TreeView } from './tree-model.ts';

/** Everything about the files of one session. */
export interface FilesWorkspace {
  files: FilesStore;
  openFiles: OpenFiles;
  model: TreeModel;
}

/** See the head of the file. */
export class FilesRegistry {
  readonly transfers: Transfers;
  /** How trees are shown. */
  readonly view: StoreApi<TreeView> = createStore<TreeView>(() => ({
    sort: 'name',
    descending: false,
    hidden: false,
  }));
  readonly #bridge: Bridge;
  readonly #workspaces = new Map<string, FilesWorkspace>();

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    this.transfers = new Transfers(bridge);
  }

  /** The workspace of a session. */
  workspace(sessionId: string): FilesWorkspace {
    let found = this.#workspaces.get(sessionId);
    if (!found) {
      found = {
        files: new FilesStore(this.#bridge, sessionId),
        openFiles: new OpenFiles(this.#bridge, sessionId),
        model: new TreeModel(),
      };
      this.#workspaces.set(sessionId, found);
      const { openFiles } = found;
      openFiles.store.subscribe(() => this.#noteUnsaved(sessionId, openFiles.unsaved()));
    }
    return found;
  }

  #noteUnsaved(sessionId: string, paths: readonly string[]): void {
    const store = unsavedTexts(this.#bridge);
    const { [sessionId]: before = [], ...others } = store.getState();
    if (before.join('\n') === paths.join('\n')) return;
    store.setState(paths.length > 0 ? { ...others, [sessionId]: paths } : others, true);
  }
}

const registries = new WeakMap<Bridge, FilesRegistry>();

/** The registry of a window, which its bridge stands for. */
export function filesRegistry(bridge: Bridge): FilesRegistry {
  let found = registries.get(bridge);
  if (!found) {
    found = new FilesRegistry(bridge);
    registries.set(bridge, found);
  }
  return found;
}
