/** Leads to the block of a run: from a notification, or from anywhere that names one. */
import type { App } from '../app-context.tsx';
import { whenThere } from './when-there.ts';

/** Long enough for another tab to be drawn; later the focus would come as a surprise. */
const blockWaitMs = 2000;

/** Shows the session and its run; one whose block is not shown any more opens with its whole output. */
export function showExecution({ actions, runs, ui }: App, sessionId: string, executionId: string): void {
  const { bySession, runs: all } = runs.getState();
  const key = (bySession[sessionId] ?? []).find((one) => all[one]?.executionId === executionId);
  const isCleared = key !== undefined && ui.getState().cleared[sessionId]?.has(key);
  actions.select({ type: 'session', id: sessionId });
  if (key === undefined || isCleared) {
    actions.openDialog({ type: 'full-output', executionId });
    return;
  }
  actions.openDialog(null);
  actions.showTab('run');
  whenThere(`[data-block="${CSS.escape(key)}"]`, blockWaitMs, (block) => {
    block.scrollIntoView({ block: 'nearest' });
    block.focus();
  });
}
