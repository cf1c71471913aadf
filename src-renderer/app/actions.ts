/**
 * Everything a person can do, in one place: buttons, keys, the native menu and the tray end here. Methods never throw; what
 * goes wrong is shown where it belongs.
 */
import { type Problem, toProblem } from '../../src-shared/contract/errors.ts';
import type { OperationInput, OperationName, OperationOutput } from '../../src-shared/contract/operations.ts';
import { isFinal, type Language } from '../../src-shared/domain/execution.ts';
import type { KeepMode, Session } from '../../src-shared/domain/session.ts';
import type { Bridge, OpenStream } from '../bridge/client.ts';
import type { Drafts } from '../stores/drafts.ts';
import type { OutputRegistry } from '../stores/output/output-registry.ts';
import {
  addPending,
  endRun,
  mergeExecutions,
  patchRun,
  pendingRun,
  type RunsStore,
} from '../stores/runs-store.ts';
import type { StatusStore } from '../stores/status-store.ts';
import type { MainTab, OpenDialog, Selection, UiStore } from '../stores/ui-store.ts';
import { liveSession, type Target, targetOf } from './target.ts';

/** What the actions work on. */
export interface ActionParts {
  bridge: Bridge;
  status: StatusStore;
  ui: UiStore;
  runs: RunsStore;
  outputs: OutputRegistry;
  drafts: Drafts;
  now: () => number;
}

/** See the head of the file. */
export class Actions {
  readonly #parts: ActionParts;
  readonly #streams = new Map<string, OpenStream<'execute'>>();
  #nextKey = 1;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  /** Shows a session or a profile. */
  select(selection: Selection): void {
    this.#parts.ui.setState({ selection, problem: null });
  }

  /** Shows a tab. */
  showTab(tab: MainTab): void {
    this.#parts.ui.setState({ tab });
  }

  /** Opens a dialog, or closes the open one. */
  openDialog(dialog: OpenDialog | null): void {
    this.#parts.ui.setState({ dialog });
  }

  /** Shows or hides the sidebar. */
  toggleSidebar(): void {
    this.#parts.ui.setState(({ sidebarOpen }) => ({ sidebarOpen: !sidebarOpen }));
  }

  /** Shows a problem above the content; null takes it away. */
  showProblem(problem: Problem | null): void {
    this.#parts.ui.setState({ problem });
  }

