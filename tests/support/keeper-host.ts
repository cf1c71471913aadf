/** A sandbox for tests of the keeper: dials real keepers over pipes or a real terminal, through a line that can be cut, stalled or spoiled. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BytePipe } from '../../src-main/runner/byte-pipe.ts';
import { pipeOfChild } from '../../src-main/runner/byte-pipe.ts';
import {
  type KeeperOptions,
  keeperFromMemory,
  keeperShellLine,
} from '../../src-main/runner/keeper-command.ts';
import { KeptRunner, type KeptRunnerOptions } from '../../src-main/runner/kept-runner.ts';
import type { RunnerRequest } from '../../src-main/runner/request.ts';
import { type Collected, CollectingSink, processesWith, python, runnerFile, until } from './runner.ts';

/** The file under test. */
export const keeperFile: string = join(dirname(runnerFile), 'keeper.py');
const sources = { keeper: readFileSync(keeperFile, 'utf8'), runner: readFileSync(runnerFile, 'utf8') };

/** A shell on a terminal of its own, its bytes on standard input and output. */
const terminalHost = `import os, pty, select
pid, fd = pty.fork()
if pid == 0: os.execvpe("sh", ["sh", "-i"], dict(os.environ, PS1="prompt$ "))
while True:
  ready = select.select([0, fd], [], [])[0]
  if 0 in ready:
    data = os.read(0, 32768)
    if not data: break
    while data: data = data[os.write(fd, data):]
  if fd in ready:
    try: data = os.read(fd, 65536)
    except OSError: break
    if not data: break
    os.write(1, data)`;

/** How links of a host are. */
export interface HostOptions {
  /** Over a terminal with a shell that has a prompt, instead of pipes. */
  terminal?: boolean;
  keeper?: KeeperOptions;
  cwd?: string;
}

/** One link of a test: a process, and what is done to the bytes on their way. */
class Line implements BytePipe {
  readonly readable: AsyncIterable<Uint8Array>;
  readonly child: ChildProcessWithoutNullStreams;
  readonly #pipe: BytePipe;
  /** Bytes that still pass; then the line is cut, in the middle of whatever it is. */
  budget = Number.POSITIVE_INFINITY;
  /** Bytes that came through from the keeper. */
  passed = 0;
  stalled = false;
  /** What somebody writes onto the line between two pieces: noise. */
  spoil: Buffer | null = null;
  #cut = false;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    this.#pipe = pipeOfChild(child);
    this.readable = this.#read();
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#pipe.readable) {
      if (this.stalled) await new Promise<void>(() => {});
      if (this.#cut) return;
      if (this.spoil) {
        yield this.spoil;
        this.spoil = null;
      }
      const part = this.#passed(chunk);
      this.passed += part.length;
      yield part;
      if (this.#cut) return;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.stalled) return;
    if (this.#cut) throw new Error('The line is cut.');
    await this.#pipe.write(this.#passed(bytes));
  }

  #passed(bytes: Uint8Array): Uint8Array {
    const part = bytes.subarray(0, Math.min(bytes.length, this.budget));
    this.budget -= part.length;
    if (this.budget <= 0) queueMicrotask(() => this.cut());
    return part;
  }

  cut(): void {
    if (this.#cut) return;
    this.#cut = true;
    this.child.kill('SIGKILL');
    this.child.stdout.destroy();
  }

  close(): void {
    this.child.stdin.destroy();
    this.child.stdout.destroy();
    this.child.kill();
  }
}

/** Owns every process that it started; `stop` ends them, and the keepers of its name. */
export class KeeperHost {
  /** Name of the keeper; every process of it has this in its command line. */
  readonly name = `test-${randomUUID()}`;
  /** What the next links get as budget. */
  budget: () => number = () => Number.POSITIVE_INFINITY;
  /** Dials fail while this is set. */
  unreachable: Error | null = null;
  /** Links opened so far. */
  dials = 0;
  readonly #options: HostOptions;
  readonly #lines = new Set<Line>();

  constructor(options: HostOptions = {}) {
    this.#options = options;
  }

  /** `KeptPipeOptions.dial`. */
  readonly dial = async (_signal: AbortSignal, mode: 'start' | 'attach'): Promise<BytePipe> => {
    if (this.unreachable) throw this.unreachable;
    const { keeper, terminal, cwd } = this.#options;
    const call = { mode, name: this.name, ...(keeper ? { options: keeper } : {}) };
    const { argv, payload } = terminal
      ? {
          argv: [python, '-c', terminalHost],
          payload: Buffer.from(keeperShellLine(call, python, keeperFile)),
        }
      : keeperFromMemory(call, python, sources);
    const child = spawn(argv[0] ?? '', argv.slice(1), {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    child.stderr.resume();
    const line = new Line(child);
    this.#lines.add(line);
    child.once('close', () => this.#lines.delete(line));
    await line.write(payload);
    line.budget = this.budget();
    this.dials += 1;
    return line;
  };

  /** The newest line. */
  get line(): Line {
    const line = [...this.#lines].at(-1);
    if (!line) throw new Error('No line.');
    return line;
  }

  /** Processes of the keeper: itself, its runner, the worker, and links. */
  get processes(): number[] {
    return processesWith(this.name);
  }

  /** The keeper's own process: the runner's parent. */
  async keeperPid(runnerPid: number): Promise<number> {
    const stat = readFileSync(`/proc/${runnerPid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  }

  /** A kept runner here; `stop` of the host does not end it. */
  runner(options: Partial<KeptRunnerOptions> = {}): KeptRunner {
    return new KeptRunner({ mode: 'start', dial: this.dial, diagnose: async () => null, ...options });
  }

  async stop(): Promise<void> {
    for (const line of this.#lines) line.cut();
    await until('nothing of the keeper runs', () => {
      const left = this.processes;
      for (const pid of left) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // it ended meanwhile
        }
      }
      return left.length === 0;
    });
  }
}

/** Runs code with the client of now and collects everything. */
export async function collect(
  runner: KeptRunner,
  request: RunnerRequest | string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Collected> {
  const client = await runner.client(signal);
  const sink = new CollectingSink();
  const full = typeof request === 'string' ? { language: 'python' as const, code: request } : request;
  return sink.collected(await client.execute(full, sink, signal));
}
