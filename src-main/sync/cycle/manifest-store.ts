/**
 * Where a cycle keeps what it must remember: the manifest, the marker's epochs, conflicts, kept copies and block signatures. The
 * service implements it over SQLite; a cycle never sees a database.
 */
import type { SyncKept, SyncSide } from '../../../src-shared/domain/sync.ts';
import type { BlockSignature } from '../delta/block-signature.ts';
import type { Decision, Entry, Tree } from '../types.ts';

/** What is remembered of a root. */
export interface Manifest {
  /**
   * What both sides last agreed on. The store's own map, kept between the cycles of a process: `commit` changes it after its
   * transaction, nobody else does. Loaded anew where another process committed meanwhile.
   */
  readonly entries: Tree;
  /** Of the last cycle that changed something; 0: there was none. */
  readonly epoch: number;
  /** Of a cycle that began and did not end: the sandbox's marker may say this one too. */
  readonly pendingEpoch: number | null;
  /** See `LocalSide.open`; null before the first cycle. */
  readonly localIdentity: string | null;
}

/** A path on which both sides agree now. */
export interface ManifestUpsert {
  readonly path: string;
  readonly entry: Entry;
  /** Where it travelled. What was found to be the same on both sides did not: then `upload`. */
  readonly direction: 'upload' | 'download';
}

/** A copy that one side kept; `name` finds it there. */
export interface KeptCopy {
  readonly path: string;
  /** Where the original was. */
  readonly side: SyncSide;
  readonly why: SyncKept['why'];
  readonly version: Entry;
  /** Where the copy is. */
  readonly where: SyncSide;
  readonly name: string;
}

/** What belongs together: all of it is stored, or nothing. */
export interface ManifestBatch {
  readonly syncedAt: number;
  readonly upserts: readonly ManifestUpsert[];
  readonly deletes: readonly string[];
  readonly kept: readonly KeptCopy[];
  /** Set with the last batch of a cycle. `pendingEpoch` is null from then on. */
  readonly epoch?: number;
  /** The local folder as it was seen. */
  readonly localIdentity?: string;
}

/** A conflict as reconcile found it. */
export type FoundConflict = Extract<Decision, { action: 'conflict' }>;

/** See the file's first lines. All calls but `load` are short transactions; `SpecboardError`s where the database does not take them. */
export interface ManifestStore {
  load(rootId: string): Manifest | Promise<Manifest>;
  /** Before `load`: reads what is not in memory, with turns for others in between. */
  warm?(rootId: string): Promise<void>;
  /**
   * Before anything is changed: the epoch that the sandbox's marker says now, and the one that it gets. Both are right until a
   * batch with `epoch` comes.
   */
  setPending(rootId: string, epoch: number, pendingEpoch: number): void;
  /** After the files, never before. A kept copy that is stored already (`where` and `name`) is not stored again. */
  commit(rootId: string, batch: ManifestBatch): void;
  /** The conflicts that there are, in the place of those that there were. Writes nothing where they are the same. */
  replaceConflicts(rootId: string, conflicts: readonly FoundConflict[], at: number): void;
  /** When and in which direction paths were last synced, for those who list them. */
  stamps(
    rootId: string,
    paths: readonly string[],
  ): ReadonlyMap<string, { syncedAt: number; direction: 'upload' | 'download' }>;
  /** By content. */
  getSignature(checksum: string, blockSize: number): BlockSignature | null;
  putSignature(checksum: string, signature: BlockSignature): void;
}
