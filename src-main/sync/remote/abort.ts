/** Aborts and deadlines of calls to a sandbox, with time from a `Clock`. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';

/** The reason of an abort as one of our errors. */
export function abortError(signal: AbortSignal): SpecboardError {
  return signal.reason instanceof SpecboardError
    ? signal.reason
    : new SpecboardError('cancelled', 'Cancelled.');
}

/** What was not done in time. */
export function tooLate(): SpecboardError {
  return new SpecboardError('timeout', 'The sandbox did not answer in time.', {
    kept: 'No file is half written on either side.',
    hint: 'Sync again; what was sent already is used.',
  });
}

/**
 * Runs work with a signal that aborts with `signal`, and `ms` after the last `touch`. Rejects as soon as that happens, also where
 * the work does not listen; then its outcome is dropped.
 */
export async function withDeadline<T>(
  { clock, ms, signal }: { clock: Clock; ms: number; signal: AbortSignal },
  work: (signal: AbortSignal, touch: () => void) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw abortError(signal);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const arm = () => clock.after(ms, () => stop.abort(tooLate()));
  let timer = arm();
  const touch = (): void => {
    timer.dispose();
    timer = arm();
  };
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(abortError(either));
    either.addEventListener('abort', onAbort, { once: true });
  });
  aborted.catch(() => {});
  try {
    return await Promise.race([work(either, touch), aborted]);
  } catch (error) {
    throw either.aborted ? abortError(either) : error;
  } finally {
    either.removeEventListener('abort', onAbort);
    timer.dispose();
  }
}

/** Resolves after `ms`; rejects when the signal aborts. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw abortError(signal);
  let onAbort = (): void => {};
  let timer: Disposable | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(abortError(signal));
      signal.addEventListener('abort', onAbort, { once: true });
      timer = clock.after(ms, resolve);
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    timer?.dispose();
  }
}
