// shell: recorded in `__host.opened`; in a window with a person before it, the desktop's opener is used as well.

import { spawn } from 'node:child_process';
import path from 'node:path';
import type * as Electron from 'electron';
import { host } from '../host-state.ts';
import { strictModule } from '../strict.ts';

/** Hands `target` to the system's opener; nobody waits for it, and one that is missing is no error. */
function openWithSystem(target: string): void {
  if (host.headless) return;
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', target]
      : process.platform === 'win32'
        ? ['explorer.exe', target]
        : ['xdg-open', target];
  const child = spawn(command ?? 'xdg-open', args, { stdio: 'ignore', detached: true });
  child.on('error', () => console.error(`[electron-host] there is no program here to open ${target}`));
  child.unref();
}

/** The `shell` module. */
export const shell = strictModule('shell', 'Shell', {
  openExternal: (url: string) => {
    host.opened.push(url);
    openWithSystem(url);
    return Promise.resolve();
  },
  openPath: (file: string) => {
    host.opened.push(file);
    openWithSystem(file);
    return Promise.resolve('');
  },
  showItemInFolder: (file: string) => {
    host.opened.push(file);
    openWithSystem(path.dirname(file));
  },
  beep: () => {},
} satisfies Partial<Electron.Shell>);
