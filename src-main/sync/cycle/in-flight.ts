/** Several requests at a time: where each costs its way there and back, three at once take hardly longer than one. */
import { throwIfAborted } from './abort.ts';

/** Requests that are on their way at a time. More gained little in measurements, and providers limit how many they take. */
export const requestsInFlight = 3;

/**
 * Does `work` for each item, at most `most` at a time, in order of their beginning. The first failure aborts the others' signal;
 * it is thrown when all have ended. `isStopped`: no more are begun, those that began go on.
 */
export async function forEachInFlight<T>(
  items: Iterable<T>,
  most: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  isStopped: () => boolean = () => false,
): Promise<void> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const rest = items[Symbol.iterator]();
  let problem: { error: unknown } | null = null;
  const lane = async () => {
    for (;;) {
      if (problem || isStopped()) return;
      throwIfAborted(both);
      const next = rest.next();
      if (next.done) return;
      await work(next.value, both);
    }
  };
  const guarded = async () => {
    try {
      await lane();
    } catch (error) {
      problem ??= { error };
      failed.abort(error);
    }
  };
  await Promise.all(Array.from({ length: most }, guarded));
  const found = problem as { error: unknown } | null;
  if (found) throw found.error;
}

/** Results of `work` in the order of the items, with up to `most` of them on their way ahead of the reader. */
export async function* inOrder<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const ahead: Promise<R>[] = [];
  let next = 0;
  try {
    while (next < items.length || ahead.length > 0) {
      while (ahead.length < most && next < items.length) {
        const promise = work(items[next++] as T);
        promise.catch(() => {}); // thrown when its turn comes; or nobody reads on
        ahead.push(promise);
      }
      yield await (ahead.shift() as Promise<R>);
    }
  } finally {
    ahead.length = 0;
  }
}

/** One after the other: for a side that does one thing at a time. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => {});
    return mine;
  }
}
