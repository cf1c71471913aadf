// One session of a sandbox: a shell that stays, the commands it is given one after the other, and their logs.
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { processTree, signalPid } from '../vendor-server/process-table.ts';
import { DaemonError } from './errors.ts';
import type { Sandbox } from './sandbox.ts';
import { startChild } from './sandbox-child.ts';
import { ShellCommand } from './shell-command.ts';

const DRAIN_MS = 100;
const TERM_GRACE_MS = 200;

/** A session. What a command changes (folder, variables) the next one sees; `exit` ends the session. */
export class ShellSession {
  readonly id: string;
  readonly commands = new Map<string, ShellCommand>();
  readonly #child: ChildProcess;
  /** Marks, in both streams, where a command's output ends; unknown to the commands. */
  readonly #mark = randomBytes(16).toString('hex');
  /** Commands the shell has been given and has not finished, the running one first. */
  readonly #waiting: ShellCommand[] = [];
  #ended = false;

  constructor(sandbox: Sandbox, id: string) {
    this.id = id;
    // 0: the commands' text; 3: their ends; 4: their standard input.
    this.#child = startChild(sandbox, {
      file: '/bin/bash',
      args: [],
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.#read(this.#child.stdout, 'stdout');
    this.#read(this.#child.stderr, 'stderr');
    this.#readEnds(this.#child.stdio[3] as Readable);
    this.#child.once('exit', (code, signal) => {
      this.#ended = true;
      // A child in the background may hold the pipes open for ever; what has been written comes at once.
      const timer = setTimeout(() => this.#endAll(code ?? (signal ? 137 : 0)), DRAIN_MS);
      this.#child.once('close', () => {
        clearTimeout(timer);
        this.#endAll(code ?? (signal ? 137 : 0));
      });
    });
  }

  /** In the toolbox's shape. */
  describe(): unknown {
    return { sessionId: this.id, commands: [...this.commands.values()].map((command) => command.describe()) };
  }

  /** Give the shell a command. Throws DaemonError when the shell has ended. */
  execute(text: string, echoInput: boolean): ShellCommand {
    if (this.#ended) throw new DaemonError(410, 'SESSION_ENDED', 'session process has exited');
    const command = new ShellCommand(text, echoInput);
    this.commands.set(command.id, command);
    this.#waiting.push(command);
    const quoted = `'${text.replaceAll("'", `'\\''`)}'`;
    const mark = `printf '\\0%s\\0\\n' ${this.#mark}`;
    this.#child.stdin?.write(
      `{ eval ${quoted}; } <&4 3>&- 4<&-\n__code=$?; ${mark}; ${mark} >&2; printf '%s\\n' "$__code" >&3; unset __code\n`,
    );
    return command;
  }

  /** Write to the standard input of a running command; a missing line end is added. */
  input(command: ShellCommand, data: string): void {
    if (this.#ended) throw new DaemonError(410, 'SESSION_ENDED', 'session process has exited');
    if (command.exitCode !== undefined)
      throw new DaemonError(
        410,
        'COMMAND_ALREADY_COMPLETED',
        `command has already completed with exit code ${command.exitCode}`,
      );
    const line = data.endsWith('\n') ? data : `${data}\n`;
    (this.#child.stdio[4] as NodeJS.WritableStream).write(line);
    if (command.echoInput) command.add('stdout', Buffer.from(line));
  }

  /** End the shell and everything below it: TERM, then KILL. */
  async end(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && !this.#ended) {
      const tree = processTree(pid);
      for (const each of tree) signalPid(each, 'SIGTERM');
      const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, TERM_GRACE_MS))]);
      // What ignored the TERM may have started more meanwhile.
      for (const each of new Set(tree.flatMap(processTree))) signalPid(each, 'SIGKILL');
      signalPid(-pid, 'SIGKILL');
    }
    this.#endAll(137);
  }

  /** The processes have ended; so have the commands. */
  dispose(): void {
    this.#ended = true;
    this.#endAll(137);
  }

  #read(stream: Readable | null, name: 'stdout' | 'stderr'): void {
    const mark = Buffer.from(`\0${this.#mark}\0\n`);
    let rest = Buffer.alloc(0);
    stream?.on('data', (data: Buffer) => {
      rest = Buffer.concat([rest, data]);
      for (let at = rest.indexOf(mark); at >= 0; at = rest.indexOf(mark)) {
        this.#streaming(name)?.add(name, rest.subarray(0, at));
        this.#streaming(name)?.endStream(name);
        rest = rest.subarray(at + mark.length);
        this.#settle();
      }
      const from = markStart(rest, mark);
      if (from > 0) this.#streaming(name)?.add(name, rest.subarray(0, from));
      rest = rest.subarray(from);
    });
  }

  /** The command whose output this stream carries now. */
  #streaming(name: 'stdout' | 'stderr'): ShellCommand | undefined {
    return this.#waiting.find((command) => !command.streamEnded(name));
  }

  #readEnds(stream: Readable): void {
    let rest = '';
    stream.on('data', (data: Buffer) => {
      const lines = (rest + data.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const command = this.#waiting.find(({ code }) => code === undefined);
        if (command) command.code = Number(line);
      }
      this.#settle();
    });
  }

  /** A command is over when its code is known and both streams have reached its mark. */
  #settle(): void {
    for (let first = this.#waiting[0]; first?.complete; first = this.#waiting[0]) {
      this.#waiting.shift();
      first.end(first.code ?? 0);
    }
  }

  #endAll(code: number): void {
    this.#ended = true;
    for (const command of this.#waiting.splice(0)) command.end(command.code ?? code);
  }
}

/** Where the first part of the mark begins at the end of the bytes; their length when they end with none of it. */
function markStart(bytes: Buffer, mark: Buffer): number {
  for (let size = Math.min(mark.length - 1, bytes.length); size > 0; size -= 1) {
    if (bytes.subarray(bytes.length - size).equals(mark.subarray(0, size))) return bytes.length - size;
  }
  return bytes.length;
}
