// windowStatePersistence: bounds of named windows, kept in one JSON file in userData.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type * as Electron from 'electron';
import { app } from './app.ts';

/** What is kept of a window. */
export interface WindowState {
  bounds: Electron.Rectangle;
  maximized: boolean;
}

const file = (): string => path.join(app.getPath('userData'), 'host-windows.json');

function readAll(): Record<string, WindowState> {
  try {
    return JSON.parse(readFileSync(file(), 'utf8')) as Record<string, WindowState>;
  } catch {
    return {}; // none yet, or unreadable: the window gets its default place
  }
}

function writeAll(states: Record<string, WindowState>): void {
  try {
    mkdirSync(path.dirname(file()), { recursive: true });
    writeFileSync(file(), JSON.stringify(states));
  } catch {
    // a place on the screen is not worth an error
  }
}

/** What was kept of the window called `name`. */
export function restoreWindowState(name: string): WindowState | null {
  return readAll()[name] ?? null;
}

/** Keeps it, when the app has a data folder of its own. */
export function saveWindowState(name: string, state: WindowState): void {
  if (app.hasOwnUserData()) writeAll({ ...readAll(), [name]: state });
}

/** Forgets it. */
export function forgetWindowState(name: string): void {
  const { [name]: _, ...rest } = readAll();
  writeAll(rest);
}
