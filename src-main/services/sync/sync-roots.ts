/**
 * The roots of this data folder as this process has them: bound to the sessions of their profiles as those come and go, watched where
 * that was asked for, shown in the status. Another process's changes are noticed too.
 */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Execution } from '../../../src-shared/domain/execution.ts';
import type { Session } from '../../../src-shared/domain/session.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import type { SyncRoot } from '../../../src-shared/domain/sync.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';
import type { Event } from '../../../src-shared/lib/emitter.ts';
import type { SessionsService } from '../sessions.ts';
import type { StatusHub } from '../status-hub.ts';
import { LatePublishing } from './late-publishing.ts';
import { notSynced } from './refusals.ts';
import type { RootLocks } from './root-lock.ts';
import { RootRunner, type RunnerDependencies } from './root-runner.ts';
import { viewOf } from './root-view.ts';
import { RootWatch } from './root-watch.ts';

/** What another process did is noticed after so long. */
const pollMs = 2_000;

/** What it needs. */
export interface SyncRootsDependencies
  extends Omit<RunnerDependencies, 'onChange' | 'onUse' | 'onEnded' | 'locks'> {
  hub: StatusHub;
  sessions: SessionsService;
  locks: RootLocks;
  /** Whether roots that are set to be watched are watched by this process: a window does, a command does not. */
  resumesWatching: boolean;
  onExecutionEnded: Event<Execution>;
  /** A cycle of this root ended. */
  onEnded: (runner: RootRunner) => void;
  /** Now and then, whether it is synced or not. */
  onLook: (runner: RootRunner) => void;
}

/** See the file's first lines. Dispose with `dispose`. */
export class SyncRoots {
  readonly #deps: SyncRootsDependencies;
  readonly #runners = new Map<string, RootRunner>();
  readonly #watches = new Map<string, RootWatch>();
  /** Watched on request of this process, whatever is stored. */
  readonly #wanted = new Set<string>();
  /** Being removed: nothing begins by itself. */
  readonly #leaving = new Set<string>();
  readonly #hearing: readonly Disposable[];
  readonly #publishing: LatePublishing;
  #seen: Status;
  #version = 0;
  #elsewhere: ReadonlySet<string> = new Set();
  #poll: Disposable | null = null;
  #isDisposed = false;

