/**
 * What a driver says about itself as plain data, so that forms, buttons and help are generated from it and nothing
 * outside the driver's folder asks which driver it is.
 */
import { z } from 'zod';

/** Driver types the database knows. */
export const driverTypes = ['e2b', 'docker', 'daytona', 'local'] as const;
/** One of `driverTypes`. */
export type DriverType = (typeof driverTypes)[number];

const base = {
  /** Key in the settings object. */
  key: z.string(),
  label: z.string(),
  help: z.string().optional(),
  /** Heading under which the form shows it; fields without one come first. */
  group: z.string().optional(),
  /** Behind "Advanced". */
  advanced: z.boolean().optional(),
};

/** One field of a generated settings form. Values are checked by the driver's zod schema, not by these hints. */
export const fieldSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...base,
    kind: z.literal('text'),
    placeholder: z.string().optional(),
    /** The driver knows values worth offering (`Driver.suggest`). */
    suggests: z.boolean().optional(),
  }),
  z.strictObject({
    ...base,
    kind: z.literal('number'),
    unit: z.string().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  z.strictObject({ ...base, kind: z.literal('toggle') }),
  z.strictObject({
    ...base,
    kind: z.literal('choice'),
    options: z.array(z.strictObject({ value: z.string(), label: z.string(), help: z.string().optional() })),
  }),
  z.strictObject({ ...base, kind: z.literal('folder') }),
  /** Name -> value pairs, stored in the settings: not for secrets. */
  z.strictObject({ ...base, kind: z.literal('pairs') }),
  /** Several short texts: ports, addresses. The value is a list of strings. */
  z.strictObject({ ...base, kind: z.literal('list'), placeholder: z.string().optional() }),
  /** Folders of this computer that the sandbox sees: a list of `Mount`. Chosen by a person, one by one. */
  z.strictObject({ ...base, kind: z.literal('mounts') }),
]);
/** See `fieldSchema`. */
export type Field = z.infer<typeof fieldSchema>;

/** A folder of this computer inside the sandbox. */
export const mountSchema = z.strictObject({
  /** Full path on this computer. */
  source: z.string().min(1).max(4096),
  /** Full POSIX path in the sandbox. */
  target: z.string().min(1).max(4096),
  /** Read-only otherwise. */
  writable: z.boolean().default(false),
});
/** See `mountSchema`. */
export type Mount = z.infer<typeof mountSchema>;

/** A secret that a driver needs: kept in the keyring, never in the settings. */
export const credentialFieldSchema = z.strictObject({
  /** Name in `storeCredentials(id, { apiKey })`. */
  name: z.string(),
  label: z.string(),
  required: z.boolean(),
  /** `pairs`: many secrets in one, lines of NAME=value (environment variables); each value is known as a secret by itself. */
  format: z.literal('pairs').optional(),
  help: z.string().optional(),
  /** Where a person gets one. */
  url: z.string().optional(),
  /** Used where nothing is stored: `E2B_API_KEY`. */
  environmentVariable: z.string().optional(),
});
/** See `credentialFieldSchema`. */
export type CredentialField = z.infer<typeof credentialFieldSchema>;

/** What a driver can do. What is false here is an absent button, and gives `unsupported` when asked for anyway. */
export const capabilitiesSchema = z.strictObject({
  python: z.boolean(),
  shell: z.boolean(),
  stdin: z.boolean(),
  files: z.boolean(),
  terminal: z.boolean(),
  metrics: z.boolean(),
  ports: z.boolean(),
  pause: z.boolean(),
  extend: z.boolean(),
  list: z.boolean(),
  /** The vendor tells by itself what changes in a folder. Others are asked again and again. */
  watch: z.boolean(),
  /** How a person may leave a sandbox at disconnect; the first is the default. */
  keep: z.array(z.enum(['end', 'pause', 'leave'])),
});
/** See `capabilitiesSchema`. */
export type Capabilities = z.infer<typeof capabilitiesSchema>;

const keepWordsSchema = z.strictObject({
  /** The choice: "Remove the container". */
  label: z.string(),
  /** What that means in a sentence: "Deletes it with its files." */
  help: z.string().optional(),
  /** What the session says afterwards: "Disconnected; the container is stopped". */
  done: z.string().optional(),
});

/** What a driver calls the ways to leave a sandbox; words that are missing are the usual ones. */
export const keepLabelsSchema = z.strictObject({
  end: keepWordsSchema.optional(),
  pause: keepWordsSchema.optional(),
  leave: keepWordsSchema.optional(),
});
/** See `keepLabelsSchema`. */
export type KeepLabels = z.infer<typeof keepLabelsSchema>;

/** A driver's manifest as the renderer sees it (`drivers.list`). */
export const driverManifestSchema = z.strictObject({
  type: z.enum(driverTypes),
  label: z.string(),
  /** One sentence for the "add a profile" list. */
  summary: z.string(),
  fields: z.array(fieldSchema),
  credentials: z.array(credentialFieldSchema),
  capabilities: capabilitiesSchema,
  /** The driver's own words for `capabilities.keep`, where the usual ones would be wrong for it. */
  keepLabels: keepLabelsSchema.optional(),
  /** A valid settings object to start a new profile from. */
  defaults: z.record(z.string(), z.json()),
});
/** See `driverManifestSchema`. */
export type DriverManifest = z.infer<typeof driverManifestSchema>;
