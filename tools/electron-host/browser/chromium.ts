// Starts Chromium, keeps the line to it, and ends it.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { findChromium } from '../find-chromium.ts';
import { host } from '../host-state.ts';
import { Cdp } from './cdp.ts';
import type { Profile } from './profile.ts';

/** How Chromium is started. */
export interface ChromiumOptions {
  profile: Profile;
  /** Switches that the app added with app.commandLine. */
  appSwitches: readonly string[];
  /** Called once when Chromium goes away without having been told to. */
  lost(): void;
}

/** True when windows are not shown: HOST_HEADLESS decides, else whether there is a display. */
export function isHeadless(
  env: Readonly<Record<string, string | undefined>>,
  platform = process.platform,
): boolean {
  if (env.HOST_HEADLESS) return env.HOST_HEADLESS !== '0';
  return platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY;
}

/** The features that the app's switches name and those of the host, joined: only the last such switch would count. */
function mergeFeatures(switches: readonly string[]): string[] {
  const wanted = ['--disable-features=Translate,MediaRouter', ...switches];
  const merged = ['--disable-features', '--enable-features'].flatMap((name) => {
    const lists = wanted
      .filter((item) => item.startsWith(`${name}=`))
      .map((item) => item.slice(name.length + 1));
    return lists.length > 0 ? [`${name}=${lists.filter((list) => list !== '').join(',')}`] : [];
  });
  return [...wanted.filter((item) => !/^--(en|dis)able-features=/.test(item)), ...merged];
}

/** Starts it and resolves with the line once it takes commands; rejects if there is none or it ends at once. */
export async function startChromium({ profile, appSwitches, lost }: ChromiumOptions): Promise<Cdp> {
  const executable = findChromium();
  if (!executable) {
    throw new Error(
      'no Chromium, Chrome or Edge was found; install one (Debian: apt-get install chromium) or set HOST_CHROMIUM',
    );
  }
  host.chromiumPath = executable;
  host.profileFolder = profile.folder;
  host.chromiumArguments = [
    `--user-data-dir=${profile.folder}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--test-type', // no yellow bar about the switches below
    '--password-store=basic',
    '--use-mock-keychain',
    '--hide-crash-restore-bubble',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ...(host.headless ? ['--headless'] : []),
  ];
  const debuggingPort = host.commandLine.filter((item) => item.startsWith('--remote-debugging-port'));
  const network = process.env.HOST_NETWORK
    ? []
    : ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'];
  const child = spawn(
    executable,
    [
      ...host.chromiumArguments,
      '--remote-debugging-pipe',
      '--no-startup-window', // the browser stays, whatever the number of windows
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-default-apps',
      '--disable-extensions',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
      ...network,
      ...debuggingPort,
      ...mergeFeatures(appSwitches),
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] },
  );
  host.chromium = child;
  // Playwright waits for the first of these lines; the rest of what Chromium says is noise about D-Bus and the like.
  child.stderr?.on('data', (data: Buffer) => {
    for (const line of String(data).split('\n')) {
      if (/DevTools listening|X display|FATAL/.test(line)) process.stderr.write(`${line}\n`);
    }
  });
  child.once('error', lost);
  child.once('exit', lost);
  const cdp = new Cdp(child.stdio[3] as Writable, child.stdio[4] as Readable);
  await cdp.send('Browser.getVersion');
  return cdp;
}

/** Ends Chromium politely, after three seconds by force; resolves when it is gone. */
export async function stopChromium(child: ChildProcess): Promise<void> {
  // A process that was ended by a signal has no exit code.
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const force = setTimeout(() => child.kill('SIGKILL'), 3000);
  host.cdp?.tell('Browser.close');
  await gone;
  clearTimeout(force);
}
