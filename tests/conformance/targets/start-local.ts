/** A Local driver with folders of its own. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Driver, DriverSession } from '../../../src-main/drivers/driver.ts';
import { createLocalDriver, type LocalOptions } from '../../../src-main/drivers/local/local-driver.ts';
import { localSettingsSchema } from '../../../src-main/drivers/local/manifest.ts';
import { processesWith } from '../../support/runner.ts';
import { usageOf } from '../../support/system-usage.ts';
import type { RunningTarget, SystemUsage } from '../target.ts';

/** Starts one; `options` choose the isolation. */
export async function startLocal(options: LocalOptions): Promise<RunningTarget> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'specboard-conformance-'));
  const workFolder = join(dataFolder, 'sandboxes');
  mkdirSync(workFolder);
  const hostSecret = `canary-${Math.random().toString(36).slice(2)}`;
  const driver = createLocalDriver(
    {
      installationId: 'conformance',
      workFolder,
      resourcesFolder: join(import.meta.dirname, '../../../resources'),
      appVersion: '0.0.0',
      env: { ...process.env, E2B_API_KEY: hostSecret, MY_TOKEN: hostSecret },
      now: () => Date.now(),
      log: () => {},
    },
    options,
  );
  const consent = options.isolation?.kind === 'none';
  return {
    driver: driver as unknown as Driver,
    hostSecret,
    account: ({ environment = {}, memoryMb = 2048, diskMb = 2048, network = false }) => ({
      settings: localSettingsSchema.parse({ environment, memoryMb, diskMb, network }),
      credentials: {},
      consent,
    }),
    accountOfNothing: () => ({
      settings: localSettingsSchema.parse({ python: join(dataFolder, 'no-python') }),
      credentials: {},
      consent,
    }),
    leftovers(sessionId) {
      const folder = join(workFolder, sessionId);
      const processes = processesIn(folder).map((pid) => `process ${pid}`);
      return existsSync(folder) ? [`the folder ${folder}`, ...processes] : processes;
    },
    remains() {
      const folders = readdirSync(workFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
      const processes = processesIn(workFolder).map((pid) => `process ${pid}`);
      return [...folders.map(({ name }) => `the folder ${name}`), ...processes];
    },
    ...(process.platform === 'linux' ? { breakSandbox, systemUsage } : {}),
    async stop() {
      rmSync(dataFolder, { recursive: true, force: true, maxRetries: 3 });
    },
  };

  function breakSandbox(session: DriverSession): void {
    for (const pid of processesIn(join(workFolder, session.sandboxId))) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone with the first one of its namespace.
      }
    }
  }

  function systemUsage(session: DriverSession): SystemUsage {
    return usageOf(processesIn(join(workFolder, session.sandboxId)));
  }
}

/** Processes that live in the session's folder: by their environment, or by what is mounted for them (Linux). */
function processesIn(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  const mounted = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(basename(folder));
      } catch {
        return false;
      }
    })
    .map(Number);
  return [...new Set([...mounted, ...processesWith(folder)])];
}
