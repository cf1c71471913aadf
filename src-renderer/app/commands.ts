/** What the window does when the native menu or the tray says so: what its own button would do. */
import type { EventPayload } from '../../src-shared/contract/events.ts';
import type { App } from './app-context.tsx';

/** Obeys one command. */
export function obey(app: App, { command, sessionId }: EventPayload<'command'>): void {
  const { actions } = app;
  if (sessionId !== undefined) actions.select({ type: 'session', id: sessionId });
  switch (command) {
    case 'run':
      void actions.runDraft();
      return;
    case 'cancel':
      void actions.cancelCurrent();
      return;
    case 'new-session': {
      const profileId = actions.target()?.profileId;
      if (profileId !== undefined) void actions.connect(profileId);
      return;
    }
    case 'disconnect': {
      const session = actions.target()?.session;
      if (session) void actions.disconnect(session.id);
      return;
    }
    case 'settings':
      actions.openDialog({ type: 'settings' });
      return;
    case 'new-profile':
      actions.openDialog({ type: 'new-profile' });
      return;
    case 'focus-editor':
      actions.showTab('run');
      focusEditor();
      return;
    case 'clear-view':
      actions.clearView();
      return;
    case 'toggle-sidebar':
      actions.toggleSidebar();
      return;
    case 'show-shortcuts':
      actions.openDialog({ type: 'shortcuts' });
  }
}

/** Puts the focus into the code editor, where it is shown. */
export function focusEditor(): void {
  document.querySelector<HTMLElement>('[data-editor] .cm-content')?.focus();
}
