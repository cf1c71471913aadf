// Daytona's control plane: finds the organization of the key, then the route.
import type { JsonRecord } from '../vendor-server/json.ts';
import { type ControlCall, type ControlParts, toolboxUrl } from './control-call.ts';
import { createSandbox } from './control-create.ts';
import { getSnapshot, listSandboxes, listSnapshots } from './control-list.ts';
import { serveSandbox } from './control-sandbox.ts';
import { ApiError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { OrganizationOptions, ResolvedOptions } from './options.ts';

/** The organization that a request's key opens, if any. */
export function organizationOf(
  options: ResolvedOptions,
  authorization: string | undefined,
): Required<OrganizationOptions> | undefined {
  const key = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
  return key === undefined ? undefined : options.organizations.find(({ keys }) => keys.includes(key));
}

/** Serve one request to the control plane; `place` is its path without `/api`. */
export async function serveControl(parts: ControlParts, exchange: Exchange, place: string): Promise<void> {
  try {
    await route(parts, exchange, place);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    exchange.fail(error.status, error.message);
  }
}

async function route(parts: ControlParts, exchange: Exchange, place: string): Promise<void> {
  const { options, store, settings } = parts;
  const asked = `${exchange.method} ${place}`;
  if (asked === 'GET /config') return exchange.json(200, configuration(parts));
  if (asked === 'GET /health') return exchange.json(200, { status: 'ok' });
  const organization = organizationOf(options, exchange.header('authorization'));
  if (!organization) return exchange.fail(401, 'Invalid credentials');
  let body: JsonRecord;
  try {
    body = exchange.method === 'GET' ? {} : await exchange.jsonBody();
  } catch {
    return exchange.fail(400, 'Unexpected token in JSON');
  }
  const call: ControlCall = { ...parts, exchange, organization, body, now: settings.clock.now() };
  if (asked === 'POST /sandbox') return createSandbox(call);
  if (asked === 'GET /sandbox') return listSandboxes(call);
  if (asked === 'GET /snapshots') return listSnapshots(call);
  const snapshot = /^\/snapshots\/([^/]+)$/.exec(place)?.[1];
  if (snapshot !== undefined && exchange.method === 'GET')
    return getSnapshot(call, decodeURIComponent(snapshot));
  const [, id, action = '', argument = ''] =
    /^\/sandbox\/([^/]+)(?:\/([^/]+)(?:\/(.*))?)?$/.exec(place) ?? [];
  if (id === undefined) return exchange.fail(404, `Cannot ${asked}`);
  // Another organization's sandbox looks like none at all.
  const sandbox = store.find(decodeURIComponent(id), organization.id);
  if (!sandbox) return exchange.fail(404, `Sandbox with ID or name ${decodeURIComponent(id)} not found`);
  serveSandbox(call, sandbox, action, argument);
}

function configuration({ options, origin }: ControlParts): unknown {
  return {
    version: '0.190.0',
    oidc: { issuer: origin, clientId: 'test-server', audience: origin },
    linkedAccountsEnabled: false,
    announcements: {},
    proxyTemplateUrl: `${origin}/preview/{{sandboxId}}/{{PORT}}`,
    proxyToolboxUrl: toolboxUrl(origin),
    defaultSnapshot: options.snapshots[0]?.name ?? '',
    dashboardUrl: `${origin}/dashboard`,
    maxAutoArchiveInterval: 43_200,
    maintananceMode: false,
    environment: 'test',
  };
}
