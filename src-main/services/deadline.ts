/** Deadlines and cancellation for services: every transition has both (docs/architecture.md, invariant 3). */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';

/** A signal that aborts when `parent` does, or with `timeout` after `ms`. Dispose it when the work is done. */
export function withDeadline(
  clock: Clock,
  ms: number,
  what: string,
  parents: readonly AbortSignal[] = [],
): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const timer = clock.after(ms, () =>
    controller.abort(
      new SpecboardError('timeout', `${what} took longer than ${formatSeconds(ms)}.`, {
        hint: 'Try again; if it keeps happening, test the profile.',
      }),
    ),
  );
  const signal = AbortSignal.any([controller.signal, ...parents]);
  return { signal, dispose: () => timer.dispose() };
}

/** Rejects with the signal's reason when it aborts `graceMs` ago and `work` still has not settled. */
export function settleAfterAbort<T>(
  clock: Clock,
  work: Promise<T>,
  signal: AbortSignal,
  graceMs: number,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => {
      clock.after(graceMs, () => reject(signal.reason));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The signal's reason as a SpecboardError. */
export function reasonOf(signal: AbortSignal): SpecboardError {
  return signal.reason instanceof SpecboardError
    ? signal.reason
    : new SpecboardError('cancelled', 'Cancelled.', { retryable: true });
}

/** "90 s", "2 min". */
export function formatSeconds(ms: number): string {
  return ms >= 120_000 ? `${Math.round(ms / 60_000)} min` : `${Math.max(1, Math.round(ms / 1000))} s`;
}
