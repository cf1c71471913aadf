/** Checks a message against its schema. What does not fit is described by place and kind only: values may be secrets. */
import type { z } from 'zod';
import type { Problem } from '../../src-shared/contract/errors.ts';

/** The checked value, or why not. */
export type Checked<T> = { ok: true; value: T } | { ok: false; where: string };

/** Far more than any message of ours has. */
const maxDepth = 64;
const maxNodes = 100_000;

/** Parses a message from a page; never throws. What is not of a sane size is refused before the schema sees it. */
export function checkMessage<S extends z.ZodType>(schema: S, value: unknown): Checked<z.output<S>> {
  return isBounded(value) ? check(schema, value) : { ok: false, where: 'input: too deep or too large' };
}

/** Parses a value; never throws. */
export function check<S extends z.ZodType>(schema: S, value: unknown): Checked<z.output<S>> {
  try {
    const result = schema.safeParse(value);
    if (result.success) return { ok: true, value: result.data };
    const issues = result.error.issues.slice(0, 5);
    return { ok: false, where: issues.map((issue) => `${placeOf(issue.path)}: ${issue.code}`).join('; ') };
  } catch (error) {
    return { ok: false, where: `input: ${error instanceof Error ? error.name : 'unreadable'}` };
  }
}

/**
 * A structured clone can carry cycles, and objects that share parts so that a walk over them takes for ever. Schemas follow
 * both, so depth and number of visited parts are limited first.
 */
function isBounded(root: unknown): boolean {
  let left = maxNodes;
  const visit = (value: unknown, depth: number): boolean => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
    if (depth > maxDepth) return false;
    for (const key in value) {
      left -= 1;
      if (left < 0 || !visit((value as Record<string, unknown>)[key], depth + 1)) return false;
    }
    return true;
  };
  return visit(root, 0);
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
