/** Turns what zod says about settings into one Problem with a message per form field. */
import type { z } from 'zod';
import { SpecboardError } from '../../src-shared/contract/errors.ts';

/** Parses with a driver's or our own schema; throws `invalid` with `fields` that a form can show in place. */
export function parseSettings<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues) {
    const key = issue.path.length > 0 ? issue.path.map(String).join('.') : 'settings';
    fields[key] ??=
      issue.code === 'unrecognized_keys' ? `Unknown setting: ${issue.keys.join(', ')}.` : issue.message;
  }
  const first = Object.entries(fields)[0];
  const words = first ? (first[0] === 'settings' ? first[1] : `${first[0]}: ${first[1]}`) : '';
  throw new SpecboardError('invalid', `${what} cannot be used as entered. ${words}`.trim(), {
    fields,
    kept: 'Nothing was changed.',
    hint: 'Correct the marked fields and save again.',
  });
}
