/** Stored output looked at in pieces: an outline of it, what is found in it, one value of it as a file; and completion of code. */
import { z } from 'zod';
import { languages } from '../domain/execution.ts';
import { savedFileSchema } from './history-operations.ts';
import { idSchema } from './ids.ts';

/** Where in stored output something is: an event, and a byte of its text. */
const positionSchema = z.strictObject({ seq: z.number().int().min(0), offset: z.number().int().min(0) });

/** A page of text, or an event that is none. */
const outlineEntrySchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('text'),
    ...positionSchema.shape,
    lines: z.number().int(),
    bytes: z.number().int(),
    /** It begins in the middle of a line. */
    continued: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('other'),
    seq: z.number().int(),
    bytes: z.number().int(),
    /** "image/png", "error", "notice", "gap". */
    what: z.string(),
  }),
]);

/** The operations of this group; see operations.ts. */
export const outputOperations = {
  /** What the stored output from `from` to `to` (excluded) is made of, in pages of a few thousand lines; `next` null: all. */
  'executions.outline': {
    input: z.strictObject({ executionId: idSchema, from: positionSchema, to: positionSchema }),
    output: z.strictObject({ entries: z.array(outlineEntrySchema), next: positionSchema.nullable() }),
  },
  /**
   * Where a text is in what is stored: the beginning of the line for each place, in order; lines as a terminal shows them.
   * A call reads a few megabytes: go on at `next` until it is null, also later, when more was stored.
   */
  'executions.find': {
    input: z.strictObject({
      executionId: idSchema,
      text: z.string().min(1).max(1000),
      matchCase: z.boolean(),
      from: positionSchema,
    }),
    output: z.strictObject({
      matches: z.array(positionSchema),
      next: positionSchema.nullable(),
      /** Where the search ends for now. */
      end: positionSchema,
    }),
  },
  /** Saves one form of a rich value where the person says in the system's dialog. Null when cancelled. */
  'executions.saveValue': {
    input: z.strictObject({ executionId: idSchema, seq: z.number().int().min(0), type: z.string().max(200) }),
    output: savedFileSchema.nullable(),
  },
  /** Saves code of the editor where the person says in the system's dialog. Null when cancelled. */
  'executions.saveCode': {
    input: z.strictObject({
      /** What the person calls it; the dialog proposes it. */
      name: z.string().max(200),
      language: z.enum(languages),
      code: z.string().max(8_388_608),
    }),
    output: savedFileSchema.nullable(),
  },
  /** Names that are alive in the session's Python and fit to the end of `code`; none while it is busy or cannot say. */
  'executions.complete': {
    input: z.strictObject({ sessionId: idSchema, code: z.string().max(4000) }),
    output: z.strictObject({ stem: z.string(), matches: z.array(z.string()) }),
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
