// E2B's control plane: finds the account of the key, then the route.

import { type JsonRecord, parseObject } from '../vendor-server/json.ts';
import type { ControlCall } from './control-call.ts';
import { createSandbox } from './control-create.ts';
import { connectSandbox, describeSandbox, listSandboxes, setSandboxTimeout } from './control-sandbox.ts';
import { createSnapshot, deleteTemplate, listSnapshots, listTemplates } from './control-templates.ts';
import type { Exchange } from './exchange.ts';
import type { ResolvedOptions } from './options.ts';
import type { Sandbox } from './sandbox.ts';
import type { SandboxStore } from './sandbox-store.ts';

type Route = (call: ControlCall, sandbox: Sandbox) => void;

const SANDBOX_ROUTES: Readonly<Record<string, Route>> = {
  'GET ': ({ exchange }, sandbox) => exchange.json(200, describeSandbox(sandbox)),
  'DELETE ': ({ exchange, store }, sandbox) => {
    store.kill(sandbox.id);
    exchange.reply(204, undefined, {});
  },
  'POST connect': connectSandbox,
  'POST timeout': setSandboxTimeout,
  'POST pause': ({ exchange, store, body }, sandbox) => {
    if (sandbox.state === 'paused') return exchange.fail(409, `Sandbox ${sandbox.id} is already paused`);
    store.pause(sandbox, body.memory !== false);
    exchange.reply(204, undefined, {});
  },
  'GET metrics': ({ exchange }, sandbox) => {
    const query = exchange.url.searchParams;
    const time = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
    exchange.json(200, sandbox.metrics.history(time('start'), time('end')));
  },
  'GET logs': ({ exchange }) => exchange.json(200, { logs: [] }),
  'PUT network': ({ exchange, body }, sandbox) => {
    sandbox.network = body;
    exchange.reply(204, undefined, {});
  },
  'POST snapshots': createSnapshot,
};

/** Serve one request to the control plane. */
export async function serveControl(
  store: SandboxStore,
  options: ResolvedOptions,
  now: number,
  exchange: Exchange,
): Promise<void> {
  const key = exchange.header('x-api-key') ?? '';
  const account = options.accounts.find(({ keys }) => keys.includes(key));
  if (!account)
    return exchange.fail(
      401,
      key ? 'Invalid API key, please visit https://e2b.dev/docs/api-key' : 'Missing API key',
    );
  let body: JsonRecord;
  try {
    body = exchange.method === 'GET' ? {} : parseObject(await exchange.body());
  } catch {
    return exchange.fail(400, 'Error when parsing the request body');
  }
  const call: ControlCall = { exchange, account, store, options, now, body };
  const { method } = exchange;
  const { pathname } = exchange.url;
  const route = `${method} ${pathname}`;
  if (route === 'POST /v2/sandboxes' || route === 'POST /sandboxes') return createSandbox(call);
  if (route === 'GET /v2/sandboxes' || route === 'GET /sandboxes') return listSandboxes(call);
  if (route === 'GET /teams')
    return exchange.json(200, [{ teamID: account.name, name: account.name, apiKey: '', isDefault: true }]);
  if (route === 'GET /templates' || route === 'GET /v2/templates') return listTemplates(call);
  if (route === 'GET /snapshots') return listSnapshots(call);
  const template = /^\/templates\/([^/]+)$/.exec(pathname)?.[1];
  if (template !== undefined && method === 'DELETE')
    return deleteTemplate(call, decodeURIComponent(template));
  const [, id, action = ''] = /^\/(?:v2\/)?sandboxes\/([^/]+)(?:\/(\w+))?$/.exec(pathname) ?? [];
  const handler = SANDBOX_ROUTES[`${method} ${action}`];
  if (id === undefined || !handler) return exchange.fail(404, `no matching operation was found: ${route}`);
  const sandbox = store.get(id);
  // Another account's sandbox looks like none at all.
  if (sandbox?.spec.account !== account.name) {
    return exchange.fail(404, `Sandbox "${id}" doesn't exist or you don't have access to it`);
  }
  handler(call, sandbox);
}
