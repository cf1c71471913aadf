/** A database with one pair of folders, for histories whose app is a process of its own. */
import { join } from 'node:path';
import { type Database, openDatabase } from '../../../src-main/db/connection.ts';
import { SqliteManifestStore } from '../../../src-main/services/sync/manifest-store.ts';

/** Where it is, and of which pair. */
export interface HistoryDatabasePlace {
  readonly data: string;
  readonly rootId: string;
  readonly local: string;
  readonly remote: string;
}

/** Opens it; the pair is entered where it is not there yet. */
export async function openHistoryDatabase({
  data,
  rootId,
  local,
  remote,
}: HistoryDatabasePlace): Promise<{ db: Database; store: SqliteManifestStore }> {
  const migrationsFolder = join(import.meta.dirname, '../../../migrations');
  const db = await openDatabase({ file: join(data, 'specboard.db'), migrationsFolder, now: Date.now });
  if (!db.syncRoots.get(rootId)) {
    const exclusions = { defaults: false, secrets: false, gitignore: true, patterns: [] };
    db.syncRoots.insert(
      {
        ...{ id: rootId, profileId: null, profileName: 'Profile', sessionId: null, localPath: local },
        ...{ remotePath: remote, mode: 'two-way', exclusions, watching: false },
        ...{ epoch: 0, pendingEpoch: null, localIdentity: null, confirmed: true, lastSyncedAt: null },
        ...{ last: null, createdAt: 1 },
      },
      () => {},
    );
  }
  const place = () => ({ sessionId: 'session', localRoot: local, remoteRoot: remote });
  return { db, store: new SqliteManifestStore({ db, now: Date.now, place }) };
}
