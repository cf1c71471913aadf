/** A profile: a saved driver configuration (table `driver_config`) and where its secrets are. */
import { z } from 'zod';
import { driverTypes } from './driver-manifest.ts';
import { jsonObjectSchema } from './json.ts';

/** Schema of a profile's name: what a person types, trimmed. */
export const profileNameSchema = z
  .string()
  .trim()
  .min(1, 'Enter a name.')
  .max(80, 'Use at most 80 characters.')
  // Control and bidi characters could make one profile pass for another in menus.
  .regex(/^[^\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$/, 'Use visible characters only.');

/**
 * What is known about one credential without reading it. `stored`: the keyring has it; `session`: in memory until SpecBoard
 * ends; `environment`: taken from the named variable; `locked`: stored once, the keyring does not give it now; `missing`: none.
 */
export const credentialPresenceSchema = z.strictObject({
  field: z.string(),
  state: z.enum(['stored', 'session', 'environment', 'locked', 'missing']),
  storedAt: z.number().nullable(),
  environmentVariable: z.string().optional(),
});
/** See `credentialPresenceSchema`. */
export type CredentialPresence = z.infer<typeof credentialPresenceSchema>;

/** A profile as every listener sees it. */
export const profileSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  driverType: z.enum(driverTypes),
  settings: jsonObjectSchema,
  isDefault: z.boolean(),
  createdAt: z.number(),
  updatedAt: z.number(),
  credentials: z.array(credentialPresenceSchema),
});
/** See `profileSchema`. */
export type Profile = z.infer<typeof profileSchema>;

/** What a test of a profile found, as a whole and, where the driver says more, piece by piece. Words for a person. */
export const probeReportSchema = z.strictObject({
  ok: z.boolean(),
  message: z.string(),
  hint: z.string().optional(),
  parts: z
    .array(
      z.strictObject({ name: z.string(), ok: z.boolean(), message: z.string(), hint: z.string().optional() }),
    )
    .optional(),
});
/** See `probeReportSchema`. */
export type ProfileReport = z.infer<typeof probeReportSchema>;
