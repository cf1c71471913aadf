/**
 * The closed set of errors that may cross a boundary (driver -> service -> bridge -> person), and the reply envelope of
 * the bridge. Code that fails is a result (domain/execution.ts), never one of these.
 */
import { z } from 'zod';

/** Every error code there is. A driver maps what its vendor says to one of these; nothing else leaves it. */
export const errorCodes = [
  'auth', // the credential was refused
  'credential-missing', // no credential is set for this profile
  'keyring-locked', // the keyring holds it, but is locked (or it was removed elsewhere)
  'keyring-missing', // this system has no keyring service
  'forbidden',
  'not-found',
  'conflict',
  'invalid', // settings or input that a person typed
  'invalid-request', // a malformed message on the bridge: a bug or an attack, never a person's mistake
  'quota',
  'rate-limited',
  'timeout',
  'cancelled',
  'unreachable', // the network or the host does not answer
  'unavailable', // it answers, but cannot serve now
  'engine-missing',
  'engine-denied',
  'image-missing',
  'python-missing',
  'consent-needed', // a person must agree first (for example: this driver does not isolate here)
  'no-space',
  'out-of-memory',
  'kernel-died',
  'gone', // the sandbox is no longer there
  'unsupported',
  'protocol', // the other side said something we do not understand
  'database-newer',
  'database-corrupt',
  'database-unwritable',
  'internal',
] as const;

/** One of `errorCodes`. */
export type ErrorCode = (typeof errorCodes)[number];

/** What a person may be offered to do about a problem; data, so that every surface can draw its own button. */
export const retryActionSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('retry') }),
  z.strictObject({ type: z.literal('connect'), profileId: z.string() }),
  z.strictObject({ type: z.literal('set-credential'), profileId: z.string(), field: z.string() }),
  /** `field`: the setting to go to. */
  z.strictObject({ type: z.literal('edit-profile'), profileId: z.string(), field: z.string().optional() }),
  z.strictObject({ type: z.literal('consent'), profileId: z.string() }),
]);
/** See `retryActionSchema`. */
export type RetryAction = z.infer<typeof retryActionSchema>;

/** An error as a value: what happened, what is kept, what to do next. Plain data; survives JSON and structured clone. */
export const problemSchema = z.strictObject({
  code: z.enum(errorCodes),
  /** What happened, one sentence for a person, no vendor text, no secret. */
  message: z.string(),
  /** What is kept or lost, where that is not obvious. */
  kept: z.string().optional(),
  /** One actionable sentence. */
  hint: z.string().optional(),
  retryable: z.boolean(),
  retryAfterMs: z.number().optional(),
  action: retryActionSchema.optional(),
  /** Messages by settings field, for forms: `{ timeoutMinutes: 'Enter a number of minutes from 1 to 1440.' }`. */
  fields: z.record(z.string(), z.string()).optional(),
  /** Longer text behind "Details": redacted vendor text, never shown by default. */
  details: z.string().optional(),
});
/** See `problemSchema`. */
export type Problem = z.infer<typeof problemSchema>;

const retryableCodes: ReadonlySet<ErrorCode> = new Set([
  'rate-limited',
  'timeout',
  'unreachable',
  'unavailable',
  'keyring-locked',
  'kernel-died',
]);

/** Everything of a `Problem` but its code and message. */
export type ProblemInfo = Partial<Omit<Problem, 'code' | 'message'>> & { cause?: unknown };

/** The one error class of SpecBoard. Throw it inside a process; at a boundary send its `problem`. */
export class SpecboardError extends Error {
  /** The error as plain data. */
  readonly problem: Problem;

  constructor(code: ErrorCode, message: string, info: ProblemInfo = {}) {
    const { cause, ...rest } = info;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SpecboardError';
    this.problem = { code, message, retryable: retryableCodes.has(code), ...dropUndefined(rest) };
  }

  /** Shorthand for `problem.code`. */
  get code(): ErrorCode {
    return this.problem.code;
  }

  /** Rebuilds the error on the other side of a boundary. */
  static fromProblem(problem: Problem): SpecboardError {
    const { code, message, ...info } = problem;
    return new SpecboardError(code, message, info);
  }
}

/** True for an error that carries a `Problem`. */
export function isSpecboardError(error: unknown): error is SpecboardError {
  return error instanceof SpecboardError;
}

/**
 * Any thrown value as a `Problem`. What is not a SpecboardError is a bug of ours: it becomes `internal`, with the original
 * message only behind "Details", so that no stack trace and no vendor text is ever the answer.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof SpecboardError) return error.problem;
  if (error instanceof Error && error.name === 'AbortError') {
    return { code: 'cancelled', message: 'Cancelled.', retryable: true };
  }
  return {
    code: 'internal',
    message: 'Something went wrong inside SpecBoard.',
    hint: 'Try again; if it happens again, the log (Help, Open Logs) says more.',
    retryable: true,
    details: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  };
}

/** The reply of every bridge operation. Electron flattens thrown errors, so errors travel as values. */
export type Reply<T> = { ok: true; value: T } | { ok: false; error: Problem };

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
