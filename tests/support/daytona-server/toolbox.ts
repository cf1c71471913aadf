// The toolbox: the server inside every sandbox. Finds the route of a request or a WebSocket.
import { list, strings } from '../vendor-server/json.ts';
import { badRequest, DaemonError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { executeCommand, runCode } from './execute.ts';
import { serveFiles } from './files-routes.ts';
import { HOME } from './home.ts';
import type { Sandbox } from './sandbox.ts';
import { DAEMON_VERSION } from './sandbox-dto.ts';
import type { WebSocketConnection } from './web-socket.ts';

/** A terminal's WebSocket refuses larger messages. */
const PTY_MESSAGE_LIMIT = 64 * 1024;

/** Serve one request; `place` is its path below the sandbox's address. */
export async function serveToolbox(sandbox: Sandbox, exchange: Exchange, place: string): Promise<void> {
  try {
    await route(sandbox, exchange, place);
  } catch (error) {
    if (exchange.res.headersSent) return exchange.cut();
    if (error instanceof DaemonError) return exchange.failDaemon(error);
    if (error instanceof SyntaxError) return exchange.failDaemon(badRequest('invalid request body'));
    exchange.failDaemon(
      new DaemonError(500, 'INTERNAL_SERVER_ERROR', error instanceof Error ? error.message : String(error)),
    );
  }
}

/** Options of a WebSocket on that path; undefined when there is none. */
export function socketRoute(place: string): { readonly maxMessageBytes?: number } | undefined {
  if (/^\/process\/pty\/(create-connect|[^/]+\/connect)$/.test(place))
    return { maxMessageBytes: PTY_MESSAGE_LIMIT };
  if (place === '/process/interpreter/execute') return {};
  return /^\/process\/session\/[^/]+\/command\/[^/]+\/logs$/.test(place) ? {} : undefined;
}

/** Serve a WebSocket whose path has a route; `protocols` are those the client offered. */
export function serveSocket(
  sandbox: Sandbox,
  socket: WebSocketConnection,
  place: string,
  query: URLSearchParams,
  protocols: readonly string[],
): void {
  const logs = /^\/process\/session\/([^/]+)\/command\/([^/]+)\/logs$/.exec(place);
  const pty = /^\/process\/pty\/([^/]+)\/connect$/.exec(place)?.[1];
  if (logs) sandbox.shells.follow(socket, logs[1] ?? '', logs[2] ?? '');
  else if (place === '/process/interpreter/execute') sandbox.interpreter.execute(socket);
  else if (pty !== undefined) sandbox.terminals.attach(socket, decodeURIComponent(pty), protocols);
  else sandbox.terminals.createAndAttach(socket, query, protocols);
}

async function route(sandbox: Sandbox, exchange: Exchange, place: string): Promise<void> {
  const [, part, rest = ''] = /^\/(?:process\/)?(session|pty|interpreter|files)(\/.*)?$/.exec(place) ?? [];
  if (part === 'session') return sandbox.shells.serve(exchange, rest);
  if (part === 'pty') return sandbox.terminals.serve(exchange, rest);
  if (part === 'interpreter') return sandbox.interpreter.serve(exchange, rest);
  if (part === 'files') return serveFiles(sandbox, exchange, rest);
  switch (`${exchange.method} ${place}`) {
    case 'POST /process/execute':
      return executeCommand(sandbox, exchange);
    case 'POST /process/code-run':
      return runCode(sandbox, exchange);
    case 'GET /user-home-dir':
    case 'GET /work-dir':
      return exchange.json(200, { dir: sandbox.jail.seen(HOME) });
    case 'GET /system/metrics':
      return exchange.json(200, sandbox.metrics.now());
    case 'GET /version':
      return exchange.json(200, { version: DAEMON_VERSION });
    case 'POST /env':
      return setEnv(sandbox, exchange);
    default:
      throw new DaemonError(404, 'NOT_FOUND', `404 page not found: ${place}`);
  }
}

/** What is set here, programs see that start from now on. */
async function setEnv(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const body = await exchange.jsonBody();
  const env = { ...sandbox.env, ...strings(body.set) };
  for (const name of list(body.unset)) delete env[name];
  sandbox.env = env;
  exchange.reply(200, undefined, {});
}
