/**
 * How a container for code that nobody has read is made: not root, no capabilities, no new privileges, the engine's own
 * seccomp profile, a read-only root, limits on memory, processors and processes, no network unless asked for, and no way to
 * the engine. Pure: settings in, the engine's own request out.
 */
import { containerFolders } from './container-folders.ts';
import type { ContainerSpec, HostConfigSpec, MountSpec } from './engine/engine-types.ts';
import { labelKeys, labelsOf, nameOf, type Ownership } from './labels.ts';
import { type DockerSettings, type PublishedPort, parsePort } from './settings.ts';

const megabyte = 1_048_576;
const helperProcesses = 64;

/** What of the engine the recipe depends on. */
export interface EngineTraits {
  /** Root in the container is the person who runs the engine: no more rights than theirs. */
  rootless: boolean;
  /** Processors that the engine has; 0 where that is not known. */
  processors: number;
  /** What it can limit. What it cannot is left out, and the person is warned. */
  limits: { memory: boolean; processes: boolean; processors: boolean };
}

/** Limits of the folders in memory, in bytes. All of them together take at most half of the memory: files there count as memory. */
export interface MemoryFolders {
  workspace: number;
  temporary: number;
  home: number;
  shared: number;
}

/** How the memory of a container is shared out. Filling a folder must end in "no space left", not in a kill for memory. */
export function memoryFolders(settings: Pick<DockerSettings, 'memoryMb' | 'diskMb'>): MemoryFolders {
  const memory = settings.memoryMb * megabyte;
  return {
    workspace: Math.min(settings.diskMb * megabyte, Math.floor(memory / 3)),
    temporary: Math.min(256 * megabyte, Math.floor(memory / 12)),
    home: Math.min(64 * megabyte, Math.floor(memory / 24)),
    shared: Math.min(64 * megabyte, Math.floor(memory / 24)),
  };
}

/** True where the working folder lies in memory and goes with the container; else it is a volume on the engine's disk. */
export function isInMemory(settings: Pick<DockerSettings, 'atDisconnect'>): boolean {
  return settings.atDisconnect === 'remove';
}

/** User and group of the code. In a rootless engine root is the person, and every other user cannot write their folders. */
export function userOf(
  settings: Pick<DockerSettings, 'user'>,
  engine: Pick<EngineTraits, 'rootless'>,
): string {
  if (engine.rootless) return '0:0';
  const [user = '1000', group = user] = settings.user.split(':');
  return `${user}:${group}`;
}

/** Names of the volumes of a session. */
export function volumeNames(sessionId: string): { workspace: string; packages: string } {
  return { workspace: nameOf(sessionId, '-workspace'), packages: nameOf(sessionId, '-packages') };
}

/** The container of a session. It sleeps: everything that runs in it is started by us. */
export function sandboxSpec(settings: DockerSettings, owner: Ownership, engine: EngineTraits): ContainerSpec {
  const user = userOf(settings, engine);
  const folders = memoryFolders(settings);
  const [uid, gid] = user.split(':');
  const ports = settings.network ? settings.ports.flatMap((text) => parsePort(text) ?? []) : [];
  return {
    Image: settings.image,
    // Not `infinity`, which the sleep of an old busybox does not know.
    Entrypoint: ['sleep'],
    Cmd: ['2147483647'],
    User: user,
    WorkingDir: settings.workingFolder,
    Hostname: 'specboard',
    Env: environmentList({
      HOME: containerFolders.home,
      LANG: 'C.UTF-8',
      PYTHONDONTWRITEBYTECODE: '1',
      ...settings.environment,
    }),
    Labels: { ...labelsOf(owner), [labelKeys.storage]: isInMemory(settings) ? 'memory' : 'disk' },
    StopTimeout: 1,
    // A check of the image would run beside the code, at somebody's expense.
    Healthcheck: { Test: ['NONE'] },
    ...(ports.length === 0
      ? {}
      : { ExposedPorts: Object.fromEntries(ports.map(({ container }) => [`${container}/tcp`, {}])) }),
    HostConfig: {
      ...confinement(settings, engine, settings.maxProcesses),
      NetworkMode: settings.network ? 'bridge' : 'none',
      ShmSize: folders.shared,
      Tmpfs: {
        '/tmp': `rw,nosuid,nodev,mode=1777,size=${folders.temporary}`,
        [containerFolders.home]: `rw,nosuid,nodev,mode=0700,uid=${uid},gid=${gid},size=${folders.home}`,
      },
      Mounts: [...volumes(settings, owner, user), ...settings.mounts.map(bind)],
      ...(ports.length === 0
        ? {}
        : {
            PortBindings: portBindings(ports),
          }),
    },
  };
}

