/**
 * When output is painted: at once when it was quiet, else ten times a second for everything that changed (measured: a flush
 * per frame makes typing twice as slow, one per 100 ms does not). And when a batch of output is acknowledged.
 */

/** ms between two paints while output streams. */
export const flushInterval = 100;
/** Bytes that may be taken in between two paints before the sender has to wait for the next one. */
const unpaintedLimit = 4 * 1_048_576;

/** Something that can be painted. */
export interface Flushable {
  flush(): void;
}

/** See the head of the file. */
export class FlushClock {
  readonly #dirty = new Set<Flushable>();
  readonly #waiting: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #last = Number.NEGATIVE_INFINITY;
  #unpainted = 0;

  /** Paints `target` soon: within this task's microtasks when it was quiet, within `flushInterval` otherwise. */
  request(target: Flushable): void {
    this.#dirty.add(target);
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#last + flushInterval - performance.now());
    this.#timer = setTimeout(() => this.#flush(), wait);
  }

  /**
   * Resolves when `bytes` that were just taken in may be acknowledged. What is kept is bounded and what scrolled by between
   * two paints is never drawn, so a batch counts as shown one task later; a sender that is faster than that waits.
   */
  taken(bytes: number): Promise<void> {
    this.#unpainted += bytes;
    return new Promise((resolve) => {
      if (this.#unpainted > unpaintedLimit && this.#timer !== null) this.#waiting.push(resolve);
      else nextTask(resolve);
    });
  }

  #flush(): void {
    this.#timer = null;
    this.#last = performance.now();
    this.#unpainted = 0;
    const targets = [...this.#dirty];
    this.#dirty.clear();
    for (const target of targets) target.flush();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

const queue: (() => void)[] = [];
let channel: MessageChannel | null = null;

/** Calls back in a task of its own: input and paints get their turn in between, and hidden windows are not slowed down. */
function nextTask(callback: () => void): void {
  if (!channel) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => queue.shift()?.();
  }
  queue.push(callback);
  channel.port2.postMessage(null);
}
