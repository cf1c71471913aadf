/** Events pushed to every window. */

import { z } from 'zod';
import { statusSchema } from '../domain/status.ts';

/** Commands that the native menu or the tray gives to the window; the window does what its own button would do. */
export const windowCommands = [
  'run',
  'cancel',
  'new-session',
  'disconnect',
  'settings',
  'new-profile',
  'focus-editor',
  'clear-view',
  'toggle-sidebar',
  'show-shortcuts',
] as const;

/** The events: name -> payload. `status` is the whole snapshot; a listener drops revisions older than one it has seen. */
export const events = {
  status: statusSchema,
  command: z.strictObject({ command: z.enum(windowCommands), sessionId: z.string().optional() }),
} as const satisfies Record<string, z.ZodType>;

/** All events. */
export type Events = typeof events;
/** Name of an event; also its channel, behind `specboard:`. */
export type EventName = keyof Events;
/** What an event carries. */
export type EventPayload<N extends EventName> = z.output<Events[N]>;
