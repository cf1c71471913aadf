/** What can be done with a live session beyond running code: more time, pause, a fresh Python, its link, ports. */
import { z } from 'zod';
import { sessionSchema } from '../domain/session.ts';
import { idSchema } from './ids.ts';

const bySession = z.strictObject({ sessionId: idSchema });

/** The operations of this group; see operations.ts. */
export const sessionOperations = {
  /** Moves the end of a session's sandbox. Gives the session with its new end time; `unsupported` where it has none. */
  'sessions.extend': {
    input: z.strictObject({ sessionId: idSchema, minutes: z.number().int().min(1).max(1440) }),
    output: sessionSchema,
  },
  /**
   * Puts the sandbox to sleep and leaves it: the session ends, `sessions.reattach` wakes the sandbox up. Nothing else does.
   * `unsupported` where the driver cannot, `forbidden` for a sandbox that SpecBoard did not start; then the session stays.
   */
  'sessions.pause': { input: bySession, output: sessionSchema },
  /** A fresh Python: variables are lost, files stay. Cells that run end, and say why. */
  'sessions.restartKernel': { input: bySession, output: z.null() },
  /** Tries a broken link at once, instead of when its turn comes. Resolves when it was tried; what came of it is in `link`. */
  'sessions.reconnectNow': { input: bySession, output: sessionSchema },
  /** Where a port of the sandbox can be reached from here; `not-found` with a hint where it cannot. */
  'ports.address': {
    input: z.strictObject({ sessionId: idSchema, port: z.number().int().min(1).max(65_535) }),
    output: z.strictObject({
      url: z.string(),
      /** Who else can open it, how long it is valid. */
      note: z.string().nullable(),
    }),
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
