/** Terminals in the sandboxes of sessions. Their output comes through the stream `terminal`. */
import type { z } from 'zod';

/** The operations of this group; see operations.ts. */
export const terminalOperations = {} as const satisfies Record<
  string,
  { input: z.ZodType; output: z.ZodType }
>;
