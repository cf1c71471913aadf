// envd (port 49983): checks the token, then hands the request to the process, filesystem or files side.
import { answerError, ConnectError, isStreamCall, readMessage } from './connect-protocol.ts';
import { checkSignature, serveFiles } from './envd-files.ts';
import { watchDir } from './envd-watch.ts';
import type { Exchange } from './exchange.ts';
import type { Sandbox } from './sandbox.ts';

const UNAUTHORIZED =
  'unauthorized access, please provide a valid access token or method signing if supported';
const ORCHESTRATOR_ONLY = new Set([
  '/init',
  '/freeze',
  '/unfreeze',
  '/collapse',
  '/fsfreeze',
  '/fsthaw',
  '/upgrade',
]);

/** Serve one request to a running sandbox's envd. */
export async function serveEnvd(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const { pathname } = exchange.url;
  if (pathname === '/health') return exchange.reply(204, undefined, {});
  if (ORCHESTRATOR_ONLY.has(pathname)) return exchange.fail(404, 'not found');
  if (exchange.header('x-access-token') !== sandbox.envdToken) {
    if (pathname !== '/files') return exchange.fail(401, UNAUTHORIZED);
    const reason = checkSignature(exchange, sandbox.envdToken, sandbox.clock.now());
    if (reason) return exchange.fail(401, reason);
  }
  if (pathname === '/files' || pathname === '/files/compose') return serveFiles(sandbox, exchange);
  if (pathname === '/metrics') return exchange.json(200, sandbox.metrics.now());
  if (pathname === '/envs') return exchange.json(200, sandbox.envs);
  return serveRpc(sandbox, exchange);
}

async function serveRpc(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  try {
    checkUser(exchange);
    const message = await readMessage(exchange);
    const [, service, method = ''] = exchange.url.pathname.split('/');
    const streamed = isStreamCall(exchange);
    if (service === 'process.Process') {
      if (streamed) return await sandbox.processes.stream(method, message, exchange);
      return exchange.json(200, await sandbox.processes.call(method, message));
    }
    if (service === 'filesystem.Filesystem') {
      if (streamed && method === 'WatchDir')
        return watchDir(sandbox.files, message, exchange, sandbox.rpcKeepaliveMs);
      return exchange.json(200, sandbox.files.call(method, message));
    }
    throw new ConnectError('unimplemented', `${exchange.url.pathname} is not implemented`);
  } catch (error) {
    answerError(exchange, error);
  }
}

/** The user comes as Basic authorization with an empty password. */
function checkUser(exchange: Exchange): void {
  const basic = /^Basic (.+)$/i.exec(exchange.header('authorization') ?? '')?.[1];
  if (!basic) return;
  const user = Buffer.from(basic, 'base64').toString('utf8').split(':')[0] ?? '';
  if (user !== 'user' && user !== 'root')
    throw new ConnectError('unauthenticated', `invalid username: '${user}'`);
}
