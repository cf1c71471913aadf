/** Makes sure that a cancelled execution ends, also with a driver that answers neither the cancel nor the force. */
import type { ExecutionResult } from '../../src-shared/domain/execution.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import { reasonOf } from './deadline.ts';

/** What the backstop watches and moves. */
export interface BackstopOptions {
  /** The cancel. */
  signal: AbortSignal;
  /** Aborted when the cancel was not answered in time; somebody else may abort it earlier. */
  force: AbortController;
  clock: Clock;
  /** ms for the driver after the cancel, and again after the force. */
  graceMs: number;
  /** ms since the epoch. */
  startedAt: number;
}

/** The work's result, or `lost` where it does not come: cancel, then force after a grace, then no more waiting. */
export function withCancelBackstop(
  work: Promise<ExecutionResult>,
  { signal, force, clock, graceMs, startedAt }: BackstopOptions,
): Promise<ExecutionResult> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      const reason = 'The sandbox did not answer the cancel; the code may still run there.';
      clock.after(graceMs, () => resolve({ state: 'lost', durationMs: clock.now() - startedAt, reason }));
    };
    const onAbort = () => {
      clock.after(graceMs, () => force.abort(reasonOf(signal)));
      if (force.signal.aborted) giveUp();
      else force.signal.addEventListener('abort', giveUp, { once: true });
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
