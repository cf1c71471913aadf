/**
 * Every request/reply operation of `window.specboard`: name -> input and output schema. One IPC channel an operation.
 * Preload, handlers and the renderer's types are all derived from this object; a test asserts that they agree.
 */
import { z } from 'zod';
import { driverManifestSchema, driverTypes } from '../domain/driver-manifest.ts';
import { executionSchema, executionStates, storedOutputSchema } from '../domain/execution.ts';
import { jsonObjectSchema } from '../domain/json.ts';
import { probeReportSchema, profileSchema } from '../domain/profile.ts';
import { foundSandboxSchema } from '../domain/sandbox.ts';
import { keepModes, sessionSchema } from '../domain/session.ts';
import { settingsPatchSchema, settingsSchema } from '../domain/settings.ts';
import { secretStoreStatusSchema, statusSchema } from '../domain/status.ts';
import { dataOperations } from './data-operations.ts';
import { fileOperations } from './file-operations.ts';
import { historyOperations } from './history-operations.ts';
import { idSchema, sandboxIdSchema } from './ids.ts';
import { outputOperations } from './output-operations.ts';
import { sessionOperations } from './session-operations.ts';
import { shellOperations } from './shell-operations.ts';
import { syncOperations } from './sync-operations.ts';
import { terminalOperations } from './terminal-operations.ts';

const nothing = z.strictObject({});
const done = z.null();
const secretValue = z.string().min(1).max(20_000);

