/** What apply did just now, so that its own changes do not look like somebody's. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplyItem, ApplyResult } from '../types.ts';

/** Paths that are remembered, and for how long (ms). Events come within moments. */
const mostPaths = 10_000;
const rememberMs = 5_000;

/** See the file's first line. */
export class OwnWork {
  readonly #root: string;
  readonly #now: () => number;
  /** What each path must be; null: gone. */
  readonly #made = new Map<string, { size: number; modifiedAt: number } | 'folder' | null>();
  #at = 0;

  constructor(root: string, now: () => number) {
    this.#root = root;
    this.#now = now;
  }

  /** Before an apply: its events come while it is under way. */
  begin(items: readonly ApplyItem[]): void {
    if (this.#now() - this.#at > rememberMs || this.#made.size + items.length > mostPaths) this.#made.clear();
    this.#at = this.#now();
    for (const item of items.slice(0, mostPaths)) {
      if (item.do === 'put') this.#made.set(item.path, item.entry);
      else if (item.do === 'directory') this.#made.set(item.path, 'folder');
      else if (item.do === 'remove') this.#made.set(item.path, null);
    }
  }

  /** After it: what was not done is nobody's work but the person's. */
  end(items: readonly ApplyItem[], results: readonly ApplyResult[]): void {
    this.#at = this.#now();
    for (const [index, item] of items.entries())
      if (results[index]?.result !== 'done') this.#made.delete(item.path);
  }

  /** True where the path is still as it was made. */
  is(path: string): boolean {
    const made = this.#made.get(path);
    if (made === undefined || this.#now() - this.#at > rememberMs) return false;
    try {
      const stat = lstatSync(join(this.#root, path), { throwIfNoEntry: false });
      if (made === null) return stat === undefined;
      if (made === 'folder') return stat?.isDirectory() === true;
      return (
        stat?.isFile() === true && stat.size === made.size && Math.floor(stat.mtimeMs) === made.modifiedAt
      );
    } catch {
      return false;
    }
  }
}
