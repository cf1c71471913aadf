/**
 * Links of sessions: what drivers tell of theirs, looking at once (on a person's word, or after the computer slept), and
 * waiting until one works. While a link is looked at nothing new is sent through it.
 */
import type { LinkChange, SessionChange } from '../../src-shared/domain/session.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import { withDeadline } from './deadline.ts';
import type { SessionEntry } from './session-table.ts';

/** What links need. */
export interface SessionLinksDependencies {
  clock: Clock;
  step: (entry: SessionEntry, change: SessionChange) => void;
}

/** One look may take so long. */
const lookMs = 10_000;

/** See the file's first lines. Everything in it ends with the session that it is about. */
export class SessionLinks {
  readonly #deps: SessionLinksDependencies;
  readonly #waiting = new Map<SessionEntry, Set<() => void>>();
  /** Looks under way: a second one joins the first. */
  readonly #looks = new Map<SessionEntry, Promise<void>>();

  constructor(deps: SessionLinksDependencies) {
    this.#deps = deps;
  }

  /** Takes what the driver of a session that just became active tells. */
  watch(entry: SessionEntry): void {
    entry.connection?.onLink?.((change) => this.#tell(entry, change));
  }

  /** Looks at the link now. Resolves when that was done once, whatever came of it; nothing happens where there is none. */
  check(entry: SessionEntry): Promise<void> {
    const running = this.#looks.get(entry);
    if (running) return running;
    const look = this.#look(entry).finally(() => this.#looks.delete(entry));
    this.#looks.set(entry, look);
    return look;
  }

  /** The same for a link that may have broken without anybody noticing: it counts as broken until it was looked at. */
  suspect(entry: SessionEntry): Promise<void> {
    if (!entry.connection?.checkLink) return Promise.resolve();
    this.#tell(entry, { state: 'retrying', attempt: 0, nextAt: null });
    return this.check(entry);
  }

  /** Resolves when the link works, when the session ends, or when `signal` aborts. */
  whenLive(entry: SessionEntry, signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, entry.ended.signal]);
    if (entry.session.link.state === 'live' || stop.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(entry) ?? new Set();
    this.#waiting.set(entry, waiting);
    const go = (): void => {
      waiting.delete(go);
      if (waiting.size === 0) this.#waiting.delete(entry);
      stop.removeEventListener('abort', go);
      resolve();
    };
    waiting.add(go);
    stop.addEventListener('abort', go, { once: true });
    return promise;
  }

  #tell(entry: SessionEntry, link: LinkChange): void {
    this.#deps.step(entry, { type: 'link', at: this.#deps.clock.now(), link });
    if (entry.session.link.state !== 'live') return;
    for (const go of [...(this.#waiting.get(entry) ?? [])]) go();
  }

  async #look(entry: SessionEntry): Promise<void> {
    const { connection, ended } = entry;
    if (!connection?.checkLink || ended.signal.aborted) return;
    const deadline = withDeadline(this.#deps.clock, lookMs, 'Looking at the link', [ended.signal]);
    try {
      const found = await connection.checkLink(deadline.signal);
      if (!ended.signal.aborted) this.#tell(entry, found);
    } catch {
      // It takes longer than anybody waits here: the driver goes on by itself, and tells through `onLink`.
    } finally {
      deadline.dispose();
    }
  }
}