/** The operations. Inputs are strict: an unknown key is `invalid-request`. Groups with a file of their own come first. */
export const operations = {
  ...sessionOperations,
  ...terminalOperations,
  ...fileOperations,
  ...syncOperations,
  ...historyOperations,
  ...outputOperations,
  ...dataOperations,
  ...shellOperations,

  /** Starts a session; resolves once it is active, fails with the reason. Progress comes with the status. */
  connect: {
    input: z.strictObject({ profileId: idSchema, consent: z.boolean().optional() }),
    output: sessionSchema,
  },
  /** Ends a session in whatever state it is; idempotent. Without `keep` the profile decides. */
  disconnect: {
    input: z.strictObject({ sessionId: idSchema, keep: z.enum(keepModes).optional() }),
    output: sessionSchema,
  },
  /** The current snapshot. Changes are pushed (events.ts). */
  status: { input: nothing, output: statusSchema },

  'drivers.list': { input: nothing, output: z.array(driverManifestSchema) },

  'profiles.create': {
    input: z.strictObject({
      name: z.string(),
      driverType: z.enum(driverTypes),
      settings: jsonObjectSchema,
      isDefault: z.boolean().optional(),
    }),
    output: profileSchema,
  },
  'profiles.update': {
    input: z.strictObject({
      profileId: idSchema,
      name: z.string().optional(),
      settings: jsonObjectSchema.optional(),
    }),
    output: profileSchema,
  },
  'profiles.duplicate': { input: z.strictObject({ profileId: idSchema }), output: profileSchema },
  'profiles.remove': { input: z.strictObject({ profileId: idSchema }), output: done },
  'profiles.setDefault': { input: z.strictObject({ profileId: idSchema }), output: profileSchema },
  /** Checks that the driver can reach its backend with these settings and credentials; words for a person. */
  'profiles.test': {
    input: z.strictObject({ profileId: idSchema }),
    output: probeReportSchema,
  },
  /**
   * Values worth offering for the text field `key`, with the form's settings as they are now. `profileId`: whose keys may be
   * used; they go only where the saved settings send them, whatever the form says. Nothing to offer, also for settings that are
   * not complete yet, is an empty list.
   */
  'profiles.suggest': {
    input: z.strictObject({
      driverType: z.enum(driverTypes),
      profileId: idSchema.nullable(),
      settings: jsonObjectSchema,
      key: z.string().max(64),
    }),
    output: z.array(z.string()),
  },

  /** Stores secrets. `sessionOnly` keeps them in memory until SpecBoard ends. They can never be read back here. */
  'credentials.set': {
    input: z.strictObject({
      profileId: idSchema,
      values: z.record(z.string().max(64), secretValue),
      sessionOnly: z.boolean().optional(),
    }),
    output: profileSchema,
  },
  'credentials.clear': {
    input: z.strictObject({ profileId: idSchema, field: z.string().max(64).optional() }),
    output: profileSchema,
  },
  /** Asks the keyring again (a person unlocked it). */
  'credentials.refresh': { input: nothing, output: secretStoreStatusSchema },

  /** Sessions of all times, newest first. */
  'sessions.list': {
    input: z.strictObject({ limit: z.number().int().min(1).max(500).optional() }),
    output: z.array(sessionSchema),
  },
  /** Connects again to the sandbox of an ended session that may still exist; a new session, as `connect` gives it. */
  'sessions.reattach': { input: z.strictObject({ sessionId: idSchema }), output: sessionSchema },
  /** Ends the sandbox of an ended session that may still exist; gives the session as it is then. */
  'sessions.endSandbox': { input: z.strictObject({ sessionId: idSchema }), output: sessionSchema },
  /**
   * Removes an ended session from the status (its history stays). `force`: also one whose end nobody has confirmed yet; its
   * sandbox may still run, and is asked about at the next start.
   */
  'sessions.dismiss': {
    input: z.strictObject({ sessionId: idSchema, force: z.boolean().optional() }),
    output: done,
  },

  /** Sandboxes of a profile's account, whoever started them. `unsupported` where the driver cannot list. */
  'sandboxes.list': { input: z.strictObject({ profileId: idSchema }), output: z.array(foundSandboxSchema) },
  /** Connects to a sandbox that runs; one that this installation did not start is left at disconnect. */
  'sandboxes.attach': {
    input: z.strictObject({ profileId: idSchema, sandboxId: sandboxIdSchema }),
    output: sessionSchema,
  },
  /** Ends a sandbox that this installation started; any other is `forbidden`. */
  'sandboxes.end': {
    input: z.strictObject({ profileId: idSchema, sandboxId: sandboxIdSchema }),
    output: done,
  },

  'executions.list': {
    input: z.strictObject({
      sessionId: idSchema.optional(),
      state: z.enum(executionStates).optional(),
      before: z.number().optional(),
      limit: z.number().int().min(1).max(500).optional(),
    }),
    output: z.array(executionSchema),
  },
  'executions.get': { input: z.strictObject({ executionId: idSchema }), output: executionSchema },
  /** Stored output from `fromSeq` on, at most about `maxBytes`; `next` is null at the end of what is stored. */
  'executions.output': {
    input: z.strictObject({
      executionId: idSchema,
      fromSeq: z.number().int().min(0),
      maxBytes: z.number().int().min(1).max(8_388_608),
    }),
    output: z.strictObject({ items: z.array(storedOutputSchema), next: z.number().int().nullable() }),
  },
  /** Interrupts; with `force` kills. Resolves when the request is taken, not when the code has ended. */
  'executions.cancel': {
    input: z.strictObject({ executionId: idSchema, force: z.boolean().optional() }),
    output: done,
  },
  /** Answers a question of the status. */
  'questions.answer': {
    input: z.strictObject({ questionId: z.string().max(64), answer: z.enum(['install', 'always', 'skip']) }),
    output: done,
  },

  'settings.get': { input: nothing, output: settingsSchema },
  'settings.update': { input: settingsPatchSchema, output: settingsSchema },

  /** Opens an https link in the person's browser, after a check. */
  'shell.openExternal': { input: z.strictObject({ url: z.string().max(4096) }), output: done },
  /** Asks for a folder with the system's dialog; null when cancelled. */
  'shell.chooseFolder': { input: nothing, output: z.string().nullable() },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;

/** All operations. */
export type Operations = typeof operations;
/** Name of an operation; also its channel, behind `specboard:`. */
export type OperationName = keyof Operations;
/** What an operation takes. */
export type OperationInput<N extends OperationName> = z.input<Operations[N]['input']>;
/** What an operation gives. */
export type OperationOutput<N extends OperationName> = z.output<Operations[N]['output']>;
