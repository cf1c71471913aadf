/** What resources/filekit.py says when it cannot do something, and what that means for a person. */
import { z } from 'zod';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { fileProblem } from './file-errors.ts';

/** One of our errors, or the system's name of one. */
export const fileFailureSchema = z.union([
  z.object({
    code: z.enum(['forbidden', 'conflict', 'invalid', 'unsupported', 'not-found']),
    message: z.string().max(10_000),
  }),
  z.object({
    errno: z.string().max(40),
    path: z.string().max(100_000).nullable(),
    details: z.string().max(10_000).optional(),
  }),
]);
/** See `fileFailureSchema`. */
export type FileFailure = z.infer<typeof fileFailureSchema>;

/** Thrown for what the helper itself refused or could not do; it lives on. */
export class FileHelperFailure extends Error {
  readonly failure: FileFailure;

  constructor(failure: FileFailure) {
    super('The file helper could not do it.');
    this.name = 'FileHelperFailure';
    this.failure = failure;
  }
}

/** The failure as one of our errors; `path` is what was asked for, where the failure does not name one of many. */
export function problemOfFailure(failure: FileFailure, path: string): SpecboardError {
  if ('code' in failure) return new SpecboardError(failure.code, failure.message);
  const error = Object.assign(new Error(failure.details ?? failure.errno), { code: failure.errno });
  return fileProblem(error, failure.path ?? path);
}

const outcomeSchema = z.union([z.object({ R: z.unknown() }), z.object({ F: fileFailureSchema })]);

/**
 * What the helper said last of a single request (`once`): true where it did it, false where it said nothing of the kind and
 * something else must be known. Throws what it refused or could not do; `path` as for `problemOfFailure`.
 */
export function saidDone(said: string, path: string): boolean {
  const parsed = outcomeSchema.safeParse(parseJson(said.trim().split('\n').at(-1) ?? ''));
  if (!parsed.success) return false;
  if ('F' in parsed.data) throw problemOfFailure(parsed.data.F, path);
  return true;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
