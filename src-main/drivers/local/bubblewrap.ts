/**
 * Isolation on Linux: bubblewrap's arguments. Inside: its own processes, users, IPC and (unless the profile allows it) no
 * network; a root of its own with the system read-only, no home folder, no privileges.
 */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** Where things are inside. */
export const inside = {
  workspace: '/workspace',
  packages: '/venv',
  home: '/home/sandbox',
  runner: '/run/specboard/runner.py',
};

/** Numbers of the descriptors that bubblewrap gets beside the first three. */
export const descriptors = { args: 3, info: 4, seccomp: 5 };

/** What the sandbox is made of; paths of this computer. */
export interface BubblewrapOptions {
  /** The sandbox's working folder, writable; absent in a sandbox that only installs. */
  workspace?: string;
  /** Installed packages. */
  packages: { path: string; writable: boolean };
  runner: string;
  /** Folder with the two-line `passwd` and `group`. */
  accounts: string;
  /** What the Python needs that is not part of the system. */
  pythonFolders: readonly string[];
  network: boolean;
  /** Size of each folder that is kept in memory (/tmp, the home folder, shared memory). */
  tmpBytes: number;
  environment: Readonly<Record<string, string>>;
  /** Further files to show read-only, inside path -> path of this computer. */
  files?: Readonly<Record<string, string>>;
  /** Nested user namespaces off; only newer versions know how. */
  disableUserns: boolean;
  /** A seccomp program comes through its descriptor. */
  seccomp: boolean;
}

/** Folders of the system; those that are links on this computer are links inside. Nix and Guix keep theirs in a store. */
const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/lib32', '/nix/store', '/gnu/store'];
const config = 'ld.so.cache alternatives localtime ssl ca-certificates pki fonts mime.types'.split(' ');
const networkConfig = ['nsswitch.conf', 'hosts', 'services', 'gai.conf'];

/**
 * Parts of /proc that belong to the whole computer. As root, a process without any privilege may still write there, because
 * the files' owner is asked and not its privileges.
 */
const kernelSettings = ['sys', 'sysrq-trigger', 'irq', 'bus', 'fs', 'acpi', 'scsi', 'mtrr'];

/** Arguments for `bwrap --args`, without the program to run. */
export function bubblewrapArguments(options: BubblewrapOptions): string[] {
  const { workspace, packages, network } = options;
  const memoryFolder = (path: string, mode: string) => [
    ...['--size', String(options.tmpBytes), '--perms', mode, '--tmpfs', path],
  ];
  return [
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(options.disableUserns ? ['--disable-userns'] : []),
    ...(network ? [] : ['--unshare-net']),
    // The first ends everything when SpecBoard dies; the second keeps it from typing into the terminal it was started in.
    ...['--die-with-parent', '--new-session', '--hostname', 'sandbox'],
    ...['--uid', '1000', '--gid', '1000', '--cap-drop', 'ALL'],
    ...['--info-fd', String(descriptors.info)],
    ...(options.seccomp ? ['--seccomp', String(descriptors.seccomp)] : []),
    ...systemFolders.flatMap(systemFolder),
    ...[...config, ...(network ? networkConfig : [])].flatMap(systemConfig),
    ...(network ? resolverConfig() : []),
    ...['--ro-bind', join(options.accounts, 'passwd'), '/etc/passwd'],
    ...['--ro-bind', join(options.accounts, 'group'), '/etc/group'],
    ...['--proc', '/proc', ...kernelSettings.flatMap(readOnlyProc)],
    ...['--dev', '/dev', ...memoryFolder('/dev/shm', '1777'), '--remount-ro', '/dev'],
    ...memoryFolder('/tmp', '1777'),
    ...memoryFolder(inside.home, '0700'),
    ...options.pythonFolders.flatMap((folder) => ['--ro-bind', folder, folder]),
    ...['--ro-bind', options.runner, inside.runner],
    ...[packages.writable ? '--bind' : '--ro-bind', packages.path, inside.packages],
    ...Object.entries(options.files ?? {}).flatMap(([to, from]) => ['--ro-bind', from, to]),
    ...(workspace === undefined
      ? ['--chdir', inside.home]
      : ['--bind', workspace, inside.workspace, '--chdir', inside.workspace]),
    ...['--remount-ro', '/', '--clearenv'],
    ...Object.entries(options.environment).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}

/** True for what is visible inside anyway. */
export function isOfTheSystem(path: string): boolean {
  return systemFolders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

function systemFolder(path: string): string[] {
  if (!existsSync(path)) return [];
  const real = realpathSync(path);
  return real === path ? ['--ro-bind', path, path] : ['--symlink', real.slice(1), path];
}

function systemConfig(name: string): string[] {
  return ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`];
}

function readOnlyProc(name: string): string[] {
  const path = `/proc/${name}`;
  return existsSync(path) ? ['--ro-bind', path, path] : [];
}

/** resolv.conf often is a link into /run, which is not there inside. */
function resolverConfig(): string[] {
  try {
    return ['--ro-bind', realpathSync('/etc/resolv.conf'), '/etc/resolv.conf'];
  } catch {
    return [];
  }
}
