// Starts an app as the Electron binary would: command line, modules, the app's main script, Chromium, `ready`.
import { existsSync, readFileSync, statSync } from 'node:fs';
import inspector from 'node:inspector';
import { createRequire } from 'node:module';
import path from 'node:path';
import { app } from './api/app.ts';
import { onSchemesChanged } from './api/protocol.ts';
import { contentsOfTarget, windows } from './api/registry.ts';
import { allSessions } from './api/session.ts';
import { isHeadless, startChromium, stopChromium } from './browser/chromium.ts';
import { type Profile, sweepTempFolders, takeProfile } from './browser/profile.ts';
import { answerRequests, holdRequests } from './browser/requests.ts';
import { watchTargets } from './browser/targets.ts';
import { parseCommandLine } from './command-line.ts';
import { electronExports } from './electron-exports.ts';
import { type HostState, host } from './host-state.ts';
import { loadMain } from './load-main.ts';
import { provideElectron } from './module-hooks.ts';
import { unpackAsar } from './unpack-asar.ts';

const require = createRequire(import.meta.url);

/** Makes this process look like Electron's main process. */
function dressProcess(version: string): void {
  const versions = { ...process.versions, electron: version, chrome: '0.0.0.0' };
  Object.defineProperty(process, 'versions', { value: versions });
  const resourcesPath = path.join(host.distFolder, 'resources');
  Object.assign(process, { type: 'browser', defaultApp: true, resourcesPath });
  // Exactly so: Playwright's loader cuts its own arguments out of this list.
  process.argv = [path.join(host.distFolder, 'electron'), ...host.commandLine];
}

/** Finds the app's main script; fills in what the host knows about the app. */
function findApp(entry: string | null): string {
  const archive = path.join(host.distFolder, 'resources', 'app.asar');
  const packaged = existsSync(archive);
  if (packaged) {
    app.isPackaged = true;
    Object.assign(process, { defaultApp: undefined });
  }
  const target = packaged ? unpackAsar(archive) : path.resolve(entry ?? '.');
  if (!existsSync(target)) throw new Error(`Unable to find Electron app at ${target}`);
  if (!statSync(target).isDirectory()) {
    host.appFolder = path.dirname(target);
    return target;
  }
  host.appFolder = target;
  host.manifest = JSON.parse(
    readFileSync(path.join(target, 'package.json'), 'utf8'),
  ) as HostState['manifest'];
  return path.join(target, host.manifest.main ?? 'index.js');
}

async function boot(): Promise<void> {
  host.headless = isHeadless(process.env);
  host.overlay = process.env.HOST_OVERLAY ? process.env.HOST_OVERLAY !== '0' : !host.headless;
  const profile: Profile = await takeProfile(app.hasOwnUserData() ? app.getPath('sessionData') : null);
  process.on('exit', () => profile.release());
  let stopping = false;
  const lost = (): void => {
    if (stopping) return;
    stopping = true;
    if (app.exiting) return;
    console.error('[electron-host] Chromium went away');
    app.exit(1);
  };
  app.stopBrowser = async () => {
    stopping = true;
    if (host.chromium) await stopChromium(host.chromium);
  };
  const cdp = await startChromium({ profile, appSwitches: app.commandLine.switches, lost });
  host.cdp = cdp;
  answerRequests(cdp, contentsOfTarget);
  onSchemesChanged(() => void holdRequests(cdp).catch(() => {}));
  await Promise.all([
    holdRequests(cdp),
    watchTargets(
      cdp,
      (url, openerId) =>
        contentsOfTarget(openerId)?.openWindow({
          url,
          frameName: '',
          features: '',
          disposition: 'new-window',
        }),
      (targetId) => contentsOfTarget(targetId)?.window.gone(),
    ),
  ]);
  for (const session of allSessions()) session.applyPermissions();
  host.timings.chromium = performance.now();
  void sweepTempFolders();
}

async function run(entry: string | null, requires: readonly string[], mainLoaded: () => void): Promise<void> {
  const file = findApp(entry);
  app.setName(host.manifest.productName ?? host.manifest.name ?? 'Electron');
  for (const module of requires) require(path.resolve(module));
  await loadMain(file);
  mainLoaded();
  host.timings.main = performance.now();
  if (app.exiting) return;
  await host.booted;
  if (app.quitting) return;
  app.becomeReady();
  host.timings.ready = performance.now();
}

/** The host's main function; `distFolder` is the folder that passes for an Electron distribution. */
export async function launch(distFolder: string): Promise<void> {
  host.distFolder = distFolder;
  host.commandLine = process.argv.slice(2);
  const version = readFileSync(path.join(distFolder, 'version'), 'utf8').trim();
  const options = parseCommandLine(host.commandLine);
  if (options.version) {
    console.log(`v${version}`);
    return;
  }
  if (options.inspect) inspector.open(options.inspect.port, '127.0.0.1', options.inspect.wait);
  provideElectron(electronExports);
  dressProcess(version);
  if (options.userData) app.setPath('userData', path.resolve(options.userData));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit());
  if (process.env.HOST_NOTICE !== '0') {
    console.error(
      `[electron-host] the Electron binary is not used: this is Node ${process.versions.node} with Chromium, for tests and trials only`,
    );
  }
  // The app's windows wait for this promise, so it must exist before the app runs.
  const begun = Promise.withResolvers<void>();
  host.booted = begun.promise.then(boot);
  host.booted.catch((error: Error) => {
    if (app.exiting) return;
    console.error(`[electron-host] ${error.message}`);
    for (const window of [...windows]) window.gone();
    app.exit(1);
  });
  try {
    await run(options.entry, options.requires, begun.resolve);
  } catch (error) {
    console.error(error);
    app.exit(1);
  }
}
