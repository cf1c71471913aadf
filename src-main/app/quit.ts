/**
 * Quitting: where something would be lost or go on costing a question comes first; then sessions end (or stay, as the settings
 * say) within a deadline, output is stored, and the app goes. The system shutting down is never held back.
 */
import type { App } from 'electron';
import type { KeepMode } from '../../src-shared/domain/session.ts';
import { endProcess } from '../secrets/end-process.ts';
import type { Core } from './create-core.ts';
import { lookAtLoss } from './look-at-loss.ts';
import { type QuitItem, quitQuestion } from './quit-question.ts';

/** Ends sessions at most this long; then the app goes all the same. What remains is found at the next start. */
const deadlineMs = 10_000;

/** The state of quitting. */
export interface Quitting {
  readonly begun: boolean;
  /** Called once, after sessions have ended and before the app goes. */
  onQuit: (listener: () => void) => void;
  /** False once nothing is asked any more. */
  readonly asks: boolean;
  /** From now on nothing is asked: the system shuts down. */
  dontAsk: () => void;
}

/** Asks a person; true: quit. */
export type AskToQuit = (question: { message: string; detail: string }) => Promise<boolean>;

/** Takes over `before-quit`. `unsavedFiles`: texts in the window that are not saved now. */
export function quitInOrder(app: App, core: Core, ask: AskToQuit, unsavedFiles: () => number): Quitting {
  const listeners: (() => void)[] = [];
  let state: 'running' | 'asking' | 'ending' | 'ended' = 'running';
  let asks = true;

  const isWanted = async (): Promise<boolean> => {
    if (!asks) return true;
    const question = quitQuestion(await itemsOf(core), unsavedFiles());
    return question === null || !asks || (await ask(question));
  };
  const end = async (): Promise<void> => {
    const keep = keepOfSettings(core);
    const timeout = new Promise<void>((resolve) => core.clock.after(deadlineMs, resolve));
    await Promise.race([core.sessions.endAll(keep === undefined ? {} : { keep }), timeout]);
    for (const listener of listeners) listener();
    await Promise.race([core.dispose(), timeout]);
  };
  const quit = async (): Promise<void> => {
    // A question that cannot be asked does not keep anybody in.
    if (!(await isWanted().catch(() => true))) {
      state = 'running';
      return;
    }
    state = 'ending';
    await end().catch(() => {});
    state = 'ended';
    if (core.isKeyringBlocked()) endProcess(0, true);
    app.exit(0);
  };

  app.on('before-quit', (event) => {
    if (state === 'ended') return;
    event.preventDefault();
    if (state !== 'running') return;
    state = 'asking';
    void quit();
  });
  // Nobody sits at a terminal that hangs up, and whoever ends a process does not answer questions.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.prependListener(signal, () => {
      asks = false;
      app.quit();
    });
  }
  return {
    get begun() {
      return state === 'ending' || state === 'ended';
    },
    get asks() {
      return asks;
    },
    onQuit: (listener) => listeners.push(listener),
    dontAsk: () => {
      asks = false;
    },
  };
}

/** What the settings say about sessions at quitting; undefined: as each profile says. */
function keepOfSettings(core: Core): KeepMode | undefined {
  const choice = core.settings.get().quitSessions;
  return choice === 'profile' ? undefined : choice;
}

/** Every session that lives, how it will be left, and what that loses. */
function itemsOf(core: Core): Promise<QuitItem[]> {
  const asked = keepOfSettings(core);
  return Promise.all(
    core.sessions.alive().map((session) => {
      const offered = core.registry.manifests().find(({ type }) => type === session.driverType)?.capabilities;
      const keep = asked !== undefined && offered?.keep.includes(asked) ? asked : undefined;
      return lookAtLoss(core, session, keep);
    }),
  );
}
