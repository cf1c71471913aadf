// The control plane's routes for one sandbox.
import { randomBytes } from 'node:crypto';
import { strings } from '../vendor-server/json.ts';
import { type ControlCall, fateOf, toolboxUrl } from './control-call.ts';
import { previewLink, signedPreviewLink } from './preview-links.ts';
import type { Intervals, Sandbox, SandboxState } from './sandbox.ts';
import { sandboxDto } from './sandbox-dto.ts';

type Route = (call: ControlCall, sandbox: Sandbox, argument: string) => void;

const MINUTE = 60_000;
const STARTABLE: readonly SandboxState[] = ['stopped', 'archived', 'paused'];

const ROUTES: Readonly<Record<string, Route>> = {
  'GET ': ({ exchange }, sandbox) => exchange.json(200, sandboxDto(sandbox)),
  'DELETE ': ({ exchange, store }, sandbox) => {
    if (sandbox.state !== 'destroying') store.destroy(sandbox);
    exchange.json(200, sandboxDto(sandbox));
  },
  'POST start': (call, sandbox) => {
    if (sandbox.state === 'started') return call.exchange.json(200, sandboxDto(sandbox));
    if (refuse(call, sandbox, STARTABLE, 'Sandbox is not in valid state')) return;
    call.store.start(sandbox, fateOf(call.exchange));
    call.exchange.json(200, sandboxDto(sandbox));
  },
  'POST recover': (call, sandbox) => {
    if (sandbox.state !== 'error' || !sandbox.recoverable)
      return call.exchange.fail(400, 'Sandbox is not in a recoverable error state');
    call.store.start(sandbox, fateOf(call.exchange));
    call.exchange.json(200, sandboxDto(sandbox));
  },
  'POST stop': (call, sandbox) => {
    if (sandbox.state === 'stopped') return call.exchange.json(200, sandboxDto(sandbox));
    if (refuse(call, sandbox, ['started'], 'Sandbox is not started')) return;
    call.store.stop(sandbox);
    call.exchange.json(200, sandboxDto(sandbox));
  },
  'POST pause': (call, sandbox) => {
    if (refuse(call, sandbox, ['started'], 'Sandbox is not started')) return;
    call.store.pause(sandbox);
    call.exchange.json(200, sandboxDto(sandbox));
  },
  'POST archive': (call, sandbox) => {
    if (refuse(call, sandbox, ['stopped'], 'Sandbox is not stopped')) return;
    call.store.archive(sandbox);
    call.exchange.json(200, sandboxDto(sandbox));
  },
  'PUT labels': ({ exchange, body }, sandbox) => {
    sandbox.labels = strings(body.labels);
    exchange.json(200, { labels: sandbox.labels });
  },
  'POST autostop': interval('autoStop'),
  'POST autopause': interval('autoPause'),
  'POST autoarchive': interval('autoArchive'),
  'POST autodelete': interval('autoDelete'),
  'POST ttl': ({ exchange, now }, sandbox, minutes) => {
    sandbox.destroyAt = Number(minutes) > 0 ? now + Number(minutes) * MINUTE : undefined;
    exchange.json(200, sandboxDto(sandbox));
  },
  'POST public': ({ exchange }, sandbox, isPublic) => {
    sandbox.isPublic = isPublic === 'true';
    exchange.json(200, sandboxDto(sandbox));
  },
  'POST last-activity': ({ exchange }, sandbox) => {
    sandbox.touch();
    exchange.reply(201, undefined, {});
  },
  'GET toolbox-proxy-url': ({ exchange, origin }) => exchange.json(200, { url: toolboxUrl(origin) }),
  'GET ports': ({ exchange, origin, now }, sandbox, argument) => {
    const [, port, kind] = /^(\d+)\/(preview-url|signed-preview-url)$/.exec(argument) ?? [];
    if (port === undefined) return exchange.fail(404, `Cannot GET ${exchange.url.pathname}`);
    if (kind === 'preview-url') return exchange.json(200, previewLink(sandbox, origin, Number(port)));
    const seconds = Number(exchange.query('expiresInSeconds') ?? 60);
    exchange.json(200, signedPreviewLink(sandbox, origin, Number(port), now + seconds * 1000));
  },
  'POST ports': ({ exchange }, sandbox, argument) => {
    const token = /^\d+\/signed-preview-url\/([^/]+)\/expire$/.exec(argument)?.[1];
    if (token === undefined || !sandbox.signedLinks.delete(token))
      return exchange.fail(404, 'Signed preview URL not found');
    exchange.reply(201, undefined, {});
  },
  'GET signing-key': ({ exchange }, sandbox) => exchange.json(200, sandbox.signingKey),
  'POST signing-key': ({ exchange }, sandbox) => {
    sandbox.signingKey = randomBytes(32).toString('base64url');
    exchange.json(201, sandbox.signingKey);
  },
  'GET telemetry': ({ exchange }, sandbox) => {
    const [from, to] = [exchange.query('from'), exchange.query('to')];
    const history = sandbox.metrics.history(
      from ? Date.parse(from) : 0,
      to ? Date.parse(to) : Number.POSITIVE_INFINITY,
    );
    exchange.json(200, history);
  },
};

/** Serve a request for one sandbox: `action` is the first part of the path below it, `argument` the rest. */
export function serveSandbox(call: ControlCall, sandbox: Sandbox, action: string, argument: string): void {
  const route = ROUTES[`${call.exchange.method} ${action}`];
  if (route) route(call, sandbox, argument);
  else call.exchange.fail(404, `Cannot ${call.exchange.method} ${call.exchange.url.pathname}`);
}

/** True when it was refused: a change is under way, or the state is not one of those. */
function refuse(
  { exchange, store }: ControlCall,
  sandbox: Sandbox,
  states: readonly SandboxState[],
  message: string,
): boolean {
  if (states.includes(sandbox.state)) return false;
  const changing = store.changing(sandbox) || /ing$/.test(sandbox.state);
  if (changing) exchange.fail(409, 'Sandbox state change in progress');
  else exchange.fail(400, message);
  return true;
}

function interval(key: keyof Intervals): Route {
  return ({ exchange }, sandbox, minutes) => {
    sandbox.intervals = { ...sandbox.intervals, [key]: Number(minutes) };
    exchange.json(200, sandboxDto(sandbox));
  };
}
