/** What the window does when the native menu, the tray or a notification says so: what its own button would do. */
import type { EventPayload } from '../../src-shared/contract/events.ts';
import type { OpenDialog } from '../stores/ui-store.ts';
import { perform } from './action-list/perform.ts';
import { showExecution } from './action-list/show-execution.ts';
import type { App } from './app-context.tsx';

/** Obeys one command. */
export function obey(app: App, { command, sessionId, executionId }: EventPayload<'command'>): void {
  const { actions } = app;
  if (command === 'show-execution') {
    if (sessionId !== undefined && executionId !== undefined) showExecution(app, sessionId, executionId);
    return;
  }
  if (sessionId !== undefined) actions.select({ type: 'session', id: sessionId });
  if (command === 'show-session') return;
  const { dialog } = app.ui.getState();
  // A form that is half filled in, or a question, must not be replaced by another dialog.
  if (dialog !== null && !passing.has(dialog.type) && !harmless.test(command)) return;
  perform(app, command);
}

/** Dialogs that hold nothing a person could lose. */
const passing: ReadonlySet<OpenDialog['type']> = new Set([
  'palette',
  'shortcuts',
  'accessibility-help',
  'full-output',
]);

/** Commands that open nothing. */
const harmless =
  /^(theme-|density-|cancel|force-stop|copy-diagnostics|open-logs|sync-(now|watch|unwatch|stop))/;
