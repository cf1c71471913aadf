/**
 * The one source of the status (docs/architecture.md, invariant 8). Services put their parts in; window, tray, menu and command line
 * read the snapshot and hear changes. Every change raises the revision by one.
 */
import type { Status } from '../../src-shared/domain/status.ts';
import { Emitter } from '../../src-shared/lib/emitter.ts';

/** The parts of a status that services own. */
export type StatusParts = Omit<Status, 'revision' | 'at'>;

/** Holds the current snapshot. Snapshots are immutable values: compare them by identity. */
export class StatusHub {
  readonly #now: () => number;
  readonly #emitter: Emitter<Status>;
  #current: Status;

  constructor(initial: StatusParts, now: () => number, onListenerError?: (error: unknown) => void) {
    this.#now = now;
    this.#emitter = new Emitter(onListenerError);
    this.#current = { ...initial, revision: 1, at: now() };
  }

  /** The latest snapshot. */
  get current(): Status {
    return this.#current;
  }

  /** Fires after each change, with the new snapshot. */
  get onChange() {
    return this.#emitter.event;
  }

  /** Replaces some parts; nothing happens where every part is the very same value. */
  update(change: Partial<StatusParts>): void {
    const keys = Object.keys(change) as (keyof StatusParts)[];
    if (keys.every((key) => this.#current[key] === change[key])) return;
    this.#current = { ...this.#current, ...change, revision: this.#current.revision + 1, at: this.#now() };
    this.#emitter.fire(this.#current);
  }

  /** Drops all listeners. */
  dispose(): void {
    this.#emitter.dispose();
  }
}
