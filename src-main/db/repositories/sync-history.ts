/** Tables `sync_run` and `sync_kept`: what syncs did, and the copies of what they replaced, deleted or did not take. */
import { count, desc, eq, sql } from 'drizzle-orm';
import type { SyncKept, SyncRun } from '../../../src-shared/domain/sync.ts';
import { type Orm, transact } from '../orm.ts';
import { syncKept, syncRun } from '../schema.ts';

/** A kept copy as it is stored; `name` finds it in the history folder of the side `where`. */
export interface StoredKept extends Omit<SyncKept, 'expiresAt' | 'available'> {
  sessionId: string | null;
  name: string;
}

/** A piece of a list. */
export interface Page {
  offset: number;
  limit: number;
}

/** See the file's first line. */
export interface SyncHistoryRepository {
  /** Stores a run, and forgets the root's oldest beyond `keep`. */
  addRun(run: SyncRun, keep: number): void;
  /** Newest first. */
  runs(rootId: string, page: Page): { runs: SyncRun[]; total: number };
  /** A copy that is there already, by its name, is not added again. */
  addKept(copies: readonly StoredKept[]): void;
  getKept(id: string): StoredKept | undefined;
  /** Newest first; `search` is a part of the path, case aside. */
  listKept(rootId: string, search: string, page: Page): { items: StoredKept[]; total: number };
  /** The copy of this content that was kept last. */
  findKept(rootId: string, hash: string): StoredKept | undefined;
  /** Those that were kept before `before`, at most `limit`. */
  expired(rootId: string, before: number, limit: number): StoredKept[];
  removeKept(ids: readonly string[]): void;
}

/** Makes the repository over an open connection. */
export function createSyncHistory(orm: Orm): SyncHistoryRepository {
  const { $client: client } = orm;
  const ofRoot = eq(syncRun.rootId, sql.placeholder('rootId'));
  const runs = orm
    .select()
    .from(syncRun)
    .where(ofRoot)
    .orderBy(desc(syncRun.endedAt), desc(sql`rowid`))
    .limit(sql.placeholder('limit'))
    .offset(sql.placeholder('offset'))
    .prepare();
  const countRuns = orm.select({ n: count() }).from(syncRun).where(ofRoot).prepare();
  const trim = client.prepare(
    `DELETE FROM sync_run WHERE root_id = ? AND id NOT IN
       (SELECT id FROM sync_run WHERE root_id = ? ORDER BY ended_at DESC, rowid DESC LIMIT ?)`,
  );
  const one = orm
    .select()
    .from(syncKept)
    .where(eq(syncKept.id, sql.placeholder('id')))
    .prepare();
  const found = (search: string) =>
    sql`root_id = ${sql.placeholder('rootId')} AND (instr(lower(path), ${search.toLowerCase()}) > 0 OR instr(path, ${search}) > 0)`;
  const byHash = orm
    .select()
    .from(syncKept)
    .where(
      sql`root_id = ${sql.placeholder('rootId')} AND json_extract(version, '$.hash') = ${sql.placeholder('hash')}`,
    )
    .orderBy(sql`kept_where = 'remote'`, desc(syncKept.keptAt))
    .limit(1)
    .prepare();
  const old = orm
    .select()
    .from(syncKept)
    .where(sql`root_id = ${sql.placeholder('rootId')} AND kept_at < ${sql.placeholder('before')}`)
    .limit(sql.placeholder('limit'))
    .prepare();
  const drop = client.prepare('DELETE FROM sync_kept WHERE id = ?');
  // Thousands in one go: written plainly, as the rows of the manifest are.
  const add = client.prepare(
    `INSERT INTO sync_kept (id, root_id, session_id, path, side, why, version, kept_at, kept_where, name)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (root_id, kept_where, name) DO NOTHING`,
  );

  return {
    addRun: (run, keep) =>
      transact(orm, () => {
        orm.insert(syncRun).values(run).run();
        trim.run(run.rootId, run.rootId, keep);
      }),
    runs: (rootId, { offset, limit }) => ({
      runs: runs.all({ rootId, offset, limit }),
      total: countRuns.get({ rootId })?.n ?? 0,
    }),
    addKept: (copies) =>
      transact(orm, () => {
        for (const copy of copies) {
          const { id, rootId, sessionId, path, side, why, version, keptAt, where, name } = copy;
          add.run(id, rootId, sessionId, path, side, why, JSON.stringify(version), keptAt, where, name);
        }
      }),
    getKept: (id) => one.get({ id }),
    listKept: (rootId, search, { offset, limit }) => {
      const where = search === '' ? eq(syncKept.rootId, sql.placeholder('rootId')) : found(search);
      const items = orm
        .select()
        .from(syncKept)
        .where(where)
        .orderBy(desc(syncKept.keptAt), desc(sql`rowid`))
        .limit(limit)
        .offset(offset)
        .prepare()
        .all({ rootId });
      const total = orm.select({ n: count() }).from(syncKept).where(where).prepare().get({ rootId });
      return { items, total: total?.n ?? 0 };
    },
    findKept: (rootId, hash) => byHash.get({ rootId, hash }),
    expired: (rootId, before, limit) => old.all({ rootId, before, limit }),
    removeKept: (ids) =>
      transact(orm, () => {
        for (const id of ids) drop.run(id);
      }),
  };
}
