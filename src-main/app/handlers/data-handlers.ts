/** What answers the operations of `contract/data-operations.ts`. */
import type { dataOperations } from '../../../src-shared/contract/data-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import type { Core } from '../create-core.ts';
import type { DesktopServices } from '../operation-handlers.ts';

/** Builds them. */
export function createDataHandlers(
  _core: Core,
  _desktop: DesktopServices,
): Pick<OperationHandlers, keyof typeof dataOperations> {
  return {};
}
