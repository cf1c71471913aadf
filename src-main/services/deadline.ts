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

/** A deadline for work that tells what it is doing: each step has its own time, and all of it together has one too. */
export interface StepDeadline {
  /** Aborts with `timeout` when a step, or the whole, took too long; or when a parent does. */
  readonly signal: AbortSignal;
  /** What is being done now. New words move the deadline; the same words again do not: that is no progress. */
  step: (words: string) => void;
  dispose: () => void;
}

/** A `StepDeadline` whose first step is called `what`. Times in ms. Dispose it when the work is done. */
export function withStepDeadline(
  clock: Clock,
  { stepMs, totalMs }: { stepMs: number; totalMs: number },
  what: string,
  parents: readonly AbortSignal[] = [],
): StepDeadline {
  const controller = new AbortController();
  let current = what;
  const lateWords = (ms: number) =>
    current === what ? `${what} took longer than ${formatSeconds(ms)}.` : '';
  const fail = (message: string) =>
    controller.abort(
      new SpecboardError('timeout', message, {
        hint: 'Try again; if it keeps happening, test the profile.',
      }),
    );
  const startStep = () =>
    clock.after(stepMs, () =>
      fail(lateWords(stepMs) || `${what} stopped at "${current}": nothing new for ${formatSeconds(stepMs)}.`),
    );
  let timer = startStep();
  const whole = clock.after(totalMs, () =>
    fail(lateWords(totalMs) || `${what} took longer than ${formatSeconds(totalMs)}; it was at "${current}".`),
  );
  return {
    signal: AbortSignal.any([controller.signal, ...parents]),
    step: (words) => {
      if (words === current) return;
      current = words;
      timer.dispose();
      timer = startStep();
    },
    dispose: () => {
      timer.dispose();
      whole.dispose();
    },
  };
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
