/** What the service needs of src-main/sync: the two sides of a root and its cycles. A seam, so that tests bring their own. */
import type { StoredSyncRoot } from '../../db/repositories/sync-roots.ts';
import type { CycleDeps } from '../../sync/cycle/cycle-types.ts';
import type { SyncCycles } from '../../sync/cycle/sync-cycles.ts';
import type { RemoteSide } from '../../sync/sides.ts';
import type { LiveSession } from '../sessions.ts';
import type { RememberingSide } from './agreed-files.ts';

/** The cycles of a root with one sandbox. */
export type RootCycles = Pick<SyncCycles, 'run' | 'plan' | 'close'>;

/** See the file's first line. */
export interface SyncEngine {
  /** This computer's side of a root. Close it. */
  openLocal(root: StoredSyncRoot): RememberingSide;
  /** The sandbox's side. Close it. Throws `unsupported` where the driver has no files. */
  openRemote(root: StoredSyncRoot, live: LiveSession): RemoteSide;
  /** Close them before the sides. */
  cycles(deps: CycleDeps): RootCycles;
  /** Ends what roots share: threads. */
  dispose(): Promise<void>;
}
