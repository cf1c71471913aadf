// What a Daytona sandbox looks like from inside: its home, its user, the programs that the toolbox runs there.
import path from 'node:path';
import { type JailSettings, shellFiles } from '../vendor-server/jail.ts';
import type { Launcher } from '../vendor-server/launcher.ts';
import { badRequest } from './errors.ts';

/** The folder in /home that belongs to the sandbox. */
export const USER = 'daytona';
/** Home of the sandbox's user, and the folder that relative paths start from. */
export const HOME = `/home/${USER}`;
/** Variable that every process of a sandbox has. */
export const ID_VARIABLE = 'DAYTONA_SANDBOX_ID';
/** How the folders of sandboxes are called on this machine. */
export const FOLDER_PREFIX = 'daytona-sandbox-';

/** The settings of every sandbox's folder. */
export function homeSettings(launcher: Launcher): JailSettings {
  return {
    launcher,
    home: HOME,
    prefix: FOLDER_PREFIX,
    supportFolder: '/home/.toolbox',
    supportSources: [
      path.join(import.meta.dirname, 'python'),
      path.join(import.meta.dirname, '../vendor-server/python'),
    ],
    homeFiles: shellFiles(launcher, 'daytona:\\w\\$ '),
    tilde: false,
    fail: (_kind, message) => badRequest(message),
  };
}
