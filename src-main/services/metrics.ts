/**
 * Resource readings of sessions, taken every few seconds while somebody looks, and never otherwise. All who look at a session
 * share one reading; those of the last hour are kept while it lives, so that whoever looks later sees them.
 */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { MetricsSample } from '../../src-shared/domain/metrics.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import { withDeadline } from './deadline.ts';
import type { LiveSession, SessionsService } from './sessions.ts';

/** ms for which readings are kept. */
export const keptMs = 3_600_000;

/** What the service needs. */
export interface MetricsDependencies {
  sessions: SessionsService;
  clock: Clock;
  /** ms between readings. */
  intervalMs?: number;
}

/** The readings of one session, and who waits for the next. */
interface Readings {
  kept: MetricsSample[];
  /** Readings dropped from the front of `kept` so far: `dropped + index` counts without end. */
  dropped: number;
  watchers: number;
  /** Resolved with each reading, then replaced. */
  next: PromiseWithResolvers<void>;
  /** Ends the loop when the last watcher leaves. */
  stop: AbortController | null;
}

/** See the file's first lines. */
export class MetricsService {
  readonly #deps: MetricsDependencies;
  readonly #sessions = new Map<string, Readings>();

  constructor(deps: MetricsDependencies) {
    this.#deps = deps;
  }

  /**
   * Readings of a session until it ends or `signal` aborts: first what is kept, as one batch, then what comes. A reading that
   * fails is skipped. Throws `unsupported` where the driver has none.
   */
  async *watch(sessionId: string, signal: AbortSignal): AsyncGenerator<MetricsSample[]> {
    const live = this.#deps.sessions.live(sessionId);
    const { driver, session, ended } = live;
    if (!driver.manifest.capabilities.metrics || !driver.metrics) {
      throw new SpecboardError('unsupported', `${session.profileName} has no resource readings.`);
    }
    const readings = this.#readingsOf(live);
    const stop = AbortSignal.any([signal, ended]);
    const stopped = aborted(stop);
    readings.watchers += 1;
    if (!readings.stop) void this.#read(live, readings);
    try {
      let seen = readings.dropped;
      while (!stop.aborted) {
        const { next } = readings;
        const news = readings.kept.slice(Math.max(0, seen - readings.dropped));
        seen = readings.dropped + readings.kept.length;
        if (news.length > 0) yield news;
        else await Promise.race([next.promise, stopped]);
      }
    } finally {
      readings.watchers -= 1;
      if (readings.watchers === 0) {
        readings.stop?.abort();
        readings.stop = null;
      }
    }
  }

  /** The latest reading of a session that lives; null where nobody has looked. */
  latest(sessionId: string): MetricsSample | null {
    return this.#sessions.get(sessionId)?.kept.at(-1) ?? null;
  }

  #readingsOf({ session, ended }: LiveSession): Readings {
    const known = this.#sessions.get(session.id);
    if (known) return known;
    const made: Readings = { kept: [], dropped: 0, watchers: 0, next: Promise.withResolvers(), stop: null };
    this.#sessions.set(session.id, made);
    ended.addEventListener('abort', () => this.#sessions.delete(session.id), { once: true });
    return made;
  }

  async #read({ driver, connection, session, ended }: LiveSession, readings: Readings): Promise<void> {
    const { clock } = this.#deps;
    const mine = new AbortController();
    readings.stop = mine;
    const stop = AbortSignal.any([mine.signal, ended]);
    while (!stop.aborted) {
      const deadline = withDeadline(clock, 5_000, 'Reading resources', [stop]);
      const sample = (await driver.metrics?.(connection, deadline.signal).catch(() => null)) ?? null;
      deadline.dispose();
      if (stop.aborted) return;
      if (sample) keep(readings, { ...sample, elapsedMs: clock.now() - session.startedAt });
      await this.#pause(stop);
    }
  }

  #pause(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        signal.removeEventListener('abort', finish);
        timer.dispose();
        resolve();
      };
      const timer = this.#deps.clock.after(this.#deps.intervalMs ?? 2_000, finish);
      signal.addEventListener('abort', finish, { once: true });
    });
  }
}

function keep(readings: Readings, sample: MetricsSample): void {
  const { kept } = readings;
  // A reading that took long may be overtaken; charts need rising times.
  if (sample.at <= (kept.at(-1)?.at ?? Number.NEGATIVE_INFINITY)) return;
  kept.push(sample);
  const old = kept.findIndex(({ at }) => at > sample.at - keptMs);
  if (old > 0) {
    kept.splice(0, old);
    readings.dropped += old;
  }
  const { next } = readings;
  readings.next = Promise.withResolvers();
  next.resolve();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
