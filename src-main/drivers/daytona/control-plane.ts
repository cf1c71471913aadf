/** Daytona's control plane through the SDK: every call with our signal, a deadline and errors of the closed set. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { abortable, deadline } from '../base-driver.ts';
import type { Account } from '../driver.ts';
import { apiAddress, isLoopback } from './api-address.ts';
import type { DaytonaSettings } from './manifest.ts';
import { type ErrorContext, mapError } from './map-errors.ts';
import { isDestroyed, pageSchema, recordSchema, type SandboxRecord } from './sandbox-record.ts';
import {
  disposeClient,
  openClient,
  type SandboxCalls,
  type SdkClient,
  type SdkSandbox,
  sandboxCalls,
} from './sdk.ts';
import type { Timings } from './timings.ts';

/** What a create says beside what the profile does. */
export interface CreateRequest {
  labels: Record<string, string>;
}

/** Most pages of a listing that are read. */
const PAGE_LIMIT = 50;
const PAGE_SIZE = 100;

interface CallOptions {
  signal: AbortSignal;
  timeout: number;
}

/** One account at one Daytona. Holds the key in memory and the SDK's client; `dispose` ends that. */
export class ControlPlane {
  readonly settings: DaytonaSettings;
  /** What must never leave: for redaction. */
  readonly secrets: readonly string[];
  readonly timings: Timings;
  readonly #apiKey: string;
  readonly #apiUrl: string;
  #client: Promise<SdkClient> | undefined;

  /** Throws `credential-missing` without a key. */
  constructor(account: Account<DaytonaSettings>, timings: Timings) {
    const apiKey = account.credentials.apiKey?.trim();
    if (!apiKey) {
      throw new SpecboardError('credential-missing', 'No API key is set for this profile.', {
        hint: 'Add the key to the profile, or set DAYTONA_API_KEY.',
      });
    }
    this.#apiKey = apiKey;
    this.secrets = [apiKey];
    this.settings = account.settings;
    this.timings = timings;
    this.#apiUrl = apiAddress(account.settings.apiUrl);
  }

  /** Begins a sandbox; it is not started yet. A rejection without an answer may have made one nevertheless: see strays.ts. */
  create(request: CreateRequest, signal: AbortSignal): Promise<SandboxRecord> {
    const { settings, timings } = this;
    return this.call('create', signal, timings.create, async (api, options) =>
      this.#record(await api.createSandbox(createBody(settings, request.labels), undefined, options)),
    );
  }

  /** What Daytona says about a sandbox; null where it is not there (any more). The arbiter of every doubt. */
  async info(sandboxId: string, signal: AbortSignal): Promise<SandboxRecord | null> {
    const found = await this.#look(sandboxId, signal);
    return found && !isDestroyed(found.state) ? found : null;
  }

  /** Sandboxes of the account that are not deleted; with `labels` only those that carry them. */
  list(signal: AbortSignal, labels?: Record<string, string>): Promise<SandboxRecord[]> {
    const wanted = labels ? JSON.stringify(labels) : undefined;
    return this.call('account', signal, this.timings.call, async (api, options) => {
      const found: SandboxRecord[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < PAGE_LIMIT; page++) {
        const answer = await listPage(api, cursor, wanted, options);
        const { items, nextCursor } = pageSchema.parse(answer.data);
        found.push(...items);
        if (!nextCursor) break;
        cursor = nextCursor;
      }
      return found.filter(({ state }) => !isDestroyed(state));
    });
  }

  /** Asks for a start. It is under way when this resolves. */
  start(sandboxId: string, signal: AbortSignal): Promise<void> {
    return this.call('sandbox', signal, this.timings.create, async (api, options) => {
      await api.startSandbox(sandboxId, undefined, options);
    });
  }

  /** Asks for a stop: the disk is kept, what runs is not. */
  stop(sandboxId: string, signal: AbortSignal): Promise<void> {
    return this.call('sandbox', signal, this.timings.call, async (api, options) => {
      await api.stopSandbox(sandboxId, undefined, undefined, options);
    });
  }

  /** Asks for a pause with memory; only some classes of sandboxes have that. */
  pause(sandboxId: string, signal: AbortSignal): Promise<void> {
    return this.call('sandbox', signal, this.timings.call, async (api, options) => {
      await api.pauseSandbox(sandboxId, undefined, options);
    });
  }

