// A server that speaks E2B's protocol on one plain HTTP port, with real Python and real processes behind it.

import { rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { canaryOf, newCanary } from '../../setup/canary.ts';
import { Clock } from '../vendor-server/clock.ts';
import { makeRoot } from '../vendor-server/jail.ts';
import { findLauncher } from '../vendor-server/launcher.ts';
import { maskHeaders, RequestLog } from '../vendor-server/request-log.ts';
import { quotaMessage } from './control-messages.ts';
import { serveControl } from './control-plane.ts';
import { serveEnvd } from './envd.ts';
import { checkSignature } from './envd-files.ts';
import { Exchange } from './exchange.ts';
import { FaultProgram, type Plane } from './faults.ts';
import { HOME, USER } from './jail.ts';
import { type E2bServerOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { forwardToPort } from './port-forward.ts';
import type { Sandbox } from './sandbox.ts';
import { SandboxStore } from './sandbox-store.ts';

const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'x-api-key',
  'x-access-token',
  'authorization',
  'e2b-traffic-access-token',
  'cookie',
]);
const ENVD_PORT = 49_983;
const INTERPRETER_PORT = 49_999;

/** What a test may look at of one sandbox. */
export interface SandboxView {
  readonly id: string;
  readonly account: string;
  readonly templateId: string;
  readonly state: 'running' | 'paused';
  readonly metadata: Readonly<Record<string, string>>;
  readonly endAt: Date;
  /** Every living process of it, also those that left their group. */
  readonly pids: readonly number[];
  /** Its folder on this machine. */
  readonly root: string;
}

/** A running test server. `close` ends everything that belongs to it. */
export interface E2bServer {
  /** Both `apiUrl` and `sandboxUrl` of the SDK. */
  readonly url: string;
  /** A key of the first account. */
  readonly apiKey: string;
  /** True when processes have their own /home and /tmp (see README). */
  readonly isolated: boolean;
  /** What happens to the next requests. */
  readonly faults: FaultProgram;
  /** What was asked so far. */
  readonly requests: RequestLog<Plane>;
  /** The sandboxes that exist now, the newest first. */
  sandboxes(): SandboxView[];
  /** End a sandbox from outside, as E2B does when a machine fails. False when there is none with this id. */
  kill(id: string): boolean;
  /** Let a sandbox reach the end of its life now: it is ended or paused, as it was made. */
  expire(id: string): void;
  /** Move the server's clock forward by that many milliseconds; sandboxes whose end has come expire. */
  advanceClock(ms: number): void;
  /**
   * Stop listening and drop every connection, then listen again at the same address: a deploy of the vendor's. Sandboxes and
   * what runs in them go on.
   */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Start a test server on 127.0.0.1. */
export async function startE2bServer(options: E2bServerOptions = {}): Promise<E2bServer> {
  // The first account's key is the run's canary: whatever test connects, the suite looks for it afterwards.
  let keys = 0;
  const resolved = resolveOptions(options, () => (keys++ === 0 ? canaryOf(process.env) : newCanary()));
  const probeRoot = makeRoot('e2b-probe-', HOME);
  const launcher = findLauncher(resolved.isolation, probeRoot, USER);
  rmSync(probeRoot, { recursive: true, force: true });
  const clock = new Clock();
  const store = new SandboxStore({ ...resolved, launcher, clock }, resolved.metricsStepMs);
  const router = new Router(store, resolved, clock);
  const server = http.createServer((req, res) => void router.serve(req, res));
  // Streams last as long as their work; Node's limits on slow requests would end them.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  await listen(server, resolved.port);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    apiKey: resolved.accounts[0]?.keys[0] ?? '',
    isolated: launcher.isolated,
    faults: router.faults,
    requests: router.requests,
    sandboxes: () => store.all().map(view),
    kill: (id) => store.kill(id),
    expire: (id) => {
      const sandbox = store.get(id);
      if (sandbox) store.expire(sandbox);
    },
    advanceClock: (ms) => clock.advance(ms),
    restart: async () => {
      await stopListening(server);
      await listen(server, port);
    },
    close: async () => {
      store.dispose();
      await stopListening(server);
    },
  };
}

