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

/** A lock that was taken. Dispose it: it is given back, once. */
export interface HeldLock extends Disposable {
  /** False once another process took it, or it was given back. */
  readonly isHeld: boolean;
}

interface Held {
  users: number;
  timer: Disposable;
}

/** See the file's first line. A lock is held until everybody here who took it gave it back. */
export class RootLocks implements Disposable {
  readonly #deps: RootLocksDependencies;
  readonly #held = new Map<string, Held>();

  constructor(deps: RootLocksDependencies) {
    this.#deps = deps;
  }

  /** Takes it; null where another process has it. */
  take(rootId: string): HeldLock | null {
    let held = this.#held.get(rootId);
    if (!held) {
      const { roots, clock, instance } = this.#deps;
      const now = clock.now();
      const time = { now, until: now + validMs };
      if (!roots.lock(rootId, instance.id, time, (id) => instance.isAlive(id))) return null;
      held = { users: 0, timer: this.#renewLater(rootId) };
      this.#held.set(rootId, held);
    }
    held.users += 1;
    return this.#use(rootId, held);
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
    for (const [rootId, held] of this.#held) this.#giveBack(rootId, held);
  }

  /** One that was lost and then taken anew is another one: who had the first does not give back the second. */
  #use(rootId: string, held: Held): HeldLock {
    let isOver = false;
    const isHeld = () => !isOver && this.#held.get(rootId) === held;
    return {
      get isHeld() {
        return isHeld();
      },
      dispose: () => {
        const isLast = isHeld() && held.users === 1;
        if (!isOver) held.users -= 1;
        isOver = true;
        if (isLast) this.#giveBack(rootId, held);
      },
    };
  }

  #giveBack(rootId: string, held: Held): void {
    held.timer.dispose();
    this.#held.delete(rootId);
    try {
      this.#deps.roots.unlock(rootId, this.#deps.instance.id);
    } catch {
      // A full disk: it runs out by itself, and this process's end frees it.
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
