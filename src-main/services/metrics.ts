/** Resource readings of sessions, taken every few seconds while somebody looks, and never otherwise. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { MetricsSample } from '../../src-shared/domain/metrics.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import { withDeadline } from './deadline.ts';
import type { SessionsService } from './sessions.ts';

/** What the service needs. */
export interface MetricsDependencies {
  sessions: SessionsService;
  clock: Clock;
  /** ms between readings. */
  intervalMs?: number;
}

/** See the file's first lines. */
export class MetricsService {
  readonly #deps: MetricsDependencies;

  constructor(deps: MetricsDependencies) {
    this.#deps = deps;
  }

  /**
   * Readings of a session until it ends or `signal` aborts. A reading that fails is skipped. Throws `unsupported` where the
   * driver has none.
   */
  async *watch(sessionId: string, signal: AbortSignal): AsyncGenerator<MetricsSample> {
    const { driver, connection, session, ended } = this.#deps.sessions.live(sessionId);
    if (!driver.manifest.capabilities.metrics || !driver.metrics) {
      throw new SpecboardError('unsupported', `${session.profileName} has no resource readings.`);
    }
    const stop = AbortSignal.any([signal, ended]);
    while (!stop.aborted) {
      const deadline = withDeadline(this.#deps.clock, 5_000, 'Reading resources', [stop]);
      const sample = await driver.metrics(connection, deadline.signal).catch(() => null);
      deadline.dispose();
      if (stop.aborted) return;
      if (sample) yield { ...sample, elapsedMs: this.#deps.clock.now() - session.startedAt };
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
