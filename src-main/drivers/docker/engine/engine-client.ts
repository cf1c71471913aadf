/** The client of a Docker engine (or Podman's, which speaks the same): the about twenty calls that the driver needs. */
import { agreeOnVersion } from './api-version.ts';
import type { EngineEndpoint } from './engine-address.ts';
import { EngineCalls } from './engine-calls.ts';
import { EngineContainers } from './engine-containers.ts';
import { createDialer } from './engine-dialer.ts';
import { EngineProtocolError } from './engine-failure.ts';
import { EngineHttp } from './engine-http.ts';
import { EngineImages } from './engine-images.ts';
import {
  type EngineEvent,
  type EngineInfo,
  type EngineVersion,
  eventSchema,
  infoSchema,
  versionSchema,
} from './engine-replies.ts';
import type { EngineDescription, EngineFilters } from './engine-types.ts';
import { EngineVolumes } from './engine-volumes.ts';
import { type EngineContext, mapEngineError } from './map-engine-errors.ts';
import type { FindLogin } from './registry-login.ts';

/** Time for each of the first answers, in ms: an engine that sleeps to save power needs some seconds. */
const helloMs = 10_000;
/** The same with an ssh login before. */
const sshHelloMs = 25_000;

/** What a client is made with. */
export interface EngineClientOptions {
  endpoint: EngineEndpoint;
  /** For `description`: "DOCKER_HOST". */
  foundBy: string;
  /** What ssh gets. */
  env: Readonly<Record<string, string | undefined>>;
  /** Time for the first answers, in ms; default 10 s, 25 s with an ssh login before. */
  patienceMs?: number;
  /** Logins for pulls; default none. */
  findLogin?: FindLogin;
}

/**
 * A connection to one engine. Every call takes an AbortSignal, which really ends the request; every call has a deadline for the
 * head of its answer; failures are SpecboardErrors. Whoever connected it calls `dispose`, which ends all calls and streams.
 */
export class EngineClient {
  readonly description: EngineDescription;
  readonly containers: EngineContainers;
  readonly images: EngineImages;
  readonly volumes: EngineVolumes;
  readonly #calls: EngineCalls;

  private constructor(calls: EngineCalls, description: EngineDescription, findLogin: FindLogin) {
    this.#calls = calls;
    this.description = description;
    this.containers = new EngineContainers(calls);
    this.images = new EngineImages(calls, findLogin);
    this.volumes = new EngineVolumes(calls);
  }

  /** Connects, agrees on a version and looks what it is. `findEngine` finds the endpoint. */
  static async connect(options: EngineClientOptions, signal: AbortSignal): Promise<EngineClient> {
    const http = new EngineHttp(createDialer(options.endpoint, options.env));
    const context = doing('say what it is');
    try {
      const usualMs = options.endpoint.address.kind === 'ssh' ? sshHelloMs : helloMs;
      const ms = options.patienceMs ?? usualMs;
      const ask = () => http.json(infoSchema, { method: 'GET', path: '/info', signal, headMs: ms });
      // Both at once: it takes an engine some twenty milliseconds. Over ssh each would be a login.
      const early = options.endpoint.address.kind === 'ssh' ? null : ask();
      early?.catch(() => {}); // awaited below, where the version is one of ours
      const version = await http.json(versionSchema, { method: 'GET', path: '/version', signal, headMs: ms });
      const spoken = agreeOnVersion(version.ApiVersion, version.MinAPIVersion);
      const info = await (early ?? ask());
      http.speak(spoken.join('.'));
      return new EngineClient(
        new EngineCalls(http, spoken),
        describe(options, version, info, spoken.join('.')),
        options.findLogin ?? noLogin,
      );
    } catch (error) {
      http.dispose();
      throw mapEngineError(error, context, signal);
    }
  }

  /** Resolves where the engine answers. */
  ping(signal: AbortSignal): Promise<void> {
    return this.#calls.done({ method: 'GET', path: '/_ping', signal, headMs: 10_000 }, doing('answer'));
  }

  /** The engine and its computer. */
  info(signal: AbortSignal): Promise<EngineInfo> {
    return this.#calls.json(infoSchema, { method: 'GET', path: '/info', signal }, doing('say what it is'));
  }

  /** The engine's version. */
  version(signal: AbortSignal): Promise<EngineVersion> {
    return this.#calls.json(
      versionSchema,
      { method: 'GET', path: '/version', signal },
      doing('say what it is'),
    );
  }

  /** What happens from now on (or from `since`, seconds since the epoch) until it is left or aborted. */
  async *events(
    filters: EngineFilters,
    options: { since?: number },
    signal: AbortSignal,
  ): AsyncGenerator<EngineEvent> {
    const since = options.since === undefined ? undefined : String(options.since);
    const query = { filters: JSON.stringify(filters), since };
    const context = doing('tell what happens');
    for await (const line of this.#calls.lines({ method: 'GET', path: '/events', query, signal }, context)) {
      const parsed = eventSchema.safeParse(line);
      if (!parsed.success)
        throw mapEngineError(new EngineProtocolError(parsed.error.message), context, signal);
      yield parsed.data;
    }
  }

  /** Ends all calls, streams and connections; nothing of it keeps the process alive. Twice is fine. */
  dispose(): void {
    this.#calls.http.dispose();
  }
}

function describe(
  { endpoint, foundBy }: EngineClientOptions,
  version: EngineVersion,
  info: EngineInfo,
  apiVersion: string,
): EngineDescription {
  const podman = version.Components.some(({ Name }) => /podman/i.test(Name));
  const { kind } = endpoint.address;
  return {
    address: endpoint.url,
    foundBy,
    product: podman ? 'Podman' : 'Docker',
    version: version.Version || info.ServerVersion,
    apiVersion,
    rootless: info.SecurityOptions.some((option) => /(?:^|,)name=rootless(?:,|$)/.test(option)),
    os: info.OSType || version.Os,
    architecture: info.Architecture || version.Arch,
    cgroupVersion: info.CgroupVersion,
    host: info.OperatingSystem || info.Name,
    processors: info.NCPU,
    limits: { memory: info.MemoryLimit, processes: info.PidsLimit, processors: info.CpuCfsQuota },
    local: kind === 'socket' || kind === 'pipe',
  };
}

const noLogin: FindLogin = async () => ({ kind: 'none' });

function doing(words: string): EngineContext {
  return { doing: words, subject: 'engine' };
}
