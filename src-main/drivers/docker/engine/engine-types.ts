/** What is sent to the engine, in the engine's own field names (its API reference is the documentation), and what the client says of itself. */

/** The engine that a client talks to. */
export interface EngineDescription {
  /** As one would write it in DOCKER_HOST: "unix:///var/run/docker.sock". */
  address: string;
  /** Where the address was found, in words: "DOCKER_HOST", 'the docker context "colima"'. */
  foundBy: string;
  product: 'Docker' | 'Podman';
  /** Of the product: "28.3.0". */
  version: string;
  /** Spoken on this connection: "1.47". */
  apiVersion: string;
  /** Container root is the person who runs the engine, and uid 1000 is a uid that cannot write their folders. */
  rootless: boolean;
  /** Of the containers: "linux" or "windows". */
  os: string;
  /** "x86_64", "aarch64". */
  architecture: string;
  cgroupVersion: string;
  /** The engine's computer in words: "Docker Desktop", "Debian GNU/Linux 12". */
  host: string;
  /** Of the engine's computer; 0 where it does not say. */
  processors: number;
  /** What the engine can limit: a rootless one on an old system may not. */
  limits: { memory: boolean; processes: boolean; processors: boolean };
  /** The engine runs on this computer's files: its folders can be mounted. False over tcp and ssh. */
  local: boolean;
}

/** One mount in `HostConfig.Mounts`. */
export interface MountSpec {
  Type: 'bind' | 'volume' | 'tmpfs';
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation?: string; CreateMountpoint?: boolean };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: Record<string, string>;
    DriverConfig?: { Name: string; Options?: Record<string, string> };
  };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

/** How a container is confined. */
export interface HostConfigSpec {
  AutoRemove?: boolean;
  Binds?: string[];
  Mounts?: MountSpec[];
  Tmpfs?: Record<string, string>;
  Init?: boolean;
  CapAdd?: string[];
  CapDrop?: string[];
  SecurityOpt?: string[];
  Privileged?: boolean;
  ReadonlyRootfs?: boolean;
  PidsLimit?: number;
  /** Bytes. */
  Memory?: number;
  /** Memory and swap together, bytes. */
  MemorySwap?: number;
  NanoCpus?: number;
  Ulimits?: { Name: string; Soft: number; Hard: number }[];
  IpcMode?: string;
  PidMode?: string;
  UsernsMode?: string;
  CgroupnsMode?: string;
  OomScoreAdj?: number;
  LogConfig?: { Type: string; Config?: Record<string, string> };
  NetworkMode?: string;
  ExtraHosts?: string[];
  Dns?: string[];
  PublishAllPorts?: boolean;
  PortBindings?: Record<string, { HostIp?: string; HostPort?: string }[]>;
  ShmSize?: number;
  StorageOpt?: Record<string, string>;
  RestartPolicy?: { Name: string; MaximumRetryCount?: number };
}

/** A container to create. */
export interface ContainerSpec {
  Image: string;
  Cmd?: string[];
  Entrypoint?: string[];
  /** "1000:1000". */
  User?: string;
  Env?: string[];
  WorkingDir?: string;
  Hostname?: string;
  Labels?: Record<string, string>;
  Tty?: boolean;
  OpenStdin?: boolean;
  NetworkDisabled?: boolean;
  ExposedPorts?: Record<string, Record<string, never>>;
  /** Seconds. */
  StopTimeout?: number;
  StopSignal?: string;
  Healthcheck?: { Test: string[] };
  HostConfig?: HostConfigSpec;
}

/** A volume to create. */
export interface VolumeSpec {
  Name?: string;
  Driver?: string;
  DriverOpts?: Record<string, string>;
  Labels?: Record<string, string>;
}

/** The engine's filters: `{ label: ['a=b'] }`. Values of one key are joined by "or", except labels, which are joined by "and". */
export type EngineFilters = Readonly<Record<string, readonly string[]>>;

/** A program to run in a container. */
export interface ExecSpec {
  cmd: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** "1000:1000"; default: the container's. */
  user?: string;
  cwd?: string;
  /** A terminal: one raw stream, no stderr. */
  tty?: boolean;
  /** Size of the terminal at the start. */
  size?: { cols: number; rows: number };
  /** Attach standard input. Default false: the program reads the end at once. */
  stdin?: boolean;
}

/** How far a pull is. Bytes are those of the layers that are known so far: the total may grow while it starts. */
export interface PullProgress {
  /** For people: "Downloading python:3.12-slim". */
  words: string;
  phase: 'resolving' | 'downloading' | 'extracting' | 'done';
  doneBytes: number;
  totalBytes: number;
  layersDone: number;
  layers: number;
}

/** One reading of a container's resources, by the formulas of `docker stats`. */
export interface ContainerStats {
  /** When the engine read it, ms since the epoch. */
  at: number;
  /** Cores in use: 1 is one core fully busy. */
  cpuCores: number;
  onlineCpus: number;
  /** Bytes, without the cache that can be dropped. */
  memoryUsed: number;
  /** Bytes; the computer's memory where the container has no limit. */
  memoryLimit: number;
  pids: number;
  /** Bytes since the start; null without a network. */
  network: { received: number; sent: number } | null;
  /** Bytes since the start. */
  disk: { read: number; written: number };
}
