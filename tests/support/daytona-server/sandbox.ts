// One sandbox: what the control plane knows about it, its folder, and everything that runs in it.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../vendor-server/clock.ts';
import { Jail, type JailSettings } from '../vendor-server/jail.ts';
import {
  type SandboxMarker,
  sandboxProcesses,
  signalSandbox,
  usageOf,
} from '../vendor-server/process-table.ts';
import { ID_VARIABLE, USER } from './home.ts';
import { InterpreterContexts } from './interpreter-contexts.ts';
import { SandboxMetrics } from './metrics.ts';
import type { Quota } from './options.ts';
import { PtySessions } from './pty-sessions.ts';
import { ShellSessions } from './shell-sessions.ts';

/** The states a sandbox can be in, as far as this server knows them. */
export type SandboxState =
  | 'creating'
  | 'restoring'
  | 'starting'
  | 'started'
  | 'stopping'
  | 'stopped'
  | 'pausing'
  | 'paused'
  | 'resuming'
  | 'archiving'
  | 'archived'
  | 'pending_build'
  | 'building_snapshot'
  | 'pulling_snapshot'
  | 'build_failed'
  | 'error'
  | 'destroying'
  | 'destroyed';

/** What a sandbox is made from; nothing of it changes. */
export interface SandboxSpec {
  readonly id: string;
  readonly organizationId: string;
  readonly snapshot: string | undefined;
  /** Dockerfile when it is made from an image. */
  readonly dockerfile: string | undefined;
  readonly target: string;
  readonly size: Quota;
  readonly user: string;
  readonly network: {
    readonly blockAll: boolean;
    readonly allowList: string | undefined;
    readonly domains: string | undefined;
  };
  readonly volumes: unknown;
  readonly toolboxUrl: string;
}

/** Minutes; see the SDK's description of each. */
export interface Intervals {
  autoStop: number;
  autoPause: number;
  autoArchive: number;
  autoDelete: number;
}

/** What can be cut when the sandbox stops: connections to its toolbox. */
export interface Connection {
  cut(): void;
}

/** What the sandboxes of one server share. */
export interface SandboxSettings {
  readonly jail: JailSettings;
  readonly clock: Clock;
  readonly ptyQueueFrames: number;
}

/** A sandbox. `dispose` ends its processes and removes its folder. */
export class Sandbox {
  readonly spec: SandboxSpec;
  readonly clock: Clock;
  readonly jail: Jail;
  readonly shells: ShellSessions;
  readonly interpreter: InterpreterContexts;
  readonly terminals: PtySessions;
  readonly metrics: SandboxMetrics;
  /** Opens previews and, where headers cannot be sent, the toolbox. */
  readonly previewToken = randomBytes(16).toString('hex');
  /** Signed preview links: token to port and end (milliseconds). */
  readonly signedLinks = new Map<string, { readonly port: number; readonly expiresAt: number }>();
  signingKey = randomBytes(32).toString('base64url');
  name: string;
  labels: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string>>;
  isPublic: boolean;
  intervals: Intervals;
  state: SandboxState = 'creating';
  desiredState: 'started' | 'stopped' | 'paused' | 'archived' | 'destroyed' = 'started';
  errorReason: string | undefined;
  recoverable = false;
  /** Milliseconds since the epoch of the server's clock. */
  readonly createdAt: number;
  updatedAt: number;
  /** When its state changed last. */
  stateSince: number;
  lastActivityAt: number;
  /** When it will be destroyed whatever its state; undefined for never. */
  destroyAt: number | undefined;
  /** Open WebSockets that keep it from being idle. */
  activeSockets = 0;
  readonly #connections = new Set<Connection>();
  readonly #groups = new Set<number>();

  constructor(
    spec: SandboxSpec,
    own: {
      readonly name: string | undefined;
      readonly labels: Readonly<Record<string, string>>;
      readonly env: Readonly<Record<string, string>>;
      readonly isPublic: boolean;
      readonly intervals: Intervals;
    },
    settings: SandboxSettings,
  ) {
    this.spec = spec;
    this.clock = settings.clock;
    this.name = own.name ?? `sandbox-${randomUUID().slice(0, 8)}`;
    this.labels = own.labels;
    this.env = own.env;
    this.isPublic = own.isPublic;
    this.intervals = own.intervals;
    this.createdAt = settings.clock.now();
    this.updatedAt = this.createdAt;
    this.stateSince = this.createdAt;
    this.lastActivityAt = this.createdAt;
    this.jail = new Jail(settings.jail);
    this.shells = new ShellSessions(this);
    this.interpreter = new InterpreterContexts(this);
    this.terminals = new PtySessions(this, settings.ptyQueueFrames);
    this.metrics = new SandboxMetrics(() => usageOf(sandboxProcesses(this.#marker())), this);
  }

  get id(): string {
    return this.spec.id;
  }

  /** The whole environment of a process of the sandbox; nothing of this machine's but the PATH. */
  environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    return this.jail.environment({
      USER: this.spec.user,
      LOGNAME: this.spec.user,
      SHELL: '/bin/bash',
      LANG: 'C.UTF-8',
      DAYTONA_SANDBOX_USER: USER,
      DAYTONA_SANDBOX_SNAPSHOT: this.spec.snapshot ?? '',
      ...this.env,
      ...extra,
      [ID_VARIABLE]: this.id,
    });
  }

  /** Pids of every living process of the sandbox. */
  pids(): number[] {
    return sandboxProcesses(this.#marker()).map(({ pid }) => pid);
  }

  /** Remember the group of a program that the toolbox started, until it has ended. */
  addGroup(group: number | undefined, ended: Promise<unknown>): void {
    if (group === undefined) return;
    this.#groups.add(group);
    void ended.then(() => this.#groups.delete(group));
  }

  /** Remember a connection to the toolbox. Returns the way to forget it. */
  track(connection: Connection): () => void {
    this.#connections.add(connection);
    return () => this.#connections.delete(connection);
  }

  /** Somebody outside used the toolbox: the idle time begins anew. */
  touch(): void {
    this.lastActivityAt = this.clock.now();
  }

  /** Break every connection to the toolbox; the processes go on. */
  cutConnections(): void {
    for (const connection of [...this.#connections]) connection.cut();
    this.#connections.clear();
  }

  /** Every connection breaks and every process dies; the files stay. */
  halt(): void {
    this.cutConnections();
    // Stopped processes do not see the kill of others, but they die of it all the same.
    signalSandbox(this.#marker(), 'SIGKILL');
    this.shells.dispose();
    this.interpreter.dispose();
    this.terminals.dispose();
  }

  /** Freeze every process and break every connection. */
  freeze(): void {
    signalSandbox(this.#marker(), 'SIGSTOP');
    this.cutConnections();
  }

  /** Let frozen processes go on. */
  thaw(): void {
    signalSandbox(this.#marker(), 'SIGCONT');
  }

  dispose(): void {
    this.halt();
    this.jail.dispose();
  }

  #marker(): SandboxMarker {
    return { variable: ID_VARIABLE, id: this.id, groups: this.#groups };
  }
}
