// Starts the toy app (host-toy/) in tools/electron-host through Playwright's own Electron support.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import type { HostState } from '../../tools/electron-host/host-state.ts';

/** The repository. */
export const root = path.join(import.meta.dirname, '../..');
/** The folder that passes for an Electron distribution. */
export const hostFolder = path.join(root, 'tools/electron-host');
/** The host's executable. */
export const hostExecutable = path.join(hostFolder, 'electron');
/** The toy app. */
export const toyFolder = path.join(import.meta.dirname, 'host-toy');

/** `globalThis.toy` in the toy's main process, as far as tests use it. */
export interface ToyMain {
  log: unknown[][];
  hideOnClose: boolean;
  refuseQuit: boolean;
  stay: boolean;
  lastSender: unknown;
  window: import('electron').BrowserWindow;
  createWindow(): unknown;
  sameModule(): Promise<boolean>;
  utility(): Promise<unknown[]>;
  safe(text: string): string;
  clip(): Promise<string>;
  notify(): void;
  dark(): void;
}

/** `window.toy` in the toy's page. */
export interface ToyPage {
  early: { readyState: string; scripts: number };
  requireFs: string;
  number: number;
  sandboxed: boolean;
  nested: { list: [number, { two: number }]; when: Date; map: Map<string, number> };
  add(a: number, b: number): number;
  bytes(bytes: Uint8Array): Uint8Array;
  callMe(callback: (value: number, inner: (x: number) => number) => string, value: number): string;
  later(value: number): Promise<{ value: number; times(n: number): number }>;
  fail(): void;
  reject(): Promise<void>;
  missing(): unknown;
  echo(value: unknown): Promise<unknown>;
  invoke(channel: string, ...args: unknown[]): Promise<unknown>;
  sync(value: number): number;
  push(count: number, size: number): Promise<{ ordered: boolean; size: number }>;
  stream(
    total: number,
    chunk: number,
    credit: number,
    onData?: (bytes: Uint8Array) => void,
  ): Promise<{ bytes: number; ordered: boolean }>;
}

declare global {
  /** Of the toy: its main process's object in main, its bridge in the page. */
  var toy: ToyMain & ToyPage;
  /** What the toy's first page script saw. */
  var first: Record<string, string>;
}

/** A started toy. */
export interface RunningToy {
  app: ElectronApplication;
  page: Page;
  /** Its data folder, and all that it reads from the environment. */
  userData: string;
  /** The toy's log, as far as it is now. */
  log(): Promise<unknown[][]>;
  /** The host's test surface, read in main. */
  host<T>(read: (host: HostState) => T): Promise<T>;
  /** Ends it and removes its data folder; safe to call twice. */
  close(): Promise<void>;
}

/** A fresh folder below the system's temp folder. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(path.join(tmpdir(), `${name}-`));
}

/** The environment for a host process: this one's, with the host as Electron, and without windows. */
export function hostEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return {
    ...Object.fromEntries(inherited),
    ELECTRON_OVERRIDE_DIST_PATH: hostFolder,
    HOST_NODE: process.execPath,
    HOST_HEADLESS: '1',
    ...extra,
  };
}

/** Starts the toy and waits until its page is ready. */
export async function startToy(
  options: { env?: Record<string, string>; userData?: string; args?: string[]; ready?: boolean } = {},
): Promise<RunningToy> {
  const userData = options.userData ?? temporaryFolder('host-toy');
  const env = hostEnvironment(options.env);
  // Playwright reads this name from its own environment.
  process.env.ELECTRON_OVERRIDE_DIST_PATH = hostFolder;
  const app = await _electron.launch({
    args: [toyFolder, `--user-data-dir=${userData}`, ...(options.args ?? [])],
    env,
  });
  const page = await app.firstWindow();
  if (options.ready !== false)
    await page.waitForFunction(() => document.querySelector('#out')?.textContent === 'ready');
  let closed: Promise<void> | undefined;
  return {
    app,
    page,
    userData,
    log: () => app.evaluate(() => globalThis.toy.log),
    host: <T>(read: (host: HostState) => T) =>
      app.evaluate((electron, source) => {
        const { __host } = electron as unknown as { __host: HostState };
        return new Function('host', `return (${source})(host)`)(__host) as T;
      }, String(read)),
    close() {
      closed ??= app.close().finally(() => {
        if (options.userData === undefined)
          rmSync(userData, { recursive: true, force: true, maxRetries: 10 });
      });
      return closed;
    },
  };
}

/** Polls until `check` gives true; fails with `what` after `seconds`. */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  seconds = 20,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
