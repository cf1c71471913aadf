/** Writes to an execution's sink so that neither a slow nor a broken reader can keep the execution from ending. */
import type { OutputEvent } from '../../../src-shared/domain/execution.ts';
import type { OutputSink } from '../driver.ts';
import { unlessAborted } from './abort.ts';

/** See the first line of the file. One for each execution. */
export class SinkWriter {
  readonly #sink: OutputSink;
  readonly #stop: AbortSignal;
  #failure: { error: unknown } | undefined;

  /** @param stop where it aborts, waiting for the reader ends. */
  constructor(sink: OutputSink, stop: AbortSignal) {
    this.#sink = sink;
    this.#stop = stop;
  }

  /** Hands over an event and waits until the reader has taken it. Rejects where the sink does, or `stop` aborts. */
  async write(event: OutputEvent): Promise<void> {
    this.#stop.throwIfAborted();
    try {
      const taken = this.#sink.write(event);
      if (!taken) return;
      await unlessAborted(
        taken.catch((error: unknown) => {
          this.#failure = { error };
          throw error;
        }),
        this.#stop,
      );
    } catch (error) {
      if (!this.#stop.aborted) this.#failure ??= { error };
      throw error;
    }
  }

  /** Hands over a last word without waiting; an execution that is over is held up by nobody. */
  last(event: OutputEvent): void {
    try {
      const taken = this.#sink.write(event);
      if (taken) taken.catch(() => {});
    } catch {
      // The result says the same.
    }
  }

  /** Throws what the sink threw, if it did. */
  rethrow(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
