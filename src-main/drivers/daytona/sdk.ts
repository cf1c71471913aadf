/**
 * Daytona's SDK, loaded when first needed, and the few things that it keeps to itself. Nothing outside of this file names
 * the SDK: what it exposes to us is here, and what it would take from its surroundings is kept from it.
 */
import type * as Sdk from '@daytona/sdk';

/** The SDK's client of one account. `disposeClient` ends it. */
export type SdkClient = Sdk.Daytona;
/** A sandbox as the SDK knows it. */
export type SdkSandbox = Sdk.Sandbox;
/** The generated calls of the control plane below the SDK's methods: they take a signal and give the id at once. */
export type SandboxCalls = Sdk.Daytona['sandboxApi'];
/** One PTY over its WebSocket. */
export type SdkPty = Sdk.PtyHandle;

/** What a client is made with. */
export interface ClientOptions {
  apiKey: string;
  apiUrl: string;
  /** Region; empty: as the account says. */
  target: string;
  /** Longest time of one request that has none of its own; ms. */
  requestMs: number;
}

/** By these the SDK takes itself to run in somebody's serverless cloud, where its uploads ignore errors. */
const serverlessVariables = [
  'CF_PAGES',
  'AWS_EXECUTION_ENV',
  'LAMBDA_TASK_ROOT',
  'AWS_SAM_LOCAL',
  'FUNCTIONS_WORKER_RUNTIME',
  'FUNCTION_TARGET',
  'FUNCTION_SIGNATURE_TYPE',
  'VERCEL',
  'SITE_NAME',
];
/** By these the SDK would send telemetry, or take other credentials than the profile's. */
const ownVariables = [
  'DAYTONA_OTEL_ENABLED',
  'DAYTONA_EXPERIMENTAL_OTEL_ENABLED',
  'DAYTONA_USE_DEPRECATED_POLLING',
  'DAYTONA_API_KEY',
  'DAYTONA_JWT_TOKEN',
  'DAYTONA_ORGANIZATION_ID',
  'DAYTONA_API_URL',
  'DAYTONA_SERVER_URL',
  'DAYTONA_TARGET',
];

let loading: Promise<typeof Sdk> | undefined;

/** A client. Opens no connection by itself. */
export async function openClient(options: ClientOptions): Promise<SdkClient> {
  const sdk = await loadSdk();
  const { apiKey, apiUrl, target, requestMs } = options;
  return withoutVariables(
    ownVariables,
    () =>
      new sdk.Daytona({
        apiKey,
        apiUrl,
        ...(target === '' ? {} : { target }),
        requestTimeoutMs: requestMs,
        otelEnabled: false,
        // Without it the constructor opens a socket.io connection that nobody here listens to.
        useDeprecatedPolling: true,
      }),
  );
}

/** Ends a client and what it holds. Never rejects. */
export async function disposeClient(client: SdkClient): Promise<void> {
  await client[Symbol.asyncDispose]().catch(() => {});
}

/** The calls of the control plane. */
export function sandboxCalls(client: SdkClient): SandboxCalls {
  return client['sandboxApi'];
}

/** One reading of the sandbox's own metrics, with a header that says: this does not count as use. */
export async function systemMetrics(
  sandbox: SdkSandbox,
  signal: AbortSignal,
  timeout: number,
): Promise<unknown> {
  const headers = { 'X-Daytona-Skip-Last-Activity-Update': 'true' };
  return (await sandbox['systemApi'].getSystemMetrics({ headers, signal, timeout })).data;
}

/** A file's bytes as Daytona sends them. */
export interface Download extends AsyncIterable<Uint8Array> {
  destroy(): void;
}

/**
 * Begins a download of one file. The SDK's own method for it packs the file into a form, where not every name survives and
 * every byte is looked at twice. Rejects with an Error that has `statusCode` and `code`, as the SDK's errors do.
 */
export async function openDownload(
  sandbox: SdkSandbox,
  path: string,
  signal: AbortSignal,
  timeout: number,
): Promise<Download> {
  const options = { signal, timeout, responseType: 'stream', validateStatus: () => true } as const;
  const { status, data } = await sandbox.fs['apiClient'].downloadFile(path, options);
  const body = data as unknown as Download;
  if (status === 200) return body;
  let text = '';
  for await (const bytes of body) {
    text += Buffer.from(bytes).toString('utf8');
    if (text.length > 10_000) break;
  }
  throw downloadError(status, text);
}

function downloadError(statusCode: number, text: string): Error {
  let said: { message?: unknown; code?: unknown } = {};
  try {
    said = JSON.parse(text) as typeof said;
  } catch {
    // Not one of Daytona's: its text is the message.
  }
  const message = typeof said?.message === 'string' ? said.message : text.slice(0, 500);
  const code = typeof said?.code === 'string' ? said.code : undefined;
  return Object.assign(new Error(message), { statusCode, code });
}

/** Opens a PTY. `id` names it at the sandbox, `cwd` may be empty. Rejects after ten seconds at the latest. */
export function openPty(
  sandbox: SdkSandbox,
  { id, cwd }: { id: string; cwd: string },
  onData: (bytes: Uint8Array) => void,
): Promise<SdkPty> {
  return sandbox.process.createPty({ id, cols: 200, rows: 50, onData, ...(cwd === '' ? {} : { cwd }) });
}

/** The WebSocket of a PTY: the SDK neither waits until bytes were sent nor says when the link ends. */
export interface PtySocket {
  send(bytes: Uint8Array, done: (error?: Error | null) => void): void;
  pause(): void;
  resume(): void;
  close(): void;
  terminate(): void;
  addEventListener(event: 'close', listener: () => void): void;
  readonly readyState: number;
}

/** See `PtySocket`. */
export function socketOf(pty: SdkPty): PtySocket {
  return pty['ws'] as unknown as PtySocket;
}

/** The module; its first lines look at the environment once. */
function loadSdk(): Promise<typeof Sdk> {
  loading ??= hidingVariables(serverlessVariables, () => import('@daytona/sdk'));
  loading.catch(() => {
    loading = undefined;
  });
  return loading;
}

async function hidingVariables<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
  const restore = hide(names);
  try {
    return await work();
  } finally {
    restore();
  }
}

function withoutVariables<T>(names: readonly string[], work: () => T): T {
  const restore = hide(names);
  try {
    return work();
  } finally {
    restore();
  }
}

function hide(names: readonly string[]): () => void {
  const hidden = names.flatMap((name) => {
    const value = process.env[name];
    if (value === undefined) return [];
    delete process.env[name];
    return [[name, value] as const];
  });
  return () => {
    for (const [name, value] of hidden) process.env[name] ??= value;
  };
}
