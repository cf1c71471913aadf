/** A core on a data folder of its own, for tests; real database, drivers as the test says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Core, type CoreOptions, createCore } from '../../src-main/app/create-core.ts';
import { MemoryStore } from '../../src-main/secrets/memory-store.ts';
import { scanForCanary } from '../setup/canary.ts';

const root = join(import.meta.dirname, '../..');

/** A folder that is gone when the test is over. `remove` throws where something in it holds the run's canary. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'specboard-test-'));
  return {
    path,
    remove: () => {
      const leaks = scanForCanary([path]);
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
      if (leaks.length > 0) throw new Error(`A secret was found in: ${leaks.join(', ')}`);
    },
  };
}

/** Opens a core; `close` disposes it and removes its folder (unless the test brought one). */
export async function openTestCore(
  options: Partial<CoreOptions> = {},
): Promise<{ core: Core; dataFolder: string; close: () => Promise<void> }> {
  const folder = options.dataFolder === undefined ? temporaryFolder() : null;
  const dataFolder = options.dataFolder ?? folder?.path ?? '';
  const core = await createCore({
    kind: 'cli',
    dataFolder,
    migrationsFolder: join(root, 'migrations'),
    resourcesFolder: join(root, 'resources'),
    appVersion: '0.0.0-test',
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    secretStore: new MemoryStore(),
    ...options,
  });
  return {
    core,
    dataFolder,
    close: async () => {
      await core.dispose();
      folder?.remove();
    },
  };
}

/** Waits until `condition` holds; throws after `deadlineMs`, saying what was waited for. */
export async function eventually<T>(
  what: string,
  condition: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  deadlineMs = 20_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false && value !== null) return value;
    if (Date.now() > end) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
