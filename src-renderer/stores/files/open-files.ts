/**
 * Files in the preview of one session, and the texts that are being edited. A text that was changed stays here until it is saved
 * or given up, whatever is shown meanwhile; the rest is forgotten when something else is opened.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import type { FilePreview, FileVersion, Saved } from '../../../src-shared/domain/file.ts';
import type { Bridge } from '../../bridge/client.ts';
import { freeName, isInside, joinPath, movedPath, nameOf, parentOf } from './file-paths.ts';

/** A file that was opened. Its text is not in here: it changes with every key. */
export interface OpenFile {
  path: string;
  preview: FilePreview | null;
  loading: boolean;
  /** Why it could not be read. */
  problem: Problem | null;
  editing: boolean;
  /** The text differs from what was read or saved last. */
  dirty: boolean;
  saving: boolean;
  saveProblem: Problem | null;
  /** Somebody changed the file meanwhile: what is there now; null where it is gone. */
  conflict: { theirs: FileVersion | null } | null;
  /** When it was saved last, ms since the epoch. */
  savedAt: number | null;
  /** Rises when the text was changed by something else than typing. */
  revision: number;
}

/** How a conflict ends. `keep-theirs`: what is there now stays beside, as a copy. */
export type ConflictAnswer = 'overwrite' | 'keep-theirs' | 'take-theirs';

/** See the head of the file. Methods never throw. */
export class OpenFiles {
  readonly store: StoreApi<{ files: Readonly<Record<string, OpenFile | undefined>> }>;
  readonly #bridge: Bridge;
  readonly #sessionId: string;
  readonly #now: () => number;
  /** What is typed, and what was read or saved last. */
  readonly #texts = new Map<string, { typed: string; stored: string; version: FileVersion | null }>();
  /** The editor's own state (cursor, undo) of each text, opaque here. */
  readonly #states = new Map<string, unknown>();
  #revision = 0;

  constructor(bridge: Bridge, sessionId: string, now: () => number = Date.now) {
    this.#bridge = bridge;
    this.#sessionId = sessionId;
    this.#now = now;
    this.store = createStore(() => ({ files: {} }));
  }

  /** The file at a path, where it was opened. */
  get(path: string): OpenFile | undefined {
    return this.store.getState().files[path];
  }

  /** Paths with texts that are not saved. */
  unsaved(below?: string): string[] {
    return Object.values(this.store.getState().files).flatMap((file) =>
      file?.dirty && (below === undefined || isInside(file.path, below)) ? [file.path] : [],
    );
  }

  /** The text as it is typed now. */
  textOf(path: string): string {
    return this.#texts.get(path)?.typed ?? '';
  }

  /** What the editor wants to keep of a text, and gets back. */
  stateOf(path: string): unknown {
    return this.#states.get(path);
  }

