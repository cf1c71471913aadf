// One program that envd started: its output for whoever is subscribed, its input, its end.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Jail } from '../vendor-server/jail.ts';
import { signalPid } from '../vendor-server/process-table.ts';
import { ConnectError } from './connect-protocol.ts';
import { sandboxVariables } from './jail.ts';

/** ProcessConfig of the protocol. */
export interface ProcessConfig {
  readonly cmd: string;
  readonly args: readonly string[];
  readonly envs: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Size of a terminal in characters. */
export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

/** What Start asks for. */
export interface StartSpec {
  readonly config: ProcessConfig;
  readonly tag: string | undefined;
  readonly terminal: TerminalSize | undefined;
  readonly stdin: boolean;
}

/** ProcessEvent of the protocol: `data` or `end`. */
export type ProcessEvent = { readonly data: Readonly<Record<string, string>> } | { readonly end: ProcessEnd };

/** EndEvent of the protocol. */
export interface ProcessEnd {
  readonly exitCode: number;
  readonly exited: boolean;
  readonly status: string;
  readonly error?: string;
}

/** Gets every event; returns a promise when the process must wait for it. */
export type Subscriber = (event: ProcessEvent) => Promise<void> | undefined;

const CHUNK = { pipe: 32 * 1024, terminal: 16 * 1024 };
const SIGNAL_WORDS: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGTERM: 'terminated',
  SIGINT: 'interrupt',
  SIGHUP: 'hangup',
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted',
};

/** A running program. Output that comes while nobody is subscribed is lost, as in envd. */
export class ManagedProcess {
  /** The program's own pid; with a terminal, the shell's and not the helper's. */
  readonly pid: number;
  /** Process group (and session) of everything that did not leave it. */
  readonly groups: readonly number[];
  readonly spec: StartSpec;
  /** Settles when the program has ended and every holder of its output has closed it. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #subscribers = new Set<Subscriber>();
  readonly #waits = new Set<Promise<void>>();
  #end: ProcessEnd | undefined;

  private constructor(
    child: ChildProcess,
    pid: number,
    spec: StartSpec,
    terminalEnd: () => ProcessEnd | undefined,
  ) {
    this.#child = child;
    this.pid = pid;
    this.groups = child.pid === undefined || child.pid === pid ? [pid] : [child.pid, pid];
    this.spec = spec;
    // A program may end while someone types into it.
    child.stdin?.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      // 'close', not 'exit': envd too waits for the pipes, which children of the program may hold open.
      child.once('close', (code, signal) => {
        const end = terminalEnd() ?? describeEnd(code, signal);
        this.#end = end;
        this.#publish({ end });
        resolve(end);
      });
    });
  }

  /** Start a program. Throws ConnectError when it cannot be started. */
  static async start(
    jail: Jail,
    sandboxId: string,
    sandboxEnv: Record<string, string>,
    spec: StartSpec,
  ): Promise<ManagedProcess> {
    const { config, terminal } = spec;
    const command = [config.cmd, ...config.args];
    const program = terminal
      ? [
          jail.launcher.python,
          '-u',
          jail.support('pty_host.py'),
          String(terminal.cols),
          String(terminal.rows),
          ...command,
        ]
      : command;
    const [file = '', ...args] = program;
    const launch = jail.launch(file, args, config.cwd);
    const child = spawn(launch.file, [...launch.args], {
      cwd: launch.cwd,
      env: jail.environment({ ...sandboxVariables(sandboxId), ...sandboxEnv, ...config.envs }),
      detached: true,
      stdio: [spec.stdin || terminal ? 'pipe' : 'ignore', 'pipe', 'pipe', terminal ? 'pipe' : 'ignore'],
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('spawn', () => resolve(child.pid ?? 0));
      child.once('error', (error) => reject(new ConnectError('invalid_argument', error.message)));
    });
    if (!terminal) return new ManagedProcess(child, pid, spec, () => undefined);
    const host = new TerminalHost(child.stdio[3] as Readable);
    return new ManagedProcess(child, await host.pid, spec, () => host.end);
  }

