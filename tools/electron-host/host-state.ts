// What the host's modules share, and the extra surface for tests: require('electron').__host.
import type { ChildProcess } from 'node:child_process';
import type { Cdp } from './browser/cdp.ts';

/** A dialog that the app asked for, in the order in which it asked. */
export interface AskedDialog {
  method: string;
  options: unknown;
}

/** An answer that a test put aside for the next dialog of that method. */
export interface QueuedAnswer {
  method: string;
  result: unknown;
}

/** Milliseconds since the process started, by milestone: start, main (main loaded), chromium, ready. */
export type Timings = Record<string, number>;

/** The record behind `__host`. The first block is the surface for tests, the second is the host's own. */
export interface HostState {
  /** Tray icons that live now. */
  readonly trays: Set<unknown>;
  /** Every notification that was shown. */
  readonly notifications: unknown[];
  /** Every dialog that was asked for. */
  readonly dialogs: AskedDialog[];
  /** Addresses and paths that were handed to `shell`. */
  readonly opened: string[];
  /** Global shortcuts, by accelerator. */
  readonly shortcuts: Map<string, () => void>;
  /** Calls of `app` that only tell the desktop something: [method, ...arguments]. */
  readonly appCalls: unknown[][];
  readonly timings: Timings;
  /** The context menu that was popped up last. */
  popup: unknown;
  /** Puts an answer aside for the next dialog: a result, or a function from the dialog's options to one. */
  answer(method: string, result: unknown): void;

  readonly answers: QueuedAnswer[];
  /** Command-line arguments, without the executable. */
  commandLine: string[];
  /** The folder that passes for an Electron distribution. */
  distFolder: string;
  appFolder: string;
  /** The app's package.json. */
  manifest: { name?: string; productName?: string; version?: string; main?: string; type?: string };
  headless: boolean;
  /** Draw menu, tray and dialogs in the windows. */
  overlay: boolean;
  /** Null until Chromium was started. */
  cdp: Cdp | null;
  chromium: ChildProcess | null;
  chromiumPath: string;
  /** Arguments that a second start of Chromium needs to reach the running one. */
  chromiumArguments: string[];
  profileFolder: string;
  /** Settled when Chromium takes commands. */
  booted: Promise<void> | null;
}

/** The one record of this process. */
export const host: HostState = {
  trays: new Set(),
  notifications: [],
  dialogs: [],
  opened: [],
  shortcuts: new Map(),
  appCalls: [],
  timings: { start: performance.now() },
  popup: null,
  answer(method, result) {
    host.answers.push({ method, result });
  },
  answers: [],
  commandLine: [],
  distFolder: import.meta.dirname,
  appFolder: process.cwd(),
  manifest: {},
  headless: true,
  overlay: false,
  cdp: null,
  chromium: null,
  chromiumPath: '',
  chromiumArguments: [],
  profileFolder: '',
  booted: null,
};

/** Runs `action` in a later turn of the event loop, as Electron does with events that native code raises. */
export function later(action: () => void): void {
  setImmediate(action);
}

/** An event object as Electron's emitters pass it, with `preventDefault`; read `defaultPrevented` after the emit. */
export function preventable<T extends object>(
  extra?: T,
): T & { preventDefault(): void; defaultPrevented: boolean } {
  let prevented = false;
  const event = {
    preventDefault() {
      prevented = true;
    },
    get defaultPrevented() {
      return prevented;
    },
  };
  return Object.defineProperties(event, Object.getOwnPropertyDescriptors(extra ?? {})) as unknown as T & {
    preventDefault(): void;
    defaultPrevented: boolean;
  };
}
