/**
 * Everything a person can do, in one place: buttons, keys, the native menu and the tray end here. Methods never throw; what
 * goes wrong is shown where it belongs.
 */
import { type Problem, toProblem } from '../../src-shared/contract/errors.ts';
import type { OperationInput, OperationName, OperationOutput } from '../../src-shared/contract/operations.ts';
import type { Language } from '../../src-shared/domain/execution.ts';
import type { KeepMode, Session } from '../../src-shared/domain/session.ts';
import type { SyncRoot } from '../../src-shared/domain/sync.ts';
import type { Bridge } from '../bridge/client.ts';
import type { Activity, ActivityFilter } from '../stores/activity-store.ts';
import type { Drafts } from '../stores/drafts.ts';
import type { OutputRegistry } from '../stores/output/output-registry.ts';
import type { RunsStore, StopStep } from '../stores/runs-store.ts';
import type { StatusStore } from '../stores/status-store.ts';
import type { MainTab, OpenDialog, Selection, SyncPart, SyncShow, UiStore } from '../stores/ui-store.ts';
import { RunActions, type WhatToRun } from './run-actions.ts';
import { SessionActions } from './session-actions.ts';
import { type Target, targetOf } from './target.ts';

/** What the actions work on. */
export interface ActionParts {
  bridge: Bridge;
  status: StatusStore;
  ui: UiStore;
  runs: RunsStore;
  outputs: OutputRegistry;
  drafts: Drafts;
  activity: Activity;
  now: () => number;
}

/** See the head of the file. */
export class Actions {
  readonly #parts: ActionParts;
  readonly #runs: RunActions;

  /** What is done with sessions. */
  readonly sessions: SessionActions;

  constructor(parts: ActionParts) {
    this.#parts = parts;
    this.sessions = new SessionActions({
      ...parts,
      target: () => this.target(),
      openDialog: (dialog) => this.openDialog(dialog),
      showProblem: (problem) => this.showProblem(problem),
      attempt: (name, input) => this.attempt(name, input),
    });
    this.#runs = new RunActions(parts, this);
  }

  /** Shows a session or a profile. */
  select(selection: Selection): void {
    this.#parts.ui.setState({ selection, problem: null });
  }

  /** Shows a tab. */
  showTab(tab: MainTab): void {
    this.#parts.ui.setState({ tab });
  }

  /** Shows Activity: of all sessions unless `filter` says otherwise. `focusSearch`: a person wants to search. */
  showActivity(filter: Partial<ActivityFilter> = {}, { focusSearch = false } = {}): void {
    this.#parts.activity.show({ scope: 'all', ...filter }, focusSearch);
    this.showTab('activity');
  }

  /** Shows a part of the Sync tab, of a pair of folders where one is named; of its files, those that are named. */
  showSync(part: SyncPart, rootId?: string, show?: SyncShow): void {
    this.#parts.ui.setState(({ sync }) => ({
      tab: 'sync',
      sync: { part, rootId: rootId ?? sync.rootId, show: show ?? sync.show },
    }));
  }

  /** Syncs a pair now; one that was never synced shows its plan first. */
  async syncNow(
    { id, lastSyncedAt }: Pick<SyncRoot, 'id' | 'lastSyncedAt'>,
    checksum = false,
  ): Promise<void> {
    if (lastSyncedAt === null) this.showSync('plan', id);
    else await this.attempt('sync.run', { rootId: id, confirmed: false, checksum });
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

  /** Runs what is selected in the editor, else all of it; connects first where there is no session. */
  runDraft(what: WhatToRun = 'selection'): Promise<void> {
    return this.#runs.runDraft(what);
  }

  /** Runs code on what is selected. */
  runCode(language: Language, code: string, timeoutMs: number | null = null): Promise<void> {
    return this.#runs.runCode(language, code, timeoutMs);
  }

  /** See `SessionActions.connect`. */
  connect(profileId: string, then?: (session: Session) => void, consent = false): Promise<void> {
    return this.sessions.connect(profileId, then, consent);
  }

  /** See `SessionActions.attachSandbox`. */
  attachSandbox(profileId: string, sandboxId: string): Promise<void> {
    return this.sessions.attachSandbox(profileId, sandboxId);
  }

  /** See `SessionActions.disconnect`: asks first where something would be lost. */
  disconnect(sessionId: string, keep?: KeepMode): Promise<void> {
    return this.sessions.disconnect(sessionId, keep);
  }

  /** See `SessionActions.reattach`. */
  reattach(sessionId: string): Promise<void> {
    return this.sessions.reattach(sessionId);
  }

  /** See `SessionActions.askEndSandbox`. */
  endSandbox(sessionId: string): void {
    this.sessions.askEndSandbox(sessionId);
  }

  /** Cancels a run; `force` kills it. */
  cancel(key: string, force = false): Promise<void> {
    return this.#runs.stop(key, force ? 'force' : 'cancel');
  }

  /** Takes a step of the ladder that stops a run. */
  stop(key: string, step: StopStep): Promise<void> {
    return this.#runs.stop(key, step);
  }

  /** Cancels the latest run of what is selected; asked again after five seconds, by the next step. */
  cancelCurrent(): Promise<void> {
    return this.#runs.cancelCurrent();
  }

  /** Hides the ended runs of what is selected; they stay in the history. */
  clearView(): void {
    this.#runs.clearView();
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
        this.openDialog({
          type: 'edit-profile',
          profileId: action.profileId,
          ...(action.field === undefined ? {} : { focusField: action.field }),
        });
        return;
      case 'consent':
        this.sessions.askConsent(action.profileId, problem);
    }
  }

  /** True while a run of the session waits for its id: the status may name it before its stream does. */
  hasPending(sessionId: string): boolean {
    return this.#runs.hasPending(sessionId);
  }
}
