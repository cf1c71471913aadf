/** Long pure work in pieces, so that whoever waits for the thread (a window, another session) does not have to wait for all of it. */

/** Work that says at which points it could rest. */
export type Pieces<T> = Generator<undefined, T, undefined>;

/** Rows between two such points. */
const rowsAtOnce = 4096;
/** How long it goes on before others get their turn. */
const restMs = 12;

/** `items`, with a point to rest now and then: `yield* each(items, work)`. */
export function* each<T>(items: Iterable<T>, work: (item: T) => void): Pieces<void> {
  let count = 0;
  for (const item of items) {
    work(item);
    count += 1;
    if (count % rowsAtOnce === 0) yield;
  }
}

/** All of it at once. */
export function atOnce<T>(work: Pieces<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** With turns for others; ends with the signal's reason when nobody wants it any more. */
export async function inTurns<T>(work: Pieces<T>, signal: AbortSignal): Promise<T> {
  let since = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() - since < restMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    since = performance.now();
  }
}
