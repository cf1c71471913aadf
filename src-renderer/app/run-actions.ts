/** What a person can do with code: run it, stop it step by step, clear the view. `Actions` hands out what is in here. */
import { toProblem } from '../../src-shared/contract/errors.ts';
import { isFinal, type Language } from '../../src-shared/domain/execution.ts';
import type { OpenStream } from '../bridge/client.ts';
import {
  addPending,
  endRun,
  mergeExecutions,
  patchRun,
  pendingRun,
  type StopStep,
  stopSteps,
} from '../stores/runs-store.ts';
import type { ActionParts, Actions } from './actions.ts';
import { liveSession } from './target.ts';

/** ms after a step of the ladder until the next one is offered. */
export const forceAfter = 5000;

/** Which part of a draft to run: what is selected (all where nothing is), all, or the block the cursor is in. */
export type WhatToRun = 'selection' | 'all' | 'block';

/** See the head of the file. */
export class RunActions {
  readonly #parts: ActionParts;
  readonly #actions: Actions;
  readonly #streams = new Map<string, OpenStream<'execute'>>();
  #nextKey = 1;

  constructor(parts: ActionParts, actions: Actions) {
    this.#parts = parts;
    this.#actions = actions;
  }

  /** Runs the draft of what is selected; connects first where there is no session. */
  async runDraft(what: WhatToRun): Promise<void> {
    const target = this.#actions.target();
    if (!target) return;
    const { drafts } = this.#parts;
    const draft = drafts.get(target.profileId);
    const part = what === 'selection' ? drafts.selection : what === 'block' ? drafts.block : '';
    const code = part.trim() === '' ? draft.code[draft.language] : part;
    await this.runCode(draft.language, code, draft.timeoutMs);
  }

  /** Runs code on what is selected. */
  async runCode(language: Language, code: string, timeoutMs: number | null): Promise<void> {
    const target = this.#actions.target();
    if (!target || code.trim() === '') return;
    this.#parts.ui.setState({ tab: 'run', problem: null });
    const session = liveSession(target);
    if (session) {
      if (session.status === 'active' && !session.disconnecting) {
        this.#start(session.id, language, code, timeoutMs);
      }
      return;
    }
    if (!target.profile) return;
    await this.#actions.connect(target.profileId, (connected) =>
      this.#start(connected.id, language, code, timeoutMs),
    );
  }

  /** Takes one step to stop a run. Ending the sandbox is asked about first. */
  async stop(key: string, step: StopStep): Promise<void> {
    const run = this.#parts.runs.getState().runs[key];
    if (!run || isFinal(run.state)) return;
    if (step === 'end') {
      // Asks first: code runs, so something is lost.
      await this.#actions.disconnect(run.sessionId, 'end');
      return;
    }
    this.#mark(key, step);
    if (step === 'restart') {
      await this.#actions.attempt('sessions.restartKernel', { sessionId: run.sessionId });
      return;
    }
    const force = step === 'force';
    if (run.executionId === null) {
      this.#streams.get(key)?.cancel(force);
      return;
    }
    await this.#actions.attempt('executions.cancel', { executionId: run.executionId, force });
  }

  /** See `Actions.cancelCurrent`. By key nothing worse than force happens. */
  async cancelCurrent(): Promise<void> {
    const { runs, now } = this.#parts;
    const session = this.#actions.target()?.session;
    if (!session) return;
    const state = runs.getState();
    const keys = state.bySession[session.id] ?? [];
    const key = keys.findLast((candidate) => !isFinal(state.runs[candidate]?.state ?? 'lost'));
    if (key === undefined) {
      if (session.status === 'connecting') await this.#actions.disconnect(session.id);
      return;
    }
    const asked = state.runs[key]?.stopping ?? null;
    if (asked && now() - asked.at < forceAfter) return;
    await this.stop(key, asked ? 'force' : 'cancel');
  }

  /** Hides the ended runs of what is selected. */
  clearView(): void {
    const { ui, runs } = this.#parts;
    const session = this.#actions.target()?.session;
    if (!session) return;
    const state = runs.getState();
    const ended = (state.bySession[session.id] ?? []).filter((key) =>
      isFinal(state.runs[key]?.state ?? 'lost'),
    );
    ui.setState(({ cleared }) => ({
      cleared: { ...cleared, [session.id]: new Set([...(cleared[session.id] ?? []), ...ended]) },
    }));
  }

  /** True while a run of the session waits for its id. */
  hasPending(sessionId: string): boolean {
    const { bySession, runs } = this.#parts.runs.getState();
    return (bySession[sessionId] ?? []).some((key) => {
      const run = runs[key];
      return run !== undefined && run.executionId === null && !isFinal(run.state);
    });
  }

  /** Remembers the furthest step. */
  #mark(key: string, step: StopStep): void {
    const { runs, now } = this.#parts;
    const run = runs.getState().runs[key];
    if (!run) return;
    const before = run.stopping;
    const further = before && stopSteps.indexOf(before.step) > stopSteps.indexOf(step) ? before.step : step;
    patchRun(runs, key, {
      state: 'cancelling',
      cancelRequestedAt: run.cancelRequestedAt ?? now(),
      stopping: { step: further, at: now() },
    });
  }

  #start(sessionId: string, language: Language, code: string, timeoutMs: number | null): void {
    const { bridge, runs, outputs, now } = this.#parts;
    const key = `local-${this.#nextKey}`;
    this.#nextKey += 1;
    addPending(runs, pendingRun(key, sessionId, language, code, now()));
    let id: string | null = null;
    const stream = bridge.open(
      'execute',
      { sessionId, language, code, ...(timeoutMs === null ? {} : { timeoutMs }) },
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
}
