/** Readings of a container's resources: one stream of the engine, open while somebody asks, and closed soon after. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { abortable } from '../base-driver.ts';
import type { ContainerStats } from './engine/engine-types.ts';

/** The stream is closed when nobody has asked for so long; ms. */
const idleMs = 10_000;
/** A reading that is older than this is not given again: the next is waited for; ms. */
const staleMs = 2_500;

/** See the file's first line. `dispose` closes it. */
export class MetricsStream {
  readonly #open: (signal: AbortSignal) => AsyncIterable<ContainerStats>;
  #stop: AbortController | null = null;
  #last: { stats: ContainerStats; at: number } | null = null;
  #next = Promise.withResolvers<ContainerStats>();
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(open: (signal: AbortSignal) => AsyncIterable<ContainerStats>) {
    this.#open = open;
  }

  /** A fresh reading; the first one takes one to two seconds. Throws what the engine says, `gone` after `dispose`. */
  async read(signal: AbortSignal): Promise<ContainerStats> {
    if (this.#disposed)
      throw new SpecboardError('gone', 'The session has ended.', { hint: 'Connect again.' });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#close(), idleMs);
    this.#timer.unref();
    if (!this.#stop) void this.#listen();
    const { stats, at } = this.#last ?? {};
    if (stats && at !== undefined && performance.now() - at < staleMs) {
      // Given once: whoever asks again wants a newer one.
      this.#last = null;
      return stats;
    }
    const next = await abortable(this.#next.promise, signal);
    if (this.#last?.stats === next) this.#last = null;
    return next;
  }

  dispose(): void {
    this.#disposed = true;
    this.#close();
  }

  async #listen(): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    let failure: unknown = new SpecboardError('unavailable', 'The engine tells nothing of the resources.');
    try {
      for await (const stats of this.#open(stop.signal)) {
        this.#last = { stats, at: performance.now() };
        this.#next.resolve(stats);
        this.#next = newWaiting();
      }
    } catch (error) {
      failure = error;
    }
    if (this.#stop !== null && this.#stop !== stop) return; // the next stream gives what is waited for
    this.#stop = null;
    this.#next.reject(failure);
    this.#next = newWaiting();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#stop?.abort();
    this.#stop = null;
    this.#last = null;
  }
}

function newWaiting(): PromiseWithResolvers<ContainerStats> {
  const waiting = Promise.withResolvers<ContainerStats>();
  waiting.promise.catch(() => {}); // perhaps nobody asks
  return waiting;
}
