/**
 * A driver that does what a test tells it, for the ways in which real ones misbehave and that cannot be had on demand:
 * hanging, answering late, dying, ignoring a cancel. Everything else is tested with real drivers (tests/conformance).
 */
import { z } from 'zod';
import type {
  ConnectRequest,
  Driver,
  DriverSession,
  ExecuteRequest,
  OutputSink,
} from '../../src-main/drivers/driver.ts';
import type { DriverRegistry } from '../../src-main/drivers/registry.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { Capabilities, DriverManifest } from '../../src-shared/domain/driver-manifest.ts';
import type { ExecutionResult, OutputEvent } from '../../src-shared/domain/execution.ts';
import { Emitter } from '../../src-shared/lib/emitter.ts';

/** A session that a test can lose. */
export class ScriptedSession implements DriverSession {
  readonly sandboxId: string;
  readonly isolation = 'os-sandbox' as const;
  readonly warnings: string[] = [];
  readonly metadata = {};
  readonly endsAt = null;
  readonly lost = new Emitter<SpecboardError>();
  readonly ends = new Emitter<number | null>();
  readonly onLost = this.lost.event;
  readonly onEndsAt = this.ends.event;
  readonly #late = new Emitter<OutputEvent>();
  readonly onLateOutput = this.#late.event;

  constructor(sandboxId: string) {
    this.sandboxId = sandboxId;
  }

  /** Output that comes when nothing runs. */
  late(event: OutputEvent): void {
    this.#late.fire(event);
  }
}

type Connect = (request: ConnectRequest<unknown>, signal: AbortSignal) => Promise<ScriptedSession>;
type Execute = (request: ExecuteRequest, sink: OutputSink, signal: AbortSignal) => Promise<ExecutionResult>;

/** See the file's first lines. `calls` says what it was asked, in order. */
export class ScriptedDriver {
  calls: string[] = [];
  connect: Connect = async (request) => new ScriptedSession(`box-${request.sessionId}`);
  execute: Execute = async () => ({ state: 'succeeded', durationMs: 1 });
  disconnect: (signal: AbortSignal) => Promise<void> = async () => {};
  /** What the manifest says otherwise; capabilities are added to its own. */
  manifest: Partial<Omit<DriverManifest, 'capabilities'>> & { capabilities?: Partial<Capabilities> } = {};
  /** More of the interface, or other answers: `list`, `attach`, `files`. */
  more: Partial<Driver> = {};

  /** As a registry with this one driver, under the type `local`. */
  registry(): DriverRegistry {
    const schema = z.strictObject({
      packages: z.enum(['ask', 'always']).default('ask'),
      image: z.string().optional(),
      color: z.string().optional(),
      api: z.string().optional(),
      domain: z.string().optional(),
    });
    const driver = {
      manifest: {
        type: 'local',
        label: 'Scripted',
        summary: 'For tests',
        fields: [
          { kind: 'choice', key: 'packages', label: 'Packages', options: [] },
          { kind: 'text', key: 'color', label: 'Color' },
        ],
        credentials: [{ name: 'apiKey', label: 'key', required: false, environmentVariable: 'SCRIPTED_KEY' }],
        defaults: {},
        capabilities: {
          python: true,
          shell: true,
          stdin: false,
          files: false,
          terminal: false,
          metrics: false,
          ports: false,
          pause: false,
          extend: false,
          list: false,
          watch: false,
          keep: ['end', 'leave'],
          ...this.manifest.capabilities,
        },
      },
      settingsSchema: schema,
      defaultKeep: () => 'end',
      probe: async () => ({ ok: true, message: 'fine' }),
      connect: (request, signal) => {
        this.calls.push('connect');
        return this.connect(request, signal);
      },
      execute: (_session, request, sink, signal) => {
        this.calls.push(`execute ${request.code}`);
        return this.execute(request, sink, signal);
      },
      disconnect: (_session, { keep }, signal) => {
        this.calls.push(`disconnect ${keep}`);
        return this.disconnect(signal);
      },
      endRemote: async (_account, sandboxId) => {
        this.calls.push(`endRemote ${sandboxId}`);
      },
    } satisfies Driver as Driver;
    const { capabilities: _added, ...words } = this.manifest;
    Object.assign(driver.manifest, words);
    Object.assign(driver, this.more);
    return {
      manifests: () => [driver.manifest],
      settingsSchema: () => schema,
      get: async () => driver,
    };
  }
}

/** Resolves when the signal aborts: what code that runs until it is cancelled looks like. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Never settles: a driver that hangs. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

/** An error as drivers throw them. */
export function problem(code: 'gone' | 'unreachable' | 'auth', message: string): SpecboardError {
  return new SpecboardError(code, message);
}
