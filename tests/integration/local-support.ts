/** A Local driver for the tests beside this file: in a folder of its own, with everything it makes removed at the end. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver, ExecuteRequest } from '../../src-main/drivers/driver.ts';
import { createLocalDriver, type LocalOptions } from '../../src-main/drivers/local/local-driver.ts';
import type { LocalSession } from '../../src-main/drivers/local/local-session.ts';
import { type LocalSettings, localSettingsSchema } from '../../src-main/drivers/local/manifest.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import { type Collected, CollectingSink } from '../support/runner.ts';

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

/** No isolation, as on a system that has none. */
export const plain = { kind: 'none', message: 'There is no sandbox here.', hint: 'Get one.' } as const;

/** Options of `startLocalKit`. */
export interface LocalKitOptions extends LocalOptions {
  /** Environment of SpecBoard itself; default PATH and HOME of the test. */
  env?: Record<string, string | undefined>;
}

/** Changes to a connect. */
export interface ConnectChanges {
  consent?: boolean;
  signal?: AbortSignal;
  sessionId?: string;
  steps?: string[];
  metadata?: JsonObject[];
}

/** Options of `run` beside the code. */
export type RunOptions = Partial<Omit<ExecuteRequest, 'code'>> & { signal?: AbortSignal };

/** Everything a test file needs; `stop` ends what it made. */
export interface LocalKit {
  driver: Driver<LocalSettings, LocalSession>;
  /** As in the app: holds the database, the log, and the work folder. */
  dataFolder: string;
  workFolder: string;
  settings(changes?: Partial<LocalSettings>): LocalSettings;
  connect(settings?: Partial<LocalSettings>, changes?: ConnectChanges): Promise<LocalSession>;
  run(session: LocalSession, code: string, options?: RunOptions): Promise<Collected>;
  shell(session: LocalSession, code: string, options?: RunOptions): Promise<Collected>;
  end(session: LocalSession): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a driver. */
export function startLocalKit(options: LocalKitOptions = {}): LocalKit {
  const dataFolder = mkdtempSync(join(tmpdir(), 'specboard-local-'));
  const workFolder = join(dataFolder, 'sandboxes');
  mkdirSync(workFolder, { mode: 0o700 });
  const { env = { PATH: process.env.PATH, HOME: process.env.HOME }, ...local } = options;
  const driver = createLocalDriver(
    {
      installationId: 'test',
      workFolder,
      resourcesFolder: join(import.meta.dirname, '../../resources'),
      appVersion: '0.0.0',
      env,
      now: () => Date.now(),
      log: () => {},
    },
    local,
  );
  const live = new Set<LocalSession>();
  const kit: LocalKit = {
    driver,
    dataFolder,
    workFolder,
    settings: (changes = {}) => localSettingsSchema.parse(changes),
    async connect(changes = {}, { consent = false, signal = never, sessionId, steps, metadata } = {}) {
      const session = await driver.connect(
        {
          sessionId: sessionId ?? randomUUID(),
          profileName: 'Test',
          settings: kit.settings(changes),
          credentials: {},
          consent,
          onStep: (step) => steps?.push(step),
          onMetadata: (found) => metadata?.push(found),
        },
        signal,
      );
      live.add(session);
      return session;
    },
    async run(session, code, { signal = never, language = 'python', ...request } = {}) {
      const sink = new CollectingSink();
      return sink.collected(await driver.execute(session, { language, code, ...request }, sink, signal));
    },
    shell: (session, code, run = {}) => kit.run(session, code, { ...run, language: 'shell' }),
    async end(session) {
      live.delete(session);
      await driver.disconnect(session, { keep: 'end' }, never);
    },
    async stop() {
      for (const session of live) await driver.disconnect(session, { keep: 'end' }, never);
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
  return kit;
}

/** The SpecboardError that a promise is rejected with. Throws when it is not, or not with one. */
export async function problemOf(work: Promise<unknown>): Promise<SpecboardError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SpecboardError) return error;
    throw new Error(`Not a SpecboardError: ${String(error)}`, { cause: error });
  }
  throw new Error('The promise was expected to be rejected.');
}
