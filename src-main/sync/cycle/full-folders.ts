/**
 * Folders that were to go and hold something that nobody lists (what is excluded in a sandbox is not looked at): removing them is not
 * tried again with every cycle, which would make each of them two requests.
 */
import type { SyncSide } from '../../../src-shared/domain/sync.ts';
import type { ApplyItem, Unusable } from '../types.ts';

/** After so long it is tried again: what is in them may be gone by then. */
const againMs = 10 * 60_000;

/** See the file's first lines. Of a root, over its cycles. */
export class FullFolders {
  readonly #until = new Map<string, number>();

  add(side: SyncSide, path: string, now: number): void {
    this.#until.set(`${side} ${path}`, now + againMs);
  }

  /** Steps without removals that would fail again, and those as problems. */
  sort(
    side: SyncSide,
    steps: readonly ApplyItem[],
    now: number,
  ): { steps: readonly ApplyItem[]; full: Unusable[] } {
    if (this.#until.size === 0) return { steps, full: [] };
    const full: Unusable[] = [];
    const rest = steps.filter((step) => {
      if (step.do !== 'remove' || step.over.kind !== 'directory') return true;
      const key = `${side} ${step.path}`;
      const isFull = (this.#until.get(key) ?? 0) > now && !touchesInside(steps, step.path);
      if (isFull) full.push({ path: step.path, side, reason: 'not-empty' });
      else this.#until.delete(key);
      return !isFull;
    });
    if (full.length === 0) return { steps, full };
    // Nor what would take its place.
    const paths = new Set(full.map(({ path }) => path));
    return { steps: rest.filter((step) => !paths.has(step.path)), full };
  }

  /** Somebody wants all of it looked at. */
  clear(): void {
    this.#until.clear();
  }
}

/** Something else happens in the folder: files, not only folders that are full themselves. */
function touchesInside(steps: readonly ApplyItem[], path: string): boolean {
  return steps.some((step) => {
    if (!step.path.startsWith(`${path}/`)) return false;
    return step.do !== 'remove' || step.over.kind !== 'directory';
  });
}
