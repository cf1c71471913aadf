/**
 * An execution: one run of code or a command, with all its output, ending with exactly one result.
 * Value types, their schemas, and the pure state machine (`stepExecution`).
 */
import { z } from 'zod';
import { problemSchema } from '../contract/errors.ts';

/** What may be run. */
export const languages = ['python', 'shell'] as const;
/** One of `languages`. */
export type Language = (typeof languages)[number];

/** States an execution can end in. `lost`: the link, the sandbox or the app died and the true end is not known. */
export const finalStates = ['succeeded', 'failed', 'cancelled', 'timed-out', 'lost'] as const;
/** One of `finalStates`. */
export type FinalState = (typeof finalStates)[number];

/** All states. `queued`: accepted, waits for its turn; `cancelling`: asked to stop, not stopped yet. */
export const executionStates = ['queued', 'running', 'cancelling', ...finalStates] as const;
/** One of `executionStates`. */
export type ExecutionState = (typeof executionStates)[number];

/** True when nothing more will happen. */
export function isFinal(state: ExecutionState): state is FinalState {
  return (finalStates as readonly string[]).includes(state);
}

/** A rich value by MIME type. Binary types are base64 strings; json types are JSON values. Hostile input: never trust it. */
export const mimeBundleSchema = z.record(z.string(), z.json());
/** See `mimeBundleSchema`. */
export type MimeBundle = z.infer<typeof mimeBundleSchema>;

/** An error of the person's code (not of SpecBoard). */
export const codeErrorSchema = z.strictObject({
  name: z.string(),
  value: z.string(),
  /** Trimmed to the person's code, lines joined by newlines. */
  traceback: z.string(),
  /** Top-level name of a module that could not be imported. */
  module: z.string().optional(),
  /** Line in the cell, 1-based. */
  line: z.number().int().optional(),
});
/** See `codeErrorSchema`. */
export type CodeError = z.infer<typeof codeErrorSchema>;

/** One piece of output. Text is bytes, exactly as they came; decoding is the viewer's business. */
export const outputEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('text'),
    stream: z.enum(['stdout', 'stderr']),
    bytes: z.instanceof(Uint8Array),
  }),
  z.strictObject({ type: z.literal('rich'), role: z.enum(['display', 'result']), data: mimeBundleSchema }),
  z.strictObject({ type: z.literal('error'), error: codeErrorSchema }),
  /** Words of SpecBoard itself: "installing pandas...", "the kernel was restarted". */
  z.strictObject({ type: z.literal('notice'), level: z.enum(['info', 'warning']), text: z.string() }),
  /** Output that is known to be missing. Never silent. `bytes` where the amount is known. */
  z.strictObject({ type: z.literal('gap'), reason: z.string(), bytes: z.number().optional() }),
]);
/** See `outputEventSchema`. */
export type OutputEvent = z.infer<typeof outputEventSchema>;

/** An output event as it was stored: `seq` rises by one within the execution from 0, `at` is ms since the epoch. */
export interface StoredOutput {
  seq: number;
  at: number;
  event: OutputEvent;
}
/** Schema of `StoredOutput`. */
export const storedOutputSchema = z.strictObject({
  seq: z.number().int(),
  at: z.number(),
  event: outputEventSchema,
});

/** How an execution ended. Exactly one per execution. */
export const executionResultSchema = z.strictObject({
  state: z.enum(finalStates),
  /** Of a shell command; null where it ended by a signal. */
  exitCode: z.number().int().nullable().optional(),
  signal: z.string().optional(),
  error: codeErrorSchema.optional(),
  durationMs: z.number(),
  /** True where the variables of the session's Python are gone because of this execution. */
  kernelLost: z.boolean().optional(),
  /** Why it was lost, cancelled or timed out, in words. */
  reason: z.string().optional(),
  problem: problemSchema.optional(),
});
/** See `executionResultSchema`. */
export type ExecutionResult = z.infer<typeof executionResultSchema>;

/** An execution without its output. */
export const executionSchema = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  /** Rises by one within its session from 1: "#41". */
  number: z.number().int(),
  language: z.enum(languages),
  code: z.string(),
  state: z.enum(executionStates),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  result: executionResultSchema.nullable(),
  /** Bytes and events of output stored so far. */
  outputBytes: z.number(),
  outputCount: z.number().int(),
});
/** See `executionSchema`. */
export type Execution = z.infer<typeof executionSchema>;

/** What can happen to an execution. */
export type ExecutionChange =
  | { type: 'started' }
  | { type: 'cancel-requested' }
  | { type: 'ended'; at: number; result: ExecutionResult };

/**
 * The state machine: the next value, or the same object where the change does not apply (a late start, a second end).
 * Ends exactly once: after a final state nothing changes any more.
 */
export function stepExecution(execution: Execution, change: ExecutionChange): Execution {
  if (isFinal(execution.state)) return execution;
  switch (change.type) {
    case 'started':
      return execution.state === 'queued' ? { ...execution, state: 'running' } : execution;
    case 'cancel-requested':
      return { ...execution, state: 'cancelling' };
    case 'ended':
      return { ...execution, state: change.result.state, endedAt: change.at, result: change.result };
  }
}
