/** A manifest store in memory, for tests of the cycle. Counts what is written, and lets a test look at each batch. */

import type {
  FoundConflict,
  KeptCopy,
  Manifest,
  ManifestBatch,
  ManifestStore,
} from '../../../src-main/sync/cycle/manifest-store.ts';
import type { BlockSignature } from '../../../src-main/sync/delta/block-signature.ts';
import type { Entry } from '../../../src-main/sync/types.ts';

/** See the file's first line. One root. */
export class MemoryManifestStore implements ManifestStore {
  readonly entries = new Map<string, Entry>();
  epoch = 0;
  pendingEpoch: number | null = null;
  localIdentity: string | null = null;
  conflicts: readonly FoundConflict[] = [];
  readonly kept: KeptCopy[] = [];
  readonly batches: ManifestBatch[] = [];
  readonly signatures = new Map<string, BlockSignature>();
  /** Transactions so far. */
  writes = 0;
  /** Called before a batch is stored. */
  onCommit: (batch: ManifestBatch) => void = () => {};
  readonly #stamps = new Map<string, { syncedAt: number; direction: 'upload' | 'download' }>();

  load(): Manifest {
    const { entries, epoch, pendingEpoch, localIdentity } = this;
    return { entries, epoch, pendingEpoch, localIdentity };
  }

  setPending(_rootId: string, epoch: number, pendingEpoch: number): void {
    this.writes += 1;
    this.epoch = epoch;
    this.pendingEpoch = pendingEpoch;
  }

  commit(_rootId: string, batch: ManifestBatch): void {
    this.onCommit(batch);
    this.writes += 1;
    this.batches.push(batch);
    for (const path of batch.deletes) this.entries.delete(path);
    for (const { path, entry, direction } of batch.upserts) {
      this.entries.set(path, entry);
      this.#stamps.set(path, { syncedAt: batch.syncedAt, direction });
    }
    for (const copy of batch.kept)
      if (!this.kept.some(({ where, name }) => where === copy.where && name === copy.name))
        this.kept.push(copy);
    if (batch.epoch !== undefined) {
      this.epoch = batch.epoch;
      this.pendingEpoch = null;
    }
    if (batch.localIdentity !== undefined) this.localIdentity = batch.localIdentity;
  }

  replaceConflicts(_rootId: string, conflicts: readonly FoundConflict[]): void {
    if (JSON.stringify(conflicts) === JSON.stringify(this.conflicts)) return;
    this.writes += 1;
    this.conflicts = conflicts;
  }

  stamps(_rootId: string, paths: readonly string[]) {
    return new Map([...this.#stamps].filter(([path]) => paths.includes(path)));
  }

  getSignature(checksum: string, blockSize: number): BlockSignature | null {
    return this.signatures.get(`${checksum} ${blockSize}`) ?? null;
  }

  putSignature(checksum: string, signature: BlockSignature): void {
    this.signatures.set(`${checksum} ${signature.blockSize}`, signature);
  }
}
