/** Time as a dependency, so that tests control it. */
import { type Disposable, toDisposable } from './disposable.ts';

/** Where services get the time and their timers from. */
export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** Calls back once after `ms`; dispose to cancel. Timers never keep a process alive. */
  after(ms: number, callback: () => void): Disposable;
}

/** The real clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms) as unknown as { unref?: () => void };
    timer.unref?.();
    return toDisposable(() => clearTimeout(timer as unknown as number));
  },
};
