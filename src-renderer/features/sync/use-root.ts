/** The pair of folders that a part of the tab is about. */
import type { SyncRoot } from '../../../src-shared/domain/sync.ts';
import { useStatus } from '../../app/app-context.tsx';

/** Undefined once it was removed. Renders again with every change of it. */
export function useRoot(rootId: string): SyncRoot | undefined {
  return useStatus(({ status }) => status?.syncs.find(({ id }) => id === rootId));
}

/** Changes when there may be more to read of a pair: a cycle or a decision has ended. */
export function useRootVersion(rootId: string): string {
  const root = useRoot(rootId);
  return `${root?.state === 'syncing'} ${root?.lastSyncedAt} ${root?.conflicts} ${root?.problems} ${root?.files}`;
}
