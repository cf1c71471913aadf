/**
 * A root in this process: its sandbox (while there is one), the cycle that runs, what it waits for. One cycle at a time; a cycle ends
 * when the person, the session or another process's lock says so, at a point where nothing is torn.
 */
import { randomUUID } from 'node:crypto';
import { type Problem, SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { SyncAnswer, SyncHalt, SyncProgress, SyncRun } from '../../../src-shared/domain/sync.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Database } from '../../db/connection.ts';
import type { StoredSyncRoot, SyncRootChange } from '../../db/repositories/sync-roots.ts';
import type { CyclePlan } from '../../sync/cycle/cycle-plan.ts';
import { type CycleRequest, type CycleResult, emptySummary } from '../../sync/cycle/cycle-types.ts';
import { SyncLook } from '../../sync/cycle/sync-look.ts';
import type { Resolution } from '../../sync/reconcile/resolution.ts';
import type { ExclusionRules } from '../../sync/rules/exclusion-rules.ts';
import type { LocalSide, RemoteFacts, RemoteSide } from '../../sync/sides.ts';
import type { LiveSession } from '../sessions.ts';
import { BusyPaths } from './busy-paths.ts';
import type { RootCycles, SyncEngine } from './engine.ts';
import type { SqliteManifestStore } from './manifest-store.ts';
import { isResting, withResting } from './resting-side.ts';
import type { RootLocks } from './root-lock.ts';
import { Turns } from './turns.ts';

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

/** Both sides, for as long as one piece of work has them. */
export interface OpenSides {
  local: LocalSide;
  remote: RemoteSide;
  cycles: RootCycles;
  signal: AbortSignal;
  /** A name for what is kept on the way. */
  cycle: string;
}

/** What watches want to hear. */
export interface RunnerListener {
  began(): void;
  ended(result: CycleResult): void;
}

/** Runs that are remembered of a root. */
const runsKept = 500;
/** The time of the last sync is stored at least this often while nothing changes. */
const storedMs = 60_000;
/** More paths in one commit are a bulk. */
const notedPaths = 200;
/** After a cancel: how long a side may take to end before it is left behind. */
const graceMs = 3_000;

/** See the file's first lines. */
export class RootRunner {
  readonly #deps: RunnerDependencies;
  readonly #turns = new Turns();
  #local: LocalSide | null = null;
  #root: StoredSyncRoot;
  #live: LiveSession | null = null;
  #isLinked = false;
  /** With the sandbox that is bound. */
  #remote: { side: RemoteSide; cycles: RootCycles } | null = null;
  /** Aborts what needs the sandbox that is bound now. */
  #unbound = new AbortController();
  readonly #ending = new AbortController();
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
  #storedAt = 0;
  readonly #committed = new Set<string>();
  #counts = { files: 0, conflicts: 0 };
  readonly busy = new BusyPaths();
  /** Set by the watch; null: nobody watches. */
  listener: RunnerListener | null = null;

  constructor(deps: RunnerDependencies, root: StoredSyncRoot) {
    this.#deps = deps;
    this.#root = root;
    this.#recount();
  }

  /** The root as it is stored. */
  get root(): StoredSyncRoot {
    return this.#root;
  }

  /** The session that it uses now. */
  get live(): LiveSession | null {
    return this.#live;
  }

  /** True while the sandbox can be reached. */
  get isOnline(): boolean {
    return this.#live !== null && this.#isLinked;
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
  get sides(): { local: LocalSide | null; remote: RemoteSide | null } {
    return { local: this.#local, remote: this.#remote?.side ?? null };
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
    const isOther = live?.session.id !== this.#live?.session.id;
    this.#isLinked = isLinked;
    if (!isOther) {
      if (live) this.#live = live;
      return false;
    }
    this.#unbound.abort(new SpecboardError('cancelled', 'The session has ended.'));
    this.#unbound = new AbortController();
    const remote = this.#remote;
    this.#remote = null;
    if (remote) void this.#turns.idle().then(() => closeAll(remote.cycles, remote.side));
    this.#live = live;
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

  /** Does `work` with both sides open, in its turn and under the root's lock. */
  withSides<T>(work: (sides: OpenSides) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      this.#refresh();
      const { locks } = this.#deps;
      const live = this.#live;
      if (!live) throw this.#notConnected();
      if (!this.#isLinked) throw this.#unreachable();
      if (!locks.take(this.#root.id)) throw elsewhere();
      try {
        const local = this.#openLocal();
        this.#remote ??= this.#openRemote(local, live);
        const signal = AbortSignal.any([this.#unbound.signal, live.ended]);
        signal.throwIfAborted();
        const { side: remote, cycles } = this.#remote;
        return await work({ local, remote, cycles, signal, cycle: randomUUID() });
      } finally {
        locks.release(this.#root.id);
      }
    });
  }

  /** Does `work` with this computer's side, which needs no sandbox; in its turn and under the root's lock. */
  withLocal<T>(work: (local: LocalSide, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      const { signal } = this.#ending;
      signal.throwIfAborted();
      if (!this.#deps.locks.take(this.#root.id)) throw elsewhere();
      try {
        return await work(this.#openLocal(), signal);
      } finally {
        this.#deps.locks.release(this.#root.id);
      }
    });
  }

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
    await this.#idleWithin(graceMs);
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
    this.#ending.abort(reason);
    this.#unbound.abort(reason);
    await this.stop(reason);
    const { sides } = this;
    await closeAll(this.#remote?.cycles, sides.remote, sides.local);
    this.#remote = null;
    this.#local = null;
    this.#live = null;
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
      result = failed(error, signal);
    }
    if (result.problem) {
      result = { ...result, problem: this.#deps.redact(SpecboardError.fromProblem(result.problem)) };
    }
    this.#cycle = null;
    this.#progress = null;
    this.busy.noteSynced(this.#committed, clock.now());
    this.#committed.clear();
    // Looking now and then because it is watched is no use of the session.
    if (this.#live && (ask.trigger !== 'watch' || result.didSomething)) onUse(this.#live.session.id);
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
  #refresh(): void {
    const stored = this.#deps.db.syncRoots.get(this.#root.id);
    if (!stored) throw new SpecboardError('not-found', 'These folders are not synced any more.');
    this.#root = { ...stored, lastSyncedAt: this.#root.lastSyncedAt, last: this.#root.last };
  }

  #openLocal(): LocalSide {
    this.#local ??= withResting(this.#deps.engine.openLocal(this.#root), () => this.#resting);
    return this.#local;
  }

  #openRemote(local: LocalSide, live: LiveSession): { side: RemoteSide; cycles: RootCycles } {
    const { engine, store, clock } = this.#deps;
    const side = engine.openRemote(this.#root, live);
    return { side, cycles: engine.cycles({ rootId: this.#root.id, local, remote: side, store, clock }) };
  }

  /** What everybody may see of it afterwards, and the history. */
  #finish(ask: CycleAsk, result: CycleResult, startedAt: number): void {
    const { clock, db, log } = this.#deps;
    const endedAt = clock.now();
    const { outcome, summary, problem, halt } = result;
    const isNews = problem?.code !== this.#problem?.code;
    this.#note(result);
    this.#halt = halt;
    this.#problem = outcome === 'failed' ? problem : outcome === 'done' ? null : this.#problem;
    if (outcome !== 'waiting') this.#answered.clear();
    const sessionId = this.#live?.session.id ?? this.#root.sessionId;
    try {
      if (outcome === 'done') {
        const isDue = result.didSomething || ask.trigger !== 'watch' || endedAt - this.#storedAt >= storedMs;
        const change = {
          ...{ lastSyncedAt: endedAt, confirmed: true, sessionId },
          ...(result.didSomething || !this.#root.last ? { last: summary } : {}),
        };
        if (isDue) {
          this.#storedAt = endedAt;
          db.syncRoots.update(this.#root.id, change);
        }
        this.#root = { ...this.#root, ...change };
      }
      const isOdd = outcome === 'failed' ? isNews || ask.trigger !== 'watch' : false;
      if (result.didSomething || isOdd) {
        const { id: rootId } = this.#root;
        db.syncHistory.addRun(
          {
            id: randomUUID(),
            rootId,
            sessionId,
            startedAt,
            endedAt,
            trigger: ask.trigger,
            outcome,
            summary,
            problem,
          },
          runsKept,
        );
      }
      this.#recount();
      const stored = db.syncRoots.get(this.#root.id);
      if (stored) this.#root = { ...stored, lastSyncedAt: this.#root.lastSyncedAt, last: this.#root.last };
    } catch (error) {
      // A full disk: the files are right, only the history lacks a line.
      log('error', 'sync not recorded', { rootId: this.#root.id, code: toProblem(error).code });
    }
    log(outcome === 'failed' ? 'warn' : 'debug', 'sync cycle ended', {
      ...{ rootId: this.#root.id, trigger: ask.trigger, outcome, ms: endedAt - startedAt },
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

  #notConnected(): SpecboardError {
    const { profileId, profileName } = this.#root;
    return new SpecboardError('unavailable', `"${profileName}" is not connected.`, {
      kept: 'Nothing was changed.',
      hint: 'Connect it; the sync goes on from there.',
      ...(profileId === null ? {} : { action: { type: 'connect', profileId } }),
    });
  }

  #unreachable(): SpecboardError {
    return new SpecboardError(
      'unreachable',
      `The sandbox of "${this.#root.profileName}" cannot be reached now.`,
      {
        kept: 'Nothing was changed.',
        hint: 'It is tried again by itself.',
      },
    );
  }

  #recount(): void {
    const { db } = this.#deps;
    const { id } = this.#root;
    this.#counts = { files: db.syncManifest.countFiles(id), conflicts: db.syncConflicts.count(id) };
  }

  async #idleWithin(ms: number): Promise<void> {
    let timer: { dispose(): void } | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#deps.clock.after(ms, resolve);
    });
    await Promise.race([this.#turns.idle(), late]);
    timer?.dispose();
  }
}

/** In this order; what fails to close is gone all the same. */
async function closeAll(...open: ({ close(): Promise<void> } | null | undefined)[]): Promise<void> {
  for (const one of open) await one?.close().catch(() => {});
}

/** Another process has the root's lock. */
export function elsewhere(): SpecboardError {
  return new SpecboardError('conflict', 'Another SpecBoard syncs these folders now.', {
    kept: 'Nothing was changed.',
    hint: 'Wait until it is done, or stop it there (a window, or a terminal with specboard sync watch).',
  });
}

function failed(error: unknown, signal: AbortSignal): CycleResult {
  const problem = toProblem(error);
  const isCancelled = signal.aborted || problem.code === 'cancelled';
  return {
    ...{ outcome: isCancelled ? 'cancelled' : 'failed', summary: emptySummary, halt: null },
    problem: isCancelled ? null : problem,
    ...{ didSomething: false, conflicts: null, unusable: [], postponed: [], look: null, rules: null },
    ...{ remoteFacts: null, excluded: [] },
  };
}

/** Files that rest are nobody's problem. */
function withoutResting(result: CycleResult): CycleResult {
  const unusable = result.unusable.filter((one) => !isResting(one));
  const less = result.unusable.length - unusable.length;
  if (less === 0) return result;
  const problems = Math.max(0, result.summary.problems - less);
  return { ...result, unusable, summary: { ...result.summary, problems } };
}
