// The terminals of one sandbox, and the toolbox's routes for them.
import { type JsonRecord, number, record, strings, text } from '../vendor-server/json.ts';
import { badRequest, DaemonError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { HOME } from './home.ts';
import { PtySession } from './pty-session.ts';
import type { Sandbox } from './sandbox.ts';
import type { WebSocketConnection } from './web-socket.ts';

const MAX_SIZE = 1000;
const ENVS = 'X-Daytona-Pty-Envs~';

/** Keeps the terminals that have not ended. */
export class PtySessions {
  readonly #sandbox: Sandbox;
  readonly #queueFrames: number;
  readonly #sessions = new Map<string, PtySession>();

  constructor(sandbox: Sandbox, queueFrames: number) {
    this.#sandbox = sandbox;
    this.#queueFrames = queueFrames;
  }

  /** Serve /process/pty and what is below it, except the WebSockets. */
  async serve(exchange: Exchange, rest: string): Promise<void> {
    const [, id, action] = /^(?:\/([^/]+))?(?:\/(resize))?$/.exec(rest) ?? [];
    if (id === undefined) {
      if (exchange.method !== 'POST')
        return exchange.json(200, { sessions: [...this.#sessions.values()].map((one) => one.describe()) });
      const body = await exchange.jsonBody();
      const session = this.#create(body, strings(body.envs));
      if (!session.spec.lazyStart) this.#start(session);
      return exchange.json(201, { sessionId: session.spec.id });
    }
    const session = this.#sessions.get(decodeURIComponent(id));
    if (action === 'resize') {
      if (!session?.active) throw new DaemonError(410, 'GONE', `PTY session ${id} not found or not active`);
      const body = await exchange.jsonBody();
      session.resize(dimension(body.cols, 'cols', 80), dimension(body.rows, 'rows', 24));
      return exchange.json(200, session.describe());
    }
    if (!session) throw new DaemonError(404, 'NOT_FOUND', 'PTY session not found');
    if (exchange.method !== 'DELETE') return exchange.json(200, session.describe());
    session.kill();
    exchange.json(200, { message: 'PTY session deleted' });
  }

  /** Serve the WebSocket that makes a terminal and looks at it. */
  createAndAttach(socket: WebSocketConnection, query: URLSearchParams, protocols: readonly string[]): void {
    refusing(socket, () => {
      const wish = {
        id: query.get('id'),
        cwd: query.get('cwd') ?? undefined,
        cols: query.get('cols') ?? undefined,
        rows: query.get('rows') ?? undefined,
      };
      const session = this.#create(wish, envsOf(protocols));
      this.#start(session);
      session.attach(socket, protocols);
    });
  }

  /** Serve the WebSocket that looks at a terminal that is there. */
  attach(socket: WebSocketConnection, id: string, protocols: readonly string[]): void {
    refusing(socket, () => {
      const session = this.#sessions.get(id);
      if (!session) throw new DaemonError(404, 'NOT_FOUND', `PTY session ${id} not found`);
      this.#start(session);
      session.attach(socket, protocols);
    });
  }

  /** Forget every terminal; their clients are told. */
  dispose(): void {
    for (const session of [...this.#sessions.values()]) session.kill();
  }

  #create(wish: JsonRecord, envs: Readonly<Record<string, string>>): PtySession {
    const id = text(wish.id);
    if (!id) throw badRequest('session ID is required');
    if (this.#sessions.has(id))
      throw new DaemonError(409, 'CONFLICT', `PTY session with ID '${id}' already exists`);
    const size = { cols: dimension(wish.cols, 'cols', 80), rows: dimension(wish.rows, 'rows', 24) };
    const session = new PtySession(
      this.#sandbox,
      {
        id,
        cwd: text(wish.cwd) ?? HOME,
        envs: { TERM: 'xterm-256color', ...envs },
        lazyStart: wish.lazyStart === true,
      },
      size,
      this.#queueFrames,
      () => this.#sessions.delete(id),
    );
    this.#sessions.set(id, session);
    return session;
  }

  #start(session: PtySession): void {
    try {
      session.start();
    } catch (error) {
      this.#sessions.delete(session.spec.id);
      throw error;
    }
  }
}

/** A WebSocket learns of a refusal by a message, for it is open already. */
function refusing(socket: WebSocketConnection, work: () => void): void {
  try {
    work();
  } catch (error) {
    const message = `Failed to connect to PTY session: ${error instanceof Error ? error.message : String(error)}`;
    socket.send(JSON.stringify({ type: 'control', status: 'error', error: message }), 'control');
    socket.close(1011);
  }
}

function dimension(value: unknown, name: string, usual: number): number {
  const found = number(value) ?? usual;
  if (found > MAX_SIZE) throw badRequest(`invalid value for ${name} - must be less than ${MAX_SIZE}`);
  return Math.max(Math.floor(found), 1);
}

function envsOf(protocols: readonly string[]): Record<string, string> {
  const token = protocols.find((protocol) => protocol.startsWith(ENVS));
  if (!token) return {};
  return strings(record(JSON.parse(Buffer.from(token.slice(ENVS.length), 'base64url').toString('utf8'))));
}
