// The control plane's view of sandboxes: shapes, listing, connecting, lifetimes.

import { number } from '../vendor-server/json.ts';
import type { ControlCall } from './control-call.ts';
import { tooLong } from './control-messages.ts';
import { SIZE } from './metrics.ts';
import type { Sandbox } from './sandbox.ts';

/** The envd version reported; the SDK turns features on by it. */
const ENVD_VERSION = '0.6.13';
const DEFAULT_SECONDS = 300;
const PAGE_LIMIT = 100;

/** What create and connect answer. */
export function sandboxHandle(sandbox: Sandbox): Record<string, unknown> {
  const { spec } = sandbox;
  return {
    sandboxID: spec.id,
    templateID: spec.templateId,
    alias: spec.templateId,
    clientID: 'test-server',
    envdVersion: ENVD_VERSION,
    envdAccessToken: spec.envdToken,
    ...(spec.trafficToken ? { trafficAccessToken: spec.trafficToken } : {}),
    domain: null,
  };
}

/** What getInfo answers. */
export function describeSandbox(sandbox: Sandbox): Record<string, unknown> {
  const { spec } = sandbox;
  const { trafficAccessToken: _hidden, ...handle } = sandboxHandle(sandbox);
  return {
    ...handle,
    startedAt: new Date(sandbox.startedAt).toISOString(),
    endAt: new Date(sandbox.endAt).toISOString(),
    state: sandbox.state,
    ...SIZE,
    metadata: spec.metadata,
    network: sandbox.network ?? null,
    lifecycle: { onTimeout: spec.onTimeout, autoResume: spec.autoResume },
    volumeMounts: [],
  };
}

/** Serve GET /v2/sandboxes: filters, pages of at most 100, newest first. */
export function listSandboxes({ exchange, store, account }: ControlCall): void {
  const query = exchange.url.searchParams;
  const states = (query.get('state') ?? 'running,paused').split(',');
  const metadata = metadataFilter(query.get('metadata') ?? '');
  const template = query.get('template');
  const own = store.all().filter(({ spec }) => spec.account === account.name);
  const found = own.filter(
    ({ spec, state }) =>
      states.includes(state) &&
      (!template || spec.templateId === template) &&
      metadata.every(([key, value]) => spec.metadata[key] === value),
  );
  if (query.get('order') === 'asc') found.reverse();
  const limit = Math.min(Math.max(Number(query.get('limit') ?? PAGE_LIMIT) || PAGE_LIMIT, 1), PAGE_LIMIT);
  // The token names the last sandbox sent, so that one that ended meanwhile shifts nothing.
  const token = query.get('nextToken');
  const from = token ? found.findIndex(({ id }) => id === token) + 1 : 0;
  const page = found.slice(from, from + limit);
  const last = page.at(-1);
  const running = own.filter(({ state }) => state === 'running').length;
  exchange.json(200, page.map(listed), {
    'x-total-running': String(running),
    ...(last && from + limit < found.length ? { 'x-next-token': last.id } : {}),
  });
}

/** Serve connect: extends the life of a running sandbox, resumes a paused one. */
export function connectSandbox({ exchange, store, account, body, now }: ControlCall, sandbox: Sandbox): void {
  const seconds = number(body.timeout) ?? DEFAULT_SECONDS;
  if (seconds > account.maxLifetimeS) {
    exchange.fail(400, tooLong(account.maxLifetimeS));
    return;
  }
  if (sandbox.state === 'paused') {
    store.resume(sandbox, seconds, body.memory === false);
    exchange.json(201, sandboxHandle(sandbox));
    return;
  }
  const end = clampEnd(sandbox, now + seconds * 1000, account.maxLifetimeS);
  if (end > sandbox.endAt) store.setEnd(sandbox, end);
  exchange.json(200, sandboxHandle(sandbox));
}

/** Serve timeout: from now on, may shorten, silently clamped to the plan's maximum. */
export function setSandboxTimeout(
  { exchange, store, account, body, now }: ControlCall,
  sandbox: Sandbox,
): void {
  if (sandbox.state === 'paused') {
    exchange.fail(404, `Sandbox "${sandbox.id}" is not running`);
    return;
  }
  const seconds = number(body.timeout);
  if (seconds === undefined || seconds < 0) {
    exchange.fail(400, 'Invalid timeout');
    return;
  }
  store.setEnd(sandbox, clampEnd(sandbox, now + seconds * 1000, account.maxLifetimeS));
  exchange.reply(204, undefined, {});
}

function clampEnd(sandbox: Sandbox, wanted: number, maxLifetimeS: number): number {
  return Math.min(wanted, sandbox.startedAt + maxLifetimeS * 1000);
}

function listed(sandbox: Sandbox): unknown {
  const { envdAccessToken: _secret, network: _network, ...shown } = describeSandbox(sandbox);
  return shown;
}

/** The filter is encoded three times: in the query (decoded already), as a form, and each key and value once more. */
function metadataFilter(form: string): [string, string][] {
  return [...new URLSearchParams(form)].map(([key, value]) => [
    decodeURIComponent(key),
    decodeURIComponent(value),
  ]);
}
