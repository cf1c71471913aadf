/** What cycles remember, kept in the database: the cycle's `ManifestStore`. */
import { randomUUID } from 'node:crypto';
import type { Database } from '../../db/connection.ts';
import type {
  FoundConflict,
  Manifest,
  ManifestBatch,
  ManifestStore,
} from '../../sync/cycle/manifest-store.ts';
import type { BlockSignature } from '../../sync/delta/block-signature.ts';
import type { Entry } from '../../sync/types.ts';
import { notSynced } from './refusals.ts';
import { decodeSignature, encodeSignature } from './signature-bytes.ts';

/** All signatures together: those of about 20 GB of large files. */
const maxSignatureBytes = 67_108_864;

/** Rows that are read before others get their turn. */
const rowsAtOnce = 5000;

/** What the columns of the specification say of a root's rows. */
export interface ManifestPlace {
  sessionId: string;
  localRoot: string;
  remoteRoot: string;
}

/** What the store needs. */
export interface SqliteManifestStoreDependencies {
  db: Pick<Database, 'syncRoots' | 'syncManifest' | 'syncConflicts' | 'syncHistory' | 'syncSignatures'>;
  now: () => number;
  /** Where a root is synced now. */
  place: (rootId: string) => ManifestPlace;
  /** These paths were synced or removed. */
  onCommitted?: (rootId: string, paths: readonly string[]) => void;
}

/** See the file's first line. Trees stay in memory between cycles, for as long as no other process wrote. */
export class SqliteManifestStore implements ManifestStore {
  readonly #deps: SqliteManifestStoreDependencies;
  readonly #loaded = new Map<string, { entries: Map<string, Entry>; version: number }>();

  /** Trees that are being read. */
  readonly #reading = new Map<string, object>();

  constructor(deps: SqliteManifestStoreDependencies) {
    this.#deps = deps;
  }

  load(rootId: string): Manifest {
    const { db } = this.#deps;
    // Read before the rows: what another process writes in between makes the tree be read again next time.
    const version = db.syncRoots.version();
    const root = db.syncRoots.get(rootId);
    if (!root) throw notSynced();
    let loaded = this.#loaded.get(rootId);
    if (loaded?.version !== version) {
      loaded = { entries: db.syncManifest.load(rootId), version };
      this.#loaded.set(rootId, loaded);
    }
    const { epoch, pendingEpoch, localIdentity } = root;
    return { entries: loaded.entries, epoch, pendingEpoch, localIdentity };
  }

  async warm(rootId: string): Promise<void> {
    const { db } = this.#deps;
    const version = db.syncRoots.version();
    if (this.#loaded.get(rootId)?.version === version) return;
    const entries = new Map<string, Entry>();
    const reading = {};
    this.#reading.set(rootId, reading);
    for (let after = ''; ; ) {
      const rows = db.syncManifest.loadSome(rootId, after, rowsAtOnce);
      for (const [path, entry] of rows) entries.set(path, entry);
      if (rows.length < rowsAtOnce) break;
      after = rows.at(-1)?.[0] ?? '';
      await new Promise((resolve) => setImmediate(resolve));
      // Somebody wrote meanwhile: whoever needs the tree reads it at once.
      if (this.#reading.get(rootId) !== reading) return;
    }
    this.#reading.delete(rootId);
    this.#loaded.set(rootId, { entries, version });
  }

  setPending(rootId: string, epoch: number, pendingEpoch: number): void {
    this.#deps.db.syncRoots.update(rootId, { epoch, pendingEpoch });
  }

  commit(rootId: string, batch: ManifestBatch): void {
    const { db, place } = this.#deps;
    const { sessionId, localRoot, remoteRoot } = place(rootId);
    const { syncedAt, epoch, localIdentity } = batch;
    db.syncManifest.commit({
      ...{ rootId, sessionId, syncedAt, localRoot, remoteRoot, set: batch.upserts, remove: batch.deletes },
      kept: batch.kept.map((copy) => ({
        ...copy,
        ...{ id: randomUUID(), rootId, sessionId, keptAt: syncedAt },
      })),
      root: {
        sessionId,
        ...(epoch === undefined ? {} : { epoch, pendingEpoch: null }),
        ...(localIdentity === undefined ? {} : { localIdentity }),
      },
    });
    this.#reading.delete(rootId);
    const entries = this.#loaded.get(rootId)?.entries;
    for (const path of batch.deletes) entries?.delete(path);
    for (const { path, entry } of batch.upserts) entries?.set(path, entry);
    this.#deps.onCommitted?.(rootId, [...batch.deletes, ...batch.upserts.map(({ path }) => path)]);
  }

  replaceConflicts(rootId: string, conflicts: readonly FoundConflict[], at: number): void {
    const { syncConflicts, syncManifest } = this.#deps.db;
    const stamps = syncManifest.stamps(
      rootId,
      conflicts.map(({ path }) => path),
    );
    const found = conflicts.map(({ path, kind, base, local, remote, others }) => ({
      ...{ path, kind, base, local, remote, others: [...(others ?? [])] },
      syncedAt: stamps.get(path)?.syncedAt ?? null,
    }));
    syncConflicts.replace(rootId, found, at);
  }

  stamps(rootId: string, paths: readonly string[]): ReturnType<ManifestStore['stamps']> {
    return this.#deps.db.syncManifest.stamps(rootId, paths);
  }

  getSignature(checksum: string, blockSize: number): BlockSignature | null {
    const bytes = this.#deps.db.syncSignatures.get(checksum, blockSize, this.#deps.now());
    return bytes ? decodeSignature(bytes, blockSize) : null;
  }

  putSignature(checksum: string, signature: BlockSignature): void {
    const bytes = encodeSignature(signature);
    const { db, now } = this.#deps;
    db.syncSignatures.put(checksum, signature.blockSize, bytes, now(), maxSignatureBytes);
  }

  /** Lets go of a root's tree. */
  forget(rootId: string): void {
    this.#reading.delete(rootId);
    this.#loaded.delete(rootId);
  }
}
