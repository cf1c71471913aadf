/** What decides about actions, for this window. */
import { useMemo } from 'react';
import { type ActionFacts, actionFacts, type Showing } from '../../../src-shared/domain/action.ts';
import type { StatusState } from '../../stores/status-store.ts';
import type { UiState } from '../../stores/ui-store.ts';
import { type App, useStatus, useUi } from '../app-context.tsx';
import { targetOf } from '../target.ts';

/** What the window shows, as main is told and as actions see it. */
export function showingOf({ status }: StatusState, { selection, tab }: UiState): Showing {
  const target = targetOf(status, selection);
  return { profileId: target?.profileId ?? null, sessionId: target?.session?.id ?? null, tab };
}

/** The facts now; null before the first status. */
export function factsOf(app: App): ActionFacts | null {
  const state = app.status.getState();
  if (!state.status) return null;
  return actionFacts(state.status, state.drivers, showingOf(state, app.ui.getState()));
}

/** The facts, followed. For views that are open for a moment: they change with every status. */
export function useActionFacts(): ActionFacts | null {
  const state = useStatus((all) => all);
  const ui = useUi((all) => all);
  return useMemo(() => {
    const { status, drivers } = state;
    return status ? actionFacts(status, drivers, showingOf(state, ui)) : null;
  }, [state, ui]);
}