  /** Asks for a stopped sandbox to be moved to cheap storage. */
  archive(sandboxId: string, signal: AbortSignal): Promise<void> {
    return this.call('sandbox', signal, this.timings.call, async (api, options) => {
      await api.archiveSandbox(sandboxId, undefined, options);
    });
  }

  /** Deletes a sandbox and looks whether it is really gone. Missing is fine. */
  async delete(sandboxId: string, signal: AbortSignal): Promise<void> {
    const { timings } = this;
    const patience = performance.now() + timings.destroy;
    for (let pause = timings.poll; ; pause = Math.min(pause * 1.3, 1000)) {
      const found = await this.#look(sandboxId, signal);
      if (!found || found.state === 'destroyed') return;
      if (found.state !== 'destroying') await this.#delete(sandboxId, signal);
      // Daytona takes its time now and then; that it is on its way is said.
      else if (performance.now() > patience) return;
      await sleep(pause, undefined, { signal }).catch(() => {
        throw mapError(signal.reason, { about: 'sandbox', signal });
      });
    }
  }

  /** Counts as use: moves the time at which Daytona stops it. */
  touch(sandboxId: string, signal: AbortSignal): Promise<void> {
    return this.call('sandbox', signal, this.timings.call, async (api, options) => {
      await api.updateLastActivity(sandboxId, undefined, undefined, options);
    });
  }

  /** Sets after how many minutes without use Daytona stops it. */
  setAutoStop(sandboxId: string, minutes: number, signal: AbortSignal): Promise<void> {
    return this.call('sandbox', signal, this.timings.call, async (api, options) => {
      await api.setAutostopInterval(sandboxId, minutes, undefined, options);
    });
  }

  /** A link to a port that carries its own short-lived key. */
  signedPreview(
    sandboxId: string,
    port: number,
    seconds: number,
    signal: AbortSignal,
  ): Promise<{ url: string }> {
    return this.call('sandbox', signal, this.timings.call, async (api, options) => {
      return (await api.getSignedPortPreviewUrl(sandboxId, port, undefined, seconds, options)).data;
    });
  }

  /** A link to a port that needs a header, or nothing where the sandbox is public. */
  preview(sandboxId: string, port: number, signal: AbortSignal): Promise<{ url: string }> {
    return this.call('sandbox', signal, this.timings.call, async (api, options) => {
      return (await api.getPortPreviewUrl(sandboxId, port, undefined, options)).data;
    });
  }

  /** Names of the snapshots that can be used. */
  snapshots(signal: AbortSignal): Promise<string[]> {
    return this.call('account', signal, this.timings.call, async (_api, _options, client) => {
      const { items } = await client.snapshot.list({ page: 1, limit: PAGE_SIZE });
      return items.filter(({ state }) => state === 'active').map(({ name }) => name);
    });
  }

  /** The state of a snapshot by its name or id: "active", "building"; null where the account has none of that name. */
  async snapshotState(name: string, signal: AbortSignal): Promise<string | null> {
    try {
      return await this.call('create', signal, this.timings.call, async (_api, _options, client) => {
        return (await client.snapshot.get(name)).state;
      });
    } catch (error) {
      if (error instanceof SpecboardError && error.code === 'invalid') return null;
      throw error;
    }
  }

  /** The SDK's object of a sandbox, for the part that lives inside of it. Throws `forbidden` for an unsafe address there. */
  async sandbox(sandboxId: string, signal: AbortSignal): Promise<SdkSandbox> {
    const found = await this.call('sandbox', signal, this.timings.call, (_api, _options, client) =>
      client.get(sandboxId),
    );
    const address = URL.parse(found.toolboxProxyUrl);
    const isSafe = address?.protocol === 'https:' || (address && isLoopback(address.hostname));
    if (isSafe || this.settings.allowInsecure) return found;
    throw new SpecboardError('forbidden', 'Daytona names an address without encryption for this sandbox.', {
      hint: 'The API key would be sent there. Allow addresses without encryption in the profile if it is your own.',
    });
  }

  /** Maps an error of the SDK. */
  mapError(error: unknown, about: ErrorContext['about'], signal?: AbortSignal): SpecboardError {
    return mapError(error, { about, signal, secrets: this.secrets });
  }

