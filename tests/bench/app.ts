/** The built app in the stand-in host, for measurements. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { temporaryFolder } from '../support/test-core.ts';

const root = join(import.meta.dirname, '../..');
const host = join(root, 'tools/electron-host');

/** A started app; `close` ends it and removes its data. */
export interface BenchApp {
  app: ElectronApplication;
  page: Page;
  /** ms from the start of the process until the page could be used. */
  startMs: number;
  /** Pid of main, and of the processes that show pages. */
  pids: () => { main: number; renderers: number[] };
  close: () => Promise<void>;
}

/** Starts the app on a new data folder and waits until the Run button can be pressed. */
export async function startBenchApp(): Promise<BenchApp> {
  const folder = temporaryFolder();
  const start = performance.now();
  const app = await _electron.launch({
    executablePath: join(host, 'electron'),
    args: [root, `--user-data-dir=${folder.path}`],
    env: {
      ...(process.env as Record<string, string>),
      ELECTRON_OVERRIDE_DIST_PATH: host,
      HOST_HEADLESS: '1',
      HOST_NODE: process.execPath,
    },
  });
  const page = await app.firstWindow();
  await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
  const startMs = performance.now() - start;
  const main = await app.evaluate(() => process.pid);
  return {
    app,
    page,
    startMs,
    pids: () => ({
      main,
      renderers: descendants(main).filter((pid) => commandLine(pid).includes('--type=renderer')),
    }),
    close: async () => {
      await app.close();
      folder.remove();
    },
  };
}

/** Peak and current resident memory of a process in MB (10^6 bytes); Linux. */
export function memory(pid: number): { now: number; peak: number } {
  const status = readOr(`/proc/${pid}/status`);
  const kib = (name: string) => Number(new RegExp(`${name}:\\s*(\\d+)`).exec(status)?.[1] ?? 0);
  return { now: (kib('VmRSS') * 1024) / 1e6, peak: (kib('VmHWM') * 1024) / 1e6 };
}

function descendants(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      pid: Number(name),
      parent: Number(/^PPid:\s*(\d+)/m.exec(readOr(`/proc/${name}/status`))?.[1]),
    }));
  const below = (root: number): number[] => {
    const children = parents.filter(({ parent }) => parent === root).map((entry) => entry.pid);
    return [...children, ...children.flatMap(below)];
  };
  return below(pid);
}

function commandLine(pid: number): string {
  return readOr(`/proc/${pid}/cmdline`);
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
