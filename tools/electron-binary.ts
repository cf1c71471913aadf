// Electron's binary: is it there (a test of files, never a download), and one explicit try to fetch it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ElectronFact } from './choose-runtime.ts';

/** A failed download is not tried again for this long, so that each start is not slow. */
const RETRY_AFTER_MS = 60 * 60 * 1000;
const DOWNLOAD_DEADLINE_MS = 180_000;

function executableName(packageFolder: string, platform: NodeJS.Platform): string {
  const pathFile = path.join(packageFolder, 'path.txt');
  if (existsSync(pathFile)) return readFileSync(pathFile, 'utf8').trim();
  if (platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return platform === 'win32' ? 'electron.exe' : 'electron';
}

/** Looks for the binary: in the folder that ELECTRON_OVERRIDE_DIST_PATH names, else in node_modules. */
export function findElectron(root: string, env: Readonly<Record<string, string | undefined>>): ElectronFact {
  const folder = path.join(root, 'node_modules/electron');
  const name = executableName(folder, process.platform);
  const override = env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) {
    const file = path.join(override, name);
    return existsSync(file)
      ? { path: file }
      : { missing: `ELECTRON_OVERRIDE_DIST_PATH=${override} holds no ${name}` };
  }
  if (!existsSync(folder)) return { missing: 'the npm package "electron" is not installed (npm ci)' };
  const file = path.join(folder, 'dist', name);
  return existsSync(file) ? { path: file } : { missing: 'its binary has not been downloaded' };
}

const noteFile = (root: string): string =>
  path.join(root, 'node_modules/.cache/specboard/electron-download.json');

/** Why the last download failed, if that was within the last hour. */
export function recentFailure(root: string, now = Date.now()): string | null {
  try {
    const note = JSON.parse(readFileSync(noteFile(root), 'utf8')) as { at: number; reason: string };
    return now - note.at < RETRY_AFTER_MS && now >= note.at ? note.reason : null;
  } catch {
    return null;
  }
}

/** Notes a failed download, or (null) forgets it. */
export function noteFailure(root: string, reason: string | null, now = Date.now()): void {
  if (reason === null) rmSync(noteFile(root), { force: true });
  else {
    mkdirSync(path.dirname(noteFile(root)), { recursive: true });
    writeFileSync(noteFile(root), JSON.stringify({ at: now, reason }));
  }
}

/** Tries once to fetch the binary, for three minutes at most; returns why it failed, or null. */
export function downloadElectron(root: string): string | null {
  const script = path.join(root, 'node_modules/electron/install.js');
  if (!existsSync(script)) return 'the npm package "electron" is not installed (npm ci)';
  const result = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: DOWNLOAD_DEADLINE_MS });
  if (result.status === 0) {
    noteFailure(root, null);
    return null;
  }
  const timedOut = result.signal !== null;
  const line = result.stderr
    ?.split('\n')
    .find((text) => /error|fetch|status|ENOTFOUND|ECONN/i.test(text))
    ?.trim();
  const cause = timedOut ? 'no end within three minutes' : (line ?? `exit code ${result.status}`);
  const reason = `its binary could not be downloaded (${cause})`;
  noteFailure(root, reason);
  return reason;
}
