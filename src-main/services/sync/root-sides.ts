/** Both sides of a root: opened when something needs them, for one piece of work at a time, under the root's lock, closed in order. */
import { randomUUID } from 'node:crypto';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { StoredSyncRoot } from '../../db/repositories/sync-roots.ts';
import type { RemoteSide } from '../../sync/sides.ts';
import type { LiveSession } from '../sessions.ts';
import type { RememberingSide } from './agreed-files.ts';
import type { RootCycles, SyncEngine } from './engine.ts';
import type { SqliteManifestStore } from './manifest-store.ts';
import { elsewhere, notConnected, unreachable } from './refusals.ts';
import { withResting } from './resting-side.ts';
import type { RootLocks } from './root-lock.ts';
import { Turns } from './turns.ts';

/** After a cancel: how long a side may take to end before it is left behind. */
const graceMs = 3_000;

/** What it needs. */
export interface RootSidesDependencies {
  clock: Clock;
  engine: SyncEngine;
  store: SqliteManifestStore;
  locks: RootLocks;
  /** The root as it is stored now. Throws where it is none any more. */
  root: () => StoredSyncRoot;
  /** Paths that rest while this computer's side is scanned. */
  resting: () => ReadonlySet<string>;
}

/** Both sides, for as long as one piece of work has them. */
export interface OpenSides {
  local: RememberingSide;
  remote: RemoteSide;
  cycles: RootCycles;
  signal: AbortSignal;
  /** A name for what is kept on the way. */
  cycle: string;
}

/** See the file's first line. */
export class RootSides {
  readonly #deps: RootSidesDependencies;
  readonly #turns = new Turns();
  #local: RememberingSide | null = null;
  /** With the sandbox that is bound. */
  #remote: { side: RemoteSide; cycles: RootCycles } | null = null;
  #live: LiveSession | null = null;
  #isLinked = false;
  /** Aborts what needs the sandbox that is bound now. */
  #unbound = new AbortController();
  readonly #ending = new AbortController();

  constructor(deps: RootSidesDependencies) {
    this.#deps = deps;
  }

  /** The session that is used now. */
  get live(): LiveSession | null {
    return this.#live;
  }

  /** True while the sandbox can be reached. */
  get isOnline(): boolean {
    return this.#live !== null && this.#isLinked;
  }

  /** What is open. */
  get open(): { local: RememberingSide | null; remote: RemoteSide | null } {
    return { local: this.#local, remote: this.#remote?.side ?? null };
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
    return true;
  }

  /** Does `work` with both sides open, in its turn and under the root's lock. */
  withSides<T>(work: (sides: OpenSides) => Promise<T>): Promise<T> {
    return this.#underLock(async (root) => {
      const live = this.#live;
      if (!live) throw notConnected(root);
      if (!this.#isLinked) throw unreachable(root);
      const local = this.#openLocal(root);
      this.#remote ??= this.#openRemote(root, local, live);
      const signal = AbortSignal.any([this.#unbound.signal, live.ended]);
      signal.throwIfAborted();
      const { side: remote, cycles } = this.#remote;
      return work({ local, remote, cycles, signal, cycle: randomUUID() });
    });
  }

  /** Does `work` with this computer's side, which needs no sandbox; in its turn and under the root's lock. */
  withLocal<T>(work: (local: RememberingSide, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#underLock(async (root) => {
      const { signal } = this.#ending;
      signal.throwIfAborted();
      return work(this.#openLocal(root), signal);
    });
  }

  /** Resolves when no work is left, or after a few seconds. */
  async idle(): Promise<void> {
    let timer: { dispose(): void } | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#deps.clock.after(graceMs, resolve);
    });
    await Promise.race([this.#turns.idle(), late]);
    timer?.dispose();
  }

  /** Nothing begins any more, and what runs is aborted. */
  end(reason: SpecboardError): void {
    this.#ending.abort(reason);
    this.#unbound.abort(reason);
  }

  /** After `end`, when nothing runs. */
  async close(): Promise<void> {
    const { local, remote } = this.open;
    await closeAll(this.#remote?.cycles, remote, local);
    this.#remote = null;
    this.#local = null;
    this.#live = null;
  }

  #underLock<T>(work: (root: StoredSyncRoot) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      const { locks } = this.#deps;
      const root = this.#deps.root();
      const lock = locks.take(root.id);
      if (!lock) throw elsewhere();
      try {
        return await work(root);
      } finally {
        lock.dispose();
      }
    });
  }

  #openLocal(root: StoredSyncRoot): RememberingSide {
    this.#local ??= withResting(this.#deps.engine.openLocal(root), this.#deps.resting);
    return this.#local;
  }

  #openRemote(root: StoredSyncRoot, local: RememberingSide, live: LiveSession) {
    const { engine, store, clock } = this.#deps;
    const side = engine.openRemote(root, live);
    return { side, cycles: engine.cycles({ rootId: root.id, local, remote: side, store, clock }) };
  }
}

/** In this order; what fails to close is gone all the same. */
async function closeAll(...open: ({ close(): Promise<void> } | null | undefined)[]): Promise<void> {
  for (const one of open) await one?.close().catch(() => {});
}
