/** What the window asks of the desktop around it: what menus and notifications should know, and help. */
import { z } from 'zod';
import { settingsSchema } from '../domain/settings.ts';
import { idSchema } from './ids.ts';

const nothing = z.strictObject({});

/** The operations of this group; see operations.ts. */
export const shellOperations = {
  /** What the window shows: the native menu acts on it, and nobody is notified of what they look at. */
  'shell.showing': {
    input: z.strictObject({
      profileId: idSchema.nullable(),
      sessionId: idSchema.nullable(),
      tab: z.string().max(32),
    }),
    output: z.null(),
  },
  /** How many texts of files are not saved: quitting asks about them. */
  'shell.unsaved': { input: z.strictObject({ files: z.int().min(0).max(10_000) }), output: z.null() },
  /** What works on this machine, as text to paste into a report: no key, no name, no path of the person's home. */
  'shell.diagnostics': { input: nothing, output: z.string() },
  /** Shows the folder of the logs. */
  'shell.openLogs': { input: nothing, output: z.null() },
  /** All settings as they were at the first start; profiles, keys and history stay. */
  'settings.reset': { input: nothing, output: settingsSchema },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