  /** What is selected now. */
  target(): Target | null {
    return targetOf(this.#parts.status.getState().status, this.#parts.ui.getState().selection);
  }

  /** An operation whose problem, if any, is shown above the content. Undefined when it failed. */
  async attempt<N extends OperationName>(
    name: N,
    input: OperationInput<N>,
  ): Promise<OperationOutput<N> | undefined> {
    try {
      return await this.#parts.bridge.call(name, input);
    } catch (error) {
      this.showProblem(toProblem(error));
      return undefined;
    }
  }

  /** Runs the draft of what is selected; connects first where there is no session. */
  async runDraft(): Promise<void> {
    const target = this.target();
    if (!target) return;
    const draft = this.#parts.drafts.get(target.profileId);
    await this.runCode(draft.language, draft.code[draft.language]);
  }

  /** Runs code on what is selected. */
  async runCode(language: Language, code: string): Promise<void> {
    const target = this.target();
    if (!target || code.trim() === '') return;
    this.#parts.ui.setState({ tab: 'run', problem: null });
    const session = liveSession(target);
    if (session) {
      if (session.status === 'active' && !session.disconnecting) this.#start(session.id, language, code);
      return;
    }
    if (!target.profile) return;
    await this.connect(target.profileId, (connected) => this.#start(connected.id, language, code));
  }

  /** Connects; `then` runs when the session is active, also when a person had to agree to something first. */
  connect(profileId: string, then?: (session: Session) => void, consent = false): Promise<void> {
    const { bridge } = this.#parts;
    const input = consent ? { profileId, consent } : { profileId };
    return this.#connectBy(profileId, () => bridge.call('connect', input), then);
  }

  /** Connects to a sandbox that runs already. */
  attachSandbox(profileId: string, sandboxId: string): Promise<void> {
    const { bridge } = this.#parts;
    return this.#connectBy(profileId, () => bridge.call('sandboxes.attach', { profileId, sandboxId }));
  }

  async #connectBy(
    profileId: string,
    call: () => Promise<Session>,
    then?: (session: Session) => void,
  ): Promise<void> {
    const { ui } = this.#parts;
    if (ui.getState().connecting[profileId]) return;
    this.#setConnecting(profileId, true);
    ui.setState({ problem: null });
    try {
      const session = await call();
      const { selection } = ui.getState();
      const stillHere = !selection || this.target()?.profileId === profileId;
      if (stillHere) ui.setState({ selection: { type: 'session', id: session.id } });
      then?.(session);
    } catch (error) {
      this.#connectFailed(profileId, toProblem(error), then);
    } finally {
      this.#setConnecting(profileId, false);
    }
  }

  /** Ends a session; without `keep` the profile decides what happens to the sandbox. */
  async disconnect(sessionId: string, keep?: KeepMode): Promise<void> {
    await this.attempt('disconnect', keep ? { sessionId, keep } : { sessionId });
  }

  /** Connects again to the sandbox of an ended session. */
  async reattach(sessionId: string): Promise<void> {
    this.showProblem(null);
    const session = await this.attempt('sessions.reattach', { sessionId });
    if (session) this.#parts.ui.setState({ selection: { type: 'session', id: session.id } });
  }

  /** Ends the sandbox of an ended session that may still run. */
  async endSandbox(sessionId: string): Promise<void> {
    await this.attempt('sessions.endSandbox', { sessionId });
  }

  /** Cancels a run; `force` kills it. */
  async cancel(key: string, force = false): Promise<void> {
    const { bridge, runs, now } = this.#parts;
    const run = runs.getState().runs[key];
    if (!run || isFinal(run.state)) return;
    patchRun(runs, key, { state: 'cancelling', cancelRequestedAt: run.cancelRequestedAt ?? now() });
    if (run.executionId === null) {
      this.#streams.get(key)?.cancel(force);
      return;
    }
    try {
      await bridge.call('executions.cancel', { executionId: run.executionId, force });
    } catch (error) {
      this.showProblem(toProblem(error));
    }
  }

  /** Cancels the latest run of what is selected; asked a second time after five seconds, by force. */
  async cancelCurrent(): Promise<void> {
    const { runs, now } = this.#parts;
    const session = this.target()?.session;
    if (!session) return;
    const state = runs.getState();
    const keys = state.bySession[session.id] ?? [];
    const key = keys.findLast((candidate) => !isFinal(state.runs[candidate]?.state ?? 'lost'));
    if (key === undefined) {
      if (session.status === 'connecting') await this.disconnect(session.id);
      return;
    }
    const asked = state.runs[key]?.cancelRequestedAt ?? null;
    await this.cancel(key, asked !== null && now() - asked >= forceAfter);
  }

  /** Hides the ended runs of what is selected; they stay in the history. */
  clearView(): void {
    const { ui, runs } = this.#parts;
    const session = this.target()?.session;
    if (!session) return;
    const state = runs.getState();
    const ended = (state.bySession[session.id] ?? []).filter((key) =>
      isFinal(state.runs[key]?.state ?? 'lost'),
    );
    ui.setState(({ cleared }) => ({
      cleared: { ...cleared, [session.id]: new Set([...(cleared[session.id] ?? []), ...ended]) },
    }));
  }

  /** What to do about a problem, as its action says. */
  resolve(problem: Problem): void {
    const { action } = problem;
    this.showProblem(null);
    if (!action) return;
    switch (action.type) {
      case 'retry':
        void this.runDraft();
        return;
      case 'connect':
        void this.connect(action.profileId);
        return;
      case 'set-credential':
        this.openDialog({ type: 'edit-profile', profileId: action.profileId, focusField: action.field });
        return;
      case 'edit-profile':
        this.openDialog({ type: 'edit-profile', profileId: action.profileId });
        return;
      case 'consent':
        this.#askConsent(action.profileId, problem);
    }
  }

  #start(sessionId: string, language: Language, code: string): void {
    const { bridge, runs, outputs, now } = this.#parts;
    const key = `local-${this.#nextKey}`;
    this.#nextKey += 1;
    addPending(runs, pendingRun(key, sessionId, language, code, now()));
    let id: string | null = null;
    const stream = bridge.open(
      'execute',
      { sessionId, language, code },
      {
        onOpen: (execution) => {
          id = execution.id;
          outputs.adopt(execution.id);
          mergeExecutions(runs, [execution], key);
        },
        onData: (items) => (id === null ? undefined : outputs.take(id, items)),
      },
    );
    this.#streams.set(key, stream);
    stream.done
      .then(
        (result) => endRun(runs, key, result, now()),
        (error: unknown) => {
          const problem = toProblem(error);
          const state = problem.code === 'cancelled' ? 'cancelled' : 'lost';
          const run = runs.getState().runs[key];
          if (run && !isFinal(run.state)) patchRun(runs, key, { state, endedAt: now(), problem });
        },
      )
      .finally(() => {
        this.#streams.delete(key);
        if (id !== null) outputs.release(id);
      });
  }

  /** True while a run of the session waits for its id: the status may name it before its stream does. */
  hasPending(sessionId: string): boolean {
    const { bySession, runs } = this.#parts.runs.getState();
    return (bySession[sessionId] ?? []).some((key) => {
      const run = runs[key];
      return run !== undefined && run.executionId === null && !isFinal(run.state);
    });
  }

  #connectFailed(profileId: string, problem: Problem, then?: (session: Session) => void): void {
    if (problem.code === 'cancelled') return;
    if (problem.code === 'consent-needed') this.#askConsent(profileId, problem, then);
    else this.showProblem(problem);
  }

  #askConsent(profileId: string, problem: Problem, then?: (session: Session) => void): void {
    this.openDialog({
      type: 'consent',
      profileId,
      problem,
      onAgree: () => void this.connect(profileId, then, true),
    });
  }

  #setConnecting(profileId: string, value: boolean): void {
    this.#parts.ui.setState(({ connecting }) => ({ connecting: { ...connecting, [profileId]: value } }));
  }
}

/** ms after the first request to cancel until force is offered. */
export const forceAfter = 5000;
