/** Does an action, if it can be done now. */
import { type ActionId, whyNot } from '../../../src-shared/domain/action.ts';
import { actionTitles, actionMessages as words } from '../../messages/actions.ts';
import type { App } from '../app-context.tsx';
import { actionRuns } from './action-runs.ts';
import { factsOf } from './facts.ts';

/** True where it was done; else a screen reader hears why not. */
export function perform(app: App, id: ActionId): boolean {
  const facts = factsOf(app);
  if (!facts) return false;
  const refusal = whyNot(id, facts);
  if (refusal !== null) {
    app.announcer.say('action', words.cannot(actionTitles[id], words.refusals[refusal]));
    return false;
  }
  actionRuns[id](app, facts);
  return true;
}
