/** A terminal in the sandbox of a session, as every listener sees it. Its output is not in here: stream `terminal`. */
import { z } from 'zod';

/** See the file's first line. */
export const terminalSchema = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  /** Rises by one within its session from 1. */
  number: z.number().int(),
  /** `ended`: the shell is gone; what it showed stays readable until the person closes it. */
  state: z.enum(['opening', 'open', 'ended']),
  openedAt: z.number(),
  endedAt: z.number().nullable(),
  /** Of the shell; null where it was killed, the link broke, or it still runs. */
  exitCode: z.number().int().nullable(),
  /** Why it ended, where that is more than its exit code. */
  reason: z.string().nullable(),
});
/** See `terminalSchema`. */
export type Terminal = z.infer<typeof terminalSchema>;
