/** What menus, tray and notifications may do. They only ask; `app/` decides and shows problems in the window. */
import type { EventPayload } from '../../src-shared/contract/events.ts';

/** A command for the window. */
export type WindowCommand = EventPayload<'command'>['command'];

/** Implemented by `app/`. No method throws: a failure is shown in the window. */
export interface StatusActions {
  /** Starts a session of that profile. */
  connect(profileId: string): void;
  /** Ends a session as its profile says. */
  disconnect(sessionId: string): void;
  /** Puts a session's sandbox to sleep and leaves it. */
  pause(sessionId: string): void;
  /** Interrupts an execution. */
  cancel(executionId: string): void;
  /** Runs what a session ran last once more, without bringing the window to the front. */
  rerunLast(sessionId: string): void;
  /** Syncs pairs of folders once, or keeps them the same from now on, or no longer; without bringing the window to the front. */
  sync(rootIds: readonly string[], what: 'now' | 'watch' | 'unwatch'): void;
  /** Makes a profile the default one. Connects nothing. */
  setDefault(profileId: string): void;
  /** Shows the window, opens it where there is none. */
  openWindow(): void;
  /** Shows the window and lets it do what its own button would do. */
  command(command: WindowCommand, sessionId?: string): void;
  /** Shows the folder with the logs. */
  openLogs(): void;
  /** Begins to quit. */
  quit(): void;
}
