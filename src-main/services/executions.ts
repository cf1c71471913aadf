/**
 * Executions: run, stream, cancel, and what is stored of them. Each ends with exactly one result. Python cells of a session
 * wait for one another (they share variables); shell commands run side by side.
 */
import { randomUUID } from 'node:crypto';
import { SpecboardError, toProblem } from '../../src-shared/contract/errors.ts';
import {
  type Execution,
  type ExecutionChange,
  type ExecutionResult,
  isFinal,
  type Language,
  type OutputEvent,
  type StoredOutput,
  stepExecution,
} from '../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import { Emitter } from '../../src-shared/lib/emitter.ts';
import type { Database } from '../db/connection.ts';
import type { MissingPackage } from '../drivers/driver.ts';
import { withCancelBackstop } from './cancel-backstop.ts';
import { reasonOf } from './deadline.ts';
import { OutputLog, sizeOf } from './output-log.ts';
import type { Answer } from './questions.ts';
import type { LiveSession, SessionsService } from './sessions.ts';
import type { StatusHub } from './status-hub.ts';

/** What to run, and how the caller watches over it. */
export interface RunRequest {
  sessionId: string;
  language: Language;
  code: string;
  /** From its start, not while it is queued. */
  timeoutMs?: number | undefined;
}

/** A started execution. */
export interface Run {
  execution: Execution;
  /** Resolves exactly once; never rejects. */
  done: Promise<ExecutionResult>;
}

/** What the service needs. */
export interface ExecutionsDependencies {
  db: Database;
  sessions: SessionsService;
  hub: StatusHub;
  clock: Clock;
  /** Asks the person about missing packages. */
  ask: (
    about: { sessionId: string; executionId: string; packages: MissingPackage[] },
    signal: AbortSignal,
  ) => Promise<Answer>;
  /** The person chose "always" for a session's profile. */
  onAlwaysInstall: (profileId: string) => void;
  log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: JsonObject) => void;
  /** ms that a driver may take to answer a forced cancel before the execution counts as lost. */
  forcedGraceMs?: number;
}

interface Entry {
  execution: Execution;
  log: OutputLog;
  cancel: AbortController;
  force: AbortController;
  done: Promise<ExecutionResult>;
}

const defaultForcedGraceMs = 15_000;

/** See the file's first lines. */
export class ExecutionsService {
  readonly #deps: ExecutionsDependencies;
  readonly #entries = new Map<string, Entry>();
  /** Per session: the end of the latest Python cell. */
  readonly #pythonTurn = new Map<string, Promise<unknown>>();
  /** The latest number of each live session. */
  readonly #lastNumbers = new Map<string, number>();
  /** Those that were handed to their driver: before that, cancelling needs nobody's help. */
  readonly #started = new Set<string>();
  readonly #ended = new Emitter<Execution>();

