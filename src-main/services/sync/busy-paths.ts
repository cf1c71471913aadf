/** Files that change all the time (a log, a database): they are synced now and then, so that they do not keep everything moving. */

/** Changed in more cycles than somebody who saves as he types makes ... */
const busyCycles = 20;
/** ... within this time ... */
const withinMs = 60_000;
/** ... it is synced at most this often. */
const restMs = 10_000;

/** See the file's first line. */
export class BusyPaths {
  /** When each path was synced lately. */
  readonly #synced = new Map<string, number[]>();
  /** Until when busy ones rest. */
  readonly #resting = new Map<string, number>();

  /** A cycle brought these. `at`: ms since the epoch. */
  noteSynced(paths: Iterable<string>, at: number): void {
    for (const path of paths) {
      const times = [...(this.#synced.get(path) ?? []).filter((time) => at - time < withinMs), at];
      this.#synced.set(path, times);
      // One that was busy and changed while it rested stays busy.
      if (times.length > busyCycles || this.#resting.has(path)) this.#resting.set(path, at + restMs);
    }
    for (const [path, until] of this.#resting) if (until <= at) this.#resting.delete(path);
    for (const [path, times] of this.#synced)
      if (at - (times.at(-1) ?? 0) >= withinMs) this.#synced.delete(path);
  }

  /** Those that the cycle that begins at `at` leaves alone. */
  resting(at: number): ReadonlySet<string> {
    return new Set([...this.#resting].filter(([, until]) => until > at).map(([path]) => path));
  }

  /** When the first of them is due; null: none rests. */
  nextAt(at: number): number | null {
    const due = [...this.#resting.values()].filter((until) => until > at);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Begins anew. */
  clear(): void {
    this.#synced.clear();
    this.#resting.clear();
  }
}
