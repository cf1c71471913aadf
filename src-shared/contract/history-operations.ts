/** Earlier executions of all sessions: searched, compared, exported, removed. */
import type { z } from 'zod';

/** The operations of this group; see operations.ts. */
export const historyOperations = {} as const satisfies Record<
  string,
  { input: z.ZodType; output: z.ZodType }
>;
