/**
 * Two-way sync as people see it: roots (a folder here paired with a folder in a profile's sandbox), their state, plans, conflicts
 * and history. How trees are compared is in src-main/sync.
 */
import { z } from 'zod';
import { problemSchema } from '../contract/errors.ts';

/**
 * `two-way`: both sides get what the other changed. `upload`, `download`: one way, and what the target changed itself is never
 * touched. `mirror-*`: the target becomes an exact copy; what else is there goes to the sync history.
 */
export const syncModes = ['two-way', 'upload', 'download', 'mirror-upload', 'mirror-download'] as const;
/** One of `syncModes`. */
export type SyncMode = (typeof syncModes)[number];

/** `local`: this computer; `remote`: the sandbox. */
export const syncSides = ['local', 'remote'] as const;
/** One of `syncSides`. */
export type SyncSide = (typeof syncSides)[number];

/** What a path is on one side. */
export const syncVersionSchema = z.strictObject({
  kind: z.enum(['file', 'directory', 'link']),
  size: z.number(),
  modifiedAt: z.number(),
  executable: z.boolean(),
  hash: z.string(),
  target: z.string().nullable(),
});
/** See `syncVersionSchema`. */
export type SyncVersion = z.infer<typeof syncVersionSchema>;

/** What is left out beside what the folder's own .gitignore and .specboardignore say. */
export const syncExclusionsSchema = z.strictObject({
  /** .git, node_modules, .venv, __pycache__ and the like. */
  defaults: z.boolean(),
  /** Files that usually hold secrets: .env, *.pem, id_rsa. */
  secrets: z.boolean(),
  /** Whether .gitignore files count. */
  gitignore: z.boolean(),
  /** The root's own, in .gitignore's words. */
  patterns: z.array(z.string().max(1000)).max(500),
});
/** See `syncExclusionsSchema`. */
export type SyncExclusions = z.infer<typeof syncExclusionsSchema>;

/** Stages of a cycle, in order. */
export const syncStages = ['scanning', 'comparing', 'transferring', 'applying', 'saving'] as const;
/** How far a cycle is. Totals are known from `transferring` on. */
export const syncProgressSchema = z.strictObject({
  stage: z.enum(syncStages),
  files: z.number(),
  filesTotal: z.number(),
  /** Bytes of content, before compression and without what need not travel. */
  bytes: z.number(),
  bytesTotal: z.number(),
  bytesPerSecond: z.number().nullable(),
  /** Null while it cannot be told honestly. */
  msLeft: z.number().nullable(),
});
/** See `syncProgressSchema`. */
export type SyncProgress = z.infer<typeof syncProgressSchema>;

/** Why a sync waits for the person although nothing failed. */
export const syncHaltReasons = [
  'first-sync', // nobody has seen the plan of this root yet
  'mirror-deletes', // a mirror would delete or replace what it did not put there
  'mass-deletion', // more deletions than anybody makes by accident of a small edit
  'emptied', // one side is empty, which was not
  'local-missing',
  'local-replaced', // another folder or volume stands there now
  'new-sandbox', // it never had this root: another sandbox, or re-created
  'went-back', // an older state of the sandbox was restored
  'large-download',
  'no-space',
] as const;
/** What a person can answer. `restore`: bring back what is missing from the other side; `start-over`: compare as if for the first time, deleting nothing. */
export const syncAnswers = ['go-on', 'restore', 'start-over'] as const;
/** One of `syncAnswers`. */
export type SyncAnswer = (typeof syncAnswers)[number];

/** See `syncHaltReasons`. The last choice is always to leave it as it is. */
export const syncHaltSchema = z.strictObject({
  reason: z.enum(syncHaltReasons),
  message: z.string(),
  hint: z.string(),
  answers: z.array(z.enum(syncAnswers)),
  /** How many files it is about. */
  count: z.number(),
  side: z.enum(syncSides).nullable(),
});
/** See `syncHaltSchema`. */
export type SyncHalt = z.infer<typeof syncHaltSchema>;