/** A port of the container may be published more than once. */
function portBindings(ports: readonly PublishedPort[]): NonNullable<HostConfigSpec['PortBindings']> {
  const bindings: NonNullable<HostConfigSpec['PortBindings']> = {};
  for (const { host, container } of ports) {
    const binding = { HostIp: '127.0.0.1', HostPort: host === null ? '' : String(host) };
    bindings[`${container}/tcp`] = [...(bindings[`${container}/tcp`] ?? []), binding];
  }
  return bindings;
}

/** What is asked of a helper container. */
export interface HelperOptions {
  /** The program and its arguments. */
  command: readonly string[];
  network: boolean;
  /** What it may write; nothing else. */
  volumes: readonly { name: string; target: string }[];
}

/**
 * A container that lives for moments and removes itself: it gives a volume to the user of the code (the one capability it
 * has), or installs packages. It sees neither the working folder nor folders of this computer, unless they are its volumes.
 */
export function helperSpec(
  settings: DockerSettings,
  owner: Ownership,
  engine: EngineTraits,
  { command, network, volumes: writable }: HelperOptions,
): ContainerSpec {
  const [program = 'true', ...args] = command;
  return {
    Image: settings.image,
    Entrypoint: [program],
    Cmd: args,
    User: '0:0',
    WorkingDir: '/',
    Env: environmentList({ HOME: '/tmp', LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' }),
    Labels: labelsOf(owner, 'helper'),
    StopTimeout: 1,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      ...confinement(settings, engine, helperProcesses),
      CapAdd: ['CHOWN'],
      AutoRemove: true,
      NetworkMode: network ? 'bridge' : 'none',
      Tmpfs: { '/tmp': `rw,nosuid,nodev,mode=1777,size=${memoryFolders(settings).workspace}` },
      Mounts: writable.map(({ name, target }) => ({
        Type: 'volume',
        Source: name,
        Target: target,
        VolumeOptions: { NoCopy: true },
      })),
    },
  };
}

/** What holds for every container of ours. */
function confinement(settings: DockerSettings, engine: EngineTraits, processes: number): HostConfigSpec {
  const memory = settings.memoryMb * megabyte;
  const { limits } = engine;
  const processors = engine.processors > 0 ? Math.min(settings.cpus, engine.processors) : settings.cpus;
  return {
    Init: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges:true'],
    ReadonlyRootfs: true,
    Privileged: false,
    // The same twice: no swap on top of it.
    ...(limits.memory ? { Memory: memory, MemorySwap: memory } : {}),
    ...(limits.processors ? { NanoCpus: Math.round(processors * 1e9) } : {}),
    ...(limits.processes ? { PidsLimit: processes } : {}),
    Ulimits: [
      { Name: 'nofile', Soft: 16_384, Hard: 16_384 },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    IpcMode: 'private',
    OomScoreAdj: 500,
    // Output goes to SpecBoard, never into the engine's log files.
    LogConfig: { Type: 'none', Config: {} },
    RestartPolicy: { Name: 'no' },
  };
}

function volumes(settings: DockerSettings, owner: Ownership, user: string): MountSpec[] {
  const names = volumeNames(owner.sessionId);
  const [uid, gid] = user.split(':');
  const options = `nosuid,nodev,mode=0755,uid=${uid},gid=${gid},size=${memoryFolders(settings).workspace}`;
  return [
    {
      Type: 'volume',
      Source: names.workspace,
      Target: settings.workingFolder,
      VolumeOptions: {
        NoCopy: true,
        Labels: labelsOf(owner),
        ...(isInMemory(settings)
          ? { DriverConfig: { Name: 'local', Options: { type: 'tmpfs', device: 'tmpfs', o: options } } }
          : {}),
      },
    },
    {
      Type: 'volume',
      Source: names.packages,
      Target: containerFolders.packages,
      ReadOnly: true,
      VolumeOptions: { NoCopy: true, Labels: labelsOf(owner) },
    },
  ];
}

function bind({ source, target, writable }: DockerSettings['mounts'][number]): MountSpec {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: !writable };
}

function environmentList(pairs: Readonly<Record<string, string>>): string[] {
  return Object.entries(pairs).map(([name, value]) => `${name}=${value}`);
}
