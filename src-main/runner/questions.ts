/** Questions to the runner that wait for their answer. */
import { z } from 'zod';
import { SpecboardError } from '../../src-shared/contract/errors.ts';

interface Question {
  schema: z.ZodType;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  timer: NodeJS.Timeout | undefined;
}

/** Matches replies with questions, each with its schema and its deadline. */
export class Questions {
  readonly #open = new Map<number, Question>();

  /** A promise for the reply to `req`. Rejects with `timeout` after `limitMs` (0: no limit), `protocol` for a bad reply. */
  wait<T>(req: number, schema: z.ZodType<T>, limitMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = (): void => {
        this.#open.delete(req);
        reject(new SpecboardError('timeout', 'The runner did not answer in time.'));
      };
      const timer = limitMs > 0 ? setTimeout(late, limitMs) : undefined;
      timer?.unref();
      this.#open.set(req, { schema, resolve: resolve as (value: unknown) => void, reject, timer });
    });
  }

  /** A reply came. Unknown numbers are ignored. */
  answer(req: number, reply: unknown, refusal: string | undefined): void {
    const question = this.#open.get(req);
    if (!question) return;
    this.#open.delete(req);
    clearTimeout(question.timer);
    const parsed = question.schema.safeParse(reply);
    if (refusal === undefined && parsed.success) {
      question.resolve(parsed.data);
      return;
    }
    const details = refusal ?? 'The answer has an unknown shape.';
    question.reject(new SpecboardError('protocol', 'The runner could not answer.', { details }));
  }

  /** Nobody will answer any more; `error` says why. */
  abandon(error: SpecboardError): void {
    for (const question of this.#open.values()) {
      clearTimeout(question.timer);
      question.reject(error);
    }
    this.#open.clear();
  }
}

/** Schema of a reply that gives its value. */
export function replyValue<T>(schema: z.ZodType<T>): z.ZodType<T> {
  return z.object({ value: schema }).transform((reply) => reply.value) as unknown as z.ZodType<T>;
}
