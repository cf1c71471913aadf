/** A terminal in the sandbox of a session, as every listener sees it. Its output is not in here: stream `terminal`. */
import { z } from 'zod';
import { terminalLimits } from './terminal-limits.ts';

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

/** How large a terminal is, in characters. */
export const terminalSizeSchema = z.strictObject({
  cols: z.number().int().min(terminalLimits.cols.min).max(terminalLimits.cols.max),
  rows: z.number().int().min(terminalLimits.rows.min).max(terminalLimits.rows.max),
});

/** What a reader of a terminal gets, in order. */
export const terminalEventSchema = z.discriminatedUnion('type', [
  /**
   * Forget what you show and take this size: the output that follows draws the whole screen with its scrollback anew. Comes
   * first, and again to a reader that was too slow.
   */
  z.strictObject({ type: z.literal('screen'), ...terminalSizeSchema.shape }),
  /** Bytes as the programs wrote them. */
  z.strictObject({ type: z.literal('output'), bytes: z.instanceof(Uint8Array) }),
  /** The terminal has another size from here on. */
  z.strictObject({ type: z.literal('size'), ...terminalSizeSchema.shape }),
]);
/** See `terminalEventSchema`. */
export type TerminalEvent = z.infer<typeof terminalEventSchema>;