  /** One call, which ends with our signal or after `ms`, whatever the SDK does. */
  async call<T>(
    about: ErrorContext['about'],
    signal: AbortSignal,
    ms: number,
    work: (api: SandboxCalls, options: CallOptions, client: SdkClient) => Promise<T>,
  ): Promise<T> {
    const bounded = deadline(ms, signal);
    try {
      bounded.throwIfAborted();
      const client = await this.#open();
      const options = { signal: bounded, timeout: Math.ceil(ms) };
      return await abortable(work(sandboxCalls(client), options, client), bounded);
    } catch (error) {
      if (error instanceof Error && error.name === 'ZodError') throw unreadable(error);
      // abortable rejects with words of its own; whose deadline it was is known here.
      throw mapError(bounded.aborted ? bounded.reason : error, {
        about,
        signal: bounded,
        secrets: this.secrets,
      });
    }
  }

  /** Ends the SDK's client. Twice is fine. A later call opens a new one: a disconnect that failed may be asked for again. */
  async dispose(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    if (client) await disposeClient(client);
  }

  async #look(sandboxId: string, signal: AbortSignal): Promise<SandboxRecord | null> {
    try {
      return await this.call('sandbox', signal, this.timings.call, async (api, options) =>
        this.#record(await api.getSandbox(sandboxId, undefined, undefined, options)),
      );
    } catch (error) {
      if (error instanceof SpecboardError && error.code === 'gone') return null;
      throw error;
    }
  }

  /** Asks once. It is gone already, or is changing its state and must be asked again: both are fine. */
  async #delete(sandboxId: string, signal: AbortSignal): Promise<void> {
    try {
      await this.call('sandbox', signal, this.timings.call, async (api, options) => {
        await api.deleteSandbox(sandboxId, undefined, options);
      });
    } catch (error) {
      if (!(error instanceof SpecboardError && (error.code === 'gone' || error.code === 'conflict')))
        throw error;
    }
  }

  #open(): Promise<SdkClient> {
    this.#client ??= openClient({
      apiKey: this.#apiKey,
      apiUrl: this.#apiUrl,
      target: this.settings.target,
      requestMs: this.timings.create,
    });
    return this.#client;
  }

  #record(answer: { data: unknown }): SandboxRecord {
    return recordSchema.parse(answer.data);
  }
}

function createBody(
  settings: DaytonaSettings,
  labels: Record<string, string>,
): Parameters<SandboxCalls['createSandbox']>[0] {
  const { image, snapshot, cpu, memoryGb, diskGb, target, network, allowedAddresses, allowedDomains } =
    settings;
  const listed = network === 'listed';
  return {
    ...(snapshot ? { snapshot } : {}),
    ...(image ? { buildInfo: { dockerfileContent: `FROM ${image}\n` } } : {}),
    ...(cpu ? { cpu } : {}),
    ...(memoryGb ? { memory: memoryGb } : {}),
    ...(diskGb ? { disk: diskGb } : {}),
    ...(target ? { target } : {}),
    ...(network === 'off' ? { networkBlockAll: true } : {}),
    ...(listed && allowedAddresses.length > 0 ? { networkAllowList: allowedAddresses.join(',') } : {}),
    ...(listed && allowedDomains.length > 0 ? { domainAllowList: allowedDomains.join(',') } : {}),
    env: settings.environment,
    labels: { ...settings.labels, ...labels },
    public: false,
    autoStopInterval: settings.autoStopMinutes,
    autoArchiveInterval: settings.autoArchiveMinutes,
    autoDeleteInterval: settings.autoDeleteMinutes,
  };
}

/** The generated call has thirty parameters; three are used. */
function listPage(
  api: SandboxCalls,
  cursor: string | undefined,
  labels: string | undefined,
  options: CallOptions,
) {
  const none = undefined;
  return api.listSandboxes(
    none,
    cursor,
    PAGE_SIZE,
    ...[none, none],
    labels,
    ...[none, none, none, none, none, none, none, none, none, none, none, none],
    ...[none, none, none, none, none, none, none, none, none, none],
    options,
  );
}

function unreadable(error: Error): SpecboardError {
  return new SpecboardError('protocol', 'Daytona answered something that SpecBoard does not understand.', {
    hint: 'A newer SpecBoard may.',
    details: error.message.slice(0, 500),
  });
}