  /** How it ended, once it has. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** Get events from now on. Returns the way out. The first subscriber starts the flow of output. */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    if (this.#child.stdout?.listenerCount('data') === 0) this.#flow();
    return () => this.#subscribers.delete(subscriber);
  }

  /** Write to standard input. */
  async writeStdin(bytes: Buffer): Promise<void> {
    const { stdin } = this.#child;
    if (this.spec.terminal)
      throw new ConnectError('invalid_argument', 'the process has a terminal, not a standard input');
    if (!stdin || stdin.writableEnded)
      throw new ConnectError('failed_precondition', 'stdin is not enabled or already closed');
    await new Promise<void>((resolve) => stdin.write(bytes, () => resolve()));
  }

  /** Type into the terminal. */
  typeTerminal(bytes: Buffer): void {
    if (!this.spec.terminal) throw new ConnectError('invalid_argument', 'the process has no terminal');
    const head = Buffer.alloc(5);
    head.write('D');
    head.writeUInt32BE(bytes.length, 1);
    this.#child.stdin?.write(Buffer.concat([head, bytes]));
  }

  resize(size: TerminalSize): void {
    if (!this.spec.terminal) throw new ConnectError('invalid_argument', 'the process has no terminal');
    const head = Buffer.alloc(5);
    head.write('R');
    head.writeUInt16BE(size.cols, 1);
    head.writeUInt16BE(size.rows, 3);
    this.#child.stdin?.write(head);
  }

  closeStdin(): void {
    this.#child.stdin?.end();
  }

  /** Signal the program alone: its children live on, as with envd. */
  signal(signal: NodeJS.Signals): void {
    signalPid(this.pid, signal);
  }

  #flow(): void {
    const size = this.spec.terminal ? CHUNK.terminal : CHUNK.pipe;
    const read = (stream: Readable | null, name: string): void => {
      stream?.on('data', (data: Buffer) => {
        for (let at = 0; at < data.length; at += size) {
          this.#publish({ data: { [name]: data.subarray(at, at + size).toString('base64') } });
        }
      });
    };
    read(this.#child.stdout, this.spec.terminal ? 'pty' : 'stdout');
    read(this.#child.stderr, this.spec.terminal ? 'pty' : 'stderr');
  }

  #publish(event: ProcessEvent): void {
    for (const subscriber of [...this.#subscribers]) {
      const wait = subscriber(event);
      if (wait) this.#hold(wait);
    }
  }

  /** A slow reader stops the output, and so in the end the program, until it has caught up. */
  #hold(wait: Promise<void>): void {
    this.#waits.add(wait);
    this.#child.stdout?.pause();
    this.#child.stderr?.pause();
    void wait.then(() => {
      this.#waits.delete(wait);
      if (this.#waits.size > 0) return;
      this.#child.stdout?.resume();
      this.#child.stderr?.resume();
    });
  }
}

/** Reads what pty_host.py tells on its third descriptor. */
class TerminalHost {
  readonly pid: Promise<number>;
  end: ProcessEnd | undefined;

  constructor(stream: Readable) {
    let rest = '';
    this.pid = new Promise((resolve, reject) => {
      stream.on('data', (data: Buffer) => {
        rest += data.toString('utf8');
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const told = JSON.parse(line) as { pid?: number; exit?: number; signal?: NodeJS.Signals | null };
          if (told.pid !== undefined) resolve(told.pid);
          if (told.exit !== undefined) this.end = describeEnd(told.exit, told.signal ?? null);
        }
      });
      stream.once('close', () => reject(new ConnectError('internal', 'the terminal could not be opened')));
    });
  }
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): ProcessEnd {
  if (signal) {
    const status = `signal: ${SIGNAL_WORDS[signal] ?? signal}`;
    return { exitCode: -1, exited: false, status, error: status };
  }
  const exitCode = code ?? 0;
  const status = `exit status ${exitCode}`;
  return { exitCode, exited: true, status, ...(exitCode === 0 ? {} : { error: status }) };
}
