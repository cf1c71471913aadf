// What an E2B sandbox looks like from inside: its home, and the programs that run there for the code interpreter.
import path from 'node:path';
import { type JailSettings, shellFiles } from '../vendor-server/jail.ts';
import type { Launcher } from '../vendor-server/launcher.ts';
import { ConnectError } from './connect-protocol.ts';

/** The folder in /home that belongs to a sandbox. */
export const USER = 'user';
/** Home of the default user inside a sandbox. */
export const HOME = `/home/${USER}`;
/** Variable that every process of a sandbox has. */
export const ID_VARIABLE = 'E2B_SANDBOX_ID';

/** The settings of every sandbox's folder. */
export function homeSettings(launcher: Launcher): JailSettings {
  return {
    launcher,
    home: HOME,
    prefix: 'e2b-sandbox-',
    supportFolder: '/home/.code-interpreter',
    supportSources: [
      path.join(import.meta.dirname, 'python'),
      path.join(import.meta.dirname, '../vendor-server/python'),
    ],
    homeFiles: shellFiles(launcher, 'user@e2b:\\w\\$ '),
    tilde: true,
    fail: (kind, message) =>
      new ConnectError(kind === 'no-folder' ? 'invalid_argument' : 'failed_precondition', message),
  };
}

/** The variables by which a process knows its sandbox. */
export function sandboxVariables(sandboxId: string): Record<string, string> {
  return { USER, LOGNAME: USER, E2B_SANDBOX: 'true', [ID_VARIABLE]: sandboxId };
}
