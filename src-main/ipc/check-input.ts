/** Checks a message against its schema. What does not fit is described by place and kind only: values may be secrets. */
import type { z } from 'zod';
import type { Problem } from '../../src-shared/contract/errors.ts';

/** The checked value, or why not. */
export type Checked<T> = { ok: true; value: T } | { ok: false; where: string };

/** Parses; never throws, not even for endless nesting or cycles, which a structured clone can carry. */
export function check<S extends z.ZodType>(schema: S, value: unknown): Checked<z.output<S>> {
  try {
    const result = schema.safeParse(value);
    if (result.success) return { ok: true, value: result.data };
    const issues = result.error.issues.slice(0, 5);
    return { ok: false, where: issues.map((issue) => `${placeOf(issue.path)}: ${issue.code}`).join('; ') };
  } catch (error) {
    // RangeError from a value nested too deeply, or from a cycle.
    return { ok: false, where: error instanceof RangeError ? 'input: too deep' : 'input: unreadable' };
  }
}

/** The problem that answers a malformed message. */
export function invalidRequest(where: string): Problem {
  return {
    code: 'invalid-request',
    message: 'SpecBoard did not understand this request.',
    retryable: false,
    details: where,
  };
}

/** The problem that answers a sender who may not speak to main. It says nothing more. */
export function forbidden(): Problem {
  return { code: 'forbidden', message: 'This window may not do that.', retryable: false };
}

function placeOf(path: readonly PropertyKey[]): string {
  return ['input', ...path.map((part) => String(part).slice(0, 40))].join('.').slice(0, 200);
}
