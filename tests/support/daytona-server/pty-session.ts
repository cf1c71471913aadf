// One terminal of a sandbox: a login shell behind a pseudo-terminal, and the WebSockets that look at it.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { processTree, signalPid } from '../vendor-server/process-table.ts';
import type { Sandbox } from './sandbox.ts';
import { startChild } from './sandbox-child.ts';
import type { WebSocketConnection } from './web-socket.ts';

/** What a terminal is made with. */
export interface PtySpec {
  readonly id: string;
  readonly cwd: string;
  readonly envs: Readonly<Record<string, string>>;
  readonly lazyStart: boolean;
}

const FRAME = 32 * 1024;
/** The client offers this subprotocol when it understands the message that tells the end. */
const EXIT_CONTROL = 'X-Daytona-Pty-Exit-Control';
const REASONS: Readonly<Record<number, string>> = { 130: 'Ctrl+C', 137: 'SIGKILL', 143: 'SIGTERM' };
const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** A terminal. It lives on without clients; it is over when its shell ends or it is killed. */
export class PtySession {
  readonly spec: PtySpec;
  cols: number;
  rows: number;
  readonly createdAt: string;
  readonly #sandbox: Sandbox;
  readonly #queueFrames: number;
  readonly #onEnd: () => void;
  /** Each client, and whether it understands the exit message. */
  readonly #clients = new Map<WebSocketConnection, boolean>();
  #child: ChildProcess | undefined;
  #shellPid: number | undefined;
  #over = false;

  /** @param onEnd called once when it is over */
  constructor(
    sandbox: Sandbox,
    spec: PtySpec,
    size: { readonly cols: number; readonly rows: number },
    queueFrames: number,
    onEnd: () => void,
  ) {
    this.spec = spec;
    this.cols = size.cols;
    this.rows = size.rows;
    this.createdAt = new Date(sandbox.clock.now()).toISOString();
    this.#sandbox = sandbox;
    this.#queueFrames = queueFrames;
    this.#onEnd = onEnd;
  }

  get active(): boolean {
    return this.#child !== undefined && !this.#over;
  }

  /** In the toolbox's shape. */
  describe(): unknown {
    const { id, cwd, envs, lazyStart } = this.spec;
    const { cols, rows, createdAt, active } = this;
    return { id, cwd, envs, cols, rows, createdAt, active, lazyStart };
  }

  /** Start the shell, unless it runs. Throws DaemonError when the folder is not there. */
  start(): void {
    if (this.#child) return;
    const { jail } = this.#sandbox;
    const host = [jail.support('pty_host.py'), String(this.cols), String(this.rows)];
    const child = startChild(this.#sandbox, {
      file: jail.launcher.python,
      args: ['-u', ...host, '/bin/bash', '-i', '-l'],
      cwd: this.spec.cwd,
      env: this.spec.envs,
      stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
    });
    this.#child = child;
    child.stdout?.on('data', (data: Buffer) => this.#broadcast(data));
    let exit = { code: 1 };
    readLines(child.stdio[3] as Readable, (line) => {
      const told = JSON.parse(line) as { pid?: number; exit?: number; signal?: string | null };
      if (told.pid !== undefined) this.#shellPid = told.pid;
      if (told.exit !== undefined)
        exit = { code: told.signal ? 128 + (SIGNALS[told.signal] ?? 0) : told.exit };
    });
    child.once('close', () => this.#finish(exit.code));
  }

  /** Show it to a client from now on, without what was printed before, and take what it types. */
  attach(socket: WebSocketConnection, protocols: readonly string[]): void {
    this.#clients.set(socket, protocols.includes(EXIT_CONTROL));
    socket.send(JSON.stringify({ type: 'control', status: 'connected' }), 'control');
    socket.listen({
      message: (data) => this.type(data),
      close: () => this.#clients.delete(socket),
    });
  }

  /** Type into it. */
  type(bytes: Buffer): void {
    const head = Buffer.alloc(5);
    head.write('D');
    head.writeUInt32BE(bytes.length, 1);
    this.#child?.stdin?.write(Buffer.concat([head, bytes]));
  }

  resize(cols: number, rows: number): void {
    this.cols = cols;
    this.rows = rows;
    const head = Buffer.alloc(5);
    head.write('R');
    head.writeUInt16BE(cols, 1);
    head.writeUInt16BE(rows, 3);
    this.#child?.stdin?.write(head);
  }

  /** End the shell and everything below it. */
  kill(): void {
    const { pid } = this.#child ?? {};
    if (pid !== undefined && !this.#over)
      for (const each of processTree(pid).reverse()) signalPid(each, 'SIGKILL');
    this.#finish(137);
  }

  #broadcast(data: Buffer): void {
    for (let at = 0; at < data.length; at += FRAME) {
      const frame = data.subarray(at, at + FRAME);
      for (const socket of this.#clients.keys()) {
        // A client that reads too slowly is dropped: the terminal waits for nobody.
        if (socket.queued < this.#queueFrames) socket.send(frame, 'data');
        else {
          this.#clients.delete(socket);
          socket.close(1008, 'slow consumer');
        }
      }
    }
  }

  #finish(exitCode: number): void {
    if (this.#over) return;
    this.#over = true;
    const reason =
      exitCode === 0
        ? undefined
        : (REASONS[exitCode] ?? (exitCode > 128 ? `signal ${exitCode - 128}` : 'non-zero exit'));
    const data = { exitCode, ...(reason === undefined ? {} : { exitReason: reason }) };
    for (const [socket, told] of this.#clients) {
      if (told) socket.send(JSON.stringify({ type: 'control', status: 'exited', ...data }), 'control');
      socket.close(exitCode === 0 ? 1000 : 1011, JSON.stringify(data));
    }
    this.#clients.clear();
    this.#onEnd();
  }

  /** The shell's own pid, once it is known. */
  get shellPid(): number | undefined {
    return this.#shellPid;
  }
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.on('data', (data: Buffer) => {
    rest += data.toString('utf8');
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