  constructor(deps: ExecutionsDependencies) {
    this.#deps = deps;
    deps.sessions.onEnded(({ id }) => {
      this.#pythonTurn.delete(id);
      this.#lastNumbers.delete(id);
    });
    deps.sessions.onLateOutput(({ sessionId, event }) => this.#takeLate(sessionId, event));
  }

  /** An execution ended; with its result. */
  readonly onEnded = this.#ended.event;

  /** A number is never given twice in a session, also where what had it was deleted from the history. */
  #nextNumber(sessionId: string): number {
    const next = Math.max(
      this.#deps.db.executions.nextNumber(sessionId),
      (this.#lastNumbers.get(sessionId) ?? 0) + 1,
    );
    this.#lastNumbers.set(sessionId, next);
    return next;
  }

  /** Starts an execution; throws where the session cannot run code. */
  run(request: RunRequest): Run {
    const live = this.#deps.sessions.live(request.sessionId);
    const capability = request.language === 'python' ? 'python' : 'shell';
    if (!live.driver.manifest.capabilities[capability]) {
      throw new SpecboardError('unsupported', `${live.session.profileName} cannot run ${request.language}.`);
    }
    const execution: Execution = {
      id: randomUUID(),
      sessionId: request.sessionId,
      number: this.#nextNumber(request.sessionId),
      language: request.language,
      code: request.code,
      state: 'queued',
      startedAt: this.#deps.clock.now(),
      endedAt: null,
      result: null,
      outputBytes: 0,
      outputCount: 0,
    };
    this.#deps.db.executions.insert(execution);
    const force = new AbortController();
    const entry: Entry = {
      execution,
      force,
      cancel: new AbortController(),
      done: Promise.resolve({ state: 'lost', durationMs: 0 }),
      log: new OutputLog({
        executionId: execution.id,
        table: this.#deps.db.executions,
        clock: this.#deps.clock,
        onFailure: (error) => this.#outputFailed(entry, error),
      }),
    };
    this.#entries.set(execution.id, entry);
    entry.done = this.#inTurn(entry, live, request);
    this.#deps.sessions.touch(request.sessionId);
    this.#publish();
    return { execution: entry.execution, done: entry.done };
  }

  /** Asks an execution to stop; `force` kills. Does nothing where it has ended; throws `not-found`. */
  cancel(executionId: string, options: { force: boolean }): void {
    const entry = this.#entries.get(executionId);
    if (!entry) {
      if (this.#deps.db.executions.get(executionId)) return;
      throw notFound();
    }
    if (isFinal(entry.execution.state)) return;
    this.#step(entry, { type: 'cancel-requested' });
    entry.cancel.abort(new SpecboardError('cancelled', 'Cancelled by you.'));
    if (options.force) entry.force.abort(new SpecboardError('cancelled', 'Stopped by force.'));
  }

  /** An execution of any time; throws `not-found`. */
  get(executionId: string): Execution {
    const execution = this.#entries.get(executionId)?.execution ?? this.#deps.db.executions.get(executionId);
    if (!execution) throw notFound();
    return execution;
  }

  /** Executions that have not ended, of this process. */
  running(): Execution[] {
    return [...this.#entries.values()].map((entry) => entry.execution).filter(({ state }) => !isFinal(state));
  }

  /**
   * Follows the output from `fromSeq` on to its end: of a running execution as it comes, of an ended one from the database.
   * See `OutputLog.follow`. The result is then in `resultOf`.
   */
  async *follow(
    executionId: string,
    fromSeq: number,
    options: { patient: boolean; signal: AbortSignal },
  ): AsyncGenerator<StoredOutput[]> {
    const entry = this.#entries.get(executionId);
    if (entry) {
      yield* entry.log.follow(fromSeq, options);
      return;
    }
    this.get(executionId);
    let next: number | null = fromSeq;
    while (next !== null && !options.signal.aborted) {
      const page: { items: StoredOutput[]; next: number | null } = this.#deps.db.executions.readOutput(
        executionId,
        next,
        262_144,
      );
      if (page.items.length > 0) yield page.items;
      next = page.next;
    }
  }

  /** The result of an execution, once it has one. */
  async resultOf(executionId: string): Promise<ExecutionResult> {
    const entry = this.#entries.get(executionId);
    if (entry) return entry.done;
    return (
      this.get(executionId).result ?? { state: 'lost', durationMs: 0, reason: 'Its end was not recorded.' }
    );
  }

  async #inTurn(entry: Entry, live: LiveSession, request: RunRequest): Promise<ExecutionResult> {
    const { sessionId } = entry.execution;
    // While the link is broken it stays queued, and is seen to wait.
    const linked = () => live.linked(entry.cancel.signal);
    if (request.language === 'python') {
      const before = this.#pythonTurn.get(sessionId) ?? Promise.resolve();
      const turn = before.then(linked).then(() => this.#execute(entry, live, request));
      this.#pythonTurn.set(sessionId, turn);
      return this.#whileQueued(entry, live, turn);
    }
    if (live.session.link.state === 'live') return this.#execute(entry, live, request);
    const turn = linked().then(() => this.#execute(entry, live, request));
    return this.#whileQueued(entry, live, turn);
  }

  /** A queued cell can be cancelled before its turn comes. */
  #whileQueued(entry: Entry, live: LiveSession, turn: Promise<ExecutionResult>): Promise<ExecutionResult> {
    return new Promise((resolve) => {
      const stop = AbortSignal.any([entry.cancel.signal, live.ended]);
      const onAbort = () => {
        if (entry.execution.result === null && !this.#started.has(entry.execution.id)) {
          const why = live.ended.aborted ? reasonOf(live.ended).message : 'Cancelled before it started.';
          resolve(this.#finish(entry, { state: 'cancelled', durationMs: 0, reason: why }));
        }
      };
      stop.addEventListener('abort', onAbort, { once: true });
      turn.then((result) => {
        stop.removeEventListener('abort', onAbort);
        resolve(result);
      });
    });
  }

  async #execute(entry: Entry, live: LiveSession, request: RunRequest): Promise<ExecutionResult> {
    if (entry.execution.result) return entry.execution.result;
    const { id } = entry.execution;
    this.#started.add(id);
    this.#step(entry, { type: 'started' });
    const startedAt = this.#deps.clock.now();
    const timeout = new AbortController();
    const timer = request.timeoutMs
      ? this.#deps.clock.after(request.timeoutMs, () => {
          this.#step(entry, { type: 'cancel-requested' });
          timeout.abort(new SpecboardError('timeout', 'The deadline passed.'));
        })
      : null;
    const signal = AbortSignal.any([entry.cancel.signal, timeout.signal, live.ended]);
    try {
      const work = live.driver.execute(
        live.connection,
        {
          language: request.language,
          code: request.code,
          forceSignal: entry.force.signal,
          askInstall: (packages, askSignal) => this.#askInstall(entry, live, packages, askSignal),
        },
        { write: (event) => entry.log.write(event) },
        signal,
      );
      const result = await withCancelBackstop(work, {
        signal,
        force: entry.force,
        clock: this.#deps.clock,
        graceMs: this.#deps.forcedGraceMs ?? defaultForcedGraceMs,
        startedAt,
      });
      return this.#finish(entry, result);
    } catch (error) {
      const problem = toProblem(signal.aborted ? reasonOf(signal) : error);
      const durationMs = this.#deps.clock.now() - startedAt;
      const state =
        problem.code === 'cancelled' ? 'cancelled' : problem.code === 'timeout' ? 'timed-out' : 'lost';
      return this.#finish(entry, { state, durationMs, reason: problem.message, problem });
    } finally {
      timer?.dispose();
      this.#started.delete(id);
    }
  }

