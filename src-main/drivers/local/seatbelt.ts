/**
 * Isolation on macOS: a profile for sandbox-exec. Reading the system is allowed (a closed list is not workable with dyld's
 * cache and frameworks), the home folder is hidden but for what is needed, writing only to the session's own folders.
 * Not tried by our tests on Linux; the GitHub workflow runs it on macOS.
 */
import { dirname } from 'node:path';

/** Real paths: rules match vnodes, and /tmp and /var are links on macOS. */
export interface SeatbeltOptions {
  /** Absent where packages are installed: nothing of the person's is visible then. */
  workspace?: string;
  packages: string;
  temporary: string;
  runner: string;
  home: string;
  /** Data folder of SpecBoard: database, logs. */
  dataFolder: string;
  pythonFolders: readonly string[];
  /** Further files to show. */
  files: readonly string[];
  network: boolean;
  packagesWritable: boolean;
}

/** The profile's text. The last rule that matches wins; what no rule names is denied. */
export function seatbeltProfile(options: SeatbeltOptions): string {
  const workspace = options.workspace === undefined ? [] : [options.workspace];
  const readable = [...workspace, options.packages, options.temporary, ...options.pythonFolders];
  const writable = [...workspace, options.temporary, ...(options.packagesWritable ? [options.packages] : [])];
  const single = [options.runner, ...options.files];
  const hidden = [options.home, options.dataFolder, '/Users', '/Volumes', '/Library/Keychains', '/Network'];
  return [
    '(version 1)',
    '(deny default)',
    '(allow process-exec process-fork)',
    '(allow signal (target same-sandbox))',
    '(allow process-info* (target same-sandbox))',
    '(allow sysctl-read)',
    '(allow ipc-posix-sem ipc-posix-shm)',
    // Names and groups of users, and the log: no keychain, no window server, no launching of other programs.
    '(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo") (global-name "com.apple.system.opendirectoryd.membership") (global-name "com.apple.system.logger") (global-name "com.apple.system.notification_center"))',
    '(allow file-read*)',
    `(deny file-read* ${subpaths(hidden)} (subpath "/private/var/db") (subpath "/private/var/folders") (subpath "/private/tmp"))`,
    '(allow file-read* (subpath "/private/var/db/dyld") (subpath "/private/var/db/timezone"))',
    // The way to what is allowed must be walkable, and shows nothing beside it.
    `(allow file-read-metadata ${[...ancestors([...readable, ...single])].map(literal).join(' ')})`,
    `(allow file-read* ${subpaths(readable)} ${single.map(literal).join(' ')})`,
    `(allow file-write* ${subpaths(writable)})`,
    '(allow file-write-data file-ioctl (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty") (literal "/dev/dtracehelper"))',
    // Terminals: one may be made, and only one that was made in here may be used.
    '(allow pseudo-tty)',
    '(allow file-read* file-write* file-ioctl (literal "/dev/ptmx"))',
    '(allow file-read* file-write* (require-all (regex #"^/dev/ttys[0-9]+$") (extension "com.apple.sandbox.pty")))',
    '(allow file-ioctl (regex #"^/dev/ttys[0-9]+$"))',
    ...(options.network ? network : []),
  ].join('\n');
}

const network = [
  '(allow network-outbound (remote ip))',
  '(allow network-inbound network-bind (local ip))',
  '(allow system-socket)',
  '(allow mach-lookup (global-name "com.apple.SystemConfiguration.configd") (global-name "com.apple.SystemConfiguration.DNSConfiguration") (global-name "com.apple.trustd.agent") (global-name "com.apple.networkd"))',
  '(allow network-outbound (literal "/private/var/run/mDNSResponder"))',
];

/** A path as a string of the profile's language: only quotes and backslashes are special in it. */
function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function literal(path: string): string {
  return `(literal ${quoted(path)})`;
}

function subpaths(paths: readonly string[]): string {
  return paths.map((path) => `(subpath ${quoted(path)})`).join(' ');
}

function ancestors(paths: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const path of paths) {
    for (let at = dirname(path); !found.has(at); at = dirname(at)) found.add(at);
  }
  return found;
}
