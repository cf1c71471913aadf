// One context of the code interpreter: a kernel, a lock that lets one cell in at a time, and the stream of each cell.
import type { Exchange } from './exchange.ts';
import { HOME } from './jail.ts';
import { type Cell, Kernel } from './kernel.ts';
import type { Sandbox } from './sandbox.ts';

/** What a client asks a context to run. */
export interface CellRequest {
  readonly code: string;
  readonly envVars: Readonly<Record<string, string>>;
}

const END = Buffer.from('{"type": "end_of_execution"}\n');
const KEEPALIVE = Buffer.from('{"type": "keepalive"}\n');
const RESTARTED = {
  name: 'UnexpectedEndOfExecution',
  value: 'Connection to the execution was closed before the execution was finished',
} as const;

/** A context; its kernel starts with its first cell. */
export class CodeContext {
  readonly id: string;
  readonly language: string;
  readonly cwd: string;
  readonly #sandbox: Sandbox;
  #kernel: Kernel | undefined;
  #kernelCwd: string;
  #envsInjected = false;
  #lock: Promise<void> = Promise.resolve();

  constructor(sandbox: Sandbox, id: string, language: string, cwd: string) {
    this.#sandbox = sandbox;
    this.id = id;
    this.language = language;
    this.cwd = cwd;
    this.#kernelCwd = cwd;
  }

  /** Process group of the kernel while one runs. */
  group(): number | undefined {
    return this.#kernel?.alive ? this.#kernel.group : undefined;
  }

  /** Run a cell and stream its events. The head goes out at once, also when other cells are before it. */
  async execute(request: CellRequest, exchange: Exchange): Promise<void> {
    exchange.head(200, {});
    let gone = false;
    exchange.onClose(() => {
      gone = true;
    });
    const before = this.#lock;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#lock = before.then(() => promise);
    await before;
    try {
      if (!gone) await this.#run(request, exchange);
    } finally {
      resolve();
    }
  }

  /** Throw the kernel away; a running cell ends with an error. The next one starts at home, not in the context's folder. */
  restart(): void {
    this.#kernelCwd = HOME;
    this.dispose();
  }

  dispose(): void {
    this.#kernel?.kill(RESTARTED);
    this.#kernel = undefined;
  }

  /** Settles when the cell is over or its client has gone. A client that goes interrupts the kernel. */
  #run(request: CellRequest, exchange: Exchange): Promise<void> {
    if (this.language !== 'python') return Promise.resolve(refuseLanguage(exchange, this.language));
    const kernel = this.#ready();
    const cell = this.#cell(request);
    return new Promise((resolve) => {
      const keepalive = new Keepalive(exchange, this.#sandbox.executeKeepaliveMs);
      let over = false;
      const finish = (): void => {
        if (over) return;
        over = true;
        keepalive.stop();
        resolve();
      };
      const running: Cell = {
        ...cell,
        onEvent: (kind, line) => {
          if (over) return undefined;
          keepalive.touch();
          return exchange.event(kind, line);
        },
        onDone: () => {
          if (over) return;
          finish();
          exchange.end(exchange.effect('omit-end') ? undefined : END);
        },
      };
      kernel.submit(running);
      exchange.onClose(() => {
        if (over) return;
        finish();
        // Also when the cell only waits behind an interrupted one: the real server asks for an interrupt either way.
        kernel.withdraw(running);
        kernel.interrupt();
      });
    });
  }

  #cell(request: CellRequest): Pick<Cell, 'code' | 'envVars' | 'restore'> {
    const envs = this.#sandbox.envs;
    const injected = this.#envsInjected ? {} : envs;
    this.#envsInjected = true;
    const names = Object.keys(request.envVars);
    return {
      code: request.code,
      envVars: { ...injected, ...request.envVars },
      restore: Object.fromEntries(names.map((name) => [name, envs[name] ?? null])),
    };
  }

  #ready(): Kernel {
    if (this.#kernel?.alive) return this.#kernel;
    this.#envsInjected = false;
    this.#kernel = new Kernel({
      jail: this.#sandbox.jail,
      sandboxId: this.#sandbox.id,
      cwd: this.#kernelCwd,
      dropQueuedAfterError: this.#sandbox.dropCellsQueuedBehindInterrupt,
    });
    return this.#kernel;
  }
}

/** Sends a keepalive after each stretch of silence. */
class Keepalive {
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(exchange: Exchange, everyMs: number) {
    if (exchange.effect('no-keepalives')) return;
    this.#timer = setInterval(() => void exchange.event('keepalive', KEEPALIVE), everyMs);
  }

  /** Something was sent: the silence starts again. */
  touch(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** The other languages have contexts but no kernel here. */
function refuseLanguage(exchange: Exchange, language: string): void {
  const value = `The test server has no ${language} kernel.`;
  const error = { type: 'error', name: 'KernelNotAvailable', value, traceback: '' };
  void exchange.event('error', Buffer.from(`${JSON.stringify(error)}\n`));
  exchange.end(END);
}
