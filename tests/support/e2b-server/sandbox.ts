// One sandbox: its folder, its processes, its interpreter, and what happens to all of them when it pauses or ends.
import type { Clock } from '../vendor-server/clock.ts';
import { Jail } from '../vendor-server/jail.ts';
import type { Launcher } from '../vendor-server/launcher.ts';
import {
  type SandboxMarker,
  sandboxProcesses,
  signalSandbox,
  usageOf,
} from '../vendor-server/process-table.ts';
import { CodeInterpreter } from './code-interpreter.ts';
import { FilesystemService } from './envd-filesystem.ts';
import { ProcessService } from './envd-process.ts';
import type { Exchange } from './exchange.ts';
import { homeSettings, ID_VARIABLE } from './jail.ts';
import { SandboxMetrics } from './metrics.ts';

/** What a sandbox is made from. */
export interface SandboxSpec {
  readonly id: string;
  readonly account: string;
  readonly templateId: string;
  /** False: nothing listens on 49999. */
  readonly interpreter: boolean;
  /** Folder of the snapshot to start from. */
  readonly snapshot: string | undefined;
  readonly envdToken: string;
  /** Token that traffic to its ports must carry, when they are not public. */
  readonly trafficToken: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly envs: Record<string, string>;
  readonly onTimeout: 'kill' | 'pause';
  /** Whether a pause at the end of its life keeps memory. */
  readonly keepMemory: boolean;
  readonly autoResume: boolean;
}

/** Settings of the server that its sandboxes use. */
export interface SandboxSettings {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly executeKeepaliveMs: number;
  readonly rpcKeepaliveMs: number | undefined;
  readonly dropCellsQueuedBehindInterrupt: boolean;
}

/** A sandbox. `dispose` ends every process of it and removes its folder. */
export class Sandbox {
  readonly spec: SandboxSpec;
  readonly jail: Jail;
  readonly clock: Clock;
  readonly files: FilesystemService;
  readonly processes: ProcessService;
  readonly metrics: SandboxMetrics;
  readonly executeKeepaliveMs: number;
  readonly rpcKeepaliveMs: number | undefined;
  readonly dropCellsQueuedBehindInterrupt: boolean;
  interpreter: CodeInterpreter | undefined;
  state: 'running' | 'paused' = 'running';
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** Milliseconds since the epoch; moved by timeout and connect. */
  endAt: number;
  /** Egress rules as last set; kept, not applied. */
  network: unknown = undefined;
  readonly #exchanges = new Set<Exchange>();

  constructor(spec: SandboxSpec, settings: SandboxSettings) {
    this.spec = spec;
    this.clock = settings.clock;
    this.executeKeepaliveMs = settings.executeKeepaliveMs;
    this.rpcKeepaliveMs = settings.rpcKeepaliveMs;
    this.dropCellsQueuedBehindInterrupt = settings.dropCellsQueuedBehindInterrupt;
    this.startedAt = settings.clock.now();
    this.endAt = this.startedAt;
    this.jail = new Jail(homeSettings(settings.launcher), spec.snapshot);
    this.files = new FilesystemService(this.jail);
    this.processes = new ProcessService(this);
    this.interpreter = spec.interpreter ? new CodeInterpreter(this) : undefined;
    const usage = () => usageOf(sandboxProcesses(this.#marker()));
    this.metrics = new SandboxMetrics(usage, this.jail.root, () => this.clock.now());
  }

  get id(): string {
    return this.spec.id;
  }

  get envs(): Record<string, string> {
    return this.spec.envs;
  }

  get envdToken(): string {
    return this.spec.envdToken;
  }

  /** Pids of every living process of the sandbox. */
  pids(): number[] {
    return sandboxProcesses(this.#marker()).map(({ pid }) => pid);
  }

  /** Remember a request being served, so that a pause or the end can drop its connection. */
  track(exchange: Exchange): void {
    this.#exchanges.add(exchange);
    exchange.onClose(() => this.#exchanges.delete(exchange));
  }

  /** Freeze everything and drop every connection. Without memory only the files stay. */
  pause(keepMemory: boolean): void {
    this.state = 'paused';
    if (keepMemory) signalSandbox(this.#marker(), 'SIGSTOP');
    this.#dropConnections();
    if (!keepMemory) this.#endProcesses();
  }

  /** Go on. `reboot` starts without the processes that were frozen. */
  resume(reboot: boolean): void {
    this.state = 'running';
    this.startedAt = this.clock.now();
    if (reboot) this.#endProcesses();
    else signalSandbox(this.#marker(), 'SIGCONT');
  }

  dispose(): void {
    this.#dropConnections();
    this.#endProcesses();
    this.jail.dispose();
  }

  #endProcesses(): void {
    signalSandbox(this.#marker(), 'SIGKILL');
    this.processes.dispose();
    this.interpreter?.dispose();
    if (this.interpreter) this.interpreter = new CodeInterpreter(this);
  }

  #dropConnections(): void {
    for (const exchange of [...this.#exchanges]) exchange.cut();
    this.#exchanges.clear();
  }

  #marker(): SandboxMarker {
    const groups = new Set([...this.processes.groups(), ...(this.interpreter?.groups() ?? [])]);
    return { variable: ID_VARIABLE, id: this.id, groups };
  }
}
