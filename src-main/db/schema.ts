/**
 * The tables. `driver_config`, `remote_session` and `sync_manifest` have the columns of the specification; what the rest
 * needs stands beside them. All times are integers, ms since the epoch. No table ever holds a secret.
 * After a change here: `npm run migration -- --name <what-changes>`, and commit what it writes.
 */
import { sql } from 'drizzle-orm';
import {
  blob,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { DriverType } from '../../src-shared/domain/driver-manifest.ts';
import type {
  ExecutionResult,
  ExecutionState,
  Language,
  OutputEvent,
} from '../../src-shared/domain/execution.ts';
import type { Json, JsonObject } from '../../src-shared/domain/json.ts';
import type { Session, SessionReason, SessionStatus } from '../../src-shared/domain/session.ts';
import type {
  SyncConflictKind,
  SyncExclusions,
  SyncKept,
  SyncMode,
  SyncRun,
  SyncSide,
  SyncSummary,
  SyncVersion,
} from '../../src-shared/domain/sync.ts';

/** Profiles. */
export const driverConfig = sqliteTable(
  'driver_config',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    driverType: text('driver_type').$type<DriverType>().notNull(),
    /** Checked by the driver's own schema before it is stored. */
    settings: text('settings', { mode: 'json' }).$type<JsonObject>().notNull(),
    isDefault: integer('is_default', { mode: 'boolean' }).notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    // At most one default, whoever writes; the repository keeps it at exactly one.
    uniqueIndex('driver_config_one_default').on(table.isDefault).where(sql`is_default = 1`),
  ],
);

/** Sessions of all times. */
export const remoteSession = sqliteTable(
  'remote_session',
  {
    id: text('id').primaryKey(),
    /** Null once the profile is deleted: history outlives it, which is why name and driver are kept here too. */
    configId: text('config_id').references(() => driverConfig.id, { onDelete: 'set null' }),
    status: text('status').$type<SessionStatus>().notNull(),
    startedAt: integer('started_at').notNull(),
    lastActivity: integer('last_activity').notNull(),
    /** The vendor's id, limits, endpoints. */
    metadata: text('metadata', { mode: 'json' }).$type<JsonObject>().notNull(),
    profileName: text('profile_name').notNull(),
    driverType: text('driver_type').$type<DriverType>().notNull(),
    reason: text('reason', { mode: 'json' }).$type<SessionReason>().notNull(),
    endedAt: integer('ended_at'),
    endsAt: integer('ends_at'),
    isolation: text('isolation').$type<Session['isolation']>(),
    warnings: text('warnings', { mode: 'json' }).$type<string[]>().notNull(),
    /** The `app_instance` that started it; no foreign key, because the instance's row goes when it ends. */
    owner: text('owner').notNull(),
  },
  (table) => [
    index('remote_session_started_at').on(table.startedAt),
    index('remote_session_status').on(table.status),
    index('remote_session_config_id').on(table.configId),
  ],
);

/** A folder of this computer paired with one in a profile's sandboxes. It outlives sessions: the next sandbox is brought to the same state. */
export const syncRoot = sqliteTable(
  'sync_root',
  {
    id: text('id').primaryKey(),
    configId: text('config_id').references(() => driverConfig.id, { onDelete: 'set null' }),
    profileName: text('profile_name').notNull(),
    /** The session it was last synced with; no foreign key, because history may be deleted. */
    sessionId: text('session_id'),
    localPath: text('local_path').notNull(),
    /** As it is in the sandbox; absolute, or relative to the working folder. */
    remotePath: text('remote_path').notNull(),
    mode: text('mode').$type<SyncMode>().notNull(),
    exclusions: text('exclusions', { mode: 'json' }).$type<SyncExclusions>().notNull(),
    watching: integer('watching', { mode: 'boolean' }).notNull(),
    /** Rises with every cycle that changed something; the sandbox's marker must agree. */
    epoch: integer('epoch').notNull(),
    /** Set before a cycle changes anything, null once its results are here: the marker may say either. */
    pendingEpoch: integer('pending_epoch'),
    /** Device and inode of the local folder when it was last seen. */
    localIdentity: text('local_identity'),
    /** The plan was seen and agreed to. */
    confirmed: integer('confirmed', { mode: 'boolean' }).notNull(),
    lastSyncedAt: integer('last_synced_at'),
    last: text('last', { mode: 'json' }).$type<SyncSummary>(),
    createdAt: integer('created_at').notNull(),
    /** The process that syncs it now, and until when that counts without being renewed. */
    lockOwner: text('lock_owner'),
    lockUntil: integer('lock_until'),
  },
  (table) => [index('sync_root_config_id').on(table.configId)],
);

