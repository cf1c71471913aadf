/** What answers the operations of `contract/shell-operations.ts`. */
import type { shellOperations } from '../../../src-shared/contract/shell-operations.ts';
import { settingsSchema } from '../../../src-shared/domain/settings.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import type { Core } from '../create-core.ts';
import type { DesktopServices } from '../desktop-services.ts';
import { diagnosticsText } from '../diagnostics-text.ts';

/** Builds them. */
export function createShellHandlers(
  core: Core,
  desktop: DesktopServices,
): Pick<OperationHandlers, keyof typeof shellOperations> {
  return {
    'shell.showing': (showing) => {
      desktop.showing(showing);
      return null;
    },
    'shell.unsaved': ({ files }) => {
      desktop.unsaved(files);
      return null;
    },
    'shell.diagnostics': () => diagnosticsText(core, desktop.versions),
    'shell.openLogs': async () => {
      await desktop.openLogs();
      return null;
    },
    'settings.reset': () => core.settings.update(settingsSchema.parse({})),
  };
}
