// Sends each request and each WebSocket to the part of Daytona that it is meant for, faults first.
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { maskHeaders, RequestLog } from '../vendor-server/request-log.ts';
import type { ControlParts } from './control-call.ts';
import { organizationOf, serveControl } from './control-plane.ts';
import type { EventHub } from './event-hub.ts';
import { Exchange } from './exchange.ts';
import { effectOf, type FaultEffect, FaultProgram, type FaultTarget, type Plane } from './faults.ts';
import { isSigned } from './files-transfer.ts';
import { servePreview, upgradePreview } from './preview-proxy.ts';
import type { Sandbox } from './sandbox.ts';
import { refusalOf, suffer } from './suffer.ts';
import { serveSocket, serveToolbox, socketRoute } from './toolbox.ts';
import { WebSocketConnection } from './web-socket.ts';

const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'x-daytona-preview-token']);
const NOT_STARTED = 'bad request: no IP address found. Is the Sandbox started?';

/** The one entrance of the server. */
export class Router {
  readonly faults = new FaultProgram();
  readonly requests = new RequestLog<Plane>();
  readonly #parts: () => ControlParts;
  readonly #events: EventHub | undefined;

  /** @param events undefined: the address of the events is not there */
  constructor(parts: () => ControlParts, events: EventHub | undefined) {
    this.#parts = parts;
    this.#events = events;
  }

