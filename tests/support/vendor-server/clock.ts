// The server's clock: real time plus a shift, so that a test can make sandboxes expire without waiting.

/** Real time plus what was added by `advance`. */
export class Clock {
  #shift = 0;
  #listeners = new Set<() => void>();

  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.#shift;
  }

  /** Jump forward (or back) by that many milliseconds; listeners then look at the time again. */
  advance(ms: number): void {
    this.#shift += ms;
    for (const listener of [...this.#listeners]) listener();
  }

  onJump(listener: () => void): void {
    this.#listeners.add(listener);
  }
}
