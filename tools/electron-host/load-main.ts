// Runs the app's main script, CommonJS or ES module.
import { readFileSync } from 'node:fs';
import Module, { createRequire, findPackageJSON } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { app } from './api/app.ts';
import { host } from './host-state.ts';

const require = createRequire(import.meta.url);

/** True if Node takes the file for an ES module: by its ending, else by the nearest package.json. */
function isEsModule(file: string): boolean {
  if (/\.m[jt]s$/.test(file)) return true;
  if (/\.c[jt]s$/.test(file)) return false;
  const manifest = findPackageJSON(pathToFileURL(file).href);
  return manifest !== undefined && JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';
}

/** Resolves when the app has waited for `ready` for two seconds while its own top level, which comes first, is not done. */
async function stalled(): Promise<void> {
  await app.readyWanted;
  await sleep(2000);
  if (host.timings.main !== undefined) return;
  console.error(
    '[electron-host] main awaits app.whenReady() at its top level; Electron itself may wait for ever',
  );
}

/**
 * Runs it; resolves when its top level is done. A script without top-level await is run synchronously, so that what it
 * sets (paths, switches, schemes) is set before Chromium starts.
 */
export async function loadMain(file: string): Promise<void> {
  if (!isEsModule(file)) {
    // As the main module: require.main is it.
    (Module as unknown as { _load(file: string, parent: null, main: boolean): void })._load(file, null, true);
    return;
  }
  try {
    require(file);
  } catch (error) {
    // Thrown before anything of the graph was run.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    await Promise.race([import(pathToFileURL(file).href), stalled()]);
  }
}
