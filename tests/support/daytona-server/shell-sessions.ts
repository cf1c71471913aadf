// The sessions of one sandbox, and the toolbox's routes for them.
import { text } from '../vendor-server/json.ts';
import { badRequest, DaemonError, processNotFound } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { Sandbox } from './sandbox.ts';
import type { ShellCommand } from './shell-command.ts';
import { ShellSession } from './shell-session.ts';
import type { WebSocketConnection } from './web-socket.ts';

/** Daytona sends a log in pieces of this size. The SDK's time for a piece grows with the square of its lines. */
const LOG_FRAME = 1024;

/** Keeps the sessions until they are deleted. */
export class ShellSessions {
  readonly #sandbox: Sandbox;
  readonly #sessions = new Map<string, ShellSession>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Serve /process/session and what is below it, except the WebSockets. */
  async serve(exchange: Exchange, rest: string): Promise<void> {
    const [, id, action, commandId, what] =
      /^(?:\/([^/]+))?(?:\/(exec|command)(?:\/([^/]+)(?:\/(input|logs))?)?)?$/.exec(rest) ?? [];
    const { method } = exchange;
    if (id === undefined) {
      if (method !== 'POST')
        return exchange.json(
          200,
          [...this.#sessions.values()].map((one) => one.describe()),
        );
      this.#create(text((await exchange.jsonBody()).sessionId));
      return exchange.reply(201, undefined, {});
    }
    const session = this.#session(id);
    if (action === 'exec') return this.#execute(session, exchange);
    if (action === 'command') {
      const command = commandOf(session, commandId ?? '');
      if (what === 'logs')
        return exchange.json(200, {
          output: command.output(),
          stdout: command.output('stdout'),
          stderr: command.output('stderr'),
        });
      if (what !== 'input') return exchange.json(200, command.describe());
      session.input(command, text((await exchange.jsonBody()).data) ?? '');
      return exchange.reply(204, undefined, {});
    }
    if (method !== 'DELETE') return exchange.json(200, session.describe());
    this.#sessions.delete(session.id);
    await session.end();
    exchange.reply(204, undefined, {});
  }

  /** Serve the WebSocket that follows a command's log; it is closed when the command is over. */
  follow(socket: WebSocketConnection, id: string, commandId: string): void {
    let command: ShellCommand;
    try {
      command = commandOf(this.#session(id), commandId);
    } catch (error) {
      socket.close(1011, error instanceof Error ? error.message : String(error));
      return;
    }
    const leave = command.follow({
      piece: (bytes, stream) => {
        for (let at = 0; at < bytes.length; at += LOG_FRAME)
          socket.send(bytes.subarray(at, at + LOG_FRAME), stream);
      },
      end: () => socket.close(1000),
    });
    socket.listen({ message: () => undefined, close: leave });
  }

  /** The sandbox has ended every process: forget the sessions. */
  dispose(): void {
    for (const session of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
  }

  #create(id: string | undefined): void {
    if (!id) throw badRequest('sessionId is required');
    if (this.#sessions.has(id)) throw new DaemonError(409, 'CONFLICT', 'session already exists');
    this.#sessions.set(id, new ShellSession(this.#sandbox, id));
  }

  async #execute(session: ShellSession, exchange: Exchange): Promise<void> {
    const body = await exchange.jsonBody();
    const line = text(body.command);
    if (!line?.trim()) throw badRequest('command cannot be empty');
    const command = session.execute(line, body.suppressInputEcho !== true);
    if (body.runAsync === true || body.async === true) return exchange.json(202, { cmdId: command.id });
    await command.ended;
    exchange.json(200, {
      cmdId: command.id,
      exitCode: command.exitCode,
      output: command.output(),
      stdout: command.output('stdout'),
      stderr: command.output('stderr'),
    });
  }

  #session(id: string): ShellSession {
    const found = this.#sessions.get(decodeURIComponent(id));
    if (!found) throw processNotFound('session not found');
    return found;
  }
}

function commandOf(session: ShellSession, id: string): ShellCommand {
  const found = session.commands.get(id);
  if (!found) throw processNotFound('command not found');
  return found;
}
