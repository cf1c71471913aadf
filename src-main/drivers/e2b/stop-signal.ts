/** Everything that can end an execution from outside, as one: the person's cancel, the force, the end of the session. */
import type { ExecutionResult } from '../../../src-shared/domain/execution.ts';
import { endState, unlessAborted } from './abort.ts';

/** See the first line of the file. */
export class StopSignal {
  /** Aborts with the first of them. */
  readonly signal: AbortSignal;
  readonly force: AbortSignal | undefined;
  readonly #sources: readonly AbortSignal[];

  constructor(asked: AbortSignal, closing: AbortSignal, force: AbortSignal | undefined) {
    this.force = force;
    this.#sources = [asked, closing, ...(force ? [force] : [])];
    this.signal = AbortSignal.any([...this.#sources]);
  }

  get aborted(): boolean {
    return this.signal.aborted;
  }

  /** Waits for the work; false where something ended the execution first. */
  async wait(work: Promise<unknown>): Promise<boolean> {
    try {
      await unlessAborted(work, this.signal);
      return !this.aborted;
    } catch (error) {
      if (this.aborted) return false;
      throw error;
    }
  }

  /** The result that the stop makes of the execution. */
  end(reason?: string): { state: 'cancelled' | 'timed-out'; reason: string } & Partial<ExecutionResult> {
    const source = this.#sources.find((candidate) => candidate.aborted) ?? this.signal;
    const end = endState(source);
    return reason ? { ...end, reason } : end;
  }
}
