/** What answers the operations of `contract/terminal-operations.ts`. */
import type { terminalOperations } from '../../../src-shared/contract/terminal-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import type { Core } from '../create-core.ts';
import type { DesktopServices } from '../operation-handlers.ts';

/** Builds them. */
export function createTerminalHandlers(
  _core: Core,
  _desktop: DesktopServices,
): Pick<OperationHandlers, keyof typeof terminalOperations> {
  return {};
}
