/** A typed list of listeners for one kind of event. For broadcasting state, not for steering control flow. */
import { type Disposable, toDisposable } from './disposable.ts';

/** What consumers of an event see: subscribe, and dispose to unsubscribe. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** Owner's side of an event. A listener that throws does not keep the others from hearing. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void = () => {}) {
    this.#onListenerError = onListenerError;
  }

  /** Subscribe; the returned Disposable unsubscribes. */
  readonly event: Event<T> = (listener) => {
    this.#listeners.add(listener);
    return toDisposable(() => this.#listeners.delete(listener));
  };

  /** How many listen now; lets owners stop work nobody looks at. */
  get size(): number {
    return this.#listeners.size;
  }

  /** Tells every listener, in the order they subscribed. */
  fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }

  /** Drops all listeners. */
  dispose(): void {
    this.#listeners.clear();
  }
}
