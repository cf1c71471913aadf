/** Two-way sync. Progress and states come with the status (`syncs`); folders of this computer come from the system's dialog only. */
import { z } from 'zod';
import {
  syncAnswers,
  syncChoices,
  syncConflictContentSchema,
  syncConflictSchema,
  syncDecisionLimit,
  syncExclusionsSchema,
  syncFileSchema,
  syncHaltReasons,
  syncKeptSchema,
  syncModes,
  syncPageLimit,
  syncPlanSchema,
  syncRootSchema,
  syncRunSchema,
} from '../domain/sync.ts';
import { remotePathSchema } from './file-operations.ts';
import { idSchema } from './ids.ts';

const root = z.strictObject({ rootId: idSchema });
const page = {
  offset: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  limit: z.number().int().min(1).max(syncPageLimit),
};
const done = z.null();

/** The operations of this group; see operations.ts. */
export const syncOperations = {
  /** Pairs a folder that the person chose (`shell.chooseFolder`) with one in the session's sandbox. Nothing is synced yet. */
  'sync.add': {
    input: z.strictObject({
      sessionId: idSchema,
      localPath: z.string().min(1).max(4096),
      remotePath: remotePathSchema,
      mode: z.enum(syncModes),
      exclusions: syncExclusionsSchema.optional(),
    }),
    output: syncRootSchema,
  },
  /** Another mode or other exclusions; counts from the next cycle on. */
  'sync.update': {
    input: z.strictObject({
      rootId: idSchema,
      mode: z.enum(syncModes).optional(),
      exclusions: syncExclusionsSchema.optional(),
    }),
    output: syncRootSchema,
  },
  /** Takes the pair apart. Files stay on both sides; kept copies go. */
  'sync.remove': { input: root, output: done },
  /** What would happen now. Looks at both sides, changes nothing. */
  'sync.plan': { input: z.strictObject({ rootId: idSchema, ...page }), output: syncPlanSchema },
  /** Starts one cycle; resolves when it began. `confirmed`: the person has seen the plan. */
  'sync.run': {
    input: z.strictObject({ rootId: idSchema, confirmed: z.boolean(), checksum: z.boolean() }),
    output: done,
  },
  /** Keeps both sides the same from now on, or no longer. */
  'sync.watch': { input: z.strictObject({ rootId: idSchema, on: z.boolean() }), output: done },
  /** Stops the cycle that runs, or leaves as it is what it waits with; what is done stays done. Idempotent. */
  'sync.stop': { input: root, output: done },
  /** Answers what a waiting root asks, and goes on. `reason`: what the person saw; `conflict` where it asks something else by now. */
  'sync.answer': {
    input: z.strictObject({
      rootId: idSchema,
      reason: z.enum(syncHaltReasons),
      answer: z.enum(syncAnswers),
    }),
    output: done,
  },
  /** Files by path, as of the last look. */
  'sync.files': {
    input: z.strictObject({
      rootId: idSchema,
      show: z.enum(['all', 'changes', 'problems', 'excluded']),
      search: z.string().max(1000),
      ...page,
    }),
    output: z.strictObject({ items: z.array(syncFileSchema), total: z.number(), at: z.number().nullable() }),
  },
  /** Which rule leaves a path out; null: none does. */
  'sync.why': {
    input: z.strictObject({ rootId: idSchema, path: z.string().min(1).max(4096) }),
    output: z
      .strictObject({
        source: z.string(),
        line: z.number(),
        pattern: z.string(),
        folder: z.string().nullable(),
      })
      .nullable(),
  },
  /** The patterns of the defaults, for those who want to see them. */
  'sync.defaults': {
    input: z.strictObject({}),
    output: z.strictObject({ defaults: z.array(z.string()), secrets: z.array(z.string()) }),
  },
  'sync.conflicts': { input: root, output: z.array(syncConflictSchema) },
  'sync.conflict': { input: z.strictObject({ conflictId: idSchema }), output: syncConflictContentSchema },
  /** Decides conflicts of one root. `text`: of `merged`, with one conflict. `conflict` where a side changed since it was shown. */
  'sync.resolve': {
    input: z.strictObject({
      conflictIds: z.array(idSchema).min(1).max(syncDecisionLimit),
      choice: z.enum(syncChoices),
      text: z.string().max(4_194_304).optional(),
    }),
    output: done,
  },
  'sync.history': {
    input: z.strictObject({ rootId: idSchema, ...page }),
    output: z.strictObject({ runs: z.array(syncRunSchema), total: z.number() }),
  },
  /** Copies that a sync kept, newest first. */
  'sync.kept': {
    input: z.strictObject({ rootId: idSchema, search: z.string().max(1000), ...page }),
    output: z.strictObject({ items: z.array(syncKeptSchema), total: z.number() }),
  },
  /** Puts a kept copy back where it was, on this computer; what is there now is kept in turn. */
  'sync.restore': { input: z.strictObject({ keptId: idSchema }), output: done },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;
