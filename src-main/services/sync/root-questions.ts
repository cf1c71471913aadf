/** What a root asks before it goes on, and what was answered. An answer counts only for the question that was shown. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { SyncAnswer, SyncHalt } from '../../../src-shared/domain/sync.ts';
import type { CycleResult } from '../../sync/cycle/cycle-types.ts';

/** See the file's first line. */
export class RootQuestions {
  #halt: SyncHalt | null = null;
  /** Until a cycle came past them. */
  readonly #answered = new Map<SyncHalt['reason'], SyncAnswer>();

  /** What it waits with. */
  get halt(): SyncHalt | null {
    return this.#halt;
  }

  /** What was answered so far, for the next cycle. */
  get answers(): ReadonlyMap<SyncHalt['reason'], SyncAnswer> {
    return new Map(this.#answered);
  }

  /** The person agreed to the first plan. */
  get isAgreed(): boolean {
    return this.#answered.has('first-sync');
  }

  /** Notes an answer to `halt`. Throws `conflict` where that is not what it asks any more, or no answer to it. */
  answer(halt: SyncHalt | null, answer: SyncAnswer): void {
    if (!halt || halt !== this.#halt || !halt.answers.includes(answer)) {
      throw new SpecboardError('conflict', 'This sync does not ask that any more.', {
        kept: 'Nothing was changed.',
      });
    }
    this.#answered.set(halt.reason, answer);
  }

  /** Who agrees to the first plan has seen what it deletes and brings: that is not asked once more. */
  agree(): void {
    this.#answered.set('first-sync', 'go-on');
  }

  /** A cycle began: it looks anew. */
  began(): void {
    this.#halt = null;
  }

  /** It ended. */
  ended({ outcome, halt }: Pick<CycleResult, 'outcome' | 'halt'>): void {
    this.#halt = halt;
    if (outcome !== 'waiting') this.#answered.clear();
  }

  /** Nothing is asked, and nothing was answered: the next cycle asks anew. */
  clear(): void {
    this.#halt = null;
    this.#answered.clear();
  }
}
