/**
 * When a watched root is synced: soon after a change, regularly as a safety net (watchers lose events without saying so), and after
 * a failure later and later. Knows nothing of what a cycle does.
 */
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';

/** A burst of changes is over after so long without one ... */
const quietMs = 80;
/** ... and is not waited for longer than this. */
const longestMs = 1_000;
/** Everything is looked at this often, whatever the watchers say. */
const safetyMs = 60_000;
const firstRetryMs = 1_000;
const lastRetryMs = 60_000;
/** What keeps saying that something changed where nothing did is heard only so often. */
const dullMs = 1_000;
const dullCycles = 3;

/** What it needs. */
export interface WatchScheduleDependencies {
  clock: Clock;
  /** Begins a cycle; its end is told with `ended`. */
  run: () => void;
}

/** See the file's first lines. Begins with a cycle at once. */
export class WatchSchedule implements Disposable {
  readonly #deps: WatchScheduleDependencies;
  /** When the next cycle is due, and what for. */
  #due = 0;
  #timer: Disposable | null = null;
  #burstBegan: number | null = null;
  #isRunning = false;
  #failures = 0;
  /** Cycles in a row that changed nothing, and until when the next one waits. */
  #dull = 0;
  #notBefore = 0;
  #isPaused = false;
  #isDisposed = false;

  constructor(deps: WatchScheduleDependencies) {
    this.#deps = deps;
  }

  /** Begins. */
  start(): void {
    this.now();
  }

  /** Something changed, on whichever side; more may follow. */
  changed(): void {
    const now = this.#deps.clock.now();
    this.#burstBegan ??= now;
    const due = Math.min(now + quietMs, this.#burstBegan + longestMs);
    if (this.#failures === 0) this.#at(Math.max(due, this.#notBefore), true);
  }

  /** The sandbox was asked and says that something changed: that was a moment ago, so there is nothing to wait for. */
  answered(): void {
    if (this.#failures === 0) this.#at(Math.max(this.#deps.clock.now(), this.#notBefore), false);
  }

  /** At once, whatever failed before: the link is back, the person asked. */
  now(): void {
    this.#failures = 0;
    this.#isPaused = false;
    this.#at(this.#deps.clock.now(), true);
  }

  /** Nothing more by itself until the next cycle that somebody else begins. */
  pause(): void {
    this.#isPaused = true;
    this.#isRunning = false;
    this.#timer?.dispose();
    this.#timer = null;
  }

  /** At this time at the latest. */
  notLaterThan(at: number): void {
    if (this.#failures === 0 && at < this.#due) this.#at(at, false);
  }

  /** A cycle began, whoever began it: it sees all that changed so far. */
  began(): void {
    this.#isRunning = true;
    this.#isPaused = false;
    this.#timer?.dispose();
    this.#timer = null;
    this.#burstBegan = null;
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** It ended. `same`: it changed nothing. */
  ended(outcome: 'changed' | 'same' | 'failed'): void {
    this.#isRunning = false;
    const now = this.#deps.clock.now();
    if (outcome === 'failed') {
      const wait = Math.min(firstRetryMs * 2 ** this.#failures, lastRetryMs);
      this.#failures += 1;
      this.#at(now + wait, true);
      return;
    }
    this.#failures = 0;
    this.#dull = outcome === 'same' ? this.#dull + 1 : 0;
    this.#notBefore = this.#dull >= dullCycles ? now + dullMs : 0;
    // What changed meanwhile has its time already.
    this.#at(Math.max(Math.min(this.#due, now + safetyMs), this.#notBefore), true);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.dispose();
  }

  #at(due: number, replace: boolean): void {
    if (!replace && this.#due <= due) return;
    this.#due = due;
    this.#timer?.dispose();
    this.#timer = null;
    if (this.#isRunning || this.#isPaused || this.#isDisposed) return;
    const wait = Math.max(0, due - this.#deps.clock.now());
    if (wait === 0) this.#fire();
    else this.#timer = this.#deps.clock.after(wait, () => this.#fire());
  }

  #fire(): void {
    if (this.#isRunning || this.#isPaused || this.#isDisposed) return;
    this.#deps.run();
  }
}
