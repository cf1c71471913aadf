/** The desktop around the scenario's window: what it is told, and help. */
import type { SpecboardApi } from '../../../src-shared/contract/api.ts';
import { type Settings, settingsSchema } from '../../../src-shared/domain/settings.ts';
import type { ScenarioMain } from './main-process.ts';

/** The operations of contract/shell-operations.ts. */
export function shellMethods(
  _main: ScenarioMain,
  called: (name: string, input: unknown) => Promise<void>,
): Pick<SpecboardApi['shell'], 'showing' | 'unsaved' | 'diagnostics' | 'openLogs'> {
  return {
    async showing(input) {
      await called('shell.showing', input);
      return { ok: true, value: null };
    },
    async unsaved(input) {
      await called('shell.unsaved', input);
      return { ok: true, value: null };
    },
    async diagnostics() {
      await called('shell.diagnostics', {});
      return { ok: true, value: 'SpecBoard diagnostics\nSpecBoard: 0.1.0' };
    },
    async openLogs() {
      await called('shell.openLogs', {});
      return { ok: true, value: null };
    },
  };
}

/** All settings as at the first start. */
export function resetSettings(main: ScenarioMain): Settings {
  Object.assign(main.status.settings, settingsSchema.parse({}));
  main.push();
  return structuredClone(main.status.settings);
}
