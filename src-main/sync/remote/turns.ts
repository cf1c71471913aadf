/** Long work on the main thread in short pieces. */
import { abortError } from './abort.ts';

/** Rows that are worked on before the event loop gets its turn. */
const atOnce = 2000;

/** Lets others run now and then, and stops when nobody wants the result any more. */
export function turns(signal: AbortSignal): () => Promise<void> {
  let count = 0;
  const done = Promise.resolve();
  return () => {
    count += 1;
    if (count % atOnce !== 0) return done;
    if (signal.aborted) throw abortError(signal);
    return new Promise((resolve) => setImmediate(resolve));
  };
}