function listen(server: http.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function stopListening(server: http.Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

function view(sandbox: Sandbox): SandboxView {
  const { spec, state } = sandbox;
  return {
    id: spec.id,
    account: spec.account,
    templateId: spec.templateId,
    state,
    metadata: spec.metadata,
    endAt: new Date(sandbox.endAt),
    pids: sandbox.pids(),
    root: sandbox.jail.root,
  };
}

/** Sends each request to the server it is meant for, as E2B's proxy does. */
class Router {
  readonly faults = new FaultProgram();
  readonly requests = new RequestLog<Plane>();
  readonly #store: SandboxStore;
  readonly #options: ResolvedOptions;
  readonly #clock: Clock;

  constructor(store: SandboxStore, options: ResolvedOptions, clock: Clock) {
    this.#store = store;
    this.#options = options;
    this.#clock = clock;
  }

  async serve(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://server');
    const method = req.method ?? 'GET';
    const target = this.#target(req, url, method);
    const entry = this.requests.add({
      at: this.#clock.now(),
      plane: target.plane,
      method,
      path: url.pathname,
      query: url.search.replace(/signature=[^&]+/, 'signature=***'),
      httpVersion: req.httpVersion,
      sandboxId: target.sandboxId,
      headers: maskHeaders(req.headers, SECRET_HEADERS),
      status: undefined,
      aborted: false,
    });
    const { plane, sandboxId } = target;
    const effects = this.faults.take({ plane, method, path: url.pathname, sandboxId });
    const exchange = new Exchange(req, res, url, entry, effects);
    req.on('error', () => undefined);
    res.on('error', () => undefined);
    try {
      if (await this.#suffer(exchange, target.sandboxId)) return;
      if (target.plane === 'control')
        await serveControl(this.#store, this.#options, this.#clock.now(), exchange);
      else await this.#serveSandbox(exchange, target.sandboxId ?? '', target.port);
    } catch (error) {
      if (!res.headersSent && !res.destroyed)
        exchange.fail(500, error instanceof Error ? error.message : String(error));
      else exchange.cut();
    }
  }

  /** Apply the faults that come before the work. True when the request has been answered. */
  async #suffer(exchange: Exchange, sandboxId: string | undefined): Promise<boolean> {
    const delay = exchange.effect('delay-headers');
    if (delay) {
      // The body is taken first: the work must go on when the client has gone. Uploads are read as they come.
      if (!exchange.url.pathname.startsWith('/files')) await exchange.body();
      await new Promise((resolve) => setTimeout(resolve, delay.ms));
    }
    if (exchange.effect('drop')) {
      exchange.cut();
      return true;
    }
    const quota = exchange.effect('quota');
    if (quota) exchange.fail(429, quotaMessage(quota.limit));
    const reply = exchange.effect('reply');
    if (reply && !quota) {
      const headers = reply.retryAfterS === undefined ? {} : { 'retry-after': String(reply.retryAfterS) };
      const message = reply.message ?? http.STATUS_CODES[reply.status] ?? 'error';
      const extra = {
        ...(reply.errorCode ? { error_code: reply.errorCode } : {}),
        ...(sandboxId ? { sandboxId } : {}),
      };
      exchange.fail(reply.status, message, extra, headers);
    }
    if (!quota && !reply) return false;
    exchange.req.resume(); // the connection can be used again only when the body has been read
    return true;
  }

  async #serveSandbox(exchange: Exchange, id: string, port: number): Promise<void> {
    const sandbox = this.#store.get(id);
    if (sandbox?.state === 'paused' && sandbox.spec.autoResume) this.#store.resume(sandbox, 300, false);
    if (sandbox?.state !== 'running') {
      exchange.req.resume();
      return exchange.json(502, { sandboxId: id, message: 'The sandbox was not found', code: 502 });
    }
    sandbox.track(exchange);
    if (port === ENVD_PORT) return serveEnvd(sandbox, exchange);
    const { trafficToken } = sandbox.spec;
    if (trafficToken && exchange.header('e2b-traffic-access-token') !== trafficToken) {
      return exchange.json(403, {
        sandboxId: id,
        message: 'Missing or invalid traffic access token',
        code: 403,
      });
    }
    if (port === INTERPRETER_PORT && sandbox.interpreter) return sandbox.interpreter.serve(exchange);
    if (port !== INTERPRETER_PORT && (await forwardToPort(exchange, port))) return;
    exchange.req.resume();
    exchange.json(502, {
      sandboxId: id,
      message: 'The sandbox is running but port is not open',
      port,
      code: 502,
    });
  }

  /** By header, by host name, or (signed URLs carry neither) by the token that made the signature. */
  #target(
    req: http.IncomingMessage,
    url: URL,
    method: string,
  ): { plane: Plane; sandboxId: string | undefined; port: number } {
    const [, hostPort, hostId] = /^(\d+)-([a-z0-9]+)\./.exec(req.headers.host ?? '') ?? [];
    const id = header(req, 'e2b-sandbox-id') ?? hostId ?? this.#signedSandbox(url, method);
    const port = Number(header(req, 'e2b-sandbox-port') ?? hostPort ?? ENVD_PORT);
    if (id === undefined) return { plane: 'control', sandboxId: undefined, port: 0 };
    return { plane: port === INTERPRETER_PORT ? 'interpreter' : 'envd', sandboxId: id, port };
  }

  #signedSandbox(url: URL, method: string): string | undefined {
    if (url.pathname !== '/files' || !url.searchParams.has('signature')) return undefined;
    const asked = { url, method };
    const all = this.#store.all();
    const owner = all.find(
      ({ envdToken }) => checkSignature(asked, envdToken, Number.NEGATIVE_INFINITY) === undefined,
    );
    return (owner ?? all[0])?.id;
  }
}

function header(req: http.IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
