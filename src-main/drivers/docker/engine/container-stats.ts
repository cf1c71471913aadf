/** Readings of a container's resources, by the formulas of `docker stats`. */
import { z } from 'zod';
import { EngineProtocolError } from './engine-failure.ts';
import type { ContainerStats } from './engine-types.ts';

const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

const cpuSchema = z.object({
  cpu_usage: z.object({ total_usage: count, percpu_usage: z.array(z.number()).nullish() }),
  system_cpu_usage: count,
  online_cpus: count,
});

const readingSchema = z.object({
  read: z.string(),
  cpu_stats: cpuSchema,
  precpu_stats: cpuSchema.nullish(),
  memory_stats: z
    .object({
      usage: count,
      limit: count,
      stats: z.record(z.string(), z.number()).nullish(),
    })
    .nullish(),
  pids_stats: z.object({ current: count }).nullish(),
  networks: z.record(z.string(), z.object({ rx_bytes: count, tx_bytes: count })).nullish(),
  blkio_stats: z
    .object({
      io_service_bytes_recursive: z.array(z.object({ op: z.string(), value: z.number() })).nullish(),
    })
    .nullish(),
});
type Reading = z.output<typeof readingSchema>;

/** The readings; those without an earlier one to compare with (the first, and those of a container that ended) are left out. */
export async function* readStats(lines: AsyncIterable<unknown>): AsyncGenerator<ContainerStats> {
  for await (const line of lines) {
    const parsed = readingSchema.safeParse(line);
    if (!parsed.success) throw new EngineProtocolError(parsed.error.message);
    const stats = statsOf(parsed.data);
    if (stats) yield stats;
  }
}

function statsOf(reading: Reading): ContainerStats | null {
  const { cpu_stats: cpu, precpu_stats: before, memory_stats: memory } = reading;
  if (!before || before.system_cpu_usage === 0 || cpu.system_cpu_usage <= before.system_cpu_usage)
    return null;
  const onlineCpus = cpu.online_cpus || cpu.cpu_usage.percpu_usage?.length || 1;
  const used = cpu.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const all = cpu.system_cpu_usage - before.system_cpu_usage;
  const usage = memory?.usage ?? 0;
  // What the kernel can drop: `total_inactive_file` on cgroup v1, `inactive_file` on v2.
  const cache = memory?.stats?.['total_inactive_file'] ?? memory?.stats?.['inactive_file'] ?? 0;
  const networks = reading.networks ? Object.values(reading.networks) : null;
  const disk = (op: string) =>
    (reading.blkio_stats?.io_service_bytes_recursive ?? [])
      .filter((entry) => entry.op.toLowerCase() === op)
      .reduce((sum, entry) => sum + entry.value, 0);
  return {
    at: Date.parse(reading.read) || 0,
    cpuCores: Math.max(0, (used / all) * onlineCpus),
    onlineCpus,
    memoryUsed: cache < usage ? usage - cache : usage,
    memoryLimit: memory?.limit ?? 0,
    pids: reading.pids_stats?.current ?? 0,
    network: networks && {
      received: networks.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
      sent: networks.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
    },
    disk: { read: disk('read'), written: disk('write') },
  };
}
