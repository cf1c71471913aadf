/** Whether a Linux desktop has a place for tray icons; Electron cannot tell. No electron. */
import { execFile } from 'node:child_process';

/** Runs a program and gives its standard output; rejects where it fails or takes longer than `timeoutMs`. */
export type RunProgram = (file: string, args: string[], timeoutMs: number) => Promise<string>;

const timeoutMs = 1_000;
const watcher = 'org.kde.StatusNotifierWatcher';

/** Ways to ask the session bus whether that name has an owner; the first program that is installed answers. */
const questions: readonly [string, string[]][] = [
  ['busctl', ['--user', 'call', ...bus(), 'NameHasOwner', 's', watcher]],
  [
    'gdbus',
    [
      'call',
      '--session',
      '--dest',
      bus()[0],
      '--object-path',
      bus()[1],
      '--method',
      `${bus()[2]}.NameHasOwner`,
      watcher,
    ],
  ],
];

/**
 * True where a tray icon will be seen. macOS and Windows always have a place; on Linux the session bus is asked, and no
 * answer means no: a window must not hide where nothing can bring it back. Never rejects.
 */
export async function hasTrayHost(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  run: RunProgram = runProgram,
): Promise<boolean> {
  if (platform !== 'linux') return true;
  // Without a bus the programs would try to start one.
  if (!env.DBUS_SESSION_BUS_ADDRESS && !env.XDG_RUNTIME_DIR) return false;
  for (const [file, args] of questions) {
    try {
      return /\btrue\b/.test(await run(file, args, timeoutMs));
    } catch {
      // Not installed, or no answer: ask the next way.
    }
  }
  return false;
}

function bus(): [string, string, string] {
  return ['org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus'];
}

function runProgram(file: string, args: string[], timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { timeout }, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
  });
}