/**
 * What the last sync agreed on, one row a path: the common ancestor of the next one. The first seven columns are the
 * specification's; a row outlives its session, because a new sandbox of the same profile is brought to the same state.
 */
export const syncManifest = sqliteTable(
  'sync_manifest',
  {
    id: text('id').primaryKey(),
    /** The session in which it was agreed. */
    sessionId: text('session_id').notNull(),
    localPath: text('local_path').notNull(),
    remotePath: text('remote_path').notNull(),
    /** SHA-256 in hex of a file's bytes or a link's target; empty for a folder. */
    checksum: text('checksum').notNull(),
    syncedAt: integer('synced_at').notNull(),
    direction: text('direction').$type<'upload' | 'download'>().notNull(),
    rootId: text('root_id')
      .notNull()
      .references(() => syncRoot.id, { onDelete: 'cascade' }),
    /** Relative to both folders. */
    path: text('path').notNull(),
    kind: text('kind').$type<'file' | 'directory' | 'link'>().notNull(),
    size: integer('size').notNull(),
    modifiedAt: integer('modified_at').notNull(),
    executable: integer('executable', { mode: 'boolean' }).notNull(),
    target: text('target'),
  },
  (table) => [
    index('sync_manifest_session_id').on(table.sessionId),
    uniqueIndex('sync_manifest_root_path').on(table.rootId, table.path),
  ],
);

/** Conflicts that wait for the person, as the last cycle found them. */
export const syncConflict = sqliteTable(
  'sync_conflict',
  {
    id: text('id').primaryKey(),
    rootId: text('root_id')
      .notNull()
      .references(() => syncRoot.id, { onDelete: 'cascade' }),
    path: text('path').notNull(),
    kind: text('kind').$type<SyncConflictKind>().notNull(),
    base: text('base', { mode: 'json' }).$type<SyncVersion>(),
    local: text('local', { mode: 'json' }).$type<SyncVersion>(),
    remote: text('remote', { mode: 'json' }).$type<SyncVersion>(),
    others: text('others', { mode: 'json' }).$type<string[]>().notNull(),
    foundAt: integer('found_at').notNull(),
    syncedAt: integer('synced_at'),
  },
  (table) => [uniqueIndex('sync_conflict_root_path').on(table.rootId, table.path)],
);

/** Copies of what a sync replaced, deleted or did not take; `name` finds it in the history folder of its side. */
export const syncKept = sqliteTable(
  'sync_kept',
  {
    id: text('id').primaryKey(),
    rootId: text('root_id')
      .notNull()
      .references(() => syncRoot.id, { onDelete: 'cascade' }),
    sessionId: text('session_id'),
    path: text('path').notNull(),
    side: text('side').$type<SyncSide>().notNull(),
    why: text('why').$type<SyncKept['why']>().notNull(),
    version: text('version', { mode: 'json' }).$type<SyncVersion>().notNull(),
    keptAt: integer('kept_at').notNull(),
    where: text('kept_where').$type<SyncSide>().notNull(),
    name: text('name').notNull(),
  },
  (table) => [
    index('sync_kept_root_kept_at').on(table.rootId, table.keptAt),
    // A copy is told again after a crash or a lost answer, and stored once.
    uniqueIndex('sync_kept_root_name').on(table.rootId, table.where, table.name),
  ],
);

