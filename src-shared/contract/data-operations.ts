/** What a person owns on this computer: where it is, and moving profiles in and out. */
import type { z } from 'zod';

/** The operations of this group; see operations.ts. */
export const dataOperations = {} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
