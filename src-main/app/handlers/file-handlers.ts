/** What answers the operations of `contract/file-operations.ts`. */
import type { fileOperations } from '../../../src-shared/contract/file-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import type { Core } from '../create-core.ts';
import type { DesktopServices } from '../operation-handlers.ts';

/** Builds them. */
export function createFileHandlers(
  _core: Core,
  _desktop: DesktopServices,
): Pick<OperationHandlers, keyof typeof fileOperations> {
  return {};
}
