/** A driver on the E2B test server for the tests beside this file: connects, runs, collects, and cleans up. */

import { join } from 'node:path';
import type { ConnectRequest, Driver, ExecuteRequest, OutputSink } from '../../src-main/drivers/driver.ts';
import { createE2bDriver } from '../../src-main/drivers/e2b/e2b-driver.ts';
import { type E2bSettings, e2bSettingsSchema } from '../../src-main/drivers/e2b/manifest.ts';
import type { E2bSession } from '../../src-main/drivers/e2b/session.ts';
import type { Timings } from '../../src-main/drivers/e2b/timings.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { ExecutionResult, OutputEvent } from '../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import type { E2bServerOptions } from '../support/e2b-server/options.ts';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

/** An execution with its output. */
export interface Ran {
  result: ExecutionResult;
  events: OutputEvent[];
  stdout: string;
  stderr: string;
  /** text/plain of the last value. */
  value: unknown;
}

/** Collects events; `onEvent` may hold the driver back with a promise. */
export class Collector implements OutputSink {
  readonly events: OutputEvent[] = [];
  readonly #onEvent: ((event: OutputEvent) => void | Promise<void>) | undefined;

  constructor(onEvent?: (event: OutputEvent) => void | Promise<void>) {
    this.#onEvent = onEvent;
  }

  write(event: OutputEvent): void | Promise<void> {
    this.events.push(event);
    return this.#onEvent?.(event);
  }

  text(stream: 'stdout' | 'stderr'): string {
    const parts = this.events.filter((event) => event.type === 'text' && event.stream === stream);
    return Buffer.concat(
      parts.map((event) => (event.type === 'text' ? event.bytes : Buffer.alloc(0))),
    ).toString();
  }
}

/** Everything a test file needs. Make one with `startKit`, `stop` it at the end. */
export interface Kit {
  server: E2bServer;
  driver: Driver<E2bSettings, E2bSession>;
  /** What the driver logged. */
  logged: string[];
  settings(changes?: Partial<E2bSettings>): E2bSettings;
  account(changes?: Partial<E2bSettings>): { settings: E2bSettings; credentials: Record<string, string> };
  request(changes?: Partial<ConnectRequest<E2bSettings>>): ConnectRequest<E2bSettings>;
  connect(changes?: Partial<E2bSettings>, signal?: AbortSignal): Promise<E2bSession>;
  /** A second driver on the same server, as another installation or with other timings. */
  other(options: {
    installationId?: string;
    timings?: Partial<Timings>;
    env?: Record<string, string>;
  }): Kit['driver'];
  run(session: E2bSession, code: string, more?: RunOptions): Promise<Ran>;
  stop(): Promise<void>;
}

/** Options of `Kit.run`. */
export interface RunOptions extends Partial<Omit<ExecuteRequest, 'code'>> {
  signal?: AbortSignal;
  onEvent?: (event: OutputEvent) => void | Promise<void>;
}

let sessions = 0;

/** Starts a server and a driver that talks to it. */
export async function startKit(options: E2bServerOptions = {}, timings: Partial<Timings> = {}): Promise<Kit> {
  const server = await startE2bServer(options);
  const logged: string[] = [];
  const make = (installationId: string, times: Partial<Timings>, env: Record<string, string>) =>
    createE2bDriver(
      {
        installationId,
        workFolder: '/nonexistent',
        resourcesFolder: join(import.meta.dirname, '../../resources'),
        appVersion: '0.0.0',
        env,
        now: () => Date.now(),
        log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
      },
      times,
    );
  const driver = make('installation-1', timings, {});
  const live = new Set<E2bSession>();
  const kit: Kit = {
    server,
    driver,
    logged,
    settings: (changes = {}) =>
      e2bSettingsSchema.parse({ apiUrl: server.url, sandboxUrl: server.url, ...changes }),
    account: (changes = {}) => ({ settings: kit.settings(changes), credentials: { apiKey: server.apiKey } }),
    request: (changes = {}) => ({
      sessionId: `session-${++sessions}`,
      profileName: 'Test profile',
      settings: kit.settings(),
      credentials: { apiKey: server.apiKey },
      consent: false,
      onStep: () => {},
      onMetadata: () => {},
      ...changes,
    }),
    async connect(changes = {}, signal = never) {
      const session = await driver.connect(kit.request({ settings: kit.settings(changes) }), signal);
      live.add(session);
      return session;
    },
    other: ({ installationId = 'installation-1', timings: times = {}, env = {} }) =>
      make(installationId, { ...timings, ...times }, env),
    async run(session, code, more = {}) {
      const { signal = never, onEvent, language = 'python', ...request } = more;
      const sink = new Collector(onEvent);
      const result = await driver.execute(session, { language, code, ...request }, sink, signal);
      const last = sink.events.findLast((event) => event.type === 'rich' && event.role === 'result');
      return {
        result,
        events: sink.events,
        stdout: sink.text('stdout'),
        stderr: sink.text('stderr'),
        value: last?.type === 'rich' ? last.data['text/plain'] : undefined,
      };
    },
    async stop() {
      server.faults.clear();
      for (const session of live) await driver.disconnect(session, { keep: 'end' }, never).catch(() => {});
      await server.close();
    },
  };
  return kit;
}

/** The SpecboardError a promise is rejected with. Throws when it is not, or not with one. */
export async function problemOf(work: Promise<unknown>): Promise<SpecboardError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SpecboardError) return error;
    throw new Error(`Not a SpecboardError: ${String(error)}`, { cause: error });
  }
  throw new Error('The promise was expected to be rejected.');
}

/** Remembers what onMetadata was given, in order. */
export function metadataLog(): { seen: JsonObject[]; onMetadata: (metadata: JsonObject) => void } {
  const seen: JsonObject[] = [];
  return { seen, onMetadata: (metadata) => seen.push(metadata) };
}

/** A signal that aborts when the collector sees its first stdout: "the code runs now". */
export function abortOnOutput(): { signal: AbortSignal; onEvent: (event: OutputEvent) => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'text') controller.abort();
    },
  };
}
