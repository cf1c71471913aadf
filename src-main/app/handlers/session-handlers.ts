/** What answers the operations of `contract/session-operations.ts`. */
import type { sessionOperations } from '../../../src-shared/contract/session-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import type { Core } from '../create-core.ts';
import type { DesktopServices } from '../operation-handlers.ts';

/** Builds them. */
export function createSessionHandlers(
  _core: Core,
  _desktop: DesktopServices,
): Pick<OperationHandlers, keyof typeof sessionOperations> {
  return {};
}
