/**
 * A root in this process: its sandbox (while there is one), the cycle that runs, what it waits for. One cycle at a time; a cycle ends
 * when the person, the session or another process's lock says so, at a point where nothing is torn.
 */
import { type Problem, SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { SyncAnswer, SyncHalt, SyncProgress, SyncRun } from '../../../src-shared/domain/sync.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Database } from '../../db/connection.ts';
import type { StoredSyncRoot, SyncRootChange } from '../../db/repositories/sync-roots.ts';
import type { CyclePlan } from '../../sync/cycle/cycle-plan.ts';
import type { CycleRequest, CycleResult } from '../../sync/cycle/cycle-types.ts';
import { SyncLook } from '../../sync/cycle/sync-look.ts';
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
import type { RootLocks } from './root-lock.ts';
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
  answer?: SyncAnswer;
  resolutions?: ReadonlyMap<string, Resolution>;
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
  #halt: SyncHalt | null = null;
  /** Answers to halts, until a cycle came past them. */
  readonly #answered = new Map<SyncHalt['reason'], SyncAnswer>();
  #problem: Problem | null = null;
  #look: SyncLook | null = null;
  #problems: number | null = null;
  #resting: ReadonlySet<string> = new Set();
  #rules: ExclusionRules | null = null;
  #remoteFacts: RemoteFacts | null = null;
  readonly #committed = new Set<string>();
  #counts = { files: 0, conflicts: 0 };
  readonly busy = new BusyPaths();
  /** Set by the watch; null: nobody watches. */
  listener: RunnerListener | null = null;

  constructor(deps: RunnerDependencies, root: StoredSyncRoot) {
    this.#deps = deps;
    this.#root = root;
    this.#record = new CycleRecord(deps.db);
    this.#sides = new RootSides({
      ...deps,
      root: () => this.#refreshed(),
      resting: () => this.#resting,
    });
    this.#recount();
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
    return this.#halt;
  }

  get problem(): Problem | null {
    return this.#problem;
  }

  /** Both sides as this process saw them last. */
  get lastLook(): SyncLook | null {
    return this.#look;
  }

  /** Paths that take no part, as of then. */
  get problems(): number | null {
    return this.#problems;
  }

  /** The rules of the latest scan. */
  get rules(): ExclusionRules | null {
    return this.#rules;
  }

  get remoteFacts(): RemoteFacts | null {
    return this.#remoteFacts;
  }

  /** Both sides, once something needed them. */
  get sides(): RootSides['open'] {
    return this.#sides.open;
  }

  /** Files that both sides agree on, and conflicts that wait, as stored. */
  get counts(): { files: number; conflicts: number } {
    return this.#counts;
  }

  /** Another process changed what is stored. */
  setRoot(root: StoredSyncRoot): void {
    this.#root = root;
    this.#recount();
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
    this.#remoteFacts = null;
    this.#halt = null;
    this.#problem = null;
    this.#answered.clear();
    return true;
  }

  /** Begins a cycle, after what runs now; resolves when it began. Throws `unavailable` or `conflict` where it cannot. */
  begin(ask: CycleAsk): Promise<{ finished: Promise<CycleResult> }> {
    return new Promise((began, refused) => {
      const finished = this.withSides((sides) => {
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
    const { compared, scans } = plan;
    const excluded = [...scans.local.excluded, ...scans.remote.excluded];
    const at = this.#deps.clock.now();
    this.#look = new SyncLook({ ...compared, at, excluded });
    this.#problems = compared.unusable.length;
    this.#rules = scans.rules;
    this.#remoteFacts = scans.remoteFacts;
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

  /** Stops the cycle that runs, and waits for its end. Idempotent. */
  async stop(reason = new SpecboardError('cancelled', 'Stopped.')): Promise<void> {
    if (this.#cycle && !this.#cycle.isStopping) {
      this.#cycle.isStopping = true;
      this.#cycle.stop.abort(reason);
      this.#deps.onChange('state');
    }
    await this.#sides.idle();
  }

  /** The person leaves it as it is: what a cycle stopped to ask is asked again by the next one. */
  leave(): void {
    if (this.#cycle || !this.#halt) return;
    this.#halt = null;
    this.#deps.onChange('state');
  }

  /** The root is being removed: what SpecBoard put on either side for it goes, where it can be reached. Never throws. */
  async forget(): Promise<void> {
    if (this.isOnline) {
      await this.withSides(({ remote, signal }) => remote.forget(signal)).catch(() => {});
    }
    await this.withLocal((local) => local.forget()).catch(() => {});
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
    const { halt } = this;
    if (ask.answer && halt) this.#answered.set(halt.reason, ask.answer);
    // Who agrees to the first plan has seen what it deletes and brings: that is not asked once more.
    if (ask.confirmed && !this.#root.confirmed) this.#answered.set('first-sync', 'go-on');
    if (this.#answered.has('first-sync') && !this.#root.confirmed) this.update({ confirmed: true });
    this.#cycle = { stop, trigger: ask.trigger, isStopping: false };
    this.#halt = null;
    this.#progress = null;
    this.listener?.began();
    onChange('state');
    this.#resting = this.listener ? this.busy.resting(startedAt) : new Set();
    const request = this.#request(ask, sides.cycle);
    let result: CycleResult;
    try {
      result = withoutResting(await sides.cycles.run(request, signal));
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
    this.#finish(ask, result, startedAt);
    onChange('state');
    this.listener?.ended(result);
    onEnded();
    return result;
  }

  #request(ask: CycleAsk, cycle: string): CycleRequest {
    const { localPath, mode, exclusions } = this.#root;
    const confirmed = this.#root.confirmed && !this.#answered.has('first-sync');
    return {
      ...{ cycle, localPath, mode, exclusions, checksum: ask.checksum ?? false, confirmed },
      answers: new Map(this.#answered),
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
  #finish(ask: CycleAsk, result: CycleResult, startedAt: number): void {
    const { clock, log } = this.#deps;
    const endedAt = clock.now();
    const { outcome, problem, halt } = result;
    const { trigger } = ask;
    const isNews = problem?.code !== this.#problem?.code;
    this.#note(result);
    this.#halt = halt;
    this.#problem = outcome === 'failed' ? problem : outcome === 'done' ? null : this.#problem;
    if (outcome !== 'waiting') this.#answered.clear();
    const sessionId = this.live?.session.id ?? this.#root.sessionId;
    try {
      this.#root = this.#record.add(this.#root, { trigger, result, startedAt, endedAt, sessionId, isNews });
      this.#recount();
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

  #note({ look, rules, remoteFacts, unusable }: CycleResult): void {
    if (look) {
      this.#look = look;
      this.#problems = unusable.length;
    }
    if (rules) this.#rules = rules;
    if (remoteFacts) this.#remoteFacts = remoteFacts;
  }

  #recount(): void {
    const { db } = this.#deps;
    const { id } = this.#root;
    this.#counts = { files: db.syncManifest.countFiles(id), conflicts: db.syncConflicts.count(id) };
  }
}