  /** Serve a request. */
  async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://server');
    const target = targetOf(req.method ?? 'GET', url);
    const effects = this.faults.take(target);
    const exchange = new Exchange(req, res, url, this.requests.add(this.#entry(req, url, target)), effects);
    req.on('error', () => undefined);
    res.on('error', () => undefined);
    try {
      if (await suffer(exchange, target.plane)) return;
      // Its addresses as the client knows them, also through a proxy in between.
      const parts = { ...this.#parts(), origin: `http://${req.headers.host ?? ''}` };
      if (target.plane === 'control') await serveControl(parts, exchange, target.path);
      else if (target.plane === 'toolbox') await this.#toolbox(exchange, target);
      else if (target.plane === 'preview')
        servePreview(parts.store.all(), exchange, parts.settings.clock.now());
      else exchange.fail(404, `Cannot ${target.method} ${url.pathname}`);
    } catch (error) {
      if (res.headersSent || res.destroyed) exchange.cut();
      else exchange.fail(500, error instanceof Error ? error.message : String(error));
    }
  }

  /** Serve a request to open a WebSocket. */
  async upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://server');
    const target = targetOf('GET', url);
    const entry = this.requests.add(this.#entry(req, url, target));
    const effects = this.faults.take(target);
    socket.on('error', () => undefined);
    const delay = effectOf(effects, 'delay');
    if (delay) await new Promise((resolve) => setTimeout(resolve, delay.ms));
    if (effectOf(effects, 'drop')) return void socket.destroy();
    const refuse = (status: number, body = ''): void => {
      entry.status = status;
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      );
    };
    const refusal = refusalOf(effects, target.plane, url.pathname, 'GET', req.headers.authorization);
    if (refusal)
      return refuse(refusal.status, refusal.body === undefined ? '' : JSON.stringify(refusal.body));
    const { store, settings } = this.#parts();
    if (target.plane === 'preview')
      return upgradePreview(store.all(), req, socket, head, url, settings.clock.now());
    if (target.plane === 'events') {
      if (!this.#events) return refuse(404);
      entry.status = 101;
      return this.#events.add(WebSocketConnection.accept(req, socket, head, socketOptions(effects)));
    }
    const sandbox = target.sandboxId === undefined ? undefined : store.find(target.sandboxId);
    const route = socketRoute(target.path);
    if (!sandbox || !route) return refuse(404);
    if (!this.#mayEnter(sandbox, req.headers.authorization, url)) return refuse(401);
    if (sandbox.state !== 'started')
      return refuse(400, JSON.stringify({ statusCode: 400, message: NOT_STARTED }));
    entry.status = 101;
    this.#toolboxSocket(sandbox, req, socket, head, { ...route, url, path: target.path, effects });
  }

  async #toolbox(exchange: Exchange, target: FaultTarget): Promise<void> {
    const { store, settings } = this.#parts();
    const sandbox = target.sandboxId === undefined ? undefined : store.find(target.sandboxId);
    const signed = sandbox !== undefined && isSigned(sandbox, exchange, settings.clock.now());
    const known = organizationOf(this.#parts().options, exchange.header('authorization')) !== undefined;
    const refuse = (status: number, message: string): void => {
      exchange.req.resume(); // the connection can be used again only when the body has been read
      exchange.fail(status, message);
    };
    if (!known && !signed && !(sandbox && this.#mayEnter(sandbox, undefined, exchange.url)))
      return refuse(401, 'unauthorized: bearer token is missing or invalid');
    if (!sandbox || !(signed || this.#mayEnter(sandbox, exchange.header('authorization'), exchange.url)))
      return refuse(404, 'sandbox not found');
    if (sandbox.state !== 'started') return refuse(400, NOT_STARTED);
    if (exchange.header('x-daytona-skip-last-activity-update') === undefined) sandbox.touch();
    exchange.onClose(sandbox.track(exchange));
    await serveToolbox(sandbox, exchange, target.path);
  }

  #toolboxSocket(
    sandbox: Sandbox,
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    route: {
      readonly maxMessageBytes?: number;
      readonly url: URL;
      readonly path: string;
      readonly effects: readonly FaultEffect[];
    },
  ): void {
    const offered = (req.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
    const protocols = offered.filter(Boolean);
    const connection = WebSocketConnection.accept(req, socket, head, {
      ...socketOptions(route.effects),
      ...(route.maxMessageBytes === undefined ? {} : { maxMessageBytes: route.maxMessageBytes }),
      protocol: protocols[0],
    });
    const active = req.headers['x-daytona-skip-last-activity-update'] === undefined;
    if (active) {
      sandbox.touch();
      sandbox.activeSockets += 1;
    }
    const forget = sandbox.track(connection);
    socket.once('close', () => {
      forget();
      if (active) sandbox.activeSockets -= 1;
    });
    const close = effectOf(route.effects, 'close-socket');
    if (close) connection.close(close.code, close.reason);
    else serveSocket(sandbox, connection, route.path, route.url.searchParams, protocols);
  }

  /** By the key of its organization, or by the token of its preview links. */
  #mayEnter(sandbox: Sandbox, authorization: string | undefined, url: URL): boolean {
    if (url.searchParams.get('DAYTONA_SANDBOX_AUTH_KEY') === sandbox.previewToken) return true;
    return organizationOf(this.#parts().options, authorization)?.id === sandbox.spec.organizationId;
  }

  #entry(req: IncomingMessage, url: URL, target: FaultTarget) {
    return {
      at: this.#parts().settings.clock.now(),
      plane: target.plane,
      method: target.method,
      path: target.path,
      query: url.search.replace(/(signature|DAYTONA_SANDBOX_AUTH_KEY)=[^&]+/g, '$1=***'),
      httpVersion: req.httpVersion,
      sandboxId: target.sandboxId,
      headers: maskHeaders(req.headers, SECRET_HEADERS),
      status: undefined,
      aborted: false,
    };
  }
}

function targetOf(method: string, url: URL): FaultTarget {
  const { pathname } = url;
  if (/^\/(signed-)?preview\//.test(pathname))
    return { plane: 'preview', method, path: pathname, sandboxId: /^\/preview\/([^/]+)/.exec(pathname)?.[1] };
  const [, id, place] = /^\/toolbox\/([^/]+)(\/.*)?$/.exec(pathname) ?? [];
  if (id !== undefined) return { plane: 'toolbox', method, path: place ?? '/', sandboxId: id };
  const path = pathname.replace(/^\/api/, '');
  if (path.startsWith('/socket.io')) return { plane: 'events', method, path, sandboxId: undefined };
  return { plane: 'control', method, path, sandboxId: /^\/sandbox\/([^/]+)/.exec(path)?.[1] };
}

function socketOptions(effects: readonly FaultEffect[]) {
  const cut = effectOf(effects, 'cut-socket');
  return {
    cut: cut && { event: cut.event, count: cut.count ?? 1 },
    mute: effectOf(effects, 'mute-socket') !== undefined,
  };
}
