// What a test may choose about the E2B test server, and the defaults.

/** One E2B account (team): its keys, and the limits of its plan. */
export interface AccountOptions {
  readonly name: string;
  /** API keys that open this account; at least one. */
  readonly keys: readonly string[];
  /** Most sandboxes running at once; the next create answers 429 without Retry-After. Default 20. */
  readonly maxSandboxes?: number;
  /** Longest life of a sandbox since its start, in seconds. Default 86 400 (the plan "pro"). */
  readonly maxLifetimeS?: number;
}

/** A template that sandboxes can be made of. */
export interface TemplateOptions {
  readonly id: string;
  /** False: nothing listens on port 49999, as in a template not derived from code-interpreter-v1. */
  readonly interpreter: boolean;
}

/** Options of `startE2bServer`; everything has a default. */
export interface E2bServerOptions {
  /** Port on 127.0.0.1. Default 0: any free one. */
  readonly port?: number;
  /** Default: one account "default" with one key made for this server. */
  readonly accounts?: readonly AccountOptions[];
  /** Default: code-interpreter-v1 (with interpreter) and base (without). */
  readonly templates?: readonly TemplateOptions[];
  /** `auto` gives processes a mount namespace with their own /home and /tmp where that is possible. Default `auto`. */
  readonly isolation?: 'auto' | 'none';
  /** Silence after which /execute sends a keepalive, in milliseconds. Default 5 000, as the real server. */
  readonly executeKeepaliveMs?: number;
  /** Overrides the client's Keepalive-Ping-Interval on envd streams, in milliseconds. Default: what the client asks. */
  readonly rpcKeepaliveMs?: number;
  /** Step between two points of the metrics history, in milliseconds. Default 5 000. */
  readonly metricsStepMs?: number;
  /** True: a cell sent while an interrupted one is still unwinding is dropped, as ipykernel does. Default true. */
  readonly dropCellsQueuedBehindInterrupt?: boolean;
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly port: number;
  readonly accounts: readonly Required<AccountOptions>[];
  readonly templates: readonly TemplateOptions[];
  readonly isolation: 'auto' | 'none';
  readonly executeKeepaliveMs: number;
  readonly rpcKeepaliveMs: number | undefined;
  readonly metricsStepMs: number;
  readonly dropCellsQueuedBehindInterrupt: boolean;
}

/** Fill in the defaults. `makeKey` makes the key of the default account. */
export function resolveOptions(options: E2bServerOptions, makeKey: () => string): ResolvedOptions {
  const accounts = options.accounts ?? [{ name: 'default', keys: [makeKey()] }];
  return {
    port: options.port ?? 0,
    accounts: accounts.map((account) => ({ maxSandboxes: 20, maxLifetimeS: 86_400, ...account })),
    templates: options.templates ?? [
      { id: 'code-interpreter-v1', interpreter: true },
      { id: 'base', interpreter: false },
    ],
    isolation: options.isolation ?? 'auto',
    executeKeepaliveMs: options.executeKeepaliveMs ?? 5_000,
    rpcKeepaliveMs: options.rpcKeepaliveMs,
    metricsStepMs: options.metricsStepMs ?? 5_000,
    dropCellsQueuedBehindInterrupt: options.dropCellsQueuedBehindInterrupt ?? true,
  };
}
