// The proxy before a sandbox's ports: checks the token, then passes on requests and WebSockets.
import http, { type IncomingMessage } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.ts';
import { previewTarget } from './preview-links.ts';
import type { Sandbox } from './sandbox.ts';

const TOKEN_HEADER = 'x-daytona-preview-token';
const TOKEN_QUERY = 'DAYTONA_SANDBOX_AUTH_KEY';

/** What is asked to see a port. */
interface Door {
  readonly sandbox: Sandbox;
  readonly port: number;
  /** Path and query for the program behind the port. */
  readonly place: string;
}

/** Serve one request to a preview address. */
export function servePreview(sandboxes: readonly Sandbox[], exchange: Exchange, now: number): void {
  const door = open(sandboxes, exchange.req, exchange.url, now);
  if (typeof door === 'number') {
    exchange.fail(door, REFUSALS[door] ?? '');
    return;
  }
  const { req, res } = exchange;
  const passed = http.request(
    {
      host: '127.0.0.1',
      port: door.port,
      method: exchange.method,
      path: door.place,
      headers: headersFor(req, door.port),
      agent: false,
    },
    (answer) => {
      exchange.entry.status = answer.statusCode;
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    },
  );
  const forget = door.sandbox.track({ cut: () => exchange.cut() });
  exchange.onClose(() => {
    forget();
    passed.destroy();
  });
  passed.on('error', () => {
    if (res.headersSent) exchange.cut();
    else exchange.fail(502, `failed to connect to port ${door.port}`);
  });
  req.pipe(passed);
}

/** Serve one WebSocket to a preview address: bytes are passed on as they are. */
export function upgradePreview(
  sandboxes: readonly Sandbox[],
  req: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  url: URL,
  now: number,
): void {
  const door = open(sandboxes, req, url, now);
  if (typeof door === 'number') {
    socket.end(`HTTP/1.1 ${door} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    return;
  }
  const passed = net.connect(door.port, '127.0.0.1', () => {
    const lines = Object.entries(headersFor(req, door.port)).map(([name, value]) => `${name}: ${value}`);
    passed.write(`GET ${door.place} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    passed.write(head);
    passed.pipe(socket);
    socket.pipe(passed);
  });
  const forget = door.sandbox.track({ cut: () => socket.destroy() });
  passed.on('error', () => socket.destroy());
  socket.on('error', () => passed.destroy());
  socket.on('close', () => {
    forget();
    passed.destroy();
  });
}

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'bad request: no IP address found. Is the Sandbox started?',
  401: 'unauthorized: bearer token is missing or invalid',
  404: 'sandbox not found',
};

function open(sandboxes: readonly Sandbox[], req: IncomingMessage, url: URL, now: number): Door | number {
  const target = previewTarget(sandboxes, url.pathname, now);
  if (!target) return url.pathname.startsWith('/signed-preview/') ? 401 : 404;
  const { sandbox, port, rest, signed } = target;
  const token = req.headers[TOKEN_HEADER] ?? url.searchParams.get(TOKEN_QUERY);
  if (!signed && !sandbox.isPublic && token !== sandbox.previewToken) return 401;
  if (sandbox.state !== 'started') return 400;
  if (!req.headers['x-daytona-skip-last-activity-update']) sandbox.touch();
  const query = new URLSearchParams(url.search);
  query.delete(TOKEN_QUERY);
  return { sandbox, port, place: query.size > 0 ? `${rest}?${query}` : rest };
}

/** Without the token: the program behind the port has no business with it. */
function headersFor(req: IncomingMessage, port: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.headers)) {
    if (name !== TOKEN_HEADER && value !== undefined)
      headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { ...headers, host: `localhost:${port}` };
}
