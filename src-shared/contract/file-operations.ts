/** Files of sandboxes: looked at, edited and moved. Transfers are streams. */
import type { z } from 'zod';

/** The operations of this group; see operations.ts. */
export const fileOperations = {} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
