/** One process syncs a root at a time: window and command line share the database, and the lock is there. */
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';
import type { SyncRootsRepository } from '../../db/repositories/sync-roots.ts';

/** A lock that nobody renews for this long is free: its process hangs, or the computer slept. */
const validMs = 60_000;
const renewMs = 10_000;

/** What it needs. */
export interface RootLocksDependencies {
  roots: Pick<SyncRootsRepository, 'lock' | 'renewLock' | 'unlock' | 'locks'>;
  clock: Clock;
  instance: { readonly id: string; isAlive(id: string): boolean };
  /** Another process took a lock that this one had: whatever it protects must stop. */
  onLost: (rootId: string) => void;
}

/** See the file's first line. A lock is held until everybody here who took it gave it back. */
export class RootLocks implements Disposable {
  readonly #deps: RootLocksDependencies;
  readonly #held = new Map<string, { users: number; timer: Disposable }>();

  constructor(deps: RootLocksDependencies) {
    this.#deps = deps;
  }

  /** Takes it; false where another process has it. Give it back with `release`. */
  take(rootId: string): boolean {
    const held = this.#held.get(rootId);
    if (held) {
      held.users += 1;
      return true;
    }
    const { roots, clock, instance } = this.#deps;
    const now = clock.now();
    const time = { now, until: now + validMs };
    if (!roots.lock(rootId, instance.id, time, (id) => instance.isAlive(id))) return false;
    this.#held.set(rootId, { users: 1, timer: this.#renewLater(rootId) });
    return true;
  }

  /** Gives it back. */
  release(rootId: string): void {
    const held = this.#held.get(rootId);
    if (!held) return;
    held.users -= 1;
    if (held.users > 0) return;
    held.timer.dispose();
    this.#held.delete(rootId);
    try {
      this.#deps.roots.unlock(rootId, this.#deps.instance.id);
    } catch {
      // A full disk: it runs out by itself, and this process's end frees it.
    }
  }

  /** Roots that another process has now. */
  elsewhere(): ReadonlySet<string> {
    const { roots, clock, instance } = this.#deps;
    const now = clock.now();
    const others = roots
      .locks()
      .filter(({ owner, until }) => owner !== instance.id && until > now && instance.isAlive(owner));
    return new Set(others.map(({ rootId }) => rootId));
  }

  /** Gives back all of them. */
  dispose(): void {
    for (const [rootId, held] of this.#held) {
      held.users = 1;
      this.release(rootId);
    }
  }

  #renewLater(rootId: string): Disposable {
    return this.#deps.clock.after(renewMs, () => {
      const held = this.#held.get(rootId);
      if (!held) return;
      const { roots, clock, instance } = this.#deps;
      let isOurs = true;
      try {
        isOurs = roots.renewLock(rootId, instance.id, clock.now() + validMs);
      } catch {
        // The database is busy or full: the next time comes before the lock runs out.
      }
      if (isOurs) {
        held.timer = this.#renewLater(rootId);
      } else {
        this.#held.delete(rootId);
        this.#deps.onLost(rootId);
      }
    });
  }
}
