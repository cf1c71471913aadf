/** Waiting that ends when somebody cancels, whatever the other side does. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';

/** What an aborted signal means, as an error of ours. */
export function reasonOf(signal: AbortSignal): SpecboardError {
  return signal.reason instanceof SpecboardError
    ? signal.reason
    : new SpecboardError('cancelled', 'Cancelled.');
}

/** True for what a cancelled call throws, ours or the platform's. */
export function isCancelled(error: unknown): boolean {
  if (error instanceof SpecboardError) return error.code === 'cancelled';
  return error instanceof Error && error.name === 'AbortError';
}

/** Throws once the signal is aborted. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw reasonOf(signal);
}

/** `work`, or the signal's reason as soon as it aborts. What `work` does afterwards is nobody's business any more. */
export function abortable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return afterAbort(signal, work, (give) => give());
}

/**
 * `work`, also when the signal aborts, as long as it ends within `graceMs` from then: what was done is worth knowing. It gets
 * the same signal and is expected to stop at its next step.
 */
export function withGrace<T>(
  clock: Clock,
  graceMs: number,
  signal: AbortSignal,
  work: Promise<T>,
): Promise<T> {
  return afterAbort(signal, work, (give) => {
    const timer = clock.after(graceMs, give);
    const end = () => timer.dispose();
    work.then(end, end);
  });
}

function afterAbort<T>(signal: AbortSignal, work: Promise<T>, then: (give: () => void) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => then(() => reject(reasonOf(signal)));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const end = () => signal.removeEventListener('abort', onAbort);
    work.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}
