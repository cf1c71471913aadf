// What a test may choose about the Daytona test server, and the defaults.

/** What an organization may use; GiB for memory and disk. */
export interface Quota {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
}

/** One Daytona organization: its keys and its limits. */
export interface OrganizationOptions {
  readonly id: string;
  /** API keys that open it; at least one. */
  readonly keys: readonly string[];
  /** Processors and memory of all running sandboxes together, disk of all that exist. Default 100, 200, 1 000. */
  readonly total?: Quota;
  /** Most that one sandbox may ask for. Default 8, 16, 20. */
  readonly perSandbox?: Quota;
}

/** A snapshot that sandboxes can be made of. */
export interface SnapshotOptions {
  readonly name: string;
  readonly imageName?: string;
  /** Resources of a sandbox made from it. Default 1, 1, 3. */
  readonly size?: Quota;
  readonly state?: 'active' | 'building' | 'pulling' | 'error' | 'inactive';
  /** True: one of Daytona's own, not of the organization. */
  readonly general?: boolean;
}

/** How long a change of state takes, in milliseconds. */
export interface Delays {
  /** creating -> started, starting -> started, restoring -> started. */
  readonly start: number;
  /** stopping -> stopped, pausing -> paused. */
  readonly stop: number;
  readonly archive: number;
  /** destroying -> destroyed. */
  readonly destroy: number;
}

/** Options of `startDaytonaServer`; everything has a default. */
export interface DaytonaServerOptions {
  /** Port on 127.0.0.1. Default 0: any free one. */
  readonly port?: number;
  /** Default: one organization "org-1" with the run's canary as its key. */
  readonly organizations?: readonly OrganizationOptions[];
  /** Default: daytona-small, daytona-medium and daytona-large; the first is the default snapshot. */
  readonly snapshots?: readonly SnapshotOptions[];
  /** Regions that `target` may name. Default us, eu. */
  readonly targets?: readonly string[];
  /** `auto` gives processes a mount namespace with their own /home and /tmp where that is possible. Default `auto`. */
  readonly isolation?: 'auto' | 'none';
  /** Default 100, 30, 30, 30. */
  readonly delays?: Partial<Delays>;
  /** False: the address of the events answers 404, so that the SDK polls. Default true. */
  readonly events?: boolean;
  /** Frames that may wait for one terminal client before it is dropped with 1008. Default 256, as the real daemon. */
  readonly ptyQueueFrames?: number;
  /** How often the intervals (auto-stop and the others) are looked at, in milliseconds. Default 1 000. */
  readonly checkStepMs?: number;
  /** Step between two points of the metrics' history, in milliseconds. Default 5 000. */
  readonly metricsStepMs?: number;
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly port: number;
  readonly organizations: readonly Required<OrganizationOptions>[];
  readonly snapshots: readonly Required<SnapshotOptions>[];
  readonly targets: readonly string[];
  readonly isolation: 'auto' | 'none';
  readonly delays: Delays;
  readonly events: boolean;
  readonly ptyQueueFrames: number;
  readonly checkStepMs: number;
  readonly metricsStepMs: number;
}

const SNAPSHOTS: readonly SnapshotOptions[] = [
  { name: 'daytona-small', size: { cpu: 1, memory: 1, disk: 3 }, general: true },
  { name: 'daytona-medium', size: { cpu: 2, memory: 4, disk: 8 }, general: true },
  { name: 'daytona-large', size: { cpu: 4, memory: 8, disk: 10 }, general: true },
];

/** Fill in the defaults. `makeKey` makes the key of the default organization. */
export function resolveOptions(options: DaytonaServerOptions, makeKey: () => string): ResolvedOptions {
  const organizations = options.organizations ?? [{ id: 'org-1', keys: [makeKey()] }];
  return {
    port: options.port ?? 0,
    organizations: organizations.map((organization) => ({
      total: { cpu: 100, memory: 200, disk: 1000 },
      perSandbox: { cpu: 8, memory: 16, disk: 20 },
      ...organization,
    })),
    snapshots: (options.snapshots ?? SNAPSHOTS).map((snapshot) => ({
      imageName: `registry.example/${snapshot.name}:1`,
      size: { cpu: 1, memory: 1, disk: 3 },
      state: 'active',
      general: false,
      ...snapshot,
    })),
    targets: options.targets ?? ['us', 'eu'],
    isolation: options.isolation ?? 'auto',
    delays: { start: 100, stop: 30, archive: 30, destroy: 30, ...options.delays },
    events: options.events ?? true,
    ptyQueueFrames: options.ptyQueueFrames ?? 256,
    checkStepMs: options.checkStepMs ?? 1000,
    metricsStepMs: options.metricsStepMs ?? 5000,
  };
}
