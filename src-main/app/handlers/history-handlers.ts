/** What answers the operations of `contract/history-operations.ts`. */
import type { historyOperations } from '../../../src-shared/contract/history-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import { formats } from '../../services/export/export-runs.ts';
import { fileName } from '../../services/export/file-name.ts';
import { outputBytes } from '../../services/export/output-bytes.ts';
import { saveFile } from '../../services/export/save-file.ts';
import type { Core } from '../create-core.ts';
import type { DesktopServices } from '../desktop-services.ts';

/** Builds them. */
export function createHistoryHandlers(
  core: Core,
  desktop: DesktopServices,
): Pick<OperationHandlers, keyof typeof historyOperations> {
  const { history } = core;
  return {
    'history.search': (input) => history.search(input),
    'history.count': (input) => history.count(input),
    'history.remove': ({ before }) => history.remove({ before }),
    'history.removeSession': ({ sessionId }) => history.remove({ sessionId }),
    'history.removeExecution': ({ executionId }) => history.remove({ executionId }),
    'history.preflight': ({ executionId, target }) => core.preflight.compare(executionId, target),
    'history.export': async ({ what, format }, caller) => {
      const prepared = core.exportRuns(what, format);
      const { name, extension } = formats[format];
      const path = await desktop.chooseSaveFile(caller.windowId, {
        title: 'Export',
        suggestedName: prepared.suggestedName,
        kinds: [{ name, extensions: [extension] }, anyFile],
      });
      if (path === null) return null;
      const saved = await saveFile(path, prepared.content());
      return { ...saved, executions: prepared.executions, cut: prepared.cut() };
    },
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
