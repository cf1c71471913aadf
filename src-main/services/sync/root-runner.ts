/**
 * A root in this process: its sandbox (while there is one), the cycle that runs, what it waits for. One cycle at a time; a cycle ends
 * when the person, the session or another process's lock says so, at a point where nothing is torn.
 */
import { type Problem, SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { SyncHalt, SyncMode, SyncProgress, SyncRun } from '../../../src-shared/domain/sync.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Database } from '../../db/connection.ts';
import type { StoredSyncRoot, SyncRootChange } from '../../db/repositories/sync-roots.ts';
import type { CyclePlan } from '../../sync/cycle/cycle-plan.ts';
import type { CycleRequest, CycleResult } from '../../sync/cycle/cycle-types.ts';
import type { SyncLook } from '../../sync/cycle/sync-look.ts';
import type { Resolution } from '../../sync/reconcile/resolution.ts';
import type { ExclusionRules } from '../../sync/rules/exclusion-rules.ts';
import type { RemoteFacts } from '../../sync/sides.ts';
import type { LiveSession } from '../sessions.ts';
import { BusyPaths } from './busy-paths.ts';
import { brokenOff, CycleRecord } from './cycle-record.ts';
import type { SyncEngine } from './engine.ts';
import type { SqliteManifestStore } from './manifest-store.ts';
import { notSynced } from './refusals.ts';
import { withoutResting } from './resting-side.ts';
import { RootKnowledge } from './root-knowledge.ts';
import type { RootLocks } from './root-lock.ts';
import { RootQuestions } from './root-questions.ts';
import { type OpenSides, RootSides } from './root-sides.ts';

/** What runners share. */
export interface RunnerDependencies {
  db: Database;
  clock: Clock;
  engine: SyncEngine;
  store: SqliteManifestStore;
  locks: RootLocks;
  /** A problem without secrets. */
  redact: (error: unknown) => Problem;
  log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: JsonObject) => void;
  /** Something of the root's state changed; `progress`: nothing else but that. */
  onChange: (what: 'state' | 'progress') => void;
  /** A cycle ended, and the root is free again soon. */
  onEnded: () => void;
  /** The session is used. */
  onUse: (sessionId: string) => void;
}

/** What is asked of a cycle. */
export interface CycleAsk {
  trigger: SyncRun['trigger'];
  confirmed?: boolean;
  checksum?: boolean;
  resolutions?: ReadonlyMap<string, Resolution>;
  /** Called when its turn comes, before it begins: what it throws refuses the cycle. */
  before?: () => void;
}

/** What watches want to hear. */
export interface RunnerListener {
  began(): void;
  ended(result: CycleResult): void;
}

/** More paths in one commit are a bulk. */
const notedPaths = 200;

/** See the file's first lines. */
export class RootRunner {
  readonly #deps: RunnerDependencies;
  readonly #sides: RootSides;
  readonly #record: CycleRecord;
  #root: StoredSyncRoot;
  #cycle: { stop: AbortController; trigger: CycleAsk['trigger']; isStopping: boolean } | null = null;
  #progress: SyncProgress | null = null;
  #problem: Problem | null = null;
  #resting: ReadonlySet<string> = new Set();
  readonly #known: RootKnowledge;
  readonly #committed = new Set<string>();
  readonly questions = new RootQuestions();
  /** How often it was stopped: what waited for its turn then does not begin any more. */
  #stops = 0;
  /** It is being removed. */
  #isLeaving = false;
  readonly busy = new BusyPaths();
  /** Set by the watch; null: nobody watches. */
  listener: RunnerListener | null = null;

