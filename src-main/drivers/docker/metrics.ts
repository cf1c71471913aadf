/** The resources of a session, as the engine counts them for its container. */
import type { MetricsSample } from '../../../src-shared/domain/metrics.ts';
import type { DockerSession } from './docker-session.ts';

/** A reading; the first takes one to two seconds. Memory is without what the system can drop. Disk is not known to engines. */
export async function readMetrics(
  session: DockerSession,
  now: () => number,
  signal: AbortSignal,
): Promise<Omit<MetricsSample, 'elapsedMs'>> {
  session.assertUsable();
  const stats = await session.stats.read(signal);
  const allowed = session.own ? session.settings.cpus : stats.onlineCpus;
  return {
    at: now(),
    cpuPercent: stats.cpuCores * 100,
    cpuCount: Math.min(allowed, stats.onlineCpus),
    memoryUsed: stats.memoryUsed,
    memoryTotal: stats.memoryLimit || null,
    diskUsed: null,
    diskTotal: null,
    processes: stats.pids,
    networkReceived: stats.network?.received ?? null,
    networkSent: stats.network?.sent ?? null,
  };
}
