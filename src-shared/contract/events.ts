/** Events pushed to every window. */

import { z } from 'zod';
import { actionIds } from '../domain/action.ts';
import { statusSchema } from '../domain/status.ts';

/**
 * Commands that the native menu, the tray or a notification gives to the window; the window does what its own button would
 * do. Every action is one; `show-execution` (and `show-session`) only leads somebody there.
 */
export const windowCommands = [...actionIds, 'show-session', 'show-execution'] as const;

/** The events: name -> payload. `status` is the whole snapshot; a listener drops revisions older than one it has seen. */
export const events = {
  status: statusSchema,
  /** `sessionId`: what the command is about, where that is not what the window shows. */
  command: z.strictObject({
    command: z.enum(windowCommands),
    sessionId: z.string().optional(),
    executionId: z.string().optional(),
  }),
} as const satisfies Record<string, z.ZodType>;

/** All events. */
export type Events = typeof events;
/** Name of an event; also its channel, behind `specboard:`. */
export type EventName = keyof Events;
/** What an event carries. */
export type EventPayload<N extends EventName> = z.output<Events[N]>;
