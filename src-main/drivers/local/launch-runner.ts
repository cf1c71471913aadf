/** Starts resources/runner.py under the isolation that this computer has, and gives its process. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { homedir, release } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { bubblewrapArguments, descriptors, inside, isOfTheSystem } from './bubblewrap.ts';
import { insideEnvironment, plainEnvironment, seatbeltEnvironment, withProfile } from './environment.ts';
import type { Python } from './find-python.ts';
import type { LocalFolders } from './local-folders.ts';
import type { BubblewrapFinding } from './probe-bubblewrap.ts';
import { isWithin, pythonFolders, startablePython } from './python-folders.ts';
import { SandboxProcess } from './sandbox-process.ts';
import { seatbeltProfile } from './seatbelt.ts';
import { seccompProgram } from './seccomp.ts';

/** What keeps code apart here; `none` says why and the way out. */
export type Isolation =
  | ({ kind: 'bubblewrap' } & Extract<BubblewrapFinding, { works: true }>)
  | { kind: 'seatbelt' }
  | { kind: 'none'; message: string; hint: string };

/** What to start. */
export interface LaunchOptions {
  isolation: Isolation;
  python: Python;
  folders: LocalFolders;
  runner: string;
  dataFolder: string;
  network: boolean;
  /** `session`: runs code in the workspace. `install`: puts packages in, and sees nothing of the person's files. */
  purpose: 'session' | 'install';
  limits: { memoryBytes: number; processes: number; fileBytes: number };
  environment: Readonly<Record<string, string>>;
  files?: Readonly<Record<string, string>>;
  /** Environment of SpecBoard itself; only a few harmless names of it are handed on, and only without isolation. */
  hostEnv: Readonly<Record<string, string | undefined>>;
}

/** Starts it. The caller owns the process. Throws what the system says where a process cannot be made at all. */
export function launchRunner(options: LaunchOptions): SandboxProcess {
  const { isolation, python, folders, runner, purpose } = options;
  const limits = purpose === 'session' ? { limits: limitsOf(options) } : {};
  const words = (file: string) => ['-u', file, JSON.stringify(limits)];
  if (isolation.kind === 'bubblewrap') return launchBubblewrap(options, isolation, words(inside.runner));
  const cwd = purpose === 'session' ? folders.workspace : folders.temporary;
  if (isolation.kind === 'seatbelt') {
    const env = withProfile(seatbeltEnvironment(folders, python), options.environment);
    const args = ['-p', seatbeltOf(options), python.executable, ...words(runner)];
    return new SandboxProcess(spawn('/usr/bin/sandbox-exec', args, { cwd, env }), null);
  }
  const env = withProfile(plainEnvironment(folders, python, options.hostEnv), options.environment);
  return new SandboxProcess(spawn(python.executable, words(runner), { cwd, env, windowsHide: true }), null);
}

/**
 * What the runner limits. The number of processes counts all processes of the person, unless there is a user namespace that
 * counts its own (Linux 5.14): elsewhere a desktop alone would use it up.
 */
function limitsOf({ isolation, limits }: LaunchOptions): Partial<LaunchOptions['limits']> {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const countsApart = isolation.kind === 'bubblewrap' && (major > 5 || (major === 5 && minor >= 14));
  const { processes, ...others } = limits;
  return countsApart ? { ...others, processes } : others;
}

function launchBubblewrap(
  options: LaunchOptions,
  isolation: Extract<Isolation, { kind: 'bubblewrap' }>,
  words: readonly string[],
): SandboxProcess {
  const { folders, python, purpose } = options;
  const needed = pythonFolders(python, [options.dataFolder]).filter((folder) => !isOfTheSystem(folder));
  const visible = (path: string) => isOfTheSystem(path) || needed.some((folder) => isWithin(folder, path));
  const seccomp = seccompProgram(process.arch);
  const args = bubblewrapArguments({
    ...(purpose === 'session' ? { workspace: folders.workspace } : {}),
    packages: { path: folders.packages, writable: purpose === 'install' },
    runner: options.runner,
    accounts: folders.accounts,
    pythonFolders: needed,
    network: options.network,
    tmpBytes: Math.min(512 * 1_048_576, Math.max(64 * 1_048_576, Math.floor(options.limits.memoryBytes / 4))),
    environment: withProfile(insideEnvironment(python), options.environment),
    ...(options.files ? { files: options.files } : {}),
    disableUserns: isolation.disableUserns,
    seccomp: seccomp !== null,
  });
  const child = spawn(
    isolation.program,
    ['--args', String(descriptors.args), '--', startablePython(python, visible), ...words],
    { stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'], env: {} },
  );
  // Through a pipe and not as arguments: values of environment variables are nobody's business in the process list.
  send(child.stdio[descriptors.args], Buffer.from(`${args.join('\0')}\0`));
  send(child.stdio[descriptors.seccomp], seccomp ?? Buffer.alloc(0));
  return new SandboxProcess(
    child as unknown as ChildProcessWithoutNullStreams,
    child.stdio[descriptors.info] as Readable | null,
  );
}

function send(stream: unknown, bytes: Uint8Array): void {
  const writable = stream as Writable | null;
  // Where bubblewrap ended early its standard error says why; a broken pipe adds nothing.
  writable?.on('error', () => {});
  writable?.end(bytes);
}

function seatbeltOf({ folders, python, purpose, ...options }: LaunchOptions): string {
  return seatbeltProfile({
    ...(purpose === 'session' ? { workspace: realpathSync(folders.workspace) } : {}),
    packages: realpathSync(folders.packages),
    temporary: realpathSync(folders.temporary),
    runner: realpathSync(options.runner),
    home: realpathSync(homedir()),
    dataFolder: realpathSync(options.dataFolder),
    pythonFolders: pythonFolders(python, [options.dataFolder]),
    files: Object.values(options.files ?? {}).map((file) => realpathSync(file)),
    network: options.network,
    packagesWritable: purpose === 'install',
  });
}
