/** Runs code again in another session, or in a new one of a profile, and finds the run that came of it. */
import type { Language } from '../../../src-shared/domain/execution.ts';
import type { App } from '../../app/app-context.tsx';

/** Where to run. */
export type Place = { sessionId: string } | { profileId: string };

/** How long a new sandbox may take until nobody looks for its run any more. */
const patienceMs = 600_000;

/** Starts it; Activity stays, and opens the new run as soon as there is one. */
export function runElsewhere(
  app: Pick<App, 'actions' | 'ui' | 'runs' | 'activity'>,
  place: Place,
  { id, number, language, code }: { id: string; number: number; language: Language; code: string },
): void {
  const { actions, ui, runs, activity } = app;
  const known = new Set(Object.keys(runs.getState().runs));
  const stop = runs.subscribe(({ runs: all }) => {
    const started = Object.values(all).find(
      (run) => !known.has(run.key) && run.language === language && run.code === code,
    );
    if (!started) return;
    if (started.executionId === null) {
      // It was refused before it had an id; the Run tab says why.
      if (started.problem) finish();
      return;
    }
    finish();
    activity.startedAgain(started.executionId, { id, number });
  });
  const timer = setTimeout(() => finish(), patienceMs);
  const finish = () => {
    clearTimeout(timer);
    stop();
  };
  actions.select(
    'sessionId' in place
      ? { type: 'session', id: place.sessionId }
      : { type: 'profile', id: place.profileId },
  );
  void actions.runCode(language, code);
  ui.setState({ tab: 'activity' });
}
