// The interpreter contexts of one sandbox, and the toolbox's routes for them.
import { randomUUID } from 'node:crypto';
import { number, parseObject, strings, text } from '../vendor-server/json.ts';
import { badRequest, processNotFound } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { HOME } from './home.ts';
import { InterpreterContext } from './interpreter-context.ts';
import type { Sandbox } from './sandbox.ts';
import type { WebSocketConnection } from './web-socket.ts';

const DEFAULT_TIMEOUT_S = 600;
const DEFAULT_ID = 'default';

/** Keeps the contexts until they are deleted. */
export class InterpreterContexts {
  readonly #sandbox: Sandbox;
  readonly #contexts = new Map<string, InterpreterContext>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Serve /process/interpreter/context and what is below it. */
  async serve(exchange: Exchange, rest: string): Promise<void> {
    const id = /^\/context\/([^/]+)$/.exec(rest)?.[1];
    if (id !== undefined) return this.#delete(exchange, decodeURIComponent(id));
    if (exchange.method !== 'POST') {
      const own = [...this.#contexts.values()].filter((context) => context.id !== DEFAULT_ID);
      return exchange.json(200, { contexts: own.map((context) => context.describe()) });
    }
    const body = await exchange.jsonBody();
    const language = text(body.language) ?? 'python';
    if (language !== 'python')
      throw badRequest(`unsupported language: ${language} (only 'python' is supported currently)`);
    const context = this.#add(randomUUID(), text(body.cwd) ?? HOME);
    context.warm();
    exchange.json(200, context.describe());
  }

  /** Serve the WebSocket on which one cell is sent and its frames come back. */
  execute(socket: WebSocketConnection): void {
    let asked = false;
    socket.listen({
      message: (data) => {
        if (asked) return;
        asked = true;
        this.#submit(socket, data);
      },
    });
  }

  /** The sandbox has ended every process: forget the contexts. */
  dispose(): void {
    for (const context of this.#contexts.values()) context.dispose();
    this.#contexts.clear();
  }

  #submit(socket: WebSocketConnection, data: Buffer): void {
    let body: ReturnType<typeof parseObject>;
    try {
      body = parseObject(data);
    } catch {
      socket.close(1002, 'invalid JSON payload');
      return;
    }
    const code = text(body.code);
    const timeoutS = number(body.timeout) ?? DEFAULT_TIMEOUT_S;
    const id = text(body.contextId) ?? DEFAULT_ID;
    const context = this.#contexts.get(id) ?? (id === DEFAULT_ID ? this.#add(DEFAULT_ID, HOME) : undefined);
    if (!code) socket.close(1008, 'code is required');
    else if (timeoutS < 0) socket.close(1008, 'timeout must be greater than or equal to 0');
    else if (!context) socket.close(1008, `context not found: ${id}`);
    else context.submit({ code, envs: strings(body.envs), timeoutS, socket });
  }

  #delete(exchange: Exchange, id: string): void {
    if (id === DEFAULT_ID) throw badRequest('cannot delete default context');
    const context = this.#contexts.get(id);
    if (!context) throw processNotFound(`context not found: ${id}`);
    this.#contexts.delete(id);
    context.dispose();
    exchange.json(200, { message: 'Context deleted successfully' });
  }

  #add(id: string, cwd: string): InterpreterContext {
    const context = new InterpreterContext(this.#sandbox, id, cwd);
    this.#contexts.set(id, context);
    return context;
  }
}
