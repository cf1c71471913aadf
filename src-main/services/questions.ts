/** Questions that something running asks the person; shown in the status, answered once, withdrawn on abort. */
import { randomUUID } from 'node:crypto';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { Question } from '../../src-shared/domain/status.ts';
import type { StatusHub } from './status-hub.ts';

/** What may be answered. */
export type Answer = 'install' | 'always' | 'skip';

/** See the file's first lines. */
export class QuestionsService {
  readonly #hub: StatusHub;
  readonly #open = new Map<string, (answer: Answer) => void>();

  constructor(hub: StatusHub) {
    this.#hub = hub;
  }

  /** Asks and waits for the answer; an aborted signal withdraws the question and counts as "skip". */
  ask(question: Omit<Question, 'id'>, signal: AbortSignal): Promise<Answer> {
    const id = randomUUID();
    return new Promise<Answer>((resolve) => {
      const settle = (answer: Answer) => {
        signal.removeEventListener('abort', onAbort);
        this.#open.delete(id);
        const questions = this.#hub.current.questions.filter((other) => other.id !== id);
        this.#hub.update({ questions });
        resolve(answer);
      };
      const onAbort = () => settle('skip');
      if (signal.aborted) {
        resolve('skip');
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      this.#open.set(id, settle);
      this.#hub.update({ questions: [...this.#hub.current.questions, { ...question, id }] });
    });
  }

  /** Gives an answer; throws `not-found` for a question that is not open any more. */
  answer(id: string, answer: Answer): void {
    const settle = this.#open.get(id);
    if (!settle) throw new SpecboardError('not-found', 'That question is no longer open.');
    settle(answer);
  }
}
