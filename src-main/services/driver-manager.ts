/**
 * The API of the specification, as written: createConfig, storeCredentials, connect, getDriver().execute, disconnect. A thin
 * face over the services, for scripts and for people who read the specification; window and command line use the services.
 */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { DriverManifest, DriverType } from '../../src-shared/domain/driver-manifest.ts';
import type {
  ExecutionResult,
  Language,
  MimeBundle,
  OutputEvent,
} from '../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import type { Profile } from '../../src-shared/domain/profile.ts';
import type { KeepMode, Session } from '../../src-shared/domain/session.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import type { ExecutionsService } from './executions.ts';
import type { ProfilesService } from './profiles.ts';
import type { SessionsService } from './sessions.ts';

/** What an execution printed and gave, besides how it ended. */
export interface ExecuteOutcome extends ExecutionResult {
  executionId: string;
  stdout: string;
  stderr: string;
  /** Rich values in order: displays, then the last expression's value. */
  results: MimeBundle[];
}

/** Options of `execute`. */
export interface ExecuteOptions {
  language?: Language;
  timeoutMs?: number;
  signal?: AbortSignal;
  onOutput?: (event: OutputEvent) => void;
}

/** A driver as the specification sees it. */
export interface DriverFace {
  readonly manifest: DriverManifest;
  /** Runs code in an active session; resolves for code that fails too. */
  execute(session: Pick<Session, 'id'>, code: string, options?: ExecuteOptions): Promise<ExecuteOutcome>;
}

/** See the file's first lines. */
export class DriverManager {
  readonly #services: {
    profiles: ProfilesService;
    sessions: SessionsService;
    executions: ExecutionsService;
    registry: DriverRegistry;
  };

  constructor(services: {
    profiles: ProfilesService;
    sessions: SessionsService;
    executions: ExecutionsService;
    registry: DriverRegistry;
  }) {
    this.#services = services;
  }

  /** Creates a profile; throws `invalid`. */
  async createConfig(
    name: string,
    type: DriverType,
    settings: JsonObject = {},
    isDefault = false,
  ): Promise<Profile> {
    return this.#services.profiles.create({ name, driverType: type, settings, isDefault });
  }

  /** Stores a profile's credentials in the keyring. */
  async storeCredentials(configId: string, credentials: Readonly<Record<string, string>>): Promise<void> {
    await this.#services.profiles.setCredentials(configId, credentials, { sessionOnly: false });
  }

  /** Connects a profile; resolves with the active session. */
  connect(configId: string, options: { consent?: boolean; signal?: AbortSignal } = {}): Promise<Session> {
    return this.#services.sessions.connect(configId, options);
  }

  /** Ends a session; idempotent. */
  disconnect(sessionId: string, options: { keep?: KeepMode } = {}): Promise<Session> {
    return this.#services.sessions.disconnect(sessionId, options);
  }

  /** The driver of a type; throws `unsupported` for one that is not there. */
  getDriver(type: DriverType): DriverFace {
    const manifest = this.#services.registry.manifests().find((candidate) => candidate.type === type);
    if (!manifest) throw new SpecboardError('unsupported', `There is no driver "${type}".`);
    return { manifest, execute: (session, code, options = {}) => this.#execute(session.id, code, options) };
  }

  async #execute(sessionId: string, code: string, options: ExecuteOptions): Promise<ExecuteOutcome> {
    const { executions } = this.#services;
    const { language = 'python', timeoutMs, signal, onOutput } = options;
    const { execution, done } = executions.run({ sessionId, language, code, timeoutMs });
    const cancel = () => executions.cancel(execution.id, { force: false });
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    const texts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    const results: MimeBundle[] = [];
    const never = new AbortController().signal;
    for await (const items of executions.follow(execution.id, 0, { patient: true, signal: never })) {
      for (const { event } of items) {
        if (event.type === 'text') texts[event.stream].push(event.bytes);
        if (event.type === 'rich') results.push(event.data);
        onOutput?.(event);
      }
    }
    const result = await done;
    signal?.removeEventListener('abort', cancel);
    return {
      ...result,
      executionId: execution.id,
      stdout: Buffer.concat(texts.stdout).toString('utf8'),
      stderr: Buffer.concat(texts.stderr).toString('utf8'),
      results,
    };
  }
}
