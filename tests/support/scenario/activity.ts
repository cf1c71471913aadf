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
