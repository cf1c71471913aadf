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
import type { DriverType } from '../../src-shared/domain/driver-manifest.ts';
import type {
  ExecutionResult,
  ExecutionState,
  Language,
  OutputEvent,
} from '../../src-shared/domain/execution.ts';
import type { Json, JsonObject } from '../../src-shared/domain/json.ts';
import type { Session, SessionReason, SessionStatus } from '../../src-shared/domain/session.ts';

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

/** What the last sync of a session agreed on, one row a file. */
export const syncManifest = sqliteTable(
  'sync_manifest',
  {
    id: text('id').primaryKey(),
    sessionId: text('session_id')
      .notNull()
      .references(() => remoteSession.id, { onDelete: 'cascade' }),
    localPath: text('local_path').notNull(),
    remotePath: text('remote_path').notNull(),
    checksum: text('checksum').notNull(),
    syncedAt: integer('synced_at').notNull(),
    direction: text('direction').$type<'upload' | 'download'>().notNull(),
  },
  (table) => [index('sync_manifest_session_id').on(table.sessionId)],
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