  constructor(deps: RunnerDependencies, root: StoredSyncRoot) {
    this.#deps = deps;
    this.#root = root;
    this.#record = new CycleRecord(deps.db);
    this.#known = new RootKnowledge(deps.db);
    this.#sides = new RootSides({
      ...deps,
      root: () => this.#refreshed(),
      resting: () => this.#resting,
    });
    this.#known.recount(root.id);
  }

  /** The root as it is stored. */
  get root(): StoredSyncRoot {
    return this.#root;
  }

  /** The session that it uses now. */
  get live(): LiveSession | null {
    return this.#sides.live;
  }

  /** True while the sandbox can be reached. */
  get isOnline(): boolean {
    return this.#sides.isOnline;
  }

  get cycle(): { isStopping: boolean } | null {
    return this.#cycle;
  }

  get progress(): SyncProgress | null {
    return this.#progress;
  }

  get halt(): SyncHalt | null {
    return this.questions.halt;
  }

  get problem(): Problem | null {
    return this.#problem;
  }

  /** Both sides as this process saw them last. */
  get lastLook(): SyncLook | null {
    return this.#known.look;
  }

  /** See `RootKnowledge`. */
  get problems(): number | null {
    return this.#known.problems;
  }

  /** The rules of the latest scan. */
  get rules(): ExclusionRules | null {
    return this.#known.rules;
  }

  get remoteFacts(): RemoteFacts | null {
    return this.#known.remoteFacts;
  }

  /** Both sides, once something needed them. */
  get sides(): RootSides['open'] {
    return this.#sides.open;
  }

  /** Files that both sides agree on, and conflicts that wait, as stored. */
  get counts(): { files: number; conflicts: number } {
    return this.#known.counts;
  }

  /** Another process changed what is stored. */
  setRoot(root: StoredSyncRoot): void {
    this.#root = root;
    this.#known.recount(root.id);
  }

  /** The running cycle stored these. */
  committed(paths: readonly string[]): void {
    // A bulk is no busy file.
    if (this.listener && paths.length <= notedPaths) for (const path of paths) this.#committed.add(path);
  }

  /** Changes the row. */
  update(change: SyncRootChange): void {
    this.#deps.db.syncRoots.update(this.#root.id, change);
    this.#root = { ...this.#root, ...change };
    this.#deps.onChange('state');
  }

  /** The session to use from now on; null: there is none. Gives true where it is another one than before. */
  bind(live: LiveSession | null, isLinked: boolean): boolean {
    if (!this.#sides.bind(live, isLinked)) return false;
    this.#known.forgetSandbox();
    this.questions.clear();
    this.#problem = null;
    return true;
  }

  /** Begins a cycle, after what runs now; resolves when it began. Throws `unavailable` or `conflict` where it cannot. */
  begin(ask: CycleAsk): Promise<{ finished: Promise<CycleResult> }> {
    const stops = this.#stops;
    return new Promise((began, refused) => {
      const finished = this.withSides(async (sides) => {
        if (this.#isLeaving) throw notSynced();
        if (this.#stops !== stops) throw new SpecboardError('cancelled', 'Stopped.');
        ask.before?.();
        const cycle = this.#run(ask, sides);
        began({ finished: cycle });
        return cycle;
      });
      finished.catch(refused);
    });
  }

  /** Looks at both sides and changes nothing. Throws what kept it from looking. */
  async look(checksum: boolean, signal?: AbortSignal): Promise<CyclePlan> {
    const plan = await this.withSides(async ({ cycles, signal: ended, cycle }) => {
      this.#resting = new Set();
      const all = signal ? AbortSignal.any([signal, ended]) : ended;
      return cycles.plan(this.#request({ trigger: 'asked', checksum }, cycle), all);
    });
    this.#known.notePlan(plan, this.#deps.clock.now());
    this.#deps.onChange('state');
    return plan;
  }

  /** See `RootSides.withSides`. */
  withSides: RootSides['withSides'] = (work) => this.#sides.withSides(work);

  /** See `RootSides.withLocal`. */
  withLocal: RootSides['withLocal'] = (work) => this.#sides.withLocal(work);

  /** A cycle could not even begin. What another process or the link explains is no failure. */
  refused(error: unknown): void {
    const problem = this.#deps.redact(error);
    if (['conflict', 'cancelled', 'unavailable', 'unreachable', 'not-found'].includes(problem.code)) return;
    this.#problem = problem;
    this.#deps.onChange('state');
  }

  /** Stops the cycle that runs and those that wait for their turn, and waits for its end. Idempotent. */
  async stop(reason = new SpecboardError('cancelled', 'Stopped.')): Promise<void> {
    this.#stops += 1;
    if (this.#cycle && !this.#cycle.isStopping) {
      this.#cycle.isStopping = true;
      this.#cycle.stop.abort(reason);
      this.#deps.onChange('state');
    }
    await this.#sides.idle();
  }

  /** The person leaves it as it is, or changed what it is about: what a cycle stopped to ask is asked again by the next one. */
  leave(): void {
    if (this.#cycle || !this.halt) return;
    this.questions.clear();
    this.#deps.onChange('state');
  }

  /**
   * The root is being removed: what SpecBoard put on either side for it goes, where it can be reached, and then its row (`remove`),
   * in one turn: no cycle comes between them and begins it anew.
   */
  async forget(remove: () => void): Promise<void> {
    this.#isLeaving = true;
    try {
      await this.stop();
      await this.#forget(remove);
    } finally {
      this.#isLeaving = false;
    }
  }

  async #forget(remove: () => void): Promise<void> {
    const quietly = async (work: () => Promise<void>) => {
      try {
        await work();
      } catch {
        // What cannot be reached stays; the sandbox's goes with the sandbox.
      }
    };
    let isRemoved = false;
    if (this.isOnline) {
      const everything = () =>
        this.withSides(async ({ local, remote, signal }) => {
          await quietly(() => remote.forget(signal));
          await quietly(() => local.forget());
          remove();
          isRemoved = true;
        });
      await quietly(everything);
    }
    if (isRemoved) return;
    await this.withLocal(async (local) => {
      await quietly(() => local.forget());
      remove();
    });
  }

  /** Ends all of it: the cycle (a few seconds at most), both sides. */
  async dispose(): Promise<void> {
    const reason = new SpecboardError('cancelled', 'SpecBoard is ending.');
    this.#sides.end(reason);
    await this.stop(reason);
    await this.#sides.close();
  }

  async #run(ask: CycleAsk, sides: OpenSides): Promise<CycleResult> {
    const { clock, onChange, onEnded, onUse } = this.#deps;
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, sides.signal]);
    const startedAt = clock.now();
    const { mode } = this.#root;
    if (ask.confirmed && !this.#root.confirmed) this.questions.agree();
    this.#cycle = { stop, trigger: ask.trigger, isStopping: false };
    this.questions.began();
    this.#progress = null;
    this.listener?.began();
    onChange('state');
    this.#resting = this.listener ? this.busy.resting(startedAt) : new Set();
    let result: CycleResult;
    try {
      if (this.questions.isAgreed && !this.#root.confirmed) this.update({ confirmed: true });
      result = withoutResting(await sides.cycles.run(this.#request(ask, sides.cycle), signal));
    } catch (error) {
      result = brokenOff(error, signal);
    }
    if (result.problem) {
      result = { ...result, problem: this.#deps.redact(SpecboardError.fromProblem(result.problem)) };
    }
    this.#cycle = null;
    this.#progress = null;
    this.busy.noteSynced(this.#committed, clock.now());
    this.#committed.clear();
    // Looking now and then because it is watched is no use of the session.
    if (this.live && (ask.trigger !== 'watch' || result.didSomething)) onUse(this.live.session.id);
    this.#finish(ask, result, { startedAt, mode });
    onChange('state');
    this.listener?.ended(result);
    onEnded();
    return result;
  }

  #request(ask: CycleAsk, cycle: string): CycleRequest {
    const { localPath, mode, exclusions } = this.#root;
    const confirmed = this.#root.confirmed && !this.questions.isAgreed;
    return {
      ...{ cycle, localPath, mode, exclusions, checksum: ask.checksum ?? false, confirmed },
      answers: this.questions.answers,
      approved: new Set(),
      resolutions: ask.resolutions ?? new Map(),
      onProgress: (progress) => {
        this.#progress = progress;
        this.#deps.onChange('progress');
      },
    };
  }

  /** Another process may have changed it, or taken it apart. */
  #refreshed(): StoredSyncRoot {
    const stored = this.#deps.db.syncRoots.get(this.#root.id);
    if (!stored) throw notSynced();
    this.#root = { ...stored, lastSyncedAt: this.#root.lastSyncedAt, last: this.#root.last };
    return this.#root;
  }

  /** What everybody may see of it afterwards, and the history. */
  #finish(
    { trigger }: CycleAsk,
    result: CycleResult,
    { startedAt, mode }: { startedAt: number; mode: SyncMode },
  ): void {
    const { clock, log, db } = this.#deps;
    const endedAt = clock.now();
    const { outcome, problem, halt } = result;
    const isNews = problem?.code !== this.#problem?.code;
    this.#known.noteResult(result);
    this.questions.ended(result);
    this.#problem = outcome === 'failed' ? problem : outcome === 'done' ? null : this.#problem;
    const sessionId = this.live?.session.id ?? this.#root.sessionId;
    try {
      // A mirror that was chosen meanwhile shows its own plan first.
      const confirms = db.syncRoots.get(this.#root.id)?.mode === mode;
      const ended = { trigger, result, startedAt, endedAt, sessionId, isNews, confirms };
      this.#root = this.#record.add(this.#root, ended);
      this.#known.recount(this.#root.id);
      this.#refreshed();
    } catch (error) {
      // A full disk: the files are right, only the history lacks a line.
      log('error', 'sync not recorded', { rootId: this.#root.id, code: toProblem(error).code });
    }
    log(outcome === 'failed' ? 'warn' : 'debug', 'sync cycle ended', {
      ...{ rootId: this.#root.id, trigger, outcome, ms: endedAt - startedAt },
      ...(problem ? { code: problem.code } : {}),
      ...(halt ? { halt: halt.reason } : {}),
    });
  }
}