/** What a finished cycle did. */
export const syncSummarySchema = z.strictObject({
  uploaded: z.number(),
  downloaded: z.number(),
  deletedLocal: z.number(),
  deletedRemote: z.number(),
  bytesUp: z.number(),
  bytesDown: z.number(),
  requests: z.number(),
  conflicts: z.number(),
  problems: z.number(),
  /** Changed while it was synced; the next cycle takes it. */
  postponed: z.number(),
});
/** See `syncSummarySchema`. */
export type SyncSummary = z.infer<typeof syncSummarySchema>;

/** A pair of folders as the status carries it. */
export const syncRootSchema = z.strictObject({
  id: z.string(),
  profileId: z.string().nullable(),
  profileName: z.string(),
  /** The live session it uses; null while there is none. */
  sessionId: z.string().nullable(),
  localPath: z.string(),
  remotePath: z.string(),
  mode: z.enum(syncModes),
  exclusions: syncExclusionsSchema,
  watching: z.boolean(),
  /** Another SpecBoard process syncs it now. */
  elsewhere: z.boolean(),
  state: z.enum(['idle', 'syncing', 'stopping', 'waiting', 'offline', 'failed']),
  progress: syncProgressSchema.nullable(),
  /** Of `waiting`. */
  halt: syncHaltSchema.nullable(),
  /** Of `failed`. */
  problem: problemSchema.nullable(),
  /** Files that both sides agree on. */
  files: z.number(),
  conflicts: z.number(),
  problems: z.number(),
  lastSyncedAt: z.number().nullable(),
  last: syncSummarySchema.nullable(),
  /** What a person should know: no Python in the sandbox, no watching of this folder. */
  notes: z.array(z.string()),
});
/** See `syncRootSchema`. */
export type SyncRoot = z.infer<typeof syncRootSchema>;

/** What would happen to a path. */
export const syncPlanItemSchema = z.strictObject({
  path: z.string(),
  action: z.enum([
    'upload',
    'download',
    'delete-local',
    'delete-remote',
    'conflict',
    'problem',
    'leave', // one-way modes: the target's own
  ]),
  kind: z.enum(['file', 'directory', 'link']).nullable(),
  /** It replaces something. */
  replaces: z.boolean(),
  size: z.number(),
  /** Of conflicts and problems, and why something is left: one sentence. */
  why: z.string().nullable(),
});
/** See `syncPlanItemSchema`. */
export type SyncPlanItem = z.infer<typeof syncPlanItemSchema>;

/** A plan ("dry run"): made by looking, nothing is changed. */
export const syncPlanSchema = z.strictObject({
  rootId: z.string(),
  at: z.number(),
  /** At most `syncPageLimit` from `offset` on. */
  items: z.array(syncPlanItemSchema),
  total: z.number(),
  upload: z.strictObject({ files: z.number(), bytes: z.number() }),
  download: z.strictObject({ files: z.number(), bytes: z.number() }),
  deleteLocal: z.number(),
  deleteRemote: z.number(),
  conflicts: z.number(),
  problems: z.number(),
  excluded: z.number(),
  /** Already the same on both sides. */
  same: z.number(),
  /** What running it would stop at. */
  halt: syncHaltSchema.nullable(),
  /** In words, most important first. */
  warnings: z.array(z.string()),
});
/** See `syncPlanSchema`. */
export type SyncPlan = z.infer<typeof syncPlanSchema>;

/** Entries of a page. */
export const syncPageLimit = 500;

/** A file in the Sync tab's list. */
export const syncFileSchema = z.strictObject({
  path: z.string(),
  kind: z.enum(['file', 'directory', 'link']).nullable(),
  status: z.enum([
    'same',
    'to-upload',
    'to-download',
    'to-delete-local',
    'to-delete-remote',
    'conflict',
    'problem',
    'excluded',
    'left', // one-way modes
  ]),
  size: z.number(),
  syncedAt: z.number().nullable(),
  direction: z.enum(['upload', 'download']).nullable(),
  /** Of problems; and which rule excludes it: ".gitignore, line 3: *.log". */
  why: z.string().nullable(),
});
/** See `syncFileSchema`. */
export type SyncFile = z.infer<typeof syncFileSchema>;

