/** Earlier executions of all sessions: searched, compared, exported, removed. */
import { z } from 'zod';
import { driverTypes } from '../domain/driver-manifest.ts';
import { executionStates, languages } from '../domain/execution.ts';
import { idSchema } from './ids.ts';

/** A file that was written where the person said; its name only. */
export const savedFileSchema = z.strictObject({ fileName: z.string(), bytes: z.number() });
/** See `savedFileSchema`. */
export type SavedFile = z.infer<typeof savedFileSchema>;

/** A short piece of text on one line, and what of it was found: ranges in UTF-16 units. Hostile input as all output. */
export const snippetSchema = z.strictObject({
  text: z.string(),
  marks: z.array(z.tuple([z.number().int(), z.number().int()])),
});
/** See `snippetSchema`. */
export type Snippet = z.infer<typeof snippetSchema>;

/** An execution in a list, with where it ran. Its whole code comes with `executions.get`. */
export const historyItemSchema = z.strictObject({
  id: z.string(),
  sessionId: z.string(),
  number: z.number().int(),
  language: z.enum(languages),
  state: z.enum(executionStates),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  durationMs: z.number().nullable(),
  exitCode: z.number().int().nullable(),
  outputBytes: z.number(),
  /** Null where the profile was deleted; its name stays. */
  profileId: z.string().nullable(),
  profileName: z.string(),
  driverType: z.enum(driverTypes),
  sessionStartedAt: z.number(),
  firstLine: snippetSchema,
  /** Where the search text is in the code, beyond the first line; null where it is not, or nothing was searched. */
  code: snippetSchema.nullable(),
  /** The same of the output. */
  output: snippetSchema.nullable(),
});
/** See `historyItemSchema`. */
export type HistoryItem = z.infer<typeof historyItemSchema>;

/** What to find; what is left out does not matter. */
export const historyFilterSchema = z.strictObject({
  /** Words that all must be there, "phrases", beginnings*. Any text is valid. */
  text: z.string().max(1000).optional(),
  profileIds: z.array(idSchema).max(200).optional(),
  driverTypes: z.array(z.enum(driverTypes)).max(20).optional(),
  states: z.array(z.enum(executionStates)).max(20).optional(),
  languages: z.array(z.enum(languages)).max(20).optional(),
  /** Started at this time or later; ms since the epoch. */
  from: z.number().optional(),
  /** Started before this time. */
  to: z.number().optional(),
  sessionId: idSchema.optional(),
  /** Only runs of the same code as this one. */
  sameCodeAs: idSchema.optional(),
});
/** See `historyFilterSchema`. */
export type HistoryFilter = z.infer<typeof historyFilterSchema>;

/** Formats of an export. */
export const exportFormats = ['ipynb', 'markdown', 'text'] as const;
/** One of `exportFormats`. */
export type ExportFormat = (typeof exportFormats)[number];

/** An amount of executions. `running`: how many of those that were meant go on, and stay. */
export const historyAmountSchema = z.strictObject({
  executions: z.number().int(),
  outputBytes: z.number(),
  running: z.number().int(),
});
/** See `historyAmountSchema`. */
export type HistoryAmount = z.infer<typeof historyAmountSchema>;

/** What is different where code is to run again, as far as it is known before. The words are the window's. */
export const differenceSchema = z.discriminatedUnion('topic', [
  /** One thing that has a value on either side; null where it is not set or not known. */
  z.strictObject({
    topic: z.enum(['driver', 'interpreter', 'folder', 'network', 'isolation']),
    from: z.string().nullable(),
    to: z.string().nullable(),
  }),
  /** Environment variables that the profiles set, by name; values are never told. */
  z.strictObject({ topic: z.literal('variables'), missing: z.array(z.string()), added: z.array(z.string()) }),
  /** Files that the code names. `unknown`: whether they are there shows only once it is connected. */
  z.strictObject({ topic: z.literal('files'), missing: z.array(z.string()), unknown: z.array(z.string()) }),
  /** The sandbox is a fresh one: variables and files that earlier runs made are not there. */
  z.strictObject({ topic: z.literal('fresh') }),
]);
/** See `differenceSchema`. */
export type Difference = z.infer<typeof differenceSchema>;

/** The operations of this group; see operations.ts. */
export const historyOperations = {
  /** Executions of all times, newest first, a page at a time. */
  'history.search': {
    input: historyFilterSchema.extend({
      cursor: z.string().max(200).optional(),
      limit: z.number().int().min(1).max(200).optional(),
    }),
    output: z.strictObject({
      items: z.array(historyItemSchema),
      /** Where the next page starts; null at the end. */
      next: z.string().nullable(),
      /** How many there are, with the first page; 10,001 stands for more than 10,000. */
      total: z.number().int().nullable(),
      /** Older executions that cannot be found by their text yet: they are being read. */
      unindexed: z.number().int(),
    }),
  },
  /** What a removal would take. */
  'history.count': {
    input: z.strictObject({ before: z.number().optional(), sessionId: idSchema.optional() }),
    output: historyAmountSchema,
  },
  /** Removes executions that started before a time, with their output. What runs stays. */
  'history.remove': { input: z.strictObject({ before: z.number() }), output: historyAmountSchema },
  /** The same with the executions of one session. */
  'history.removeSession': { input: z.strictObject({ sessionId: idSchema }), output: historyAmountSchema },
  /** The same with one execution. */
  'history.removeExecution': {
    input: z.strictObject({ executionId: idSchema }),
    output: historyAmountSchema,
  },
  /** Saves a session, or single executions, where the person says in the system's dialog. Null when cancelled. */
  'history.export': {
    input: z.strictObject({
      what: z.union([
        z.strictObject({ sessionId: idSchema }),
        z.strictObject({ executionIds: z.array(idSchema).min(1).max(500) }),
      ]),
      format: z.enum(exportFormats),
    }),
    output: savedFileSchema
      .extend({
        executions: z.number().int(),
        /** Executions whose output was too large to go in whole; the file says where. */
        cut: z.number().int(),
      })
      .nullable(),
  },
  /** What is different where an execution is to run again: in a session, or in a new one of a profile. */
  'history.preflight': {
    input: z.strictObject({
      executionId: idSchema,
      target: z.union([z.strictObject({ sessionId: idSchema }), z.strictObject({ profileId: idSchema })]),
    }),
    output: z.strictObject({ differences: z.array(differenceSchema) }),
  },
  /**
   * Saves the whole output of an execution where the person says in the system's dialog: as it came, or one stream of it.
   * Null when cancelled.
   */
  'executions.saveOutput': {
    input: z.strictObject({ executionId: idSchema, stream: z.enum(['stdout', 'stderr']).optional() }),
    output: savedFileSchema.nullable(),
  },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
