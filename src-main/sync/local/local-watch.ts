/**
 * Hears that something may have changed in a root. Only a hint: systems lose events without a word, so whoever listens also looks
 * by itself now and then.
 */
import { type FSWatcher, lstatSync, watch } from 'node:fs';
import { join, sep } from 'node:path';
import { compileRules, type Matcher } from '../rules/compile-rules.ts';
import type { ExclusionRules } from '../rules/exclusion-rules.ts';
import { isEditorsOwn } from './editor-names.ts';
import { codeOf } from './file-errors.ts';
import { isHidden, type LocalPlace } from './place.ts';

/** What it needs. */
export interface LocalWatchOptions {
  readonly place: LocalPlace;
  readonly rules: ExclusionRules;
  /** Folders that take part, the root ('') not among them. */
  readonly folders: Iterable<string>;
  readonly onChange: () => void;
  /** True where a path is as the sync itself made it just now. */
  readonly isOwnWork: (path: string) => boolean;
  readonly onEnd: () => void;
  readonly platform?: NodeJS.Platform;
}

/** Watches of single folders at the most. */
const mostFolders = 20_000;

/** See the file's first lines. Linux: one watch a folder, kept in step with the scans; elsewhere one for the whole tree. */
export class LocalWatch implements Disposable {
  readonly #options: LocalWatchOptions;
  readonly #matcher: Matcher;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #perFolder: boolean;
  #degraded: string | null = null;
  #ended = false;

  constructor(options: LocalWatchOptions) {
    this.#options = options;
    this.#matcher = compileRules(options.rules);
    const platform = options.platform ?? process.platform;
    this.#perFolder = platform !== 'darwin' && platform !== 'win32';
    this.#watch('');
    if (this.#perFolder) this.#keep(options.folders);
  }

  /** Why it does not hear everything, in words; null: it does, as far as systems do. */
  get degraded(): string | null {
    return this.#degraded;
  }

  /** After a scan: these are the folders. What happened in new ones before they were watched was heard by nobody. */
  update(folders: Iterable<string>): void {
    if (this.#perFolder && !this.#ended && this.#keep(folders)) this.#options.onChange();
  }

  [Symbol.dispose](): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#options.onEnd();
  }

  /** True where one was added. */
  #keep(folders: Iterable<string>): boolean {
    const wanted = new Set(['', ...folders]);
    for (const folder of this.#watchers.keys()) if (!wanted.has(folder)) this.#end(folder);
    let isNew = false;
    for (const folder of wanted) {
      if (this.#watchers.has(folder)) continue;
      if (this.#watchers.size >= mostFolders) {
        this.#degrade(`It has more than ${mostFolders.toLocaleString('en-US')} folders`);
        break;
      }
      if (!this.#watch(folder)) break;
      isNew ||= this.#watchers.has(folder);
    }
    return isNew;
  }

  /** False: there is no use in trying more. */
  #watch(folder: string): boolean {
    try {
      const recursive = !this.#perFolder;
      const watcher = watch(join(this.#options.place.root, folder), { persistent: false, recursive });
      watcher.on('change', (_event, name) => this.#hear(folder, name));
      watcher.on('error', (error) => this.#failed(folder, error));
      this.#watchers.set(folder, watcher);
      return true;
    } catch (error) {
      return this.#failed(folder, error);
    }
  }

  #failed(folder: string, error: unknown): boolean {
    this.#end(folder);
    const code = codeOf(error);
    // A folder that is gone is no loss; the next scan says so.
    if (folder !== '' && ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(code)) return true;
    const isLimit = code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE';
    this.#degrade(
      isLimit ? 'This system watches no more folders at the same time' : 'This folder cannot be watched here',
    );
    return false;
  }

  #degrade(why: string): void {
    this.#degraded ??= `${why}: it is looked at once a minute instead.`;
  }

  #end(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #hear(folder: string, name: string | Buffer | null): void {
    if (this.#ended) return;
    if (name !== null && name !== '') {
      const below = String(name).split(sep).join('/');
      const path = folder === '' ? below : `${folder}/${below}`;
      if (!this.#matters(path)) return;
    }
    this.#options.onChange();
  }

  #matters(path: string): boolean {
    const { place, isOwnWork } = this.#options;
    if (isHidden(place, path) || isEditorsOwn(path.slice(path.lastIndexOf('/') + 1))) return false;
    if (this.#matcher.verdict(path, false) !== null) return false;
    // A rule for folders only: what it is says the disk.
    if (this.#matcher.verdict(path, true) !== null && isFolder(join(place.root, path))) return false;
    return !isOwnWork(path);
  }
}

function isFolder(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
