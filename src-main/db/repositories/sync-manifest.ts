/** Table `sync_manifest`: what the last sync agreed on, path by path. The ancestor of the next one. */
import { randomUUID } from 'node:crypto';
import type { SyncVersion } from '../../../src-shared/domain/sync.ts';
import { type Orm, transact } from '../orm.ts';
import type { StoredKept, SyncHistoryRepository } from './sync-history.ts';
import type { SyncRootChange } from './sync-roots.ts';

/** A path that both sides agree on. */
export interface ManifestRow {
  path: string;
  entry: SyncVersion;
  syncedAt: number;
  direction: 'upload' | 'download';
}

/** What a cycle agreed on. One transaction: all of it or nothing. */
export interface ManifestCommit {
  rootId: string;
  sessionId: string;
  syncedAt: number;
  /** The two folders, for the columns of the specification. */
  localRoot: string;
  remoteRoot: string;
  set: Iterable<{ path: string; entry: SyncVersion; direction: 'upload' | 'download' }>;
  remove: Iterable<string>;
  /** Copies of what was replaced or deleted on the way. */
  kept?: readonly StoredKept[];
  /** Of the root's own row, in the same transaction. */
  root?: Pick<SyncRootChange, 'epoch' | 'pendingEpoch' | 'localIdentity' | 'confirmed' | 'sessionId'>;
}

/** See the file's first line. */
export interface SyncManifestRepository {
  /** All of a root, for a cycle. */
  load(rootId: string): Map<string, SyncVersion>;
  /** The next of them by path, at most `limit`, after the path `after` ('' at first): for large trees, some at a time. */
  loadSome(rootId: string, after: string, limit: number): [path: string, entry: SyncVersion][];
  /** With times and directions, by path. */
  rows(rootId: string): ManifestRow[];
  get(rootId: string, path: string): ManifestRow | undefined;
  /** Files, without folders. */
  countFiles(rootId: string): number;
  commit(change: ManifestCommit): void;
  /** When and in which direction these paths were last synced. */
  stamps(rootId: string, paths: readonly string[]): Map<string, Pick<ManifestRow, 'syncedAt' | 'direction'>>;
  /** Forgets all of a root: the next sync compares as if for the first time. */
  clear(rootId: string): void;
}

/** Makes the repository over an open connection. */
export function createSyncManifest(
  orm: Orm,
  history: Pick<SyncHistoryRepository, 'addKept'>,
): SyncManifestRepository {
  const { $client: client } = orm;
  // Ten thousand rows in one go: written plainly, because drizzle's placeholders cost more than the insert itself.
  const columns =
    'path, kind, size, modified_at AS modifiedAt, executable, checksum AS hash, target, synced_at AS syncedAt, direction';
  const ofRoot = client.prepare<[string], Row>(
    `SELECT ${columns} FROM sync_manifest WHERE root_id = ? ORDER BY path`,
  );
  const some = client.prepare<[string, string, number], Row>(
    `SELECT ${columns} FROM sync_manifest WHERE root_id = ? AND path > ? ORDER BY path LIMIT ?`,
  );
  const one = client.prepare<[string, string], Row>(
    `SELECT ${columns} FROM sync_manifest WHERE root_id = ? AND path = ?`,
  );
  const count = client
    .prepare<[string], number>("SELECT count(*) FROM sync_manifest WHERE root_id = ? AND kind <> 'directory'")
    .pluck();
  const put = client.prepare(
    `INSERT INTO sync_manifest (id, session_id, local_path, remote_path, checksum, synced_at, direction, root_id, path,
       kind, size, modified_at, executable, target)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (root_id, path) DO UPDATE SET session_id = excluded.session_id, local_path = excluded.local_path,
       remote_path = excluded.remote_path, checksum = excluded.checksum, synced_at = excluded.synced_at,
       direction = excluded.direction, kind = excluded.kind, size = excluded.size, modified_at = excluded.modified_at,
       executable = excluded.executable, target = excluded.target`,
  );
  const drop = client.prepare('DELETE FROM sync_manifest WHERE root_id = ? AND path = ?');
  const clear = client.prepare('DELETE FROM sync_manifest WHERE root_id = ?');
  const exists = client.prepare<[string], number>('SELECT 1 FROM sync_root WHERE id = ?').pluck();
  const rootColumns = {
    epoch: 'epoch',
    pendingEpoch: 'pending_epoch',
    localIdentity: 'local_identity',
    confirmed: 'confirmed',
    sessionId: 'session_id',
  } as const;
  const setRoot = (rootId: string, change: NonNullable<ManifestCommit['root']>) => {
    for (const key of Object.keys(rootColumns) as (keyof typeof rootColumns)[]) {
      const value = change[key];
      if (value === undefined) continue;
      client
        .prepare(`UPDATE sync_root SET ${rootColumns[key]} = ? WHERE id = ?`)
        .run(typeof value === 'boolean' ? Number(value) : value, rootId);
    }
  };

  return {
    load: (rootId) => {
      const tree = new Map<string, SyncVersion>();
      for (const row of ofRoot.iterate(rootId)) tree.set(row.path, toEntry(row));
      return tree;
    },
    loadSome: (rootId, after, limit) => some.all(rootId, after, limit).map((row) => [row.path, toEntry(row)]),
    rows: (rootId) => ofRoot.all(rootId).map(toRow),
    get: (rootId, path) => {
      const row = one.get(rootId, path);
      return row && toRow(row);
    },
    countFiles: (rootId) => count.get(rootId) ?? 0,
    commit: (change) =>
      transact(orm, () => {
        const { rootId, sessionId, syncedAt, localRoot, remoteRoot } = change;
        // Removed by its person meanwhile: there is nothing to remember.
        if (exists.get(rootId) === undefined) return;
        for (const path of change.remove) drop.run(rootId, path);
        for (const { path, entry, direction } of change.set) {
          put.run(
            ...[
              randomUUID(),
              sessionId,
              `${localRoot}/${path}`,
              `${remoteRoot}/${path}`,
              entry.hash,
              syncedAt,
            ],
            ...[direction, rootId, path, entry.kind, entry.size, entry.modifiedAt],
            ...[Number(entry.executable), entry.target],
          );
        }
        if (change.kept && change.kept.length > 0) history.addKept(change.kept);
        if (change.root) setRoot(rootId, change.root);
      }),
    stamps: (rootId, paths) => {
      const found = new Map<string, Pick<ManifestRow, 'syncedAt' | 'direction'>>();
      for (const path of paths) {
        const row = one.get(rootId, path);
        if (row) found.set(path, { syncedAt: row.syncedAt, direction: row.direction });
      }
      return found;
    },
    clear: (rootId) => {
      clear.run(rootId);
    },
  };
}

interface Row {
  path: string;
  kind: SyncVersion['kind'];
  size: number;
  modifiedAt: number;
  executable: number;
  hash: string;
  target: string | null;
  syncedAt: number;
  direction: 'upload' | 'download';
}

function toEntry({ kind, size, modifiedAt, executable, hash, target }: Row): SyncVersion {
  return { kind, size, modifiedAt, executable: executable === 1, hash, target };
}

function toRow(row: Row): ManifestRow {
  return { path: row.path, entry: toEntry(row), syncedAt: row.syncedAt, direction: row.direction };
}