  /** See `stateOf`. */
  keepState(path: string, state: unknown): void {
    if (this.#texts.has(path)) this.#states.set(path, state);
  }

  /** Reads a file for the preview. A text that is being edited stays as it is. */
  async load(path: string): Promise<void> {
    this.#forgetOthers(path);
    const known = this.get(path);
    if (known?.loading || known?.editing) return;
    this.#patch(path, { loading: true, problem: null });
    try {
      const preview = await this.#bridge.call('files.readText', { sessionId: this.#sessionId, path });
      if (!this.get(path) || this.get(path)?.editing) return;
      this.#take(path, preview);
    } catch (error) {
      if (this.get(path)) this.#patch(path, { loading: false, problem: toProblem(error) });
    }
  }

  /** Begins to edit. */
  edit(path: string): void {
    if (this.#texts.get(path)?.version) this.#patch(path, { editing: true });
  }

  /** The editor's own change. */
  type(path: string, text: string): void {
    const kept = this.#texts.get(path);
    if (!kept) return;
    kept.typed = text;
    const dirty = text !== kept.stored;
    if (this.get(path)?.dirty !== dirty) this.#patch(path, { dirty });
  }

  /** Ends editing, and gives up what was typed and not saved. */
  async discard(path: string): Promise<void> {
    const kept = this.#texts.get(path);
    if (kept) kept.typed = kept.stored;
    this.#states.delete(path);
    this.#revision += 1;
    const revision = this.#revision;
    this.#patch(path, { editing: false, dirty: false, conflict: null, saveProblem: null, revision });
    await this.load(path);
  }

  /** Writes the text where nobody changed the file meanwhile. True when it is saved. */
  async save(path: string): Promise<boolean> {
    const kept = this.#texts.get(path);
    return kept ? this.#write(path, kept.version) : false;
  }

  /** Ends a conflict as the person says. True when the text is saved, or given up. */
  async resolve(path: string, answer: ConflictAnswer): Promise<boolean> {
    const conflict = this.get(path)?.conflict;
    if (!conflict) return false;
    if (answer === 'take-theirs') {
      await this.discard(path);
      return true;
    }
    if (answer === 'keep-theirs' && conflict.theirs && !(await this.#keepTheirs(path))) return false;
    return this.#write(path, conflict.theirs);
  }

  /** Puts the conflict aside; the next save asks again. */
  dismissConflict(path: string): void {
    this.#patch(path, { conflict: null });
  }

  /** Follows files that were moved. */
  moved(from: string, to: string): void {
    const { files } = this.store.getState();
    const next: Record<string, OpenFile | undefined> = {};
    for (const [path, file] of Object.entries(files)) {
      const at = movedPath(path, from, to);
      if (file) next[at] = { ...file, path: at };
      for (const map of [this.#texts, this.#states] as Map<string, unknown>[]) {
        if (at === path || !map.has(path)) continue;
        map.set(at, map.get(path));
        map.delete(path);
      }
    }
    this.store.setState({ files: next });
  }

  /** Forgets files that were removed. */
  removed(paths: readonly string[]): void {
    for (const path of Object.keys(this.store.getState().files)) {
      if (paths.some((gone) => isInside(path, gone))) this.#forget(path);
    }
  }

  #take(path: string, preview: FilePreview): void {
    const shown = { preview, loading: false, problem: null };
    if (preview.kind !== 'text') {
      this.#texts.delete(path);
      this.#patch(path, shown);
      return;
    }
    const before = this.#texts.get(path);
    if (before?.stored !== preview.text) {
      this.#states.delete(path);
      this.#revision += 1;
      this.#patch(path, { revision: this.#revision });
    }
    const { text, version } = preview;
    this.#texts.set(path, { typed: text, stored: text, version });
    this.#patch(path, shown);
  }

  async #write(path: string, expected: FileVersion | null): Promise<boolean> {
    const kept = this.#texts.get(path);
    if (!kept || this.get(path)?.saving) return false;
    const text = kept.typed;
    this.#patch(path, { saving: true, saveProblem: null });
    let saved: Saved;
    try {
      const sessionId = this.#sessionId;
      saved = await this.#bridge.call('files.write', { sessionId, path, text, expected });
    } catch (error) {
      this.#patch(path, { saving: false, saveProblem: toProblem(error) });
      return false;
    }
    if (saved.outcome === 'conflict') {
      this.#patch(path, { saving: false, conflict: { theirs: saved.theirs } });
      return false;
    }
    kept.stored = text;
    kept.version = saved.version;
    // Typing went on while it was written.
    this.#patch(path, { saving: false, conflict: null, dirty: kept.typed !== text, savedAt: this.#now() });
    return true;
  }

  async #keepTheirs(path: string): Promise<boolean> {
    const sessionId = this.#sessionId;
    const folder = parentOf(path);
    try {
      const { items } = await this.#bridge.call('files.list', { sessionId, path: folder });
      const name = freeName(nameOf(path), new Set(items.map((item) => item.name)));
      await this.#bridge.call('files.copy', { sessionId, from: path, to: joinPath(folder, name) });
      return true;
    } catch (error) {
      this.#patch(path, { saveProblem: toProblem(error) });
      return false;
    }
  }

  #forgetOthers(path: string): void {
    for (const file of Object.values(this.store.getState().files)) {
      if (file && file.path !== path && !file.editing) this.#forget(file.path);
    }
  }

  #forget(path: string): void {
    this.#texts.delete(path);
    this.#states.delete(path);
    this.store.setState(({ files }) => {
      const { [path]: _gone, ...others } = files;
      return { files: others };
    });
  }

  #patch(path: string, change: Partial<OpenFile>): void {
    this.store.setState(({ files }) => ({
      files: { ...files, [path]: { ...(files[path] ?? closed(path)), ...change } },
    }));
  }
}

function closed(path: string): OpenFile {
  return {
    path,
    preview: null,
    loading: false,
    problem: null,
    editing: false,
    dirty: false,
    saving: false,
    saveProblem: null,
    conflict: null,
    savedAt: null,
    revision: 0,
  };
}
