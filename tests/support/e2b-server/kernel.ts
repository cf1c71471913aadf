// One Python kernel process: runs the cells it is given one after the other and hands out their events.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Jail } from '../vendor-server/jail.ts';
import { signalPid } from '../vendor-server/process-table.ts';
import { HOME, sandboxVariables } from './jail.ts';

/** One cell on its way through the kernel. */
export interface Cell {
  readonly code: string;
  /** Variables set by source lines before the code. */
  readonly envVars: Readonly<Record<string, string>>;
  /** What each variable is put back to after the cell; null removes it. */
  readonly restore: Readonly<Record<string, string | null>>;
  /** Gets each event: its kind and its JSON line. A promise asks the kernel to wait. */
  onEvent(kind: string, line: Buffer): Promise<void> | undefined;
  /** Called once, when the kernel is done with the cell. */
  onDone(): void;
}

/** Why a cell ended without the kernel's own word. */
export interface CellLoss {
  readonly name: 'ContextRestarting' | 'UnexpectedEndOfExecution';
  readonly value: string;
}

/** Everything a kernel needs to start. */
export interface KernelSetup {
  readonly jail: Jail;
  readonly sandboxId: string;
  readonly cwd: string;
  /** See E2bServerOptions.dropCellsQueuedBehindInterrupt. */
  readonly dropQueuedAfterError: boolean;
}

const EVENT = 0x45; // E
const NEWLINE = 0x0a;
const DIED: CellLoss = { name: 'ContextRestarting', value: 'Context was restarted' };

/** A running kernel. It is gone when its process ends; a new one must be made then. */
export class Kernel {
  readonly #setup: KernelSetup;
  readonly #child: ChildProcess;
  readonly #queue: Cell[] = [];
  #running: Cell | undefined;
  /** Whether the running cell has said its first word; before that a signal could hit a kernel that still starts. */
  #begun = false;
  #interruptAsked = false;
  #rest: Buffer[] = [];
  #alive = true;

  constructor(setup: KernelSetup) {
    this.#setup = setup;
    const { jail } = setup;
    // A missing folder is no error for the real server: the kernel then starts at home.
    const launch = launchOrHome(setup);
    this.#child = spawn(launch.file, [...launch.args], {
      cwd: launch.cwd,
      env: jail.environment({
        ...sandboxVariables(setup.sandboxId),
        USER: 'root',
        LOGNAME: 'root',
        MPLBACKEND: 'Agg',
      }),
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdout?.on('data', (data: Buffer) => this.#onData(data));
    this.#child.once('close', () => this.#lose(DIED));
    this.#child.once('error', () => this.#lose(DIED));
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Process group of the kernel, or undefined when it never started. */
  get group(): number | undefined {
    return this.#child.pid;
  }

  /** Run the cell as soon as those before it are done. */
  submit(cell: Cell): void {
    if (this.#running) this.#queue.push(cell);
    else this.#run(cell);
  }

  /** Forget a cell that has not started. False when it has. */
  withdraw(cell: Cell): boolean {
    const at = this.#queue.indexOf(cell);
    if (at >= 0) this.#queue.splice(at, 1);
    return at >= 0;
  }

  /** SIGINT to the kernel and what its cell has started. Nothing happens when no cell runs. */
  interrupt(): void {
    if (!this.#running || !this.#child.pid) return;
    if (this.#begun) signalPid(-this.#child.pid, 'SIGINT');
    else this.#interruptAsked = true;
  }

  /** End the kernel. Cells that wait or run are told `loss`. */
  kill(loss: CellLoss): void {
    if (this.#child.pid) signalPid(-this.#child.pid, 'SIGKILL');
    this.#lose(loss);
  }

  #run(cell: Cell): void {
    this.#running = cell;
    this.#begun = false;
    this.#interruptAsked = false;
    const request = { code: cell.code, env_vars: cell.envVars, restore: cell.restore };
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
  }

  #onData(data: Buffer): void {
    let from = 0;
    for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, from)) {
      const line = Buffer.concat([...this.#rest, data.subarray(from, at + 1)]);
      this.#rest = [];
      from = at + 1;
      this.#onLine(line);
    }
    if (from < data.length) this.#rest.push(data.subarray(from));
  }

  #onLine(line: Buffer): void {
    const cell = this.#running;
    if (!cell) return; // a thread of an earlier cell that prints late: nobody listens, as in the real server
    const json = line.subarray(1);
    if (line[0] !== EVENT) {
      this.#onDone(cell, (JSON.parse(json.toString()) as { ok: boolean }).ok);
      return;
    }
    if (!this.#begun) {
      this.#begun = true;
      if (this.#interruptAsked) this.interrupt();
    }
    const kind = /^\{"type": "([a-z_]+)"/.exec(json.toString('latin1', 0, 60))?.[1] ?? '';
    const wait = cell.onEvent(kind, json);
    if (!wait) return;
    this.#child.stdout?.pause();
    void wait.then(() => this.#child.stdout?.resume());
  }

  #onDone(cell: Cell, ok: boolean): void {
    this.#running = undefined;
    cell.onDone();
    // ipykernel aborts what was queued behind a failed cell, and the real server does not understand that answer: such a
    // cell stays silent until its client gives up.
    if (!ok && this.#setup.dropQueuedAfterError) this.#queue.length = 0;
    const next = this.#queue.shift();
    if (next) this.#run(next);
  }

  #lose(loss: CellLoss): void {
    this.#alive = false;
    const cells = [...(this.#running ? [this.#running] : []), ...this.#queue];
    this.#running = undefined;
    this.#queue.length = 0;
    for (const cell of cells) {
      void cell.onEvent(
        'error',
        Buffer.from(`${JSON.stringify({ type: 'error', ...loss, traceback: '' })}\n`),
      );
      cell.onDone();
    }
  }
}

function launchOrHome(setup: KernelSetup): ReturnType<Jail['launch']> {
  const { jail, cwd } = setup;
  const args = ['-u', jail.support('worker.py')];
  try {
    return jail.launch(jail.launcher.python, args, cwd);
  } catch {
    return jail.launch(jail.launcher.python, args, HOME);
  }
}
