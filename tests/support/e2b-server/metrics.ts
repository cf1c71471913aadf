// Real use of processor and memory by a sandbox's processes, now and as a history.
import { statfsSync } from 'node:fs';
import type { ProcessUsage } from '../vendor-server/process-table.ts';

/** Size of every sandbox, as the API reports it. */
export const SIZE = { cpuCount: 2, memoryMB: 512, diskSizeMB: 10_240 } as const;

interface Point {
  readonly at: number;
  readonly cpuUsedPct: number;
  readonly memUsed: number;
  readonly diskUsed: number;
  readonly diskTotal: number;
}

const KEPT = 2_000;
const MEGABYTE = 1024 * 1024;

/** Samples one sandbox. */
export class SandboxMetrics {
  readonly #usage: () => ProcessUsage;
  readonly #folder: string;
  readonly #now: () => number;
  readonly #points: Point[] = [];
  #last: { at: number; cpuSeconds: number };

  /** @param usage what its processes use together at this moment */
  constructor(usage: () => ProcessUsage, folder: string, now: () => number) {
    this.#usage = usage;
    this.#folder = folder;
    this.#now = now;
    this.#last = { at: now(), cpuSeconds: 0 };
  }

  /** Add a point to the history. */
  sample(): void {
    this.#points.push(this.#measure());
    if (this.#points.length > KEPT) this.#points.shift();
  }

  /** The history between two times (seconds since the epoch), in the control plane's shape. */
  history(startS: number | undefined, endS: number | undefined): unknown[] {
    return this.#points
      .filter(({ at }) => at >= (startS ?? 0) * 1000 && at <= (endS ?? Number.POSITIVE_INFINITY) * 1000)
      .map((point) => ({
        timestamp: new Date(point.at).toISOString(),
        timestampUnix: Math.floor(point.at / 1000),
        cpuCount: SIZE.cpuCount,
        cpuUsedPct: point.cpuUsedPct,
        memUsed: point.memUsed,
        memTotal: SIZE.memoryMB * MEGABYTE,
        memCache: 0,
        diskUsed: point.diskUsed,
        diskTotal: point.diskTotal,
      }));
  }

  /** This moment, in envd's shape. */
  now(): unknown {
    const point = this.#measure();
    const memTotal = SIZE.memoryMB * MEGABYTE;
    return {
      ts: Math.floor(point.at / 1000),
      cpu_count: SIZE.cpuCount,
      cpu_used_pct: point.cpuUsedPct,
      mem_total: memTotal,
      mem_used: point.memUsed,
      mem_cache: 0,
      mem_total_mib: SIZE.memoryMB,
      mem_used_mib: Math.round(point.memUsed / MEGABYTE),
      disk_used: point.diskUsed,
      disk_total: point.diskTotal,
    };
  }

  #measure(): Point {
    const at = this.#now();
    const usage = this.#usage();
    const seconds = Math.max((at - this.#last.at) / 1000, 0.001);
    // Processes that ended take their time with them: never below zero.
    const used = Math.max(usage.cpuSeconds - this.#last.cpuSeconds, 0);
    this.#last = { at, cpuSeconds: usage.cpuSeconds };
    const disk = statfsSync(this.#folder);
    return {
      at,
      cpuUsedPct: Math.min(Math.round((used / seconds / SIZE.cpuCount) * 10_000) / 100, 100),
      memUsed: usage.memoryBytes,
      diskUsed: (disk.blocks - disk.bfree) * disk.bsize,
      diskTotal: disk.blocks * disk.bsize,
    };
  }
}
