/** What answers the operations of `contract/history-operations.ts`. */
import type { historyOperations } from '../../../src-shared/contract/history-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import type { Core } from '../create-core.ts';
import type { DesktopServices } from '../operation-handlers.ts';

/** Builds them. */
export function createHistoryHandlers(
  _core: Core,
  _desktop: DesktopServices,
): Pick<OperationHandlers, keyof typeof historyOperations> {
  return {};
}
