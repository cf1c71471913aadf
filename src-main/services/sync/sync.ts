/**
 * Two-way sync: pairs of folders (roots), each bound to whatever live session its profile has. The public face: what a cycle does
 * is in src-main/sync, what a root does in this process in root-runner.ts, what keeps it the same in root-watch.ts.
 */
import { randomUUID } from 'node:crypto';
import { type Problem, SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Execution } from '../../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import {
  defaultSyncExclusions,
  type SyncAnswer,
  type SyncChoice,
  type SyncConflict,
  type SyncConflictContent,
  type SyncExclusions,
  type SyncFile,
  type SyncHalt,
  type SyncKept,
  type SyncMode,
  type SyncPlan,
  type SyncRoot,
  type SyncRun,
} from '../../../src-shared/domain/sync.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Event } from '../../../src-shared/lib/emitter.ts';
import type { Database } from '../../db/connection.ts';
import type { StoredProfile } from '../../db/repositories/profiles.ts';
import type { StoredSyncRoot } from '../../db/repositories/sync-roots.ts';
import type { DriverRegistry } from '../../drivers/registry.ts';
import type { CycleResult } from '../../sync/cycle/cycle-types.ts';
import { type LookQuery, SyncLook } from '../../sync/cycle/sync-look.ts';
import { compileRules } from '../../sync/rules/compile-rules.ts';
import { defaultPatterns, secretPatterns } from '../../sync/rules/default-patterns.ts';
import { type WhyExcluded, whyExcluded } from '../../sync/rules/why-excluded.ts';
import type { SessionsService } from '../sessions.ts';
import type { StatusHub } from '../status-hub.ts';
import { ConflictDesk } from './conflict-desk.ts';
import type { SyncEngine } from './engine.ts';
import { KeptCopies } from './kept-copies.ts';
import { checkLocalFolder, checkOverlap } from './local-folder.ts';
import { SqliteManifestStore } from './manifest-store.ts';
import { Plans } from './plans.ts';
import { elsewhere, notSynced } from './refusals.ts';
import { checkRemoteFolder, checkRemoteOverlap } from './remote-folder.ts';
import { RootLocks } from './root-lock.ts';
import type { RootRunner } from './root-runner.ts';
import { SyncRoots } from './sync-roots.ts';

/** A piece of a list. */
export interface SyncPage {
  offset: number;
  limit: number;
}

/** A new pair of folders. */
export interface NewSyncRoot {
  profileId: string;
  /** The one to begin with, where the profile has several. */
  sessionId?: string;
  localPath: string;
  remotePath: string;
  mode: SyncMode;
  exclusions?: SyncExclusions;
}

/** What the service needs. */
export interface SyncDependencies {
  db: Database;
  hub: StatusHub;
  sessions: SessionsService;
  clock: Clock;
  engine: SyncEngine;
  registry: Pick<DriverRegistry, 'manifests'>;
  profile: (id: string) => StoredProfile;
  instance: { readonly id: string; isAlive(id: string): boolean };
  redact: (error: unknown) => Problem;
  onExecutionEnded: Event<Execution>;
  /** SpecBoard's own, which is never synced. */
  dataFolder: string;
  /** See `SyncRootsDependencies`. */
  resumesWatching: boolean;
  log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: JsonObject) => void;
}

/** See the file's first lines. Dispose it before the sessions end. */
export class SyncService {
  readonly #deps: SyncDependencies;
  readonly #store: SqliteManifestStore;
  readonly #locks: RootLocks;
  readonly #roots: SyncRoots;
  readonly #desk: ConflictDesk;
  readonly #copies: KeptCopies;
  readonly #plans = new Plans();

