/** Starts resources/runner.py under the isolation that this computer has, and gives its process. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join, sep } from 'node:path';
import type { Writable } from 'node:stream';
import { type BubblewrapFinding, bubblewrapArguments, inside } from './bubblewrap.ts';
import type { Python } from './find-python.ts';
import type { LocalFolders } from './local-folders.ts';
import { seatbeltProfile } from './seatbelt.ts';

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
  memoryMb: number;
  maxProcesses: number;
  environment: Readonly<Record<string, string>>;
  files?: Readonly<Record<string, string>>;
  /** Environment of SpecBoard itself; only a few harmless names of it are handed on, and only without isolation. */
  hostEnv: Readonly<Record<string, string | undefined>>;
}

const harmless = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'COMSPEC',
  'PATHEXT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
];

/** Starts it. The caller owns the process. */
export function launchRunner(options: LaunchOptions): ChildProcessWithoutNullStreams {
  const { isolation, python, folders, runner } = options;
  const limits = { memoryBytes: options.memoryMb * 1_048_576, processes: options.maxProcesses };
  const words = (file: string) => [
    '-u',
    file,
    JSON.stringify(options.purpose === 'session' ? { limits } : {}),
  ];
  const { workspace } = folders;
  if (isolation.kind === 'bubblewrap') {
    const child = spawn(
      isolation.program,
      ['--args', '3', '--', python.executable, ...words(inside.runner)],
      {
        stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
        env: {},
      },
    );
    // Through a pipe and not as arguments: values of environment variables are nobody's business in the process list.
    const args = child.stdio[3] as Writable;
    args.on('error', () => {});
    args.end(`${bubblewrapArguments(bubblewrapOptions(options, isolation)).join('\0')}\0`);
    return child as unknown as ChildProcessWithoutNullStreams;
  }
  const env = { ...plainEnvironment(options), ...options.environment };
  const cwd = options.purpose === 'session' ? workspace : folders.temporary;
  if (isolation.kind === 'seatbelt') {
    const profile = seatbeltProfile({
      workspace: realpathSync(workspace),
      packages: realpathSync(folders.packages),
      temporary: realpathSync(folders.temporary),
      runner: realpathSync(runner),
      home: homedir(),
      dataFolder: realpathSync(options.dataFolder),
      pythonFolders: pythonFolders(python),
      network: options.network,
      packagesWritable: options.purpose === 'install',
    });
    return spawn('/usr/bin/sandbox-exec', ['-p', profile, python.executable, ...words(runner)], { cwd, env });
  }
  return spawn(python.executable, words(runner), { cwd, env, windowsHide: true });
}

/** Environment of the code, before the profile's own variables. */
export function baseEnvironment(python: Python): Record<string, string> {
  return {
    PATH: [
      join(inside.packages, 'bin'),
      dirname(python.executable),
      '/usr/local/bin',
      '/usr/bin',
      '/bin',
    ].join(':'),
    HOME: inside.home,
    USER: 'user',
    LANG: 'C.UTF-8',
    TMPDIR: '/tmp',
    TERM: 'dumb',
    PYTHONPATH: sitePackages(inside.packages, python),
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

/** Where packages are in a virtual environment. */
export function sitePackages(root: string, { version: [major, minor] }: Python): string {
  return process.platform === 'win32'
    ? join(root, 'Lib', 'site-packages')
    : `${root}/lib/python${major}.${minor}/site-packages`;
}

function bubblewrapOptions(options: LaunchOptions, isolation: Extract<Isolation, { kind: 'bubblewrap' }>) {
  const { folders, python, purpose } = options;
  return {
    ...(purpose === 'session' ? { workspace: folders.workspace } : {}),
    packages: { path: folders.packages, writable: purpose === 'install' },
    runner: options.runner,
    accounts: folders.accounts,
    pythonFolders: pythonFolders(python).filter((folder) => !folder.startsWith('/usr/')),
    network: options.network,
    tmpBytes: Math.min(512, Math.max(64, Math.floor(options.memoryMb / 4))) * 1_048_576,
    environment: { ...baseEnvironment(python), ...options.environment },
    ...(options.files ? { files: options.files } : {}),
    disableUserns: isolation.disableUserns,
  };
}

/** Folders that the interpreter needs, each with what its links lead to. */
function pythonFolders(python: Python): string[] {
  const folders = [python.basePrefix, python.prefix, dirname(dirname(realpathSync(python.executable)))];
  const real = folders
    .flatMap((folder) => [folder, realpathSync(folder)])
    .filter((folder) => folder !== '/' && folder !== '/usr');
  const unique = [...new Set(real)];
  return unique.filter(
    (folder) => !unique.some((other) => folder !== other && folder.startsWith(other + sep)),
  );
}

function plainEnvironment({ folders, python, hostEnv }: LaunchOptions): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of harmless) if (hostEnv[name] !== undefined) env[name] = hostEnv[name];
  env.PATH = [join(folders.packages, 'bin'), dirname(python.executable), env.PATH ?? ''].join(delimiter);
  env.USER ??= userInfo().username;
  env.TMPDIR = folders.temporary || tmpdir();
  env.PYTHONPATH = sitePackages(folders.packages, python);
  env.PYTHONDONTWRITEBYTECODE = '1';
  return env;
}
