/** A sandbox found at a vendor or an engine, whoever started it, as a person sees it in "Running elsewhere". */
import { z } from 'zod';

/** Who started a sandbox: this installation, another SpecBoard, or something that is no SpecBoard. */
export const sandboxOwners = ['here', 'elsewhere', 'unknown'] as const;

/** See the file's first line. */
export const foundSandboxSchema = z.strictObject({
  sandboxId: z.string(),
  name: z.string(),
  state: z.enum(['running', 'paused', 'unknown']),
  /** ms since the epoch, where it is known. */
  startedAt: z.number().nullable(),
  /** When it will be ended by its vendor, where it has such a time. */
  endsAt: z.number().nullable(),
  owner: z.enum(sandboxOwners),
  /** A session of this installation uses it right now, in this or another process of it. */
  inUse: z.boolean(),
});
/** See `foundSandboxSchema`. */
export type FoundSandbox = z.infer<typeof foundSandboxSchema>;
