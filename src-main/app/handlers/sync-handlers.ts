/** What answers the operations of `contract/sync-operations.ts`. */
import type { syncOperations } from '../../../src-shared/contract/sync-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import type { ChosenFolders } from '../chosen-folders.ts';
import type { Core } from '../create-core.ts';

/** Builds them. */
export function createSyncHandlers(
  { sync }: Core,
  folders: ChosenFolders,
): Pick<OperationHandlers, keyof typeof syncOperations> {
  return {
    'sync.add': ({ sessionId, exclusions, ...input }) => {
      folders.checkFolder(input.localPath);
      const profileId = sync.profileOf(sessionId);
      return sync.add({ ...input, profileId, sessionId, ...(exclusions ? { exclusions } : {}) });
    },
    'sync.update': ({ rootId, mode, exclusions }) =>
      sync.update(rootId, { ...(mode ? { mode } : {}), ...(exclusions ? { exclusions } : {}) }),
    'sync.remove': async ({ rootId }) => {
      await sync.remove(rootId);
      return null;
    },
    'sync.plan': ({ rootId, ...page }) => sync.plan(rootId, page),
    'sync.run': async ({ rootId, confirmed, checksum }) => {
      await sync.begin(rootId, { confirmed, checksum });
      return null;
    },
    'sync.watch': async ({ rootId, on }) => {
      await sync.watch(rootId, on);
      return null;
    },
    'sync.stop': async ({ rootId }) => {
      await sync.stop(rootId);
      return null;
    },
    'sync.answer': async ({ rootId, answer, reason }) => {
      await sync.answer(rootId, answer, reason);
      return null;
    },
    'sync.files': ({ rootId, ...about }) => sync.files(rootId, about),
    'sync.why': ({ rootId, path }) => sync.why(rootId, path),
    'sync.defaults': () => sync.defaults(),
    'sync.conflicts': ({ rootId }) => sync.conflicts(rootId),
    'sync.conflict': ({ conflictId }) => sync.conflict(conflictId),
    'sync.resolve': async ({ conflictIds, choice, text }) => {
      await sync.resolve(conflictIds, choice, text);
      return null;
    },
    'sync.history': ({ rootId, ...page }) => sync.history(rootId, page),
    'sync.kept': ({ rootId, ...about }) => sync.kept(rootId, about),
    'sync.restore': async ({ keptId }) => {
      await sync.restore(keptId);
      return null;
    },
  };
}