  constructor(deps: SyncRootsDependencies) {
    this.#deps = deps;
    this.#seen = deps.hub.current;
    this.#publishing = new LatePublishing({ clock: deps.clock, publish: () => this.publish() });
    this.reload();
    this.#hearing = [
      deps.hub.onChange((status) => this.#onStatus(status)),
      deps.onExecutionEnded(({ sessionId }) => this.#executionEnded(sessionId)),
    ];
  }

  /** One of them, as it is; for those who are called by it. */
  find(rootId: string): RootRunner | undefined {
    return this.#runners.get(rootId);
  }

  /** One of them; throws `not-found`. */
  get(rootId: string): RootRunner {
    // Another process may have made it a moment ago.
    if (this.#isDisposed) throw new SpecboardError('cancelled', 'SpecBoard is ending.');
    if (!this.#runners.has(rootId)) this.reload();
    const runner = this.#runners.get(rootId);
    if (runner) {
      // A session may have come this very moment.
      this.#bind(runner);
      return runner;
    }
    throw notSynced();
  }

  /** Oldest first. */
  all(): RootRunner[] {
    return [...this.#runners.values()];
  }

  /** As the status shows it. */
  view(runner: RootRunner): SyncRoot {
    const { id } = runner.root;
    return viewOf(runner, {
      isWatched: this.isWanted(runner),
      isElsewhere: this.#elsewhere.has(id),
      notes: this.#watches.get(id)?.notes ?? [],
    });
  }

  /** Watched, as far as this process is concerned. */
  isWanted({ root }: RootRunner): boolean {
    if (this.#leaving.has(root.id)) return false;
    return this.#wanted.has(root.id) || (this.#deps.resumesWatching && root.watching);
  }

  /** Begins or ends watching, in this process. */
  setWanted(rootId: string, on: boolean): void {
    if (on) this.#wanted.add(rootId);
    else this.#wanted.delete(rootId);
    const runner = this.#runners.get(rootId);
    if (runner) this.#bind(runner);
    this.publish();
  }

  /** The root is being removed, or that failed. */
  setLeaving(rootId: string, on: boolean): void {
    if (on) this.#leaving.add(rootId);
    else this.#leaving.delete(rootId);
    const runner = this.#runners.get(rootId);
    if (runner && !this.#isDisposed && this.#deps.db.syncRoots.get(rootId)) this.#bind(runner);
  }

  /** What is wanted of it is another thing now: a watched one looks at once. */
  lookAgain(rootId: string): void {
    this.#watches.get(rootId)?.now();
  }

  /** Ends what this process does for a root. */
  async drop(rootId: string): Promise<void> {
    const runner = this.#runners.get(rootId);
    this.#deps.store.forget(rootId);
    this.#wanted.delete(rootId);
    this.#endWatch(rootId);
    this.#runners.delete(rootId);
    await runner?.dispose();
    this.publish();
  }

  /** Reads what is stored, and binds. */
  reload(): void {
    if (this.#isDisposed) return;
    const { db, locks } = this.#deps;
    this.#version = db.syncRoots.version();
    const stored = db.syncRoots.list();
    for (const root of stored) {
      const runner = this.#runners.get(root.id);
      if (runner) runner.setRoot(root);
      else this.#runners.set(root.id, new RootRunner(this.#runnerDeps(root.id), root));
    }
    const ids = new Set(stored.map(({ id }) => id));
    for (const id of [...this.#runners.keys()]) if (!ids.has(id)) void this.drop(id);
    this.#elsewhere = stored.length > 0 ? locks.elsewhere() : new Set();
    for (const runner of this.#runners.values()) this.#bind(runner);
    this.publish();
    if (stored.length > 0) this.#pollLater();
  }

  /** Puts all of it into the status. */
  publish(): void {
    if (this.#isDisposed) return;
    this.#publishing.published();
    const syncs = this.all().map((runner) => this.view(runner));
    if (syncs.length === 0 && this.#deps.hub.current.syncs.length === 0) return;
    this.#deps.hub.update({ syncs });
  }

  /** Ends all of it: watching, cycles (a few seconds at most), sides. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    for (const one of this.#hearing) one.dispose();
    this.#poll?.dispose();
    this.#publishing.dispose();
    for (const id of [...this.#watches.keys()]) this.#endWatch(id);
    await Promise.all(this.all().map((runner) => runner.dispose()));
    this.#runners.clear();
  }

  #runnerDeps(rootId: string): RunnerDependencies {
    const { sessions, onEnded } = this.#deps;
    return {
      ...this.#deps,
      onUse: (sessionId) => sessions.touch(sessionId),
      onChange: (what) => {
        if (what === 'progress') this.#publishing.later();
        else this.#publishing.soon();
      },
      onEnded: () => {
        const runner = this.#runners.get(rootId);
        if (runner) onEnded(runner);
      },
    };
  }

  #onStatus(status: Status): void {
    const before = this.#seen;
    this.#seen = status;
    if (this.#runners.size === 0) return;
    if (status.profiles !== before.profiles) queueMicrotask(() => this.#tryToReload());
    if (status.sessions !== before.sessions) {
      queueMicrotask(() => {
        if (this.#isDisposed) return;
        let isOther = false;
        for (const runner of this.#runners.values()) isOther = this.#bind(runner) || isOther;
        if (isOther) this.publish();
      });
    }
  }

  #tryToReload(): void {
    if (this.#isDisposed) return;
    try {
      this.reload();
    } catch {
      // The database is busy; the next look comes.
    }
  }

  /** What a cell or a command wrote is there now. */
  #executionEnded(sessionId: string): void {
    for (const { live, root } of this.#runners.values())
      if (live?.session.id === sessionId) this.#watches.get(root.id)?.sandboxChanged();
  }

  /** Binds a root to the session of its profile that there is now. True where its state is another one then. */
  #bind(runner: RootRunner): boolean {
    const { root } = runner;
    const wasOnline = runner.isOnline;
    const session = this.#sessionFor(runner);
    const live = session && liveOr(this.#deps.sessions, session.id);
    const isOther = runner.bind(live, session?.link.state === 'live');
    const watch = this.#watches.get(root.id);
    if (watch && (isOther || !this.isWanted(runner))) this.#endWatch(root.id);
    if (live && this.isWanted(runner)) {
      const going = this.#watches.get(root.id);
      if (!going) this.#beginWatch(runner);
      else if (runner.isOnline && !wasOnline) going.now();
    }
    return isOther || wasOnline !== runner.isOnline;
  }

  /** The one it has, the one it was synced with last, or the newest. */
  #sessionFor({ root, live }: RootRunner): Session | null {
    if (root.profileId === null) return null;
    const fit = this.#deps.hub.current.sessions.filter(
      ({ profileId, status, disconnecting }) =>
        profileId === root.profileId && status === 'active' && !disconnecting,
    );
    const newest = [...fit].sort((a, b) => b.startedAt - a.startedAt)[0];
    const known = (id: string | null | undefined) => fit.find((session) => session.id === id);
    return known(live?.session.id) ?? known(root.sessionId) ?? newest ?? null;
  }

  #beginWatch(runner: RootRunner): void {
    const { clock, locks } = this.#deps;
    const watch = new RootWatch({ runner, locks, clock, onChange: () => this.#publishing.soon() });
    this.#watches.set(runner.root.id, watch);
  }

  #endWatch(rootId: string): void {
    this.#watches.get(rootId)?.dispose();
    this.#watches.delete(rootId);
  }

  #pollLater(): void {
    if (this.#isDisposed || !this.#deps.resumesWatching) return;
    this.#poll?.dispose();
    this.#poll = this.#deps.clock.after(pollMs, () => {
      this.#poll = null;
      try {
        this.#look();
        for (const runner of this.all()) this.#deps.onLook(runner);
      } catch {
        // The database is busy; the next look comes.
      }
      if (this.#runners.size > 0) this.#pollLater();
    });
  }

  #look(): void {
    const { db, locks } = this.#deps;
    if (db.syncRoots.version() !== this.#version) {
      this.reload();
      return;
    }
    // Nobody writes when a process dies.
    const elsewhere = locks.elsewhere();
    const isSame =
      elsewhere.size === this.#elsewhere.size && [...elsewhere].every((id) => this.#elsewhere.has(id));
    if (isSame) return;
    this.#elsewhere = elsewhere;
    this.publish();
  }
}

function liveOr(sessions: SessionsService, sessionId: string): ReturnType<SessionsService['live']> | null {
  try {
    return sessions.live(sessionId);
  } catch {
    // It ended this very moment; the status says so next.
    return null;
  }
}
