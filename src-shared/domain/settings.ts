/** The application's own settings: one typed object; what is missing takes its default. */
import { z } from 'zod';

/** Schema with defaults of every setting. */
export const settingsSchema = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  density: z.enum(['compact', 'default', 'comfortable']).default('default'),
  /** Tell the person when an execution longer than this ends while the window is not in focus. */
  notifyAfterSeconds: z.number().int().min(1).max(86_400).default(10),
  notifyFinished: z.boolean().default(true),
  notifyLost: z.boolean().default(true),
  /** On quit: what happens to sessions. `profile`: as each profile says. */
  quitSessions: z.enum(['profile', 'end', 'leave']).default('profile'),
  /** Closing the window keeps SpecBoard in the tray (where a tray is shown). */
  closeToTray: z.boolean().default(false),
  announce: z.enum(['off', 'summary', 'everything']).default('summary'),
  wrapOutput: z.boolean().default(true),
});
/** See `settingsSchema`. */
export type Settings = z.infer<typeof settingsSchema>;

/** A change of some settings. */
export const settingsPatchSchema = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']).optional(),
  density: z.enum(['compact', 'default', 'comfortable']).optional(),
  notifyAfterSeconds: z.number().int().min(1).max(86_400).optional(),
  notifyFinished: z.boolean().optional(),
  notifyLost: z.boolean().optional(),
  quitSessions: z.enum(['profile', 'end', 'leave']).optional(),
  closeToTray: z.boolean().optional(),
  announce: z.enum(['off', 'summary', 'everything']).optional(),
  wrapOutput: z.boolean().optional(),
});
/** See `settingsPatchSchema`. */
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;
