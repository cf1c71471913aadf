/** What a person owns on this computer: where it is, and moving profiles in and out. */
import { z } from 'zod';
import { driverTypes } from '../domain/driver-manifest.ts';
import { savedFileSchema } from './history-operations.ts';
import { idSchema } from './ids.ts';

/** The places where something of a person's lies. `database`: its folder is what opens. */
export const dataPlaces = ['database', 'logs', 'sandboxes'] as const;
/** One of `dataPlaces`. */
export type DataPlace = (typeof dataPlaces)[number];

/** Where something is, and how much of it there is. */
export const placeReportSchema = z.strictObject({
  place: z.enum(dataPlaces),
  path: z.string(),
  bytes: z.number(),
  /** There are too many files to count them all: it is at least so much. */
  atLeast: z.boolean(),
});
/** See `placeReportSchema`. */
export type PlaceReport = z.infer<typeof placeReportSchema>;

/** A setting that was not taken along, by its label, and why: a folder of this computer, a consent, a secret. */
export const leftOutSettingSchema = z.strictObject({
  label: z.string(),
  why: z.enum(['folder', 'consent', 'secret']),
});
/** See `leftOutSettingSchema`. */
export type LeftOutSetting = z.infer<typeof leftOutSettingSchema>;

/** What an export of profiles wrote. */
export const exportedProfilesSchema = savedFileSchema.extend({
  profiles: z.array(z.strictObject({ name: z.string(), leftOut: z.array(leftOutSettingSchema) })),
});
/** See `exportedProfilesSchema`. */
export type ExportedProfiles = z.infer<typeof exportedProfilesSchema>;

/** What an import of profiles brought in. */
export const importedProfilesSchema = z.strictObject({
  fileName: z.string(),
  imported: z.array(
    z.strictObject({
      profileId: z.string(),
      name: z.string(),
      driverType: z.enum(driverTypes),
      /** Its name in the file, where that was taken already. */
      renamedFrom: z.string().nullable(),
      leftOut: z.array(leftOutSettingSchema),
      /** Labels of keys that a person has to enter before it can connect. */
      keysNeeded: z.array(z.string()),
      /** Addresses it connects to instead of the driver's own: worth a look before a key is entered. */
      addresses: z.array(z.string()),
    }),
  ),
  /** Those that could not be taken, and why. */
  refused: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
});
/** See `importedProfilesSchema`. */
export type ImportedProfiles = z.infer<typeof importedProfilesSchema>;

/** The operations of this group; see operations.ts. */
export const dataOperations = {
  /** Where the database, the logs and the folders of sandboxes on this computer are. */
  'data.places': { input: z.strictObject({}), output: z.array(placeReportSchema) },
  /** Opens one of them with the system's file manager. */
  'data.reveal': { input: z.strictObject({ place: z.enum(dataPlaces) }), output: z.null() },
  /** Saves profiles (all, where none are named) as a file, without any secret. Null when cancelled. */
  'data.exportProfiles': {
    input: z.strictObject({ profileIds: z.array(idSchema).min(1).max(500).optional() }),
    output: exportedProfilesSchema.nullable(),
  },
  /** Takes profiles in from a file that the person chooses; none is changed or replaced. Null when cancelled. */
  'data.importProfiles': { input: z.strictObject({}), output: importedProfilesSchema.nullable() },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