/** Cycles that did something. */
export const syncRun = sqliteTable(
  'sync_run',
  {
    id: text('id').primaryKey(),
    rootId: text('root_id')
      .notNull()
      .references(() => syncRoot.id, { onDelete: 'cascade' }),
    sessionId: text('session_id'),
    startedAt: integer('started_at').notNull(),
    endedAt: integer('ended_at').notNull(),
    trigger: text('trigger').$type<SyncRun['trigger']>().notNull(),
    outcome: text('outcome').$type<SyncRun['outcome']>().notNull(),
    summary: text('summary', { mode: 'json' }).$type<SyncSummary>().notNull(),
    problem: text('problem', { mode: 'json' }).$type<Problem>(),
  },
  (table) => [index('sync_run_root_ended_at').on(table.rootId, table.endedAt)],
);

/** Block signatures of agreed files by content, so that an upload of a change needs nothing from the sandbox first. A cache. */
export const syncSignature = sqliteTable(
  'sync_signature',
  {
    checksum: text('checksum').notNull(),
    blockSize: integer('block_size').notNull(),
    /** Weak sums, then strong ones: see sync/delta. */
    data: blob('data', { mode: 'buffer' }).notNull(),
    usedAt: integer('used_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.checksum, table.blockSize] })],
);

/** Executions without their output. */
export const execution = sqliteTable(
  'execution',
  {
    id: text('id').primaryKey(),
    sessionId: text('session_id')
      .notNull()
      .references(() => remoteSession.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    language: text('language').$type<Language>().notNull(),
    code: text('code').notNull(),
    state: text('state').$type<ExecutionState>().notNull(),
    startedAt: integer('started_at').notNull(),
    endedAt: integer('ended_at'),
    result: text('result', { mode: 'json' }).$type<ExecutionResult>(),
    outputBytes: integer('output_bytes').notNull(),
    outputCount: integer('output_count').notNull(),
  },
  (table) => [
    unique('execution_session_number').on(table.sessionId, table.number),
    index('execution_started_at').on(table.startedAt),
    index('execution_state').on(table.state),
  ],
);

/** Output, one row an event. */
export const executionOutput = sqliteTable(
  'execution_output',
  {
    executionId: text('execution_id')
      .notNull()
      .references(() => execution.id, { onDelete: 'cascade' }),
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
    kind: text('kind').$type<OutputEvent['type']>().notNull(),
    /** Of text only. */
    stream: text('stream').$type<'stdout' | 'stderr'>(),
    /** Text: the raw bytes. Everything else: the event as JSON in UTF-8. */
    data: blob('data', { mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.seq] })],
);

/**
 * What of an execution is in the full-text table `execution_text` (made by a migration of its own: drizzle knows no virtual
 * tables). `doc` is its row there: a number of its own, because VACUUM may change the rowid of `execution`.
 */
export const executionSearch = sqliteTable('execution_search', {
  doc: integer('doc').primaryKey(),
  executionId: text('execution_id')
    .notNull()
    .unique()
    .references(() => execution.id, { onDelete: 'cascade' }),
  /** Events of output that there were when it was read; more of them now means: read it again. */
  outputCount: integer('output_count').notNull(),
});

/** The application's own settings. */
export const setting = sqliteTable('setting', {
  key: text('key').primaryKey(),
  value: text('value', { mode: 'json' }).$type<Json>(),
});

/** That a secret was put into the keyring; the value is never here. */
export const secret = sqliteTable(
  'secret',
  {
    profileId: text('profile_id')
      .notNull()
      .references(() => driverConfig.id, { onDelete: 'cascade' }),
    field: text('field').notNull(),
    storedAt: integer('stored_at').notNull(),
    /** Random; tells two savings of the same field apart. */
    checkId: text('check_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.profileId, table.field] })],
);

/** Processes that use this database now. */
export const appInstance = sqliteTable('app_instance', {
  id: text('id').primaryKey(),
  pid: integer('pid').notNull(),
  /** When the process started, as the system tells it: a reused pid has another. */
  startToken: text('start_token').notNull(),
  startedAt: integer('started_at').notNull(),
  heartbeatAt: integer('heartbeat_at').notNull(),
  kind: text('kind').$type<'desktop' | 'cli'>().notNull(),
});
