/** Table `sync_conflict`: conflicts that wait for the person, as the last cycle found them. */
import { randomUUID } from 'node:crypto';
import { asc, count, eq, sql } from 'drizzle-orm';
import type { SyncConflictKind, SyncVersion } from '../../../src-shared/domain/sync.ts';
import { type Orm, transact } from '../orm.ts';
import { syncConflict } from '../schema.ts';

/** What a cycle found. */
export interface FoundConflict {
  path: string;
  kind: SyncConflictKind;
  base: SyncVersion | null;
  local: SyncVersion | null;
  remote: SyncVersion | null;
  others: string[];
  /** When both were last the same. */
  syncedAt: number | null;
}

/** One that is stored. */
export interface StoredConflict extends FoundConflict {
  id: string;
  rootId: string;
  foundAt: number;
}

/** See the file's first line. */
export interface SyncConflictsRepository {
  /**
   * Puts these in the place of those that were there. One that is the same still keeps its id; where a side changed it gets
   * another, so that nobody decides what he has not seen.
   */
  replace(rootId: string, found: readonly FoundConflict[], at: number): void;
  /** By path. */
  list(rootId: string): StoredConflict[];
  get(id: string): StoredConflict | undefined;
  count(rootId: string): number;
}

/** Makes the repository over an open connection. */
export function createSyncConflicts(orm: Orm): SyncConflictsRepository {
  const ofRoot = orm
    .select()
    .from(syncConflict)
    .where(eq(syncConflict.rootId, sql.placeholder('rootId')))
    .orderBy(asc(syncConflict.path))
    .prepare();
  const one = orm
    .select()
    .from(syncConflict)
    .where(eq(syncConflict.id, sql.placeholder('id')))
    .prepare();
  const howMany = orm
    .select({ n: count() })
    .from(syncConflict)
    .where(eq(syncConflict.rootId, sql.placeholder('rootId')))
    .prepare();

  return {
    replace: (rootId, found, at) =>
      transact(orm, () => {
        const before = new Map(ofRoot.all({ rootId }).map((row) => [row.path, row]));
        for (const conflict of found) {
          const known = before.get(conflict.path);
          before.delete(conflict.path);
          if (known && isSame(known, conflict)) continue;
          if (known) orm.delete(syncConflict).where(eq(syncConflict.id, known.id)).run();
          orm
            .insert(syncConflict)
            .values({ ...conflict, id: randomUUID(), rootId, foundAt: known?.foundAt ?? at })
            .run();
        }
        for (const { id } of before.values()) {
          orm.delete(syncConflict).where(eq(syncConflict.id, id)).run();
        }
      }),
    list: (rootId) => ofRoot.all({ rootId }),
    get: (id) => one.get({ id }),
    count: (rootId) => howMany.get({ rootId })?.n ?? 0,
  };
}

function isSame(a: FoundConflict, b: FoundConflict): boolean {
  const what = (value: SyncVersion | null) =>
    value && `${value.kind} ${value.hash} ${value.executable} ${value.target}`;
  return (
    a.kind === b.kind &&
    what(a.base) === what(b.base) &&
    what(a.local) === what(b.local) &&
    what(a.remote) === what(b.remote) &&
    a.others.join('\0') === b.others.join('\0')
  );
}
