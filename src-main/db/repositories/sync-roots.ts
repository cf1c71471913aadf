/** Table `sync_root`: pairs of folders, and which process syncs each of them now. */
import { asc, eq, sql } from 'drizzle-orm';
import type { SyncExclusions, SyncMode, SyncSummary } from '../../../src-shared/domain/sync.ts';
import { type Orm, transact } from '../orm.ts';
import { syncRoot } from '../schema.ts';

/** A pair of folders as it is stored. `profileId` is null once the profile is deleted. */
export interface StoredSyncRoot {
  id: string;
  profileId: string | null;
  profileName: string;
  sessionId: string | null;
  localPath: string;
  remotePath: string;
  mode: SyncMode;
  exclusions: SyncExclusions;
  watching: boolean;
  epoch: number;
  pendingEpoch: number | null;
  localIdentity: string | null;
  confirmed: boolean;
  lastSyncedAt: number | null;
  last: SyncSummary | null;
  createdAt: number;
}

/** Who syncs a root, and until when that counts without being renewed. */
export interface SyncLock {
  rootId: string;
  owner: string;
  until: number;
}

/** What may change of a root. */
export type SyncRootChange = Partial<Omit<StoredSyncRoot, 'id' | 'profileId' | 'localPath' | 'createdAt'>>;

/** See the file's first line. */
export interface SyncRootsRepository {
  /** `check` gets those that are there, in the same transaction; what it throws is thrown, and nothing is stored. */
  insert(root: StoredSyncRoot, check: (others: readonly StoredSyncRoot[]) => void): void;
  update(id: string, change: SyncRootChange): void;
  get(id: string): StoredSyncRoot | undefined;
  /** Oldest first. */
  list(): StoredSyncRoot[];
  /** Removes it with its manifest, conflicts and history. */
  remove(id: string): void;
  /**
   * Takes the root's lock for `owner`, in one transaction. False where another has it: one that is alive and whose time has not
   * run out at `now`.
   */
  lock(
    id: string,
    owner: string,
    time: { now: number; until: number },
    isAlive: (owner: string) => boolean,
  ): boolean;
  /** Prolongs it. False where it is not the owner's any more. */
  renewLock(id: string, owner: string, until: number): boolean;
  /** Gives it back; nothing where it is not the owner's. */
  unlock(id: string, owner: string): void;
  locks(): SyncLock[];
  /** Rises with every change to these tables of another process (SQLite's `data_version`). */
  version(): number;
}

/** Makes the repository over an open connection. */
export function createSyncRoots(orm: Orm): SyncRootsRepository {
  const { $client: client } = orm;
  const all = orm.select().from(syncRoot).orderBy(asc(syncRoot.createdAt), sql`rowid`).prepare();
  const one = orm
    .select()
    .from(syncRoot)
    .where(eq(syncRoot.id, sql.placeholder('id')))
    .prepare();
  const holder = client.prepare<[string], { owner: string | null; until: number | null }>(
    'SELECT lock_owner AS owner, lock_until AS until FROM sync_root WHERE id = ?',
  );
  const take = client.prepare('UPDATE sync_root SET lock_owner = ?, lock_until = ? WHERE id = ?');
  const renew = client.prepare('UPDATE sync_root SET lock_until = ? WHERE id = ? AND lock_owner = ?');
  const release = client.prepare(
    'UPDATE sync_root SET lock_owner = NULL, lock_until = NULL WHERE id = ? AND lock_owner = ?',
  );
  const locks = client.prepare<[], SyncLock>(
    'SELECT id AS rootId, lock_owner AS owner, lock_until AS until FROM sync_root WHERE lock_owner IS NOT NULL',
  );

  return {
    insert: ({ profileId, ...root }, check) =>
      transact(orm, () => {
        check(all.all().map(toRoot));
        orm
          .insert(syncRoot)
          .values({ ...root, configId: profileId })
          .run();
      }),
    update: (id, change) => {
      if (Object.keys(change).length === 0) return;
      orm.update(syncRoot).set(change).where(eq(syncRoot.id, id)).run();
    },
    get: (id) => {
      const row = one.get({ id });
      return row && toRoot(row);
    },
    list: () => all.all().map(toRoot),
    remove: (id) => {
      orm.delete(syncRoot).where(eq(syncRoot.id, id)).run();
    },
    lock: (id, owner, { now, until }, isAlive) =>
      transact(orm, () => {
        const held = holder.get(id);
        if (!held) return false;
        const isOthers = held.owner !== null && held.owner !== owner;
        if (isOthers && (held.until ?? 0) > now && isAlive(held.owner ?? '')) return false;
        take.run(owner, until, id);
        return true;
      }),
    renewLock: (id, owner, until) => renew.run(until, id, owner).changes > 0,
    unlock: (id, owner) => {
      release.run(id, owner);
    },
    locks: () => locks.all(),
    version: () => client.pragma('data_version', { simple: true }) as number,
  };
}

function toRoot(row: typeof syncRoot.$inferSelect): StoredSyncRoot {
  const { configId, lockOwner: _owner, lockUntil: _until, ...rest } = row;
  return { ...rest, profileId: configId };
}
