/** For `specboard doctor`: whether the desktop app can start here, without loading or downloading anything. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findAppRoot } from '../platform/paths.ts';
import type { Check } from '../services/diagnostics.ts';

/** Looks for Electron's binary in the checkout; inside the installed app Electron is what runs. */
export function findElectron(): Check {
  const name = 'Desktop app';
  if (process.versions.electron) {
    return { name, state: 'ok', message: `Electron ${process.versions.electron}.` };
  }
  const folder =
    process.env.ELECTRON_OVERRIDE_DIST_PATH ??
    join(findAppRoot(import.meta.dirname), 'node_modules/electron/dist');
  const pathFile = join(findAppRoot(import.meta.dirname), 'node_modules/electron/path.txt');
  const program = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : 'electron';
  if (existsSync(join(folder, program))) {
    return { name, state: 'ok', message: "Electron's binary is there: npm start opens the app." };
  }
  return {
    name,
    state: 'warning',
    message: "Electron's binary has not been downloaded yet.",
    hint: 'npm start fetches it, or opens the same app in an installed Chromium or Chrome.',
  };
}
