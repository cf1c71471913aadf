// app.getPath: where things live on the three systems.
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

/** The folder above all apps' settings. */
function appDataFolder(): string {
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Application Support');
  if (process.platform === 'win32') return process.env.APPDATA ?? path.join(homedir(), 'AppData', 'Roaming');
  return process.env.XDG_CONFIG_HOME || path.join(homedir(), '.config');
}

/** The path called `name` for an app of that name; `set` are the paths that the app has set. Throws for unknown names. */
export function appPath(name: string, appName: string, set: ReadonlyMap<string, string>): string {
  const chosen = set.get(name);
  if (chosen) return chosen;
  const inHome = (folder: string): string => path.join(homedir(), folder);
  const userData = (): string => set.get('userData') ?? path.join(appPath('appData', appName, set), appName);
  const mac = process.platform === 'darwin';
  const rules: Record<string, () => string> = {
    home: homedir,
    appData: appDataFolder,
    temp: tmpdir,
    exe: () => process.execPath,
    module: () => process.execPath,
    userData,
    sessionData: userData,
    logs: () => (mac ? path.join(homedir(), 'Library', 'Logs', appName) : path.join(userData(), 'logs')),
    crashDumps: () => path.join(userData(), 'Crashpad'),
    desktop: () => inHome('Desktop'),
    documents: () => inHome('Documents'),
    downloads: () => inHome('Downloads'),
    music: () => inHome('Music'),
    pictures: () => inHome('Pictures'),
    videos: () => inHome(mac ? 'Movies' : 'Videos'),
  };
  const rule = rules[name];
  if (!rule) throw new Error(`Failed to get '${name}' path`);
  return rule();
}
