/**
 * Runs calls that cannot be cancelled strictly one after the other, each with a deadline. A call that missed its deadline
 * goes on in the background (a prompt that waits for a person); until it ends no other is started, so that prompts never
 * pile up and at most one thread of the process is ever held.
 */
import type { Clock } from '../../src-shared/lib/clock.ts';

/** What a call ended with, where it did not end by itself. */
export class NotAnswered extends Error {
  /** True where the call was not even started, because an earlier one still waits. */
  readonly blocked: boolean;

  constructor(blocked: boolean) {
    super(blocked ? 'an earlier call still waits' : 'no answer within the deadline');
    this.name = 'NotAnswered';
    this.blocked = blocked;
  }
}

/** See the file's first lines. */
export class OneAtATime {
  readonly #clock: Clock;
  #tail: Promise<unknown> = Promise.resolve();
  #overdue = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True while a call that missed its deadline still waits. */
  get isBlocked(): boolean {
    return this.#overdue;
  }

  /** Starts `call` when all earlier ones have ended. Rejects with NotAnswered, or with what the call rejects with. */
  run<T>(deadlineMs: number, call: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(() => this.#start(deadlineMs, call));
    this.#tail = result.catch(() => {});
    return result;
  }

  #start<T>(deadlineMs: number, call: () => Promise<T>): Promise<T> {
    if (this.#overdue) return Promise.reject(new NotAnswered(true));
    return new Promise<T>((resolve, reject) => {
      const timer = this.#clock.after(deadlineMs, () => {
        this.#overdue = true;
        reject(new NotAnswered(false));
      });
      const settle = () => {
        timer.dispose();
        this.#overdue = false;
      };
      call().then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
    });
  }
}
