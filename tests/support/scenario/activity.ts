/** The page's own main process for Activity: search, removal, export and comparison over the runs that the scenario has. */
import type { SpecboardApi } from '../../../src-shared/contract/api.ts';
import type { Reply } from '../../../src-shared/contract/errors.ts';
import { refuse, type ScenarioMain } from './main-process.ts';

type Called = (name: string, input: unknown) => Promise<void>;
const ok = <T>(value: T): Reply<T> => ({ ok: true, value: structuredClone(value) });

/** Operations on the output of executions that are not in the scenario's first file. */
export function savedOutput(
  main: ScenarioMain,
  called: Called,
): Pick<SpecboardApi['executions'], 'saveOutput'> {
  return {
    async saveOutput(input) {
      await called('executions.saveOutput', input);
      const run = main.running.get(input.executionId);
      if (!run) return refuse('not-found', 'There is no such execution.');
      return ok({ fileName: `run ${run.execution.number} output.txt`, bytes: run.execution.outputBytes });
    },
  };
}

/** Where things are, and profiles as a file. */
export function dataMethods(main: ScenarioMain, called: Called): SpecboardApi['data'] {
  return {
    async places() {
      return ok([
        {
          place: 'database' as const,
          path: '/home/someone/.config/SpecBoard/specboard.db',
          bytes: 48_234_496,
          atLeast: false,
        },
        {
          place: 'logs' as const,
          path: '/home/someone/.config/SpecBoard/logs',
          bytes: 412_000,
          atLeast: false,
        },
        {
          place: 'sandboxes' as const,
          path: '/home/someone/.config/SpecBoard/sandboxes',
          bytes: 1_200_000_000,
          atLeast: true,
        },
      ]);
    },
    async reveal(input) {
      await called('data.reveal', input);
      return ok(null);
    },
    async exportProfiles(input) {
      await called('data.exportProfiles', input);
      const profiles = main.status.profiles.map(({ name }) => ({ name, leftOut: [] }));
      return ok({ fileName: 'specboard-profiles.json', bytes: 812, profiles });
    },
    async importProfiles(input) {
      await called('data.importProfiles', input);
      const profile = main.addProfile('Work (2)', 'e2b', { timeoutMinutes: 30 });
      main.push();
      return ok({
        fileName: 'specboard-profiles.json',
        imported: [
          {
            profileId: profile.id,
            name: 'Work (2)',
            driverType: 'e2b' as const,
            renamedFrom: 'Work',
            leftOut: [],
            keysNeeded: ['API key'],
            addresses: [],
          },
        ],
        refused: [{ name: 'Old one', reason: 'This version of SpecBoard has no driver for it.' }],
      });
    },
  };
}