  async #askInstall(
    entry: Entry,
    live: LiveSession,
    packages: MissingPackage[],
    signal: AbortSignal,
  ): Promise<Answer> {
    const { id: executionId, sessionId } = entry.execution;
    const answer = await this.#deps.ask({ sessionId, executionId, packages }, signal);
    if (answer === 'always') this.#deps.onAlwaysInstall(live.session.profileId);
    return answer;
  }

  /**
   * Late output goes where a person looks: to what runs in the session now, else after the end of the latest execution, whose
   * history then shows it.
   */
  #takeLate(sessionId: string, event: OutputEvent): void {
    const running = [...this.#entries.values()].findLast(
      ({ execution }) => execution.sessionId === sessionId,
    );
    if (running) {
      void running.log.write(event);
      return;
    }
    const [latest] = this.#deps.db.executions.list({ sessionId, limit: 1 });
    if (!latest) return;
    const item = { seq: latest.outputCount, at: this.#deps.clock.now(), event };
    const totals = { outputBytes: latest.outputBytes + sizeOf(event), outputCount: latest.outputCount + 1 };
    try {
      this.#deps.db.executions.append(latest.id, [item], totals);
    } catch (error) {
      this.#deps.log('warn', 'late output not stored', {
        executionId: latest.id,
        code: toProblem(error).code,
      });
    }
  }

  #outputFailed(entry: Entry, error: unknown): void {
    this.#deps.log('error', 'output not stored', {
      executionId: entry.execution.id,
      code: toProblem(error).code,
    });
    const problem = toProblem(error);
    const reason = new SpecboardError(problem.code, `The output could not be stored. ${problem.message}`, {
      kept: 'Everything up to here is stored.',
      hint: problem.hint ?? 'Make room on the disk and run it again.',
    });
    entry.cancel.abort(reason);
    entry.force.abort(reason);
  }

  #finish(entry: Entry, result: ExecutionResult): ExecutionResult {
    if (entry.execution.result) return entry.execution.result;
    const aborted = entry.cancel.signal.aborted ? reasonOf(entry.cancel.signal) : null;
    const stored: ExecutionResult =
      aborted && aborted.code !== 'cancelled'
        ? { ...result, state: 'lost', reason: aborted.message, problem: aborted.problem }
        : result;
    entry.log.close();
    this.#step(entry, { type: 'ended', at: this.#deps.clock.now(), result: stored });
    this.#deps.sessions.touch(entry.execution.sessionId);
    this.#entries.delete(entry.execution.id);
    this.#ended.fire(entry.execution);
    return stored;
  }

  #step(entry: Entry, change: ExecutionChange): void {
    const next = stepExecution(entry.execution, change);
    if (next === entry.execution) return;
    entry.execution = { ...next, ...entry.log.totals };
    try {
      this.#deps.db.executions.update(entry.execution);
    } catch (error) {
      this.#deps.log('error', 'execution not stored', { executionId: next.id, code: toProblem(error).code });
    }
    this.#publish(entry.execution);
  }

  /** The status keeps running executions, and the latest ended one of each session. */
  #publish(changed?: Execution): void {
    const latest = new Map<string, Execution>();
    for (const execution of this.#deps.hub.current.executions) {
      if (isFinal(execution.state)) latest.set(execution.sessionId, execution);
    }
    if (changed && isFinal(changed.state)) latest.set(changed.sessionId, changed);
    const running = this.running();
    const known = new Set(this.#deps.hub.current.sessions.map((session) => session.id));
    const ended = [...latest.values()].filter(({ sessionId }) => known.has(sessionId));
    this.#deps.hub.update({ executions: [...running, ...ended] });
  }
}

function notFound(): SpecboardError {
  return new SpecboardError('not-found', 'There is no such execution.', { hint: 'See: specboard history.' });
}
