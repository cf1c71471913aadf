/** Opens the core for one command: the same data folder as the window's. */
import { homedir } from 'node:os';
import { type Core, createCore } from '../app/create-core.ts';
import { appPaths, dataFolder, findAppRoot } from '../platform/paths.ts';

/** The caller disposes the core. */
export function openCliCore(env: NodeJS.ProcessEnv): Promise<Core> {
  const root = findAppRoot(import.meta.dirname);
  const paths = appPaths({ packaged: false, resourcesPath: '', root });
  return createCore({
    kind: 'cli',
    dataFolder: dataFolder(env, process.platform, homedir()),
    migrationsFolder: paths.migrations,
    resourcesFolder: paths.resources,
    appVersion: __APP_VERSION__,
    env,
  });
}