/** Kinds of conflicts. */
export const syncConflictKinds = [
  'both-changed',
  'changed-deleted',
  'both-created',
  'type', // a file here, a folder there
  'name-clash', // names that differ in case or spelling only, where a side cannot hold both
  'runs-by-itself', // a download that would run without being asked: .vscode/tasks.json, .husky, .envrc
  'rules-change', // an exclusion file of the sandbox that could send files which are left out here
] as const;
/** One of `syncConflictKinds`. */
export type SyncConflictKind = (typeof syncConflictKinds)[number];

/** Conflicts that are decided with one call, at most. */
export const syncDecisionLimit = 1000;

/** How a conflict can be decided. `both`: the sandbox's copy gets a name of its own on both sides. */
export const syncChoices = ['local', 'remote', 'both', 'merged'] as const;
/** One of `syncChoices`. */
export type SyncChoice = (typeof syncChoices)[number];

/** A conflict that waits. */
export const syncConflictSchema = z.strictObject({
  id: z.string(),
  rootId: z.string(),
  path: z.string(),
  kind: z.enum(syncConflictKinds),
  base: syncVersionSchema.nullable(),
  local: syncVersionSchema.nullable(),
  remote: syncVersionSchema.nullable(),
  others: z.array(z.string()),
  foundAt: z.number(),
  /** When both were last the same. */
  syncedAt: z.number().nullable(),
  choices: z.array(z.enum(syncChoices)),
  /** Name of the second file of `both`. */
  bothName: z.string(),
});
/** See `syncConflictSchema`. */
export type SyncConflict = z.infer<typeof syncConflictSchema>;

/** Texts are compared and merged up to this many bytes. */
export const maxConflictTextBytes = 1_048_576;

/** A conflict with what is in it. A text is null where there is none, it is too large, or no UTF-8. */
export const syncConflictContentSchema = z.strictObject({
  conflict: syncConflictSchema,
  base: z.string().nullable(),
  local: z.string().nullable(),
  remote: z.string().nullable(),
  /** Why there is nothing to compare, where it is so. */
  note: z.string().nullable(),
});
/** See `syncConflictContentSchema`. */
export type SyncConflictContent = z.infer<typeof syncConflictContentSchema>;

/** Days that a copy stays in the sync history. */
export const syncKeepDays = 30;

/** A copy of what a sync replaced, deleted or did not take. */
export const syncKeptSchema = z.strictObject({
  id: z.string(),
  rootId: z.string(),
  path: z.string(),
  /** Where it was. */
  side: z.enum(syncSides),
  why: z.enum(['replaced', 'deleted', 'not-chosen', 'restored-over']),
  version: syncVersionSchema,
  keptAt: z.number(),
  expiresAt: z.number(),
  /** On this computer, or only in the sandbox. */
  where: z.enum(syncSides),
  /** False where it lies in a sandbox that is not connected. */
  available: z.boolean(),
});
/** See `syncKeptSchema`. */
export type SyncKept = z.infer<typeof syncKeptSchema>;

/** A finished cycle that did something, or a decision. */
export const syncRunSchema = z.strictObject({
  id: z.string(),
  rootId: z.string(),
  sessionId: z.string().nullable(),
  startedAt: z.number(),
  endedAt: z.number(),
  trigger: z.enum(['asked', 'watch', 'resolve', 'restore']),
  outcome: z.enum(['done', 'cancelled', 'failed', 'waiting']),
  summary: syncSummarySchema,
  problem: problemSchema.nullable(),
});
/** See `syncRunSchema`. */
export type SyncRun = z.infer<typeof syncRunSchema>;

/** Exclusions of a new root. */
export const defaultSyncExclusions: SyncExclusions = {
  defaults: true,
  secrets: true,
  gitignore: true,
  patterns: [],
};
