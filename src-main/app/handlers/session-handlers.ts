/** What answers the operations of `contract/session-operations.ts`. */
import type { sessionOperations } from '../../../src-shared/contract/session-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import type { Core } from '../create-core.ts';

const minute = 60_000;

/** Builds them. */
export function createSessionHandlers({
  sessions,
  ports,
}: Core): Pick<OperationHandlers, keyof typeof sessionOperations> {
  return {
    'sessions.extend': ({ sessionId, minutes }) => sessions.extend(sessionId, minutes * minute),
    'sessions.pause': ({ sessionId }) => sessions.pause(sessionId),
    'sessions.restartKernel': async ({ sessionId }) => {
      await sessions.restartKernel(sessionId);
      return null;
    },
    'sessions.reconnectNow': ({ sessionId }) => sessions.reconnectNow(sessionId),
    'ports.address': async ({ sessionId, port }) => {
      const { url, note } = await ports.address(sessionId, port);
      return { url, note: note ?? null };
    },
  };
}
