/**
 * Isolation on Linux: bubblewrap's arguments, and whether it works here. Inside: its own processes, users, IPC and (unless
 * the profile allows it) no network; a root of its own with the system read-only, no home folder, no privileges.
 */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where things are inside. */
export const inside = {
  workspace: '/workspace',
  packages: '/venv',
  home: '/home/sandbox',
  runner: '/run/specboard/runner.py',
};

/** What the sandbox is made of; paths of this computer. */
export interface BubblewrapOptions {
  /** The sandbox's working folder, writable; absent in a sandbox that only installs. */
  workspace?: string;
  /** Installed packages. */
  packages: { path: string; writable: boolean };
  runner: string;
  /** Folder with the two-line `passwd` and `group`. */
  accounts: string;
  /** Folders of the Python that are not under /usr. */
  pythonFolders: readonly string[];
  network: boolean;
  /** Size of /tmp, which counts as memory. */
  tmpBytes: number;
  environment: Readonly<Record<string, string>>;
  /** Further files to show read-only, inside path -> path of this computer. */
  files?: Readonly<Record<string, string>>;
  /** Nested user namespaces off; only newer versions know how. */
  disableUserns: boolean;
}

/** Arguments for `bwrap --args`, without the program to run. */
export function bubblewrapArguments(options: BubblewrapOptions): string[] {
  const { workspace, packages, network } = options;
  return [
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(options.disableUserns ? ['--disable-userns'] : []),
    ...(network ? [] : ['--unshare-net']),
    // The first ends everything when SpecBoard dies; the second keeps it from typing into the terminal it was started in.
    ...['--die-with-parent', '--new-session', '--hostname', 'sandbox'],
    ...['--uid', '1000', '--gid', '1000', '--cap-drop', 'ALL'],
    ...['--ro-bind', '/usr', '/usr'],
    ...['bin', 'lib', 'lib64', 'sbin'].flatMap(systemLink),
    ...[
      'ld.so.cache',
      'alternatives',
      'localtime',
      'ssl',
      'ca-certificates',
      'pki',
      'fonts',
      'mime.types',
    ].flatMap(systemConfig),
    ...(network ? ['nsswitch.conf', 'hosts', 'services'].flatMap(systemConfig) : []),
    ...(network ? resolverConfig() : []),
    ...['--ro-bind', join(options.accounts, 'passwd'), '/etc/passwd'],
    ...['--ro-bind', join(options.accounts, 'group'), '/etc/group'],
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['--size', String(options.tmpBytes), '--tmpfs', '/tmp'],
    ...['--size', String(options.tmpBytes), '--tmpfs', inside.home],
    ...options.pythonFolders.flatMap((folder) => ['--ro-bind', folder, folder]),
    ...['--ro-bind', options.runner, inside.runner],
    ...[packages.writable ? '--bind' : '--ro-bind', packages.path, inside.packages],
    ...Object.entries(options.files ?? {}).flatMap(([to, from]) => ['--ro-bind', from, to]),
    ...(workspace === undefined
      ? ['--chdir', inside.home]
      : ['--bind', workspace, inside.workspace, '--chdir', inside.workspace]),
    '--remount-ro',
    '/',
    '--clearenv',
    ...Object.entries(options.environment).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}

function systemLink(name: string): string[] {
  // Merged-usr systems have links there; others have folders.
  const path = `/${name}`;
  if (!existsSync(path)) return [];
  return realpathSync(path) === path ? ['--ro-bind', path, path] : ['--symlink', `usr/${name}`, path];
}

function systemConfig(name: string): string[] {
  return ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`];
}

/** resolv.conf often is a link into /run, which is not there inside. */
function resolverConfig(): string[] {
  try {
    return ['--ro-bind', realpathSync('/etc/resolv.conf'), '/etc/resolv.conf'];
  } catch {
    return [];
  }
}

/** Whether bubblewrap works here, and if not, why and the way out. */
export type BubblewrapFinding =
  | { works: true; program: string; disableUserns: boolean }
  | { works: false; message: string; hint: string };

/** Runs it once for real: installed does not mean allowed. */
export async function probeBubblewrap(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<BubblewrapFinding> {
  const program = (env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'bwrap'))
    .find((path) => existsSync(path));
  if (program === undefined) {
    return {
      works: false,
      message: 'bubblewrap is not installed, so this system does not isolate code.',
      hint: 'Install it: "sudo apt install bubblewrap" (Debian, Ubuntu), "sudo dnf install bubblewrap" (Fedora).',
    };
  }
  let said = '';
  for (const disableUserns of [true, false]) {
    const run = await tryBubblewrap(program, disableUserns, signal);
    if (run === null) return { works: true, program, disableUserns };
    said = run;
  }
  return { works: false, ...explain(said) };
}

/** Null where it worked; else what it said. */
function tryBubblewrap(program: string, disableUserns: boolean, signal: AbortSignal): Promise<string | null> {
  const args = [
    ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts'],
    ...(disableUserns ? ['--disable-userns'] : []),
    ...['--die-with-parent', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', 'true'],
  ];
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], signal, timeout: 10_000 });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-2000);
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? null : text || `exit ${code}`));
  });
}

function explain(said: string): { message: string; hint: string } {
  if (/uid map|RTM_NEWADDR|Operation not permitted|No permissions|user namespace|clone/i.test(said)) {
    return {
      message: 'bubblewrap is installed, but this system does not allow it to make user namespaces.',
      hint: 'On Ubuntu 24.04 enable the AppArmor profile "bwrap-userns-restrict" (package apparmor-profiles); in a container, allow user namespaces.',
    };
  }
  return {
    message: `bubblewrap does not work here: ${said.trim().slice(0, 200)}`,
    hint: 'Run "bwrap --ro-bind / / true" in a terminal to see more.',
  };
}
