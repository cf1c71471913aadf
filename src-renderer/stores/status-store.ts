/** The last status snapshot of the main process, with a revision guard and structural sharing between snapshots. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { DriverManifest } from '../../src-shared/domain/driver-manifest.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import { share } from './share.ts';

/** What the store holds. `status` is null until the first snapshot came. */
export interface StatusState {
  status: Status | null;
  drivers: DriverManifest[];
}

/** The store of `StatusState`. */
export type StatusStore = StoreApi<StatusState>;

/** An empty store. */
export function createStatusStore(): StatusStore {
  return createStore<StatusState>(() => ({ status: null, drivers: [] }));
}

/** Takes a snapshot in, unless one of the same or a later revision was seen. Returns whether it was taken. */
export function acceptStatus(store: StatusStore, next: Status): boolean {
  const { status } = store.getState();
  if (status && next.revision <= status.revision) return false;
  store.setState({ status: share(status, next) });
  return true;
}
