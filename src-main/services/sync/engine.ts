/** What the service needs of src-main/sync: the two sides of a root, a cycle, a look. A seam, so that tests bring their own. */
import type { StoredSyncRoot } from '../../db/repositories/sync-roots.ts';
import type { CycleDeps, CycleRequest, CycleResult } from '../../sync/cycle/cycle-types.ts';
import type { LocalSide, RemoteSide } from '../../sync/sides.ts';
import type { LiveSession } from '../sessions.ts';

/** See the file's first line. */
export interface SyncEngine {
  /** This computer's side of a root. Close it. */
  openLocal(root: StoredSyncRoot): LocalSide;
  /** The sandbox's side. Close it. Throws `unsupported` where the driver has no files. */
  openRemote(root: StoredSyncRoot, live: LiveSession): RemoteSide;
  /** One cycle, from scan to commit. */
  run(deps: CycleDeps, request: CycleRequest, signal: AbortSignal): Promise<CycleResult>;
  /** Looks and changes nothing: `look`, `halt`, `conflicts` say what `run` would do. */
  look(deps: CycleDeps, request: CycleRequest, signal: AbortSignal): Promise<CycleResult>;
}
