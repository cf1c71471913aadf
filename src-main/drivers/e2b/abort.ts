/** Small helpers around AbortSignal: deadlines, waiting, and what an abort means for an execution. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';

/** A signal that aborts with `parent` or, with a timeout, after `ms`. */
export function deadline(ms: number, ...parents: readonly (AbortSignal | undefined)[]): AbortSignal {
  const signals = parents.filter((parent) => parent !== undefined);
  return AbortSignal.any([...signals, AbortSignal.timeout(Math.ceil(ms))]);
}

/** Waits. Rejects with the signal's reason when it aborts first. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * The work's outcome, or a rejection with the signal's reason as soon as it aborts. The work itself goes on. Every call of the
 * SDK is wrapped in it: its transport (undici's Request) holds signals weakly, and a timeout whose signal was collected never
 * comes.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** True for the reason of a deadline: a DOMException TimeoutError or a SpecboardError `timeout`. */
export function isTimeout(reason: unknown): boolean {
  if (typeof reason !== 'object' || reason === null) return false;
  const { code, name } = reason as { code?: unknown; name?: unknown };
  return code === 'timeout' || name === 'TimeoutError';
}

/** What an aborted signal makes of an execution. */
export function endState(signal: AbortSignal): { state: 'cancelled' | 'timed-out'; reason: string } {
  if (isTimeout(signal.reason)) return { state: 'timed-out', reason: 'The time limit was reached.' };
  const { reason } = signal;
  const said = reason instanceof SpecboardError ? reason.message : 'Cancelled.';
  return { state: 'cancelled', reason: said };
}
