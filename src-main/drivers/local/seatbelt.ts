/**
 * Isolation on macOS: a profile for sandbox-exec. Reading the system is allowed (a closed list is not workable with dyld's
 * cache and frameworks), the home folder is hidden but for what is needed, writing only to the session's own folders.
 * Not tried by our tests on Linux; the GitHub workflow runs it on macOS.
 */

/** Real paths: rules match vnodes, and /tmp and /var are links on macOS. */
export interface SeatbeltOptions {
  workspace: string;
  packages: string;
  temporary: string;
  runner: string;
  home: string;
  /** Data folder of SpecBoard: database, logs. */
  dataFolder: string;
  pythonFolders: readonly string[];
  network: boolean;
  packagesWritable: boolean;
}

/** The profile's text. The last rule that matches wins. */
export function seatbeltProfile(options: SeatbeltOptions): string {
  const path = (value: string) => JSON.stringify(value);
  const subpath = (value: string) => `(subpath ${path(value)})`;
  const readable = [options.workspace, options.packages, options.temporary, ...options.pythonFolders];
  const writable = [
    options.workspace,
    options.temporary,
    ...(options.packagesWritable ? [options.packages] : []),
  ];
  const hidden = [
    options.home,
    options.dataFolder,
    '/Library/Keychains',
    '/private/var/db',
    '/Volumes',
    '/Users',
  ];
  return [
    '(version 1)',
    '(deny default)',
    '(allow process-exec process-fork)',
    '(allow signal (target same-sandbox))',
    '(allow process-info* (target same-sandbox))',
    '(allow sysctl-read)',
    '(allow ipc-posix-sem ipc-posix-shm)',
    '(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo") (global-name "com.apple.system.opendirectoryd.membership") (global-name "com.apple.system.logger") (global-name "com.apple.system.notification_center"))',
    '(allow file-read*)',
    `(deny file-read* ${hidden.map(subpath).join(' ')})`,
    // A folder's own path must be walkable to reach what is allowed below it.
    '(allow file-read-metadata)',
    `(allow file-read* ${readable.map(subpath).join(' ')} (literal ${path(options.runner)}))`,
    `(allow file-write* ${writable.map(subpath).join(' ')})`,
    '(allow file-write* file-ioctl (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty") (literal "/dev/dtracehelper"))',
    ...(options.network
      ? [
          '(allow network-outbound (remote ip))',
          '(allow network-bind (local ip))',
          '(allow mach-lookup (global-name "com.apple.SystemConfiguration.configd") (global-name "com.apple.trustd.agent"))',
          '(allow network-outbound (literal "/private/var/run/mDNSResponder"))',
        ]
      : []),
  ].join('\n');
}
