/**
 * The executions of this window's sessions, oldest first: those of the status, those loaded from history, and those that
 * were just asked for and have no id yet. What changes many times a second (bytes of output) is deliberately not in here.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Problem } from '../../src-shared/contract/errors.ts';
import {
  type Execution,
  type ExecutionResult,
  type ExecutionState,
  isFinal,
  type Language,
} from '../../src-shared/domain/execution.ts';
import { share } from './share.ts';

/** How to stop code, each step destroying more: interrupt it, kill it, restart its Python, end its sandbox. */
export const stopSteps = ['cancel', 'force', 'restart', 'end'] as const;
/** One of `stopSteps`. */
export type StopStep = (typeof stopSteps)[number];

/** One execution as the panel shows it. */
export interface Run {
  /** Stable from the click on: the local key first, and it stays when the id is known. */
  key: string;
  sessionId: string;
  /** Null until main has accepted it. */
  executionId: string | null;
  number: number | null;
  language: Language;
  code: string;
  state: ExecutionState;
  startedAt: number;
  endedAt: number | null;
  result: ExecutionResult | null;
  /** When this window asked to cancel; ms since the epoch. */
  cancelRequestedAt: number | null;
  /** The last step of the ladder that was taken, and when. */
  stopping: { step: StopStep; at: number } | null;
  /** Why it could not be started. */
  problem: Problem | null;
  /** Bytes and events stored when it was last seen; where to read the tail from. */
  stored: { bytes: number; count: number };
}

/** What the store holds: keys of runs by session, oldest first, and the runs. */
export interface RunsState {
  bySession: Record<string, readonly string[]>;
  runs: Record<string, Run>;
}

/** The store of `RunsState`. */
export type RunsStore = StoreApi<RunsState>;

/** An empty store. */
export function createRunsStore(): RunsStore {
  return createStore<RunsState>(() => ({ bySession: {}, runs: {} }));
}

/** Adds a run that was just asked for. */
export function addPending(store: RunsStore, run: Run): void {
  store.setState(({ bySession, runs }) => ({
    bySession: { ...bySession, [run.sessionId]: [...(bySession[run.sessionId] ?? []), run.key] },
    runs: { ...runs, [run.key]: run },
  }));
}

/** Changes a run. */
export function patchRun(store: RunsStore, key: string, patch: Partial<Run>): void {
  store.setState(({ runs }) => {
    const run = runs[key];
    return run ? { runs: { ...runs, [key]: { ...run, ...patch } } } : {};
  });
}

/**
 * Takes executions in that main told about. `pendingKey` names the local run that the first of them answers. A state
 * never goes back: frames of the stream and snapshots of the status may overtake one another.
 */
export function mergeExecutions(
  store: RunsStore,
  executions: readonly Execution[],
  pendingKey?: string,
): void {
  const { bySession, runs } = store.getState();
  const nextRuns = { ...runs };
  const nextSessions = { ...bySession };
  let changed = false;
  for (const [index, execution] of executions.entries()) {
    const own = index === 0 && pendingKey !== undefined && nextRuns[pendingKey] ? pendingKey : undefined;
    const key = own ?? keyOf(nextRuns, execution.id);
    const twin = own !== undefined ? nextRuns[execution.id] : undefined;
    const merged = share(nextRuns[key], fromExecution(further(nextRuns[key], twin), key, execution));
    if (twin && own) {
      // The status was faster than the stream's own answer: the two are one.
      delete nextRuns[execution.id];
      const keys = nextSessions[execution.sessionId] ?? [];
      nextSessions[execution.sessionId] = keys.filter((other) => other !== execution.id);
      changed = true;
    }
    if (merged === nextRuns[key]) continue;
    changed = true;
    nextRuns[key] = merged;
    const keys = nextSessions[execution.sessionId] ?? [];
    if (!keys.includes(key)) nextSessions[execution.sessionId] = sorted([...keys, key], nextRuns);
  }
  if (changed) store.setState({ runs: nextRuns, bySession: nextSessions });
}

/** Records the end of an execution that its stream told about. */
export function endRun(store: RunsStore, key: string, result: ExecutionResult, at: number): void {
  const run = store.getState().runs[key];
  if (!run || isFinal(run.state)) return;
  patchRun(store, key, { state: result.state, endedAt: at, result });
}

/** A new run that has no id yet. */
export function pendingRun(
  key: string,
  sessionId: string,
  language: Language,
  code: string,
  at: number,
): Run {
  return {
    key,
    sessionId,
    executionId: null,
    number: null,
    language,
    code,
    state: 'queued',
    startedAt: at,
    endedAt: null,
    result: null,
    cancelRequestedAt: null,
    stopping: null,
    problem: null,
    stored: { bytes: 0, count: 0 },
  };
}

/** The run as the execution that main knows (for reading its output). */
export function executionOf(run: Run): Execution | null {
  if (run.executionId === null) return null;
  return {
    id: run.executionId,
    sessionId: run.sessionId,
    number: run.number ?? 0,
    language: run.language,
    code: run.code,
    state: run.state,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    result: run.result,
    outputBytes: run.stored.bytes,
    outputCount: run.stored.count,
  };
}

function keyOf(runs: Record<string, Run>, executionId: string): string {
  if (runs[executionId]) return executionId;
  return Object.values(runs).find((run) => run.executionId === executionId)?.key ?? executionId;
}

function fromExecution(previous: Run | undefined, key: string, execution: Execution): Run {
  const kept = previous && progressOf(previous.state) > progressOf(execution.state);
  const final = isFinal(execution.state);
  return {
    key,
    sessionId: execution.sessionId,
    executionId: execution.id,
    number: execution.number,
    language: execution.language,
    code: execution.code,
    state: kept ? previous.state : execution.state,
    startedAt: execution.startedAt,
    endedAt: kept ? previous.endedAt : execution.endedAt,
    result: kept ? previous.result : execution.result,
    cancelRequestedAt: previous?.cancelRequestedAt ?? null,
    stopping: previous?.stopping ?? null,
    problem: null,
    // Counts change with every batch of output: taken once at first sight, and once at the end.
    stored:
      previous?.executionId && !final
        ? previous.stored
        : { bytes: execution.outputBytes, count: execution.outputCount },
  };
}

/** How far an execution has come: it never goes back, whatever order messages arrive in. */
function progressOf(state: Execution['state']): number {
  if (isFinal(state)) return 3;
  return state === 'queued' ? 0 : state === 'running' ? 1 : 2;
}

function further(own: Run | undefined, twin: Run | undefined): Run | undefined {
  if (!own || !twin) return own ?? twin;
  return progressOf(twin.state) > progressOf(own.state) ? twin : own;
}

function sorted(keys: string[], runs: Record<string, Run>): string[] {
  const rank = (key: string) => runs[key]?.number ?? Number.MAX_SAFE_INTEGER;
  return keys.toSorted((a, b) => rank(a) - rank(b) || (runs[a]?.startedAt ?? 0) - (runs[b]?.startedAt ?? 0));
}

/** How many cells of the session have their turn before this queued one; 0 where it does not wait for any. */
export function queuePosition({ bySession, runs }: RunsState, key: string): number {
  const run = runs[key];
  if (run?.state !== 'queued' || run.language !== 'python') return 0;
  const keys = bySession[run.sessionId] ?? [];
  return keys.slice(0, Math.max(0, keys.indexOf(key))).filter((other) => {
    const before = runs[other];
    return before !== undefined && before.language === 'python' && !isFinal(before.state);
  }).length;
}
