/** A driver on the Daytona test server for the tests beside this file: connects, runs, collects, and cleans up. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { createDaytonaDriver } from '../../src-main/drivers/daytona/daytona-driver.ts';
import { type DaytonaSettings, daytonaSettingsSchema } from '../../src-main/drivers/daytona/manifest.ts';
import type { DaytonaSession } from '../../src-main/drivers/daytona/session.ts';
import type { Timings } from '../../src-main/drivers/daytona/timings.ts';
import type { ConnectRequest, Driver, ExecuteRequest, OutputSink } from '../../src-main/drivers/driver.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { ExecutionResult, OutputEvent } from '../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import type { DaytonaServerOptions } from '../support/daytona-server/options.ts';
import { type DaytonaServer, startDaytonaServer } from '../support/daytona-server/server.ts';

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;
/** Folder of runner.py and its like. */
export const resourcesFolder = resolve(import.meta.dirname, '../../resources');

/** An execution with its output. */
export interface Ran {
  result: ExecutionResult;
  events: OutputEvent[];
  stdout: string;
  stderr: string;
  /** text/plain of the last value. */
  value: unknown;
}

/** Options of `Kit.run`. */
export interface RunOptions extends Partial<Omit<ExecuteRequest, 'code'>> {
  signal?: AbortSignal;
  onEvent?: (event: OutputEvent) => void | Promise<void>;
}

/** Another driver on the same server. */
export interface OtherOptions {
  installationId?: string;
  timings?: Partial<Timings>;
  now?: () => number;
}

/** Everything a test file needs. Make one with `startKit`, `stop` it at the end. */
export interface Kit {
  server: DaytonaServer;
  driver: Driver<DaytonaSettings, DaytonaSession>;
  /** What the driver logged. */
  logged: string[];
  settings(changes?: Partial<DaytonaSettings>): DaytonaSettings;
  account(changes?: Partial<DaytonaSettings>): {
    settings: DaytonaSettings;
    credentials: Record<string, string>;
  };
  request(changes?: Partial<ConnectRequest<DaytonaSettings>>): ConnectRequest<DaytonaSettings>;
  /** Connects; ended by `stop` at the latest. */
  connect(changes?: Partial<DaytonaSettings>, signal?: AbortSignal): Promise<DaytonaSession>;
  /** Attaches with what the session before left. */
  attach(metadata: JsonObject, changes?: Partial<ConnectRequest<DaytonaSettings>>): Promise<DaytonaSession>;
  other(options: OtherOptions): Kit['driver'];
  run(session: DaytonaSession, code: string, more?: RunOptions): Promise<Ran>;
  stop(): Promise<void>;
}

/** Starts a server and a driver that talks to it. */
export async function startKit(
  options: DaytonaServerOptions = {},
  timings: Partial<Timings> = {},
): Promise<Kit> {
  const server = await startDaytonaServer(options);
  const logged: string[] = [];
  const quick: Partial<Timings> = { poll: 20, ...timings };
  const make = ({ installationId = 'installation-1', timings: times = {}, now = Date.now }: OtherOptions) =>
    createDaytonaDriver(
      {
        installationId,
        workFolder: '/nonexistent',
        resourcesFolder,
        appVersion: '0.0.0',
        env: {},
        now,
        log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
      },
      { ...quick, ...times },
    );
  const driver = make({});
  const live = new Set<DaytonaSession>();
  const kit: Kit = {
    server,
    driver,
    logged,
    settings: (changes = {}) => daytonaSettingsSchema.parse({ apiUrl: server.url, ...changes }),
    account: (changes = {}) => ({ settings: kit.settings(changes), credentials: { apiKey: server.apiKey } }),
    request: (changes = {}) => ({
      // A name that no other test's runner has: sandboxes of the test server share a network namespace.
      sessionId: randomUUID(),
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
    async attach(metadata, changes = {}) {
      if (!driver.attach) throw new Error('The driver cannot attach.');
      const session = await driver.attach(kit.request(changes), metadata, never);
      live.add(session);
      return session;
    },
    other: make,
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
    const parts = this.events.flatMap((event) =>
      event.type === 'text' && event.stream === stream ? [event.bytes] : [],
    );
    return Buffer.concat(parts).toString();
  }
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

/** A signal that aborts when the collector sees its first output: "the code runs now". */
export function abortOnOutput(reason?: unknown): {
  signal: AbortSignal;
  onEvent: (event: OutputEvent) => void;
} {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'text') controller.abort(reason);
    },
  };
}

/** Bytes as a stream. */
export async function* streamOf(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

/** All of a stream. */
export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
