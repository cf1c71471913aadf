// envd's process service: start, connect, list, input, signals.

import { type JsonRecord, list, number, record, strings, text } from '../vendor-server/json.ts';
import { ConnectError, ConnectStream, timeoutOf } from './connect-protocol.ts';
import type { Exchange } from './exchange.ts';
import { ManagedProcess, type ProcessConfig, type TerminalSize } from './managed-process.ts';
import type { Sandbox } from './sandbox.ts';

/** How long a late Connect still gets the end of a process, in milliseconds. */
const END_KEPT_MS = 30_000;

const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  SIGNAL_SIGKILL: 'SIGKILL',
  SIGNAL_SIGTERM: 'SIGTERM',
  '9': 'SIGKILL',
  '15': 'SIGTERM',
};

/** The processes of one sandbox that were started through envd. */
export class ProcessService {
  readonly #sandbox: Sandbox;
  readonly #processes = new Map<number, ManagedProcess>();
  readonly #forgetters = new Set<NodeJS.Timeout>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Groups of the processes that run. */
  groups(): number[] {
    return this.running().flatMap((process) => process.groups);
  }

  running(): ManagedProcess[] {
    return [...this.#processes.values()].filter((process) => process.end === undefined);
  }

  /** Answer a unary call. */
  async call(method: string, message: JsonRecord): Promise<unknown> {
    switch (method) {
      case 'List':
        return { processes: this.running().map(describe) };
      case 'SendInput':
        await this.#sendInput(message);
        return {};
      case 'SendSignal':
        this.#signal(message);
        return {};
      case 'CloseStdin':
        this.#select(message).closeStdin();
        return {};
      case 'Update':
        this.#select(message).resize(terminalSize(record(message.pty)));
        return {};
      default:
        throw new ConnectError('unimplemented', `process.Process/${method} is not implemented`);
    }
  }

  /** Serve Start or Connect. */
  async stream(method: string, message: JsonRecord, exchange: Exchange): Promise<void> {
    if (method === 'Start') return this.#start(message, exchange);
    if (method !== 'Connect')
      throw new ConnectError('unimplemented', `process.Process/${method} is not implemented`);
    const selector = record(message.process);
    this.#follow(this.#find(selector), exchange);
  }

  /** Forget everything; the sandbox has ended the processes. */
  dispose(): void {
    for (const timer of this.#forgetters) clearTimeout(timer);
    this.#processes.clear();
  }

  async #start(message: JsonRecord, exchange: Exchange): Promise<void> {
    const config = processConfig(record(message.process));
    const { jail, id, envs } = this.#sandbox;
    const process = await ManagedProcess.start(jail, id, envs, {
      config,
      tag: text(message.tag),
      terminal: message.pty === undefined ? undefined : terminalSize(record(message.pty)),
      stdin: message.stdin !== false,
    });
    this.#processes.set(process.pid, process);
    void process.ended.then(() => {
      const timer = setTimeout(() => {
        this.#processes.delete(process.pid);
        this.#forgetters.delete(timer);
      }, END_KEPT_MS);
      timer.unref();
      this.#forgetters.add(timer);
    });
    this.#limit(process, timeoutOf(exchange));
    this.#follow(process, exchange);
  }

  /** The time limit given to Start ends the program itself, not its children, whether or not the client is still there. */
  #limit(process: ManagedProcess, milliseconds: number): void {
    if (milliseconds <= 0) return;
    const timer = setTimeout(() => process.signal('SIGKILL'), milliseconds);
    timer.unref();
    void process.ended.then(() => clearTimeout(timer));
  }

  #follow(process: ManagedProcess, exchange: Exchange): void {
    const keepalive = { event: { keepalive: {} } };
    const stream = new ConnectStream(exchange, keepalive, this.#sandbox.rpcKeepaliveMs);
    void stream.send('start', { event: { start: { pid: process.pid } } });
    if (process.end) {
      void stream.send('end', { event: { end: process.end } });
      stream.end();
      return;
    }
    const leave = process.subscribe((event) => {
      if (!('end' in event)) return stream.send('data', { event });
      void stream.send('end', { event });
      stream.end();
      return undefined;
    });
    stream.onClose(leave);
  }

  async #sendInput(message: JsonRecord): Promise<void> {
    const process = this.#select(message);
    const input = record(message.input);
    const typed = text(input.pty);
    if (typed !== undefined) process.typeTerminal(Buffer.from(typed, 'base64'));
    else await process.writeStdin(Buffer.from(text(input.stdin) ?? '', 'base64'));
  }

  #signal(message: JsonRecord): void {
    const signal = SIGNALS[String(message.signal)];
    if (!signal) throw new ConnectError('unimplemented', `invalid signal: ${String(message.signal)}`);
    this.#select(message).signal(signal);
  }

  #select(message: JsonRecord): ManagedProcess {
    const process = this.#find(record(message.process));
    if (process.end) throw new ConnectError('not_found', `process with pid ${process.pid} not found`);
    return process;
  }

  #find(selector: JsonRecord): ManagedProcess {
    const pid = number(selector.pid);
    const tag = text(selector.tag);
    const found =
      pid === undefined
        ? this.running().find((process) => tag !== undefined && process.spec.tag === tag)
        : this.#processes.get(pid);
    if (!found)
      throw new ConnectError(
        'not_found',
        `process with ${pid === undefined ? `tag ${tag}` : `pid ${pid}`} not found`,
      );
    return found;
  }
}

function describe(process: ManagedProcess): unknown {
  const { config, tag } = process.spec;
  return { config, pid: process.pid, ...(tag === undefined ? {} : { tag }) };
}

function processConfig(message: JsonRecord): ProcessConfig {
  const cmd = text(message.cmd);
  if (!cmd) throw new ConnectError('invalid_argument', 'cmd is required');
  const cwd = text(message.cwd);
  return { cmd, args: list(message.args), envs: strings(message.envs), ...(cwd ? { cwd } : {}) };
}

function terminalSize(message: JsonRecord): TerminalSize {
  const size = record(message.size);
  return { cols: number(size.cols) ?? 80, rows: number(size.rows) ?? 24 };
}
