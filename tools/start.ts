// `npm start`: builds if needed, then opens the app in Electron, or where there is none in an installed Chromium.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { buildError, buildIfStale } from './build.ts';
import { chooseRuntime, type RuntimeChoice } from './choose-runtime.ts';
import { downloadElectron, findElectron, recentFailure } from './electron-binary.ts';
import { findChromium } from './electron-host/find-chromium.ts';

const ROOT = path.join(import.meta.dirname, '..');

/** Windows can be shown; HOST_HEADLESS=1 (for tests of the start itself) does without. */
function hasDisplay(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY, HOST_HEADLESS } = process.env;
  return process.platform !== 'linux' || !!DISPLAY || !!WAYLAND_DISPLAY || HOST_HEADLESS === '1';
}

function decide(): RuntimeChoice {
  const failure = recentFailure(ROOT);
  const found = findElectron(ROOT, process.env);
  const facts = {
    wanted: process.env.APP_RUNTIME,
    electron: 'missing' in found && failure ? { missing: failure } : found,
    mayDownload: failure === null && !process.env.ELECTRON_OVERRIDE_DIST_PATH,
    chromium: findChromium(),
    display: hasDisplay(),
    node: process.versions.node,
  };
  const choice = chooseRuntime(facts);
  if (choice.kind !== 'download') return choice;
  console.error("Electron's binary is not here yet; fetching it once (about 100 MB) ...");
  const reason = downloadElectron(ROOT);
  const after = reason ? { missing: reason } : findElectron(ROOT, process.env);
  return chooseRuntime({ ...facts, electron: after, mayDownload: false });
}

/** Runs the program with this one's streams; ends as it ends, and hands signals on. */
function run(command: string, args: string[]): void {
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...process.env, HOST_NODE: process.execPath, HOST_NOTICE: '0' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`SpecBoard could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

const choice = decide();
if (choice.kind === 'stop' || choice.kind === 'download') {
  console.error(choice.kind === 'stop' ? choice.message : 'Electron could not be fetched.');
  process.exitCode = 1;
} else {
  if (choice.kind === 'host') console.error(choice.notice);
  await buildIfStale(ROOT).catch((error: unknown) => {
    console.error(buildError(error));
    process.exit(1);
  });
  const args = [ROOT, ...process.argv.slice(2)];
  if (choice.kind === 'electron') run(choice.path, args);
  // Not through the `electron` script beside it: that one is for Linux and macOS only.
  else run(process.execPath, [path.join(import.meta.dirname, 'electron-host/launch.mjs'), ...args]);
}
