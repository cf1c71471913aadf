/** Resource readings of a session. */
import { z } from 'zod';

/** One reading. CPU is percent of one core (200 = two cores busy); memory, disk and network are bytes; null where not known. */
export const metricsSampleSchema = z.strictObject({
  at: z.number(),
  /** Since the session became active. */
  elapsedMs: z.number(),
  cpuPercent: z.number().nullable(),
  cpuCount: z.number().nullable(),
  memoryUsed: z.number().nullable(),
  memoryTotal: z.number().nullable(),
  diskUsed: z.number().nullable(),
  diskTotal: z.number().nullable(),
  processes: z.number().nullable(),
  /** Bytes since the sandbox's network began to count; rates come from two readings. */
  networkReceived: z.number().nullable(),
  networkSent: z.number().nullable(),
});
/** See `metricsSampleSchema`. */
export type MetricsSample = z.infer<typeof metricsSampleSchema>;
