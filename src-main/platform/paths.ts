/**
 * Where things are: the data folder of this person, and the files that ship with the app. No electron here: the command
 * line uses it too, and gets the same data folder as the window.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve, win32 } from 'node:path';
import { SpecboardError } from '../../src-shared/contract/errors.ts';

/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder's name; Electron derives the same one from `productName` in package.json. */
const appName = 'SpecBoard';

/**
 * The data folder: SPECBOARD_HOME, or the platform's place for application data (what Electron calls `userData`).
 * Pure: the folder need not exist. Throws `invalid` where SPECBOARD_HOME is not an absolute path, because a relative one
 * would be another folder in every terminal.
 */
export function dataFolder(env: Environment, platform: NodeJS.Platform, homedir: string): string {
  const path = platform === 'win32' ? win32 : posix;
  const chosen = env.SPECBOARD_HOME;
  if (chosen !== undefined && chosen !== '') {
    if (!path.isAbsolute(chosen)) {
      throw new SpecboardError('invalid', 'SPECBOARD_HOME must be an absolute path.');
    }
    return path.normalize(chosen);
  }
  if (platform === 'darwin') return path.join(homedir, 'Library', 'Application Support', appName);
  if (platform === 'win32')
    return path.join(env.APPDATA || path.join(homedir, 'AppData', 'Roaming'), appName);
  // The XDG rule: a relative value is to be ignored.
  const config = env.XDG_CONFIG_HOME;
  return path.join(
    config !== undefined && path.isAbsolute(config) ? config : path.join(homedir, '.config'),
    appName,
  );
}

/** Files and folders within the data folder. */
export interface DataPaths {
  folder: string;
  database: string;
  logs: string;
}

/** The names within a data folder. */
export function dataPaths(folder: string): DataPaths {
  return { folder, database: join(folder, 'specboard.db'), logs: join(folder, 'logs') };
}

/** What ships with the app. */
export interface AppPaths {
  /** SQL migrations and their journal. */
  migrations: string;
  /** runner.py, icons, tray images. */
  resources: string;
  /** Built pages. */
  renderer: string;
  /** The built preload script. */
  preload: string;
}

/** Where the app runs from. */
export interface AppPlace {
  /** True in an installed app. */
  packaged: boolean;
  /** `process.resourcesPath` of an installed app. */
  resourcesPath: string;
  /** Folder (or asar archive) of package.json and dist/. */
  root: string;
}

/**
 * Where shipped files are. In an installed app `migrations` and `resources` lie beside the archive (extraResources of
 * electron-builder.yml), because Python and the system cannot read inside it.
 */
export function appPaths({ packaged, resourcesPath, root }: AppPlace): AppPaths {
  const beside = packaged ? resourcesPath : root;
  return {
    migrations: join(beside, 'migrations'),
    resources: join(beside, 'resources'),
    renderer: join(root, 'dist', 'renderer'),
    preload: join(root, 'dist', 'preload', 'index.cjs'),
  };
}

/**
 * The folder of SpecBoard's package.json, looked for upwards from a file of ours (`import.meta.dirname`): sources, the
 * built bundle and its chunks lie at different depths. Throws `internal` where there is none.
 */
export function findAppRoot(from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && isOurs(file)) return folder;
    if (dirname(folder) === folder) {
      throw new SpecboardError('internal', "SpecBoard's own files were not found.");
    }
  }
}

function isOurs(file: string): boolean {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }).name === 'specboard';
  } catch {
    return false;
  }
}
