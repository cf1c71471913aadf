/** Earlier executions of all sessions: searched, compared, exported, removed. */
import { z } from 'zod';
import { idSchema } from './ids.ts';

/** A file that was written where the person said; its name only. */
export const savedFileSchema = z.strictObject({ fileName: z.string(), bytes: z.number() });
/** See `savedFileSchema`. */
export type SavedFile = z.infer<typeof savedFileSchema>;

/** The operations of this group; see operations.ts. */
export const historyOperations = {
  /**
   * Saves the whole output of an execution where the person says in the system's dialog: as it came, or one stream of it.
   * Null when cancelled.
   */
  'executions.saveOutput': {
    input: z.strictObject({ executionId: idSchema, stream: z.enum(['stdout', 'stderr']).optional() }),
    output: savedFileSchema.nullable(),
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
