/** Live readings: the sandbox's own numbers; processes and traffic only the runner knows. */
import { z } from 'zod';
import type { MetricsSample } from '../../../src-shared/domain/metrics.ts';
import type { RunnerUsage } from '../../runner/protocol.ts';
import { abortable, deadline } from '../base-driver.ts';
import { systemMetrics } from './sdk.ts';
import type { DaytonaSession } from './session.ts';

const schema = z.object({
  cpuCount: z.number().nullish(),
  cpuUsedPct: z.number().nullish(),
  memTotal: z.number().nullish(),
  memUsed: z.number().nullish(),
  diskTotal: z.number().nullish(),
  diskUsed: z.number().nullish(),
});
type SystemMetrics = z.infer<typeof schema>;

/** One reading. Does not count as use: looking at a sandbox does not keep it alive. */
export async function readMetrics(
  session: DaytonaSession,
  now: () => number,
  signal: AbortSignal,
): Promise<Omit<MetricsSample, 'elapsedMs'>> {
  session.assertUsable();
  const limit = deadline(session.control.timings.call, AbortSignal.any([signal, session.closing]));
  const [system, usage] = await Promise.all([readSystem(session, limit), readUsage(session, limit)]);
  const cores = system?.cpuCount ?? null;
  const percent = system?.cpuUsedPct;
  return {
    at: now(),
    // Daytona counts all cores of the sandbox together as 100.
    cpuPercent: percent == null ? (usage?.cpuPercent ?? null) : percent * (cores ?? 1),
    cpuCount: cores,
    memoryUsed: system?.memUsed ?? usage?.memoryBytes ?? null,
    memoryTotal: system?.memTotal ?? null,
    diskUsed: system?.diskUsed ?? null,
    diskTotal: system?.diskTotal ?? null,
    processes: usage?.processes ?? null,
    networkReceived: usage?.network?.received ?? null,
    networkSent: usage?.network?.sent ?? null,
  };
}

/** Null where this Daytona is too old to have it. */
async function readSystem(session: DaytonaSession, limit: AbortSignal): Promise<SystemMetrics | null> {
  try {
    const answer = systemMetrics(session.sandbox, limit, session.control.timings.call);
    return schema.parse(await abortable(answer, limit));
  } catch (error) {
    const { statusCode } = error as { statusCode?: unknown };
    if (statusCode === 404 || statusCode === 501) {
      const lost = await session.judge(error, 'toolbox', limit);
      if (lost.code === 'gone') throw lost;
      return null;
    }
    throw await session.judge(error, 'toolbox', limit);
  }
}

/** Null where Python is being started anew, or the link is broken: then the rest is still worth showing. */
async function readUsage(session: DaytonaSession, limit: AbortSignal): Promise<RunnerUsage | null> {
  try {
    const brief = deadline(1000, limit);
    return await abortable((await session.client(brief)).metrics(), brief);
  } catch {
    return null;
  }
}
