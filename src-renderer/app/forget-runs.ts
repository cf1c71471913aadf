/** What was deleted from the history goes from the Run tab and from Activity, too, at once. */
import type { Run } from '../stores/runs-store.ts';
import type { App } from './app-context.tsx';

/** Forgets the runs that `isGone` names. */
export async function forgetRuns(
  { runs, activity }: App,
  isGone: (run: Pick<Run, 'executionId' | 'sessionId' | 'startedAt' | 'endedAt'>) => boolean,
): Promise<void> {
  const { runs: all, bySession } = runs.getState();
  const gone = new Set(Object.values(all).flatMap((run) => (isGone(run) ? [run.key] : [])));
  const ids = [...gone].flatMap((key) => all[key]?.executionId ?? []);
  runs.setState({
    runs: Object.fromEntries(Object.entries(all).filter(([key]) => !gone.has(key))),
    bySession: Object.fromEntries(
      Object.entries(bySession).map(([id, keys]) => [id, keys.filter((key) => !gone.has(key))]),
    ),
  });
  await activity.removed(ids);
}
