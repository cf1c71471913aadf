// Real use of processor, memory and disk by a sandbox's processes, now and as a history.
import { statfsSync } from 'node:fs';
import type { ProcessUsage } from '../vendor-server/process-table.ts';
import type { Sandbox } from './sandbox.ts';

const GIBIBYTE = 1024 ** 3;
const KEPT = 1_000;

/** One measurement in the shape of `GET /system/metrics`; sizes in bytes. */
export interface MetricsPoint {
  readonly cpuCount: number;
  /** Percent of all the sandbox's processors. */
  readonly cpuUsedPct: number;
  readonly memTotal: number;
  readonly memUsed: number;
  readonly memCache: number;
  readonly diskTotal: number;
  readonly diskUsed: number;
  readonly diskFree: number;
  readonly timestamp: string;
  /** Seconds since the epoch. */
  readonly timestampUnix: number;
}

/** Names of the series in the control plane's history. */
const SERIES: Readonly<Record<string, keyof MetricsPoint>> = {
  'daytona.sandbox.cpu.utilization': 'cpuUsedPct',
  'daytona.sandbox.cpu.limit': 'cpuCount',
  'daytona.sandbox.memory.usage': 'memUsed',
  'daytona.sandbox.memory.limit': 'memTotal',
  'daytona.sandbox.memory.cache': 'memCache',
  'daytona.sandbox.filesystem.usage': 'diskUsed',
  'daytona.sandbox.filesystem.total': 'diskTotal',
};

/** Measures one sandbox. */
export class SandboxMetrics {
  readonly #usage: () => ProcessUsage;
  readonly #sandbox: Sandbox;
  readonly #points: MetricsPoint[] = [];
  #last: { at: number; cpuSeconds: number };

  /** @param usage what its processes use together at this moment */
  constructor(usage: () => ProcessUsage, sandbox: Sandbox) {
    this.#usage = usage;
    this.#sandbox = sandbox;
    this.#last = { at: performance.now(), cpuSeconds: 0 };
  }

  /** This moment; the processor's use is the mean since the measurement before. */
  now(): MetricsPoint {
    const { spec, jail, clock } = this.#sandbox;
    // The server's clock can jump; processor time does not.
    const at = performance.now();
    const usage = this.#usage();
    const seconds = Math.max((at - this.#last.at) / 1000, 0.001);
    // Processes that ended take their time with them: never below zero.
    const used = Math.max(usage.cpuSeconds - this.#last.cpuSeconds, 0);
    this.#last = { at, cpuSeconds: usage.cpuSeconds };
    const disk = statfsSync(jail.root);
    const diskUsed = (disk.blocks - disk.bfree) * disk.bsize;
    const diskTotal = disk.blocks * disk.bsize;
    return {
      cpuCount: spec.size.cpu,
      cpuUsedPct: Math.min(Math.round((used / seconds / spec.size.cpu) * 10_000) / 100, 100),
      memTotal: spec.size.memory * GIBIBYTE,
      memUsed: usage.memoryBytes,
      memCache: 0,
      diskTotal,
      diskUsed,
      diskFree: diskTotal - diskUsed,
      timestamp: new Date(clock.now()).toISOString(),
      timestampUnix: Math.floor(clock.now() / 1000),
    };
  }

  /** Add a point to the history. */
  sample(): void {
    this.#points.push(this.now());
    if (this.#points.length > KEPT) this.#points.shift();
  }

  /** The history between two times (milliseconds since the epoch), in the control plane's shape. */
  history(from: number, to: number): unknown {
    const points = this.#points.filter(({ timestamp }) => {
      const at = Date.parse(timestamp);
      return at >= from && at <= to;
    });
    return {
      series: Object.entries(SERIES).map(([metricName, field]) => ({
        metricName,
        dataPoints: points.map((point) => ({ timestamp: point.timestamp, value: point[field] })),
      })),
    };
  }
}
