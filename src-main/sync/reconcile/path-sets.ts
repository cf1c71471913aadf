/** Questions about folders above and below paths. */

/** Folders above a path, nearest first; not the root. */
export function* foldersAbove(path: string): Generator<string> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    yield path.slice(0, end);
}

/** Paths with all that is below them. */
export class Subtrees {
  readonly #roots = new Set<string>();

  add(path: string): void {
    this.#roots.add(path);
  }

  /** True for a path of the set and for everything below one. */
  has(path: string): boolean {
    if (this.#roots.size === 0) return false;
    return this.#roots.has(path) || this.hasAbove(path);
  }

  /** True for what is below a path of the set. */
  hasAbove(path: string): boolean {
    if (this.#roots.size === 0) return false;
    for (const folder of foldersAbove(path)) if (this.#roots.has(folder)) return true;
    return false;
  }
}

/** How deep a path is, for orders of parents and children. */
export function depthOf(path: string): number {
  let depth = 0;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) depth += 1;
  return depth;
}
