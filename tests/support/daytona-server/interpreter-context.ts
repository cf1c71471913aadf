// One interpreter context: a Python process that keeps its variables, and the cells that wait for it.
import type { ChildProcess } from 'node:child_process';
import { signalPid } from '../vendor-server/process-table.ts';
import type { Sandbox } from './sandbox.ts';
import { startChild } from './sandbox-child.ts';
import type { WebSocketConnection } from './web-socket.ts';

const KILL_GRACE_MS = 2_000;
const TIMEOUT_CODE = 4008;

/** One cell on its way through a context. */
export interface Cell {
  readonly code: string;
  readonly envs: Readonly<Record<string, string>>;
  /** Seconds; 0 for no limit. */
  readonly timeoutS: number;
  /** Gets the frames. A client that goes does not stop the cell. */
  readonly socket: WebSocketConnection;
}

/** A context. After its process was killed (a cell ignored its limit) the next cell gets a fresh one without variables. */
export class InterpreterContext {
  readonly id: string;
  readonly cwd: string;
  readonly createdAt: string;
  readonly #sandbox: Sandbox;
  readonly #queue: Cell[] = [];
  #child: ChildProcess | undefined;
  #running: Cell | undefined;
  #timedOut = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(sandbox: Sandbox, id: string, cwd: string) {
    this.#sandbox = sandbox;
    this.id = id;
    this.cwd = cwd;
    this.createdAt = new Date(sandbox.clock.now()).toISOString();
  }

  /** In the toolbox's shape. */
  describe(): unknown {
    const { id, cwd, createdAt } = this;
    return { id, cwd, createdAt, active: true, language: 'python' };
  }

  /** Start its process already. Throws DaemonError when the folder is not there. */
  warm(): void {
    this.#child ??= this.#start();
  }

  /** Run a cell as soon as those before it are done. */
  submit(cell: Cell): void {
    this.#queue.push(cell);
    this.#next();
  }

  /** End its process; what runs or waits is told. */
  dispose(): void {
    clearTimeout(this.#timer);
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null)
      signalPid(-child.pid, 'SIGKILL');
    const cells = [...(this.#running ? [this.#running] : []), ...this.#queue.splice(0)];
    this.#running = undefined;
    for (const { socket } of cells) socket.close(1011, 'context was shut down');
  }

  #next(): void {
    if (this.#running) return;
    const cell = this.#queue.shift();
    if (!cell) return;
    this.#running = cell;
    this.#timedOut = false;
    try {
      this.warm();
    } catch (error) {
      this.#running = undefined;
      cell.socket.close(1011, error instanceof Error ? error.message : String(error));
      this.#next();
      return;
    }
    this.#child?.stdin?.write(`${JSON.stringify({ code: cell.code, envs: cell.envs })}\n`);
    if (cell.timeoutS > 0) this.#timer = setTimeout(() => this.#onTimeout(), cell.timeoutS * 1000);
  }

  #onTimeout(): void {
    const { pid } = this.#child ?? {};
    if (pid === undefined) return;
    this.#timedOut = true;
    signalPid(pid, 'SIGINT');
    this.#timer = setTimeout(() => signalPid(-pid, 'SIGKILL'), KILL_GRACE_MS);
  }

  #start(): ChildProcess {
    const { jail } = this.#sandbox;
    const child = startChild(this.#sandbox, {
      file: jail.launcher.python,
      args: ['-u', jail.support('interpreter.py')],
      cwd: this.cwd,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let rest = Buffer.alloc(0);
    child.stdout?.on('data', (data: Buffer) => {
      rest = Buffer.concat([rest, data]);
      for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
        this.#onLine(rest.subarray(0, at).toString('utf8'));
        rest = rest.subarray(at + 1);
      }
    });
    child.once('close', () => {
      if (this.#child === child) this.#onDeath();
    });
    return child;
  }

  #onLine(line: string): void {
    let frame: { type?: unknown; text?: unknown };
    try {
      frame = JSON.parse(line) as typeof frame;
    } catch {
      return; // what a child process of the cell printed goes nowhere
    }
    const cell = this.#running;
    if (!cell || typeof frame !== 'object' || frame === null) return;
    if (frame.type !== 'control') {
      cell.socket.send(line, String(frame.type));
      return;
    }
    this.#done(cell, () => cell.socket.send(line, 'control'));
  }

  #onDeath(): void {
    this.#child = undefined;
    const cell = this.#running;
    if (cell) this.#done(cell, () => undefined, 'worker process ended');
  }

  #done(cell: Cell, last: () => void, died?: string): void {
    clearTimeout(this.#timer);
    this.#running = undefined;
    if (this.#timedOut) cell.socket.close(TIMEOUT_CODE, 'Execution timed out');
    else {
      last();
      if (died === undefined) cell.socket.close(1000);
      else cell.socket.close(1011, died);
    }
    this.#next();
  }
}
