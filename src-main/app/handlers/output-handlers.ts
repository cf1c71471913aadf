/** What answers the operations of `contract/output-operations.ts`. */
import type { outputOperations } from '../../../src-shared/contract/output-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import { fileName } from '../../services/export/file-name.ts';
import { saveFile } from '../../services/export/save-file.ts';
import { findIn } from '../../services/output/find.ts';
import { outlineOf } from '../../services/output/outline.ts';
import { valueFile } from '../../services/output/value-file.ts';
import type { Core } from '../create-core.ts';
import type { DesktopServices } from '../desktop-services.ts';

/** Nobody waits for names longer than it takes to type them. */
const completeDeadlineMs = 2000;

/** Builds them. */
export function createOutputHandlers(
  { executions, sessions, db }: Core,
  desktop: DesktopServices,
): Pick<OperationHandlers, keyof typeof outputOperations> {
  return {
    'executions.outline': ({ executionId, from, to }) => {
      executions.get(executionId);
      return outlineOf(db.executions, executionId, from, to);
    },
    'executions.find': ({ executionId, text, matchCase, from }) => {
      executions.get(executionId);
      return findIn(db.executions, executionId, { text, matchCase }, from);
    },
    'executions.saveValue': async ({ executionId, seq, type }, caller) => {
      const { number } = executions.get(executionId);
      const { items } = db.executions.readOutput(executionId, seq, 1);
      const { bytes, extension, kind } = valueFile(
        items.find((item) => item.seq === seq),
        type,
      );
      const path = await desktop.chooseSaveFile(caller.windowId, {
        title: 'Save value',
        suggestedName: fileName(`run ${number} value ${seq}`, extension),
        kinds: [
          { name: kind, extensions: [extension] },
          { name: 'All files', extensions: ['*'] },
        ],
      });
      return path === null ? null : saveFile(path, [bytes]);
    },
    'executions.saveCode': async ({ name, language, code }, caller) => {
      const extension = language === 'python' ? 'py' : 'sh';
      const base = name.replace(/\.(py|sh|bash|txt)$/i, '');
      const path = await desktop.chooseSaveFile(caller.windowId, {
        title: 'Save code',
        suggestedName: fileName(base, extension),
        kinds: [
          { name: language === 'python' ? 'Python' : 'Shell scripts', extensions: [extension] },
          { name: 'All files', extensions: ['*'] },
        ],
      });
      return path === null ? null : saveFile(path, [Buffer.from(code)]);
    },
    'executions.complete': async ({ sessionId, code }) => {
      const { driver, connection } = sessions.live(sessionId);
      const signal = AbortSignal.timeout(completeDeadlineMs);
      // Names are a help, not an answer: whatever goes wrong, the editor goes on with the words it knows.
      const found = await driver.complete?.(connection, code, signal).catch(() => null);
      return { stem: found?.stem ?? '', matches: found?.matches.slice(0, 200) ?? [] };
    },
  };
}
