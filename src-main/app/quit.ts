/**
 * Quitting: sessions end (or stay, as the settings say) within a deadline, output is stored, then the app goes. The system
 * shutting down is never held back.
 */
import type { App } from 'electron';
import type { KeepMode } from '../../src-shared/domain/session.ts';
import { endProcess } from '../secrets/end-process.ts';
import type { Core } from './create-core.ts';

/** Ends sessions at most this long; then the app goes all the same. What remains is found at the next start. */
const deadlineMs = 10_000;

/** The state of quitting. */
export interface Quitting {
  readonly begun: boolean;
  /** Called once, after sessions have ended and before the app goes. */
  onQuit: (listener: () => void) => void;
}

/** Takes over `before-quit`. */
export function quitInOrder(app: App, core: Core): Quitting {
  const listeners: (() => void)[] = [];
  let state: 'running' | 'ending' | 'ended' = 'running';

  const end = async (): Promise<void> => {
    const choice = core.settings.get().quitSessions;
    const keep: KeepMode | undefined = choice === 'profile' ? undefined : choice;
    const timeout = new Promise<void>((resolve) => core.clock.after(deadlineMs, resolve));
    await Promise.race([core.sessions.endAll(keep === undefined ? {} : { keep }), timeout]);
    for (const listener of listeners) listener();
    await Promise.race([core.dispose(), timeout]);
  };

  app.on('before-quit', (event) => {
    if (state === 'ended') return;
    event.preventDefault();
    if (state === 'ending') return;
    state = 'ending';
    void end()
      .catch(() => {})
      .finally(() => {
        state = 'ended';
        if (core.isKeyringBlocked()) endProcess(0, true);
        app.exit(0);
      });
  });
  return {
    get begun() {
      return state !== 'running';
    },
    onQuit: (listener) => listeners.push(listener),
  };
}
