/** What can be done with a live session beyond running code: more time, pause, a fresh Python, ports. */
import type { z } from 'zod';

/** The operations of this group; see operations.ts. */
export const sessionOperations = {} as const satisfies Record<
  string,
  { input: z.ZodType; output: z.ZodType }
>;
