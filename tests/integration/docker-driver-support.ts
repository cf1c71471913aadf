/** A Docker driver for the tests beside this file, on a real engine, with everything it makes removed at the end. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createDockerDriver, type DockerOptions } from '../../src-main/drivers/docker/docker-driver.ts';
import type { DockerSession } from '../../src-main/drivers/docker/docker-session.ts';
import type { EngineClient } from '../../src-main/drivers/docker/engine/engine-client.ts';
import { removeRemains } from '../../src-main/drivers/docker/remains.ts';
import { type DockerSettings, dockerSettingsSchema } from '../../src-main/drivers/docker/settings.ts';
import type { Driver, ExecuteRequest } from '../../src-main/drivers/driver.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import type { KeepMode } from '../../src-shared/domain/session.ts';
import { pythonImage } from '../support/docker-engine/start-docker-engine.ts';
import { connectTo } from '../support/docker-engine/test-engine.ts';
import { type Collected, CollectingSink, until } from '../support/runner.ts';

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

/** Changes to a connect. */
export interface ConnectChanges {
  signal?: AbortSignal;
  sessionId?: string;
  steps?: string[];
  metadata?: JsonObject[];
  onStep?: (step: string) => void;
  credentials?: Record<string, string>;
}

/** Options of `run` beside the code. */
export type RunOptions = Partial<Omit<ExecuteRequest, 'code'>> & { signal?: AbortSignal };

/** An execution that is under way. */
export interface Running {
  sink: CollectingSink;
  done: Promise<Collected>;
  cancel: () => void;
}

/** Everything a test file needs; `stop` removes what it made. */
export interface DockerKit {
  driver: Driver<DockerSettings, DockerSession>;
  installationId: string;
  /** A client of the tests' own, to look and to do what others do to containers. */
  engine: EngineClient;
  settings(changes?: Partial<DockerSettings>): DockerSettings;
  connect(settings?: Partial<DockerSettings>, changes?: ConnectChanges): Promise<DockerSession>;
  attach(
    metadata: JsonObject,
    settings?: Partial<DockerSettings>,
    changes?: ConnectChanges,
  ): Promise<DockerSession>;
  run(session: DockerSession, code: string, options?: RunOptions): Promise<Collected>;
  shell(session: DockerSession, code: string, options?: RunOptions): Promise<Collected>;
  /** Begins an execution and waits until it printed a line. */
  started(session: DockerSession, code: string, options?: RunOptions): Promise<Running>;
  end(session: DockerSession, keep?: KeepMode): Promise<void>;
  /** Containers and volumes of this kit's installation (or of one session), in words. */
  remains(sessionId?: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** Options of `startDockerKit`. */
export interface DockerKitOptions extends DockerOptions {
  /** Address for the driver. */
  url: string;
  /** Address for the tests' own client where it is another. */
  directUrl?: string;
  env?: Record<string, string | undefined>;
  installationId?: string;
}

/** Makes a driver with an installation id of its own. */
export async function startDockerKit(options: DockerKitOptions): Promise<DockerKit> {
  const {
    url,
    directUrl = url,
    env = {},
    installationId = `test-${randomUUID()}`,
    ...driverOptions
  } = options;
  const driver = createDockerDriver(
    {
      installationId,
      workFolder: '/nonexistent',
      resourcesFolder: join(import.meta.dirname, '../../resources'),
      appVersion: '0.0.0',
      env,
      now: () => Date.now(),
      log: () => {},
    },
    driverOptions,
  );
  const engine = await connectTo(directUrl);
  const live = new Set<DockerSession>();
  const request = (
    changes: Partial<DockerSettings>,
    { sessionId, steps, metadata, onStep, credentials = {} }: ConnectChanges,
  ) => ({
    sessionId: sessionId ?? randomUUID(),
    profileName: 'Test',
    settings: kit.settings(changes),
    credentials,
    consent: false,
    onStep: (step: string) => {
      steps?.push(step);
      onStep?.(step);
    },
    onMetadata: (found: JsonObject) => void metadata?.push(structuredClone(found)),
  });
  const begin = (
    session: DockerSession,
    code: string,
    { signal, language = 'python', ...rest }: RunOptions,
  ): Running => {
    const sink = new CollectingSink();
    const controller = new AbortController();
    const stop = signal ? AbortSignal.any([signal, controller.signal]) : controller.signal;
    const work = driver.execute(session, { language, code, ...rest }, sink, stop);
    const done = work.then((result) => sink.collected(result));
    done.catch(() => {}); // heard by whoever waits for it
    return { sink, done, cancel: () => controller.abort() };
  };
  const kit: DockerKit = {
    driver,
    installationId,
    engine,
    settings: (changes = {}) =>
      dockerSettingsSchema.parse({
        image: pythonImage,
        engine: url,
        memoryMb: 512,
        pull: 'never',
        ...changes,
      }),
    async connect(changes = {}, how = {}) {
      const session = await driver.connect(request(changes, how), how.signal ?? never);
      live.add(session);
      return session;
    },
    async attach(metadata, changes = {}, how = {}) {
      const session = await driver.attach?.(request(changes, how), metadata, how.signal ?? never);
      if (!session) throw new Error('attach is missing');
      live.add(session);
      return session;
    },
    run: (session, code, how = {}) => begin(session, code, how).done,
    shell: (session, code, how = {}) => begin(session, code, { ...how, language: 'shell' }).done,
    async started(session, code, how = {}) {
      const running = begin(session, code, how);
      await Promise.race([until('the first line', () => running.sink.text().includes('\n')), running.done]);
      return running;
    },
    async end(session, keep = 'end') {
      live.delete(session);
      await driver.disconnect(session, { keep }, never);
    },
    async remains(sessionId) {
      const label = [
        `specboard.installation=${installationId}`,
        ...(sessionId === undefined ? [] : [`specboard.session=${sessionId}`]),
      ];
      const [containers, volumes] = await Promise.all([
        engine.containers.list({ label }, { all: true }, never),
        engine.volumes.list({ label }, never),
      ]);
      return [
        ...containers.map(({ Names, State }) => `container ${Names[0]}, ${State}`),
        ...volumes.map(({ Name }) => `volume ${Name}`),
      ];
    },
    async stop() {
      await Promise.allSettled(
        [...live].map((session) => driver.disconnect(session, { keep: 'end' }, never)),
      );
      const mine = await engine.containers.list(
        { label: [`specboard.installation=${installationId}`] },
        { all: true },
        never,
      );
      for (const { Labels } of mine) {
        await removeRemains(engine, installationId, { sessionId: Labels['specboard.session'] ?? '' }, never);
      }
      engine.dispose();
    },
  };
  return kit;
}

/** The text of output events. */
export function textOf(events: readonly OutputEvent[]): string {
  return events
    .map((event) => (event.type === 'text' ? Buffer.from(event.bytes).toString('utf8') : ''))
    .join('');
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
