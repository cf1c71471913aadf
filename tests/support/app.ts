/**
 * Launches the real built app (main process, bridge, window, Python) on a data folder of its own, in Electron or in the
 * stand-in host, and takes care that nothing of it is left. The same specs run on both.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { buildIfStale } from '../../tools/build.ts';
import { scanForCanary } from '../setup/canary.ts';
import { axeFindings } from './e2e/axe.ts';
import { hooksFile } from './e2e/native.ts';
import { type FoundProcess, processesOf, survivorsOf } from './e2e/processes.ts';
import { chooseTestRuntime, type Runtime, root } from './e2e/runtime.ts';
import { until } from './e2e/until.ts';

const screens = join(root, 'test-results/screens');

/** What a launch may choose. */
export interface LaunchOptions {
  /** Data folder; without one, a fresh one that is removed afterwards. */
  dataFolder?: string;
  /** Added to (undefined: taken from) the environment. A keyring's `env` goes here. */
  env?: Readonly<Record<string, string | undefined>>;
}

/** A started app. Ends with the test in any case; `close` is the way that also proves something. */
export interface RunningApp {
  app: ElectronApplication;
  page: Page;
  dataFolder: string;
  runtime: Runtime['kind'];
  /** Uncaught errors, console errors and CSP violations of the page so far. `close` expects none. */
  complaints: string[];
  /** Saves the window's picture as test-results/screens/<name>.png. */
  screenshot(name: string): Promise<void>;
  /** Expects nothing serious or critical of axe in the window as it is now. */
  axe(): Promise<void>;
  /** Both at once: what each main state of a journey does. */
  look(name: string): Promise<void>;
  /** Processes that the app has started, at this moment; `ended` expects that those seen last are gone. */
  processes(): FoundProcess[];
  /** Quits as the person does; expects exit code 0, no process left, and no complaint. Safe to call twice. */
  close(): Promise<void>;
  /** Expects the app to end by itself with `code`, and nothing of it to remain. */
  ended(code: number): Promise<void>;
}

/** A data folder that is removed when the test has ended. */
export function temporaryFolder(name = 'data'): string {
  const folder = mkdtempSync(join(tmpdir(), `sb-e2e-${name}-`));
  onTestFinished(() => {
    const leaks = scanForCanary([folder]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    expect(leaks, 'files that hold a secret').toEqual([]);
  });
  return folder;
}

/** The environment of the app: this one's without what would lead it to the person's own things. */
export function appEnvironment(runtime: Runtime, extra: LaunchOptions['env'] = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    // Keys and addresses of E2B, the person's keyring, their data folder, and Electron's and Vite's own switches.
    ([name]) =>
      !/^(E2B_|SPECBOARD_|ELECTRON_|VITE_|DBUS_SESSION_|XDG_RUNTIME_DIR$|XDG_CURRENT_DESKTOP$)/.test(name),
  );
  const all = { ...Object.fromEntries(inherited), ...runtime.env, SPECBOARD_TRAY: '1', ...extra };
  return Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** Builds where needed, launches, and waits until the window can be used. */
export async function launchApp(options: LaunchOptions = {}): Promise<RunningApp> {
  await buildIfStale(root);
  const runtime = chooseTestRuntime();
  const dataFolder = options.dataFolder ?? temporaryFolder();
  // Playwright reads this name from its own environment.
  delete process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const app = await _electron.launch({
    executablePath: runtime.executable,
    args: [...runtime.args, '-r', hooksFile, root, `--user-data-dir=${dataFolder}`],
    env: appEnvironment(runtime, options.env),
  });
  const child = app.process();
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const complaints: string[] = [];
  app.context().on('weberror', (error) => complaints.push(`error: ${error.error().message}`));
  app.context().on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  let known: FoundProcess[] = [];
  const processes = () => {
    known = processesOf(child.pid ?? -1, dataFolder);
    return known;
  };
  const nothingLeft = async (): Promise<void> => {
    let left: FoundProcess[] = [];
    const isGone = () => {
      left = survivorsOf(known, dataFolder);
      return left.length === 0;
    };
    await until('nothing is left', isGone, 10).catch(() => expect(left).toEqual([]));
  };
  onTestFinished(async ({ task }) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    if (task.result?.state === 'fail') await running.screenshot(`failed ${task.name}`).catch(() => {});
    const left = processes();
    child.kill('SIGKILL');
    await exit;
    for (const each of survivorsOf(left, dataFolder)) endProcess(each.pid);
  });
  const page = await app.firstWindow();
  page.setDefaultTimeout(20_000);
  await page.locator('.cm-content').waitFor();
  await sayRuntime(app, page, runtime);

  const running: RunningApp = {
    app,
    page,
    dataFolder,
    runtime: runtime.kind,
    complaints,
    processes,
    async screenshot(name) {
      mkdirSync(screens, { recursive: true });
      await page.screenshot({ path: join(screens, `${name.replace(/[^\w.-]+/g, '-')}.png`) });
    },
    async axe() {
      expect(await axeFindings(page)).toEqual([]);
    },
    async look(name) {
      await running.screenshot(name);
      await running.axe();
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        processes();
        // The answer may be cut off by the very quitting it asks for.
        await app
          .evaluate(({ app: inner, dialog }) => {
            // What would be lost is the test's own.
            dialog.showMessageBox = async () => ({ response: 0, checkboxChecked: false });
            inner.quit();
          })
          .catch(() => {});
      }
      await running.ended(0);
    },
    async ended(code) {
      expect(await exit).toBe(code);
      await nothingLeft();
      expect(complaints).toEqual([]);
    },
  };
  return running;
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** How a start ended that shows no window. */
export interface EndedStart {
  code: number | null;
  stderr: string;
  /** Options of the dialogs that were shown. */
  dialogs: Record<string, unknown>[];
}

/** Starts the app where it is expected to end by itself, and waits for that; every dialog gets its first button. */
export async function startToEnd(options: LaunchOptions & { dataFolder: string }): Promise<EndedStart> {
  await buildIfStale(root);
  const runtime = chooseTestRuntime();
  const args = [...runtime.args, '-r', hooksFile, root, `--user-data-dir=${options.dataFolder}`];
  const child = spawn(runtime.executable, args, {
    env: appEnvironment(runtime, options.env),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const dialogs = [...stderr.matchAll(/^dialog: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? '[]').at(-1));
  return { code, stderr, dialogs };
}

/** Says once a run, whichever test file comes first, what the tests run in. */
async function sayRuntime(app: ElectronApplication, page: Page, { kind }: Runtime): Promise<void> {
  // Each test file is a process of its own; they share their parent and this ignored folder.
  const marker = join(screens, `.said-${process.ppid}`);
  try {
    mkdirSync(screens, { recursive: true });
    closeSync(openSync(marker, 'wx'));
  } catch {
    return;
  }
  const { electron, node } = await app.evaluate(() => process.versions);
  // Not of `process.versions`: the host does not know it before Chromium runs.
  const chrome = await page.evaluate(() => /Chrome\/(\d+)/.exec(navigator.userAgent)?.[1]);
  const name = kind === 'electron' ? `Electron ${electron}` : 'stand-in host';
  process.stdout.write(`End-to-end runtime: ${name} (Node ${node}, Chromium ${chrome})\n`);
}
