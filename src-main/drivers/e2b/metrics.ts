/** Live readings of a sandbox, from its envd: the control plane's history lags behind. */
import { z } from 'zod';
import type { MetricsSample } from '../../../src-shared/domain/metrics.ts';
import { deadline } from './abort.ts';
import type { E2bSession } from './session.ts';

const schema = z.object({
  cpu_count: z.number().nullish(),
  cpu_used_pct: z.number().nullish(),
  mem_total: z.number().nullish(),
  mem_used: z.number().nullish(),
  mem_total_mib: z.number().nullish(),
  mem_used_mib: z.number().nullish(),
  disk_used: z.number().nullish(),
  disk_total: z.number().nullish(),
});
const MIB = 1024 * 1024;

/** One reading. Does not count as use: looking at a sandbox does not keep it alive. */
export async function readMetrics(
  session: E2bSession,
  now: () => number,
  signal: AbortSignal,
): Promise<Omit<MetricsSample, 'elapsedMs'>> {
  session.assertUsable();
  const limit = deadline(session.timings.call, signal, session.closing);
  try {
    const text = await session.envd.text({
      method: 'GET',
      path: '/metrics',
      signal: limit,
      headMs: session.timings.call,
    });
    const values = schema.parse(JSON.parse(text));
    const cores = values.cpu_count ?? null;
    return {
      at: now(),
      // envd counts all cores together as 100.
      cpuPercent: values.cpu_used_pct == null ? null : values.cpu_used_pct * (cores ?? 1),
      cpuCount: cores,
      memoryUsed: values.mem_used ?? (values.mem_used_mib == null ? null : values.mem_used_mib * MIB),
      memoryTotal: values.mem_total ?? (values.mem_total_mib == null ? null : values.mem_total_mib * MIB),
      diskUsed: values.disk_used ?? null,
      diskTotal: values.disk_total ?? null,
      processes: null,
      // envd counts no traffic, and a process for each reading would be too much.
      networkReceived: null,
      networkSent: null,
    };
  } catch (error) {
    if (limit.aborted) throw session.control.mapError(error, 'sandbox', limit);
    throw await session.judge(error);
  }
}
