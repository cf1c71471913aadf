/** What answers the operations of `contract/history-operations.ts`. */
import type { historyOperations } from '../../../src-shared/contract/history-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import { fileName } from '../../services/export/file-name.ts';
import { outputBytes } from '../../services/export/output-bytes.ts';
import { saveFile } from '../../services/export/save-file.ts';
import type { Core } from '../create-core.ts';
import type { DesktopServices } from '../operation-handlers.ts';

/** Builds them. */
export function createHistoryHandlers(
  core: Core,
  desktop: DesktopServices,
): Pick<OperationHandlers, keyof typeof historyOperations> {
  return {
    'executions.saveOutput': async ({ executionId, stream }, caller) => {
      const { number } = core.executions.get(executionId);
      const what = stream ?? 'output';
      const path = await desktop.chooseSaveFile(caller.windowId, {
        title: 'Save output',
        suggestedName: fileName(`run ${number} ${what}`, 'txt'),
        kinds: [textFile, anyFile],
      });
      if (path === null) return null;
      return saveFile(path, outputBytes(core.db.executions, executionId, stream));
    },
  };
}

const textFile = { name: 'Text', extensions: ['txt', 'log'] };
const anyFile = { name: 'All files', extensions: ['*'] };