  constructor(deps: SyncDependencies) {
    this.#deps = deps;
    const { db, clock } = deps;
    this.#store = new SqliteManifestStore({
      ...{ db, now: () => clock.now(), place: (rootId) => placeOf(this.#roots.find(rootId)) },
      onCommitted: (rootId, paths) => this.#roots.find(rootId)?.committed(paths),
    });
    this.#locks = new RootLocks({
      ...{ roots: db.syncRoots, clock, instance: deps.instance },
      onLost: (rootId) => void this.#roots.find(rootId)?.stop(),
    });
    this.#copies = new KeptCopies({ db, clock });
    this.#roots = new SyncRoots({
      ...{ ...deps, store: this.#store, locks: this.#locks },
      onEnded: (runner) => {
        this.#plans.forget(runner.root.id);
        void this.#copies.expire(runner, { isAfterCycle: true });
      },
      // Of a root that is never synced again, too.
      onLook: (runner) => void this.#copies.expire(runner, { isAfterCycle: false }),
    });
    this.#desk = new ConflictDesk({ db, store: this.#store, clock, runner: (id) => this.#roots.get(id) });
  }

  /** All roots, as the status shows them. */
  list(): SyncRoot[] {
    this.#roots.reload();
    return this.#roots.all().map((runner) => this.#roots.view(runner));
  }

  /** One of them; throws `not-found`. */
  get(rootId: string): SyncRoot {
    return this.#roots.view(this.#roots.get(rootId));
  }

  /** The profile of a live session of this process; throws as `SessionsService.live` does. */
  profileOf(sessionId: string): string {
    return this.#deps.sessions.live(sessionId).session.profileId;
  }

  /** Pairs two folders. Nothing is synced yet. Throws in words where they cannot be a pair. */
  add({ profileId, localPath, remotePath, mode, exclusions, ...more }: NewSyncRoot): SyncRoot {
    const { db, clock, profile, registry, dataFolder, log } = this.#deps;
    const { name: profileName, driverType } = profile(profileId);
    const manifest = registry.manifests().find(({ type }) => type === driverType);
    if (!manifest?.capabilities.files || !manifest.capabilities.shell) {
      throw new SpecboardError('unsupported', `Nothing can be synced with "${profileName}".`, {
        kept: 'Nothing was changed.',
        hint: 'Use a profile of another driver.',
      });
    }
    const real = checkLocalFolder(localPath, dataFolder);
    const remote = checkRemoteFolder(remotePath);
    const root: StoredSyncRoot = {
      ...{
        id: randomUUID(),
        profileId,
        profileName,
        localPath: real,
        remotePath: remote,
        sessionId: more.sessionId ?? null,
      },
      ...{
        mode,
        exclusions: exclusions ?? defaultSyncExclusions,
        watching: false,
        epoch: 0,
        confirmed: false,
      },
      ...{ pendingEpoch: null, localIdentity: null, lastSyncedAt: null, last: null, createdAt: clock.now() },
    };
    db.syncRoots.insert(root, (others) => {
      checkOverlap(real, others);
      checkRemoteOverlap(root, others);
    });
    log('info', 'sync root added', { rootId: root.id, mode });
    this.#roots.reload();
    return this.get(root.id);
  }

  /** Another mode or other exclusions; from the next cycle on. A mirror shows its plan first. */
  update(rootId: string, change: { mode?: SyncMode; exclusions?: SyncExclusions }): SyncRoot {
    const runner = this.#roots.get(rootId);
    const { mode, exclusions } = change;
    // What it asks is about what it was, and so is what was answered.
    runner.leave();
    const isNewMirror = mode !== undefined && mode !== runner.root.mode && mode.startsWith('mirror-');
    runner.update({
      ...(mode === undefined ? {} : { mode }),
      ...(exclusions === undefined ? {} : { exclusions }),
      ...(isNewMirror ? { confirmed: false } : {}),
    });
    this.#plans.forget(rootId);
    this.#roots.lookAgain(rootId);
    return this.get(rootId);
  }

  /** Takes the pair apart. Files stay on both sides; kept copies go. */
  async remove(rootId: string): Promise<void> {
    const { db, log } = this.#deps;
    const runner = this.#roots.get(rootId);
    const lock = this.#locks.take(rootId);
    if (!lock) throw elsewhere();
    try {
      this.#roots.setLeaving(rootId, true);
      await runner.forget(() => db.syncRoots.remove(rootId));
    } finally {
      this.#roots.setLeaving(rootId, false);
      lock.dispose();
    }
    this.#plans.forget(rootId);
    await this.#roots.drop(rootId);
    log('info', 'sync root removed', { rootId });
  }

  /** See `Plans.page`. */
  async plan(
    rootId: string,
    page: SyncPage & { checksum?: boolean },
    signal?: AbortSignal,
  ): Promise<SyncPlan> {
    return this.#plans.page(this.#roots.get(rootId), page, signal);
  }

  /** Starts one cycle; resolves when it began. `finished` is how it ended; it never rejects. */
  async begin(
    rootId: string,
    { confirmed, checksum }: { confirmed: boolean; checksum: boolean },
  ): Promise<{ finished: Promise<CycleResult> }> {
    return this.#roots.get(rootId).begin({ trigger: 'asked', confirmed, checksum });
  }

  /** Keeps both sides the same from now on, or no longer. `only`: in this process, until it ends. */
  async watch(rootId: string, on: boolean, { only = false }: { only?: boolean } = {}): Promise<void> {
    const runner = this.#roots.get(rootId);
    if (!only && runner.root.watching !== on) runner.update({ watching: on });
    this.#roots.setWanted(rootId, on);
    if (!on) await runner.stop();
  }

  /** Stops the cycle that runs, or leaves as it is what it waits with; what is done stays done. Idempotent. */
  async stop(rootId: string): Promise<void> {
    const runner = this.#roots.get(rootId);
    runner.leave();
    await runner.stop();
  }

  /** Answers what a waiting root asks (`reason`: what the person saw), and goes on; resolves when it does. */
  async answer(
    rootId: string,
    answer: SyncAnswer,
    reason?: SyncHalt['reason'],
  ): Promise<{ finished: Promise<CycleResult> }> {
    const runner = this.#roots.get(rootId);
    const halt = reason === undefined || runner.halt?.reason === reason ? runner.halt : null;
    // When its turn comes: somebody else may have answered by then, and it asks something else.
    return runner.begin({ trigger: 'asked', before: () => runner.questions.answer(halt, answer) });
  }

  /** Files by path, as of the last look. */
  files(rootId: string, query: LookQuery): { items: SyncFile[]; total: number; at: number | null } {
    const runner = this.#roots.get(rootId);
    const look = runner.lastLook ?? this.#storedLook(runner);
    const page = look.page(query, (paths) => this.#store.stamps(rootId, paths));
    return { ...page, at: runner.lastLook ? look.at : runner.root.lastSyncedAt };
  }

  /** Which rule leaves a path out; null: none does. */
  async why(rootId: string, path: string): Promise<WhyExcluded | null> {
    const runner = this.#roots.get(rootId);
    const { exclusions } = runner.root;
    const rules =
      runner.rules ??
      (await runner.withLocal(async (local, signal) => {
        await local.open(signal);
        return (await local.scan({ checksum: false, exclusions }, signal)).rules;
      }));
    return whyExcluded(compileRules(rules), path);
  }

  /** The patterns of the defaults. */
  defaults(): { defaults: string[]; secrets: string[] } {
    return { defaults: [...defaultPatterns], secrets: [...secretPatterns] };
  }

  conflicts(rootId: string): SyncConflict[] {
    return this.#desk.list(this.#roots.get(rootId).root.id);
  }

  /** See `ConflictDesk.content`. */
  async conflict(conflictId: string): Promise<SyncConflictContent> {
    return this.#desk.content(conflictId);
  }

  /** See `ConflictDesk.resolve`. */
  async resolve(conflictIds: readonly string[], choice: SyncChoice, text?: string): Promise<void> {
    return this.#desk.resolve(conflictIds, choice, text);
  }

  /** Runs, newest first. */
  history(rootId: string, page: SyncPage): { runs: SyncRun[]; total: number } {
    return this.#deps.db.syncHistory.runs(this.#roots.get(rootId).root.id, page);
  }

  /** Copies that a sync kept, newest first. */
  kept(rootId: string, about: SyncPage & { search: string }): { items: SyncKept[]; total: number } {
    return this.#copies.list(this.#roots.get(rootId), about);
  }

  /** See `KeptCopies.restore`. */
  async restore(keptId: string): Promise<void> {
    const rootId = this.#deps.db.syncHistory.getKept(keptId)?.rootId;
    if (rootId === undefined) throw new SpecboardError('not-found', 'This copy is not there any more.');
    await this.#copies.restore(this.#roots.get(rootId), keptId);
    this.#plans.forget(rootId);
  }

  /** Ends cycles (within a few seconds) and watching. */
  async dispose(): Promise<void> {
    await this.#roots.dispose();
    this.#locks.dispose();
    await this.#deps.engine.dispose();
  }

  /** What is known without having looked since SpecBoard started. */
  #storedLook({ root }: RootRunner): SyncLook {
    const { entries: base } = this.#store.load(root.id);
    const decisions = this.#deps.db.syncConflicts
      .list(root.id)
      .map((conflict) => ({ ...conflict, action: 'conflict' as const }));
    return new SyncLook({ at: root.lastSyncedAt ?? 0, base, decisions, unusable: [], excluded: [] });
  }
}

function placeOf(runner: RootRunner | undefined): {
  sessionId: string;
  localRoot: string;
  remoteRoot: string;
} {
  if (!runner) throw notSynced();
  const { root, live } = runner;
  const sessionId = live?.session.id ?? root.sessionId ?? '';
  return { sessionId, localRoot: root.localPath, remoteRoot: root.remotePath };
}
