/** Connections to one engine: a keep-alive agent over a Unix socket, a Windows pipe, TCP, TLS, or the system's ssh. */
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { EngineEndpoint } from './engine-address.ts';
import { openSshSocket } from './ssh-socket.ts';

/** Shorter than any engine's own idle time: a request never meets a connection that is just being closed. */
const idleMs = 4_000;

/** What `http.request` needs to reach the engine. */
export interface EngineDialer {
  readonly agent: http.Agent;
  readonly request: typeof http.request;
  readonly options: Readonly<http.RequestOptions>;
}

/** The dialer of an endpoint; whoever made it destroys its agent. `env` is what ssh gets. */
export function createDialer(
  endpoint: EngineEndpoint,
  env: Readonly<Record<string, string | undefined>>,
): EngineDialer {
  const { address, tls } = endpoint;
  const agentOptions = { keepAlive: true, keepAliveMsecs: 15_000, timeout: idleMs };
  switch (address.kind) {
    case 'socket':
    case 'pipe':
      return {
        agent: new http.Agent(agentOptions),
        request: http.request,
        options: { socketPath: address.path, host: 'localhost' },
      };
    case 'tcp': {
      const options = { host: address.host, port: address.port };
      if (!address.tls) return { agent: new http.Agent(agentOptions), request: http.request, options };
      const { ca, cert, key, skipVerify = false } = tls ?? {};
      const material = {
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      };
      const agent = new https.Agent({ ...agentOptions, ...material, rejectUnauthorized: !skipVerify });
      return { agent, request: https.request, options };
    }
    case 'ssh': {
      // A connection costs a login: idle ones stay until the end (SshSocket knows no timeout).
      const agent = new SshAgent({ keepAlive: true }, () => openSshSocket(address, env));
      return { agent, request: http.request, options: { host: 'localhost' } };
    }
  }
}

/** Every connection is a program of its own. */
class SshAgent extends http.Agent {
  readonly #open: () => Duplex;

  constructor(options: http.AgentOptions, open: () => Duplex) {
    super(options);
    this.#open = open;
  }

  override createConnection(): Duplex {
    return this.#open();
  }
}
