/** What answers the operations of `contract/terminal-operations.ts`. */
import type { terminalOperations } from '../../../src-shared/contract/terminal-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import type { Core } from '../create-core.ts';

/** Builds them. */
export function createTerminalHandlers({
  keptTerminals,
}: Core): Pick<OperationHandlers, keyof typeof terminalOperations> {
  return {
    'terminals.open': (input) => keptTerminals.open(input),
    'terminals.write': async ({ terminalId, data }) => {
      await keptTerminals.write(terminalId, data);
      return null;
    },
    'terminals.resize': async ({ terminalId, ...size }) => {
      await keptTerminals.resize(terminalId, size);
      return null;
    },
    'terminals.close': async ({ terminalId }) => {
      await keptTerminals.close(terminalId);
      return null;
    },
    'terminals.reopen': ({ terminalId, ...size }) => keptTerminals.reopen(terminalId, size),
  };
}
