/**
 * The status: one immutable snapshot of everything that is alive, with a rising revision. Made only by
 * services/status-hub.ts; window, tray, menu and command line read it.
 */
import { z } from 'zod';
import { executionSchema } from './execution.ts';
import { profileSchema } from './profile.ts';
import { sessionSchema } from './session.ts';
import { settingsSchema } from './settings.ts';
import { syncRootSchema } from './sync.ts';
import { terminalSchema } from './terminal.ts';

/** A question that something running asks the person: "scikit-learn is not installed. Install it?" */
export const questionSchema = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  executionId: z.string(),
  kind: z.literal('missing-packages'),
  packages: z.array(
    z.strictObject({
      module: z.string(),
      distribution: z.string(),
      /** `known`: from the curated map; `guess`: the import's own name; `suspicious`: one letter from a known name. */
      trust: z.enum(['known', 'guess', 'suspicious']),
    }),
  ),
});
/** See `questionSchema`. */
export type Question = z.infer<typeof questionSchema>;

/** Whether secrets can be kept: `locked` and `missing` say in words what to do. */
export const secretStoreStatusSchema = z.strictObject({
  state: z.enum(['available', 'locked', 'missing']),
  /** Where secrets are kept, in this system's words: "the macOS Keychain". */
  name: z.string(),
  message: z.string().optional(),
  hint: z.string().optional(),
});
/** See `secretStoreStatusSchema`. */
export type SecretStoreStatus = z.infer<typeof secretStoreStatusSchema>;

/** The whole status. `executions` holds those that are not final yet, and the latest ended one of each live session. */
export const statusSchema = z.strictObject({
  revision: z.number().int(),
  at: z.number(),
  profiles: z.array(profileSchema),
  /** Live sessions, then those that ended since the app started (newest first). */
  sessions: z.array(sessionSchema),
  executions: z.array(executionSchema),
  questions: z.array(questionSchema),
  /** Terminals of live sessions, and those that ended and were not closed by the person. */
  terminals: z.array(terminalSchema),
  /** Pairs of folders that are kept the same. */
  syncs: z.array(syncRootSchema),
  settings: settingsSchema,
  secrets: secretStoreStatusSchema,
  /** A screen reader runs, as the system says; absent where it does not say. */
  screenReader: z.boolean().optional(),
});
/** See `statusSchema`. */
export type Status = z.infer<typeof statusSchema>;
