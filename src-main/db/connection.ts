/** Opens the database: checks it, migrates it, and hands out its repositories. The only way to the stored data. */
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { toDatabaseError, withMappedErrors } from './database-errors.ts';
import { createFreeSpace, type FreeSpace } from './free-space.ts';
import { inspect } from './inspect.ts';
import { migrate, pageBytes } from './migrate.ts';
import { createExecutions, type ExecutionsRepository } from './repositories/executions.ts';
import { createHistory, type HistoryRepository } from './repositories/history.ts';
import { createInstances, type InstancesRepository } from './repositories/instances.ts';
import { createProfiles, type ProfilesRepository } from './repositories/profiles.ts';
import { createSecrets, type SecretsRepository } from './repositories/secrets.ts';
import { createSessions, type SessionsRepository } from './repositories/sessions.ts';
import { createSettings, type SettingsRepository } from './repositories/settings.ts';
import { createSyncConflicts, type SyncConflictsRepository } from './repositories/sync-conflicts.ts';
import { createSyncHistory, type SyncHistoryRepository } from './repositories/sync-history.ts';
import { createSyncManifest, type SyncManifestRepository } from './repositories/sync-manifest.ts';
import { createSyncRoots, type SyncRootsRepository } from './repositories/sync-roots.ts';
import { createSyncSignatures, type SyncSignaturesRepository } from './repositories/sync-signatures.ts';

/** The open database. Every repository method is synchronous, is one transaction, and throws only SpecboardErrors. */
export interface Database {
  /** Path of the database file. */
  readonly file: string;
  readonly profiles: ProfilesRepository;
  readonly sessions: SessionsRepository;
  readonly executions: ExecutionsRepository;
  readonly history: HistoryRepository;
  readonly freeSpace: FreeSpace;
  readonly settings: SettingsRepository;
  readonly secrets: SecretsRepository;
  readonly instances: InstancesRepository;
  readonly syncRoots: SyncRootsRepository;
  readonly syncManifest: SyncManifestRepository;
  readonly syncConflicts: SyncConflictsRepository;
  readonly syncHistory: SyncHistoryRepository;
  readonly syncSignatures: SyncSignaturesRepository;
  /** Ends the connection; the last one to close folds the write-ahead log into the file. Calling it twice is fine. */
  close(): void;
}

/** What `openDatabase` takes. */
export interface OpenDatabaseOptions {
  /** Path of the database file; it and its folder are made where they are missing. */
  file: string;
  /** The folder `migrations/` of this version of SpecBoard. */
  migrationsFolder: string;
  /** The time, ms since the epoch. */
  now: () => number;
}

/** How long a statement waits for another process's transaction, in ms. Ours take a few ms. */
const busyTimeoutMs = 5_000;

/**
 * Opens the database at `file`, after migrating it with a backup first. Several processes may have it open at once.
 * Throws `database-newer`, `database-corrupt`, `database-unwritable`, `no-space` or `unavailable`; then the file is as it
 * was. The caller closes what it gets.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { file, migrationsFolder, now } = options;
  let client: Sqlite.Database | undefined;
  try {
    prepareFile(file);
    inspect(file, migrationsFolder);
    client = new Sqlite(file, { timeout: busyTimeoutMs });
    await migrate({ client, file, migrationsFolder, now });
    configure(client);
    return createDatabase(client, file);
  } catch (error) {
    client?.close();
    throw toDatabaseError(error, file);
  }
}

/** Private to the person from the first byte on; SQLite gives its side files the mode of the main file. */
function prepareFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
}

function configure(client: Sqlite.Database): void {
  // NORMAL in WAL mode: a commit is in the operating system's hands, not yet on the platter. When this process dies (even
  // by SIGKILL) nothing committed is lost; when the machine itself dies the last few transactions may be, but the
  // database stays whole. FULL would cost one disk flush for every batch of output.
  client.pragma('synchronous = NORMAL');
  client.pragma('foreign_keys = ON');
  client.pragma(`busy_timeout = ${busyTimeoutMs}`);
  // Every 4 MB the log is folded into the file, which blocks for some 10 ms; a larger log would block for longer.
  client.pragma(`wal_autocheckpoint = ${4_194_304 / pageBytes}`);
  // After a burst of output the log file shrinks again.
  client.pragma('journal_size_limit = 67108864');
}

function createDatabase(client: Sqlite.Database, file: string): Database {
  const orm = drizzle(client);
  return {
    file,
    profiles: withMappedErrors(createProfiles(orm), file),
    sessions: withMappedErrors(createSessions(orm), file),
    executions: withMappedErrors(createExecutions(orm), file),
    history: withMappedErrors(createHistory(orm), file),
    freeSpace: withMappedErrors(createFreeSpace(orm), file),
    settings: withMappedErrors(createSettings(orm), file),
    secrets: withMappedErrors(createSecrets(orm), file),
    instances: withMappedErrors(createInstances(orm), file),
    syncRoots: withMappedErrors(createSyncRoots(orm), file),
    syncManifest: withMappedErrors(createSyncManifest(orm, createSyncHistory(orm)), file),
    syncConflicts: withMappedErrors(createSyncConflicts(orm), file),
    syncHistory: withMappedErrors(createSyncHistory(orm), file),
    syncSignatures: withMappedErrors(createSyncSignatures(orm), file),
    close: () => {
      try {
        client.close();
      } catch (error) {
        throw toDatabaseError(error, file);
      }
    },
  };
}
