/** E2B's control plane through the SDK: every call with our signal, a deadline and errors of the closed set. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Account } from '../driver.ts';
import { deadline, sleep, unlessAborted } from './abort.ts';
import { type Addresses, resolveAddresses } from './addresses.ts';
import type { E2bSettings } from './manifest.ts';
import { type ErrorContext, isBrokenLink, mapError } from './map-errors.ts';
import { watchRetryAfter } from './retry-after.ts';
import { loadSdk, type SdkModule, type SdkSandbox, type SdkSandboxInfo } from './sdk.ts';

/** Metadata by which a sandbox tells whose it is. */
export const installationKey = 'specboardInstallation';
/** Metadata with the session's id: the nonce by which a sandbox of a failed create is found. */
export const sessionKey = 'specboardSession';

/** Most pages of a listing that are read; 100 sandboxes a page. */
const PAGE_LIMIT = 50;

/** What `ControlPlane.create` needs to know. */
export interface CreateRequest {
  ttlMs: number;
  metadata: Record<string, string>;
}

type CallOptions = ReturnType<ControlPlane['options']> & { signal: AbortSignal };

/** One account at one E2B. Holds the key in memory; owns nothing else. */
export class ControlPlane {
  readonly addresses: Addresses;
  readonly settings: E2bSettings;
  /** What must never leave: for redaction. */
  readonly secrets: readonly string[];
  readonly #apiKey: string;
  readonly #callMs: number;

  /** Throws `credential-missing` without a key, `invalid` for addresses that cannot be used. */
  constructor(
    account: Account<E2bSettings>,
    env: Readonly<Record<string, string | undefined>>,
    callMs: number,
  ) {
    const apiKey = account.credentials.apiKey?.trim();
    if (!apiKey) {
      throw new SpecboardError('credential-missing', 'No API key is set for this profile.', {
        hint: 'Add the key to the profile, or set E2B_API_KEY.',
      });
    }
    this.#apiKey = apiKey;
    this.secrets = [apiKey];
    this.settings = account.settings;
    this.addresses = resolveAddresses(account.settings, env);
    this.#callMs = callMs;
  }

  /** Deadline of one request that a person waits for, in ms. */
  get requestMs(): number {
    return this.settings.requestTimeoutSeconds * 1000;
  }

  /** Makes a sandbox. A rejection without an answer of E2B may have made one nevertheless: see strays.ts. */
  create(request: CreateRequest, signal: AbortSignal): Promise<SdkSandbox> {
    const { settings } = this;
    return this.#call('create', signal, this.requestMs, (sdk, options) =>
      sdk.Sandbox.create(settings.template, {
        ...options,
        timeoutMs: request.ttlMs,
        metadata: request.metadata,
        // Sandbox-wide variables are pasted unescaped before the first cell; ours travel with every cell and command.
        allowInternetAccess: settings.allowInternet,
        lifecycle: { onTimeout: settings.onTimeout },
      }),
    );
  }

  /** Connects to a sandbox that runs or is paused. Without a time the server would cut its life to five minutes. */
  connect(sandboxId: string, ttlMs: number, signal: AbortSignal): Promise<SdkSandbox> {
    return this.#call('sandbox', signal, this.requestMs, (sdk, options) =>
      sdk.Sandbox.connect(sandboxId, { ...options, timeoutMs: ttlMs }),
    );
  }

  /** What E2B says about a sandbox; null where it is not there (any more). The arbiter of every doubt. */
  async info(sandboxId: string, signal: AbortSignal): Promise<SdkSandboxInfo | null> {
    try {
      return await this.#call('sandbox', signal, this.#callMs, (sdk, options) =>
        sdk.Sandbox.getInfo(sandboxId, options),
      );
    } catch (error) {
      if (error instanceof SpecboardError && error.code === 'gone') return null;
      throw error;
    }
  }

  /** Sets the end of a sandbox's life to now + ms. E2B silently shortens it to what the plan allows. */
  setEnd(sandboxId: string, ms: number, signal: AbortSignal): Promise<void> {
    return this.#call('sandbox', signal, this.#callMs, (sdk, options) =>
      sdk.Sandbox.setTimeout(sandboxId, ms, options),
    );
  }

  /** Pauses. False where it was paused already or is changing its state. */
  pause(sandboxId: string, signal: AbortSignal): Promise<boolean> {
    return this.#call('sandbox', signal, this.requestMs, (sdk, options) =>
      sdk.Sandbox.pause(sandboxId, options),
    );
  }

  /** Ends a sandbox and looks whether it is really gone: a resume under way can undo it. Missing is fine. */
  async kill(sandboxId: string, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt++) {
      await this.#call('sandbox', signal, this.#callMs, (sdk, options) =>
        sdk.Sandbox.kill(sandboxId, options),
      );
      if ((await this.info(sandboxId, signal)) === null) return;
    }
    throw new SpecboardError('conflict', 'E2B did not end the sandbox.', {
      hint: 'Try again, or end it at e2b.dev/dashboard.',
      retryable: true,
    });
  }

  /** Sandboxes of the account, running and paused; with `metadata` only those that carry it. */
  list(signal: AbortSignal, metadata?: Record<string, string>): Promise<SdkSandboxInfo[]> {
    return this.#call('account', signal, this.requestMs, async (sdk, options) => {
      const pages = sdk.Sandbox.list({
        ...options,
        query: { state: ['running', 'paused'], ...(metadata ? { metadata } : {}) },
      });
      const found: SdkSandboxInfo[] = [];
      for (let page = 0; page < PAGE_LIMIT && pages.hasNext; page++) found.push(...(await pages.nextItems()));
      return found;
    });
  }

  /** Maps an error of the SDK or of our own links. */
  mapError(error: unknown, about: ErrorContext['about'], signal?: AbortSignal): SpecboardError {
    return mapError(error, { about, signal, secrets: this.secrets });
  }

  async #call<T>(
    about: ErrorContext['about'],
    signal: AbortSignal,
    ms: number,
    work: (sdk: SdkModule, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    let retryAfterMs: number | undefined;
    const bounded = deadline(ms, signal);
    try {
      bounded.throwIfAborted();
      const sdk = await loadSdk();
      return await watchRetryAfter(
        this.addresses.apiUrl,
        () =>
          this.#retrying(
            about !== 'create',
            () => work(sdk, { ...this.options(ms), signal: bounded }),
            bounded,
          ),
        (seen) => {
          retryAfterMs = seen;
        },
      );
    } catch (error) {
      throw mapError(error, { about, signal: bounded, secrets: this.secrets, retryAfterMs });
    }
  }

  /** Again where the connection broke, for everything that may be asked twice: the SDK's pool holds connections that died. */
  async #retrying<T>(mayRepeat: boolean, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let left = mayRepeat ? 2 : 0; ; left--) {
      try {
        // Not only by the signal: the transport loses it when garbage is collected at the wrong moment.
        return await unlessAborted(work(), signal);
      } catch (error) {
        if (left === 0 || signal.aborted || !isBrokenLink(error)) throw error;
        await sleep(200, signal);
      }
    }
  }

  /** Connection options of the SDK, without a signal. */
  options(requestTimeoutMs: number = this.requestMs) {
    const { domain, apiUrl, sandboxUrl, proxy } = this.addresses;
    return {
      apiKey: this.#apiKey,
      domain,
      apiUrl,
      debug: false,
      requestTimeoutMs,
      ...(sandboxUrl ? { sandboxUrl } : {}),
      ...(proxy ? { proxy } : {}),
    };
  }
}
