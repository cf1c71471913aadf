// One command of a session: its log as Daytona keeps it, and the clients that follow it.
import { randomUUID } from 'node:crypto';

const PREFIX = { stdout: Buffer.from([1, 1, 1]), stderr: Buffer.from([2, 2, 2]) };
const NEWLINE = 0x0a;

/** Gets every piece of the log, marked with its stream; then the end. */
export interface LogFollower {
  piece(bytes: Buffer, stream: 'stdout' | 'stderr'): void;
  end(): void;
}

/**
 * A command. Its output goes through a line reader, as with Daytona: nothing is seen before its line is complete, NUL bytes
 * vanish, and a last line without an end gets one.
 */
export class ShellCommand {
  readonly id = randomUUID();
  readonly text: string;
  readonly echoInput: boolean;
  /** Told by the shell; the command is over only when its output has come too. */
  code: number | undefined;
  /** Set when it is over. */
  exitCode: number | undefined;
  /** Settles when it is over. */
  readonly ended: Promise<void>;
  readonly #log: { readonly stream: 'stdout' | 'stderr'; readonly piece: Buffer }[] = [];
  readonly #partial = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  readonly #over = { stdout: false, stderr: false };
  readonly #followers = new Set<LogFollower>();
  #resolve: () => void = () => undefined;

  constructor(text: string, echoInput: boolean) {
    this.text = text;
    this.echoInput = echoInput;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Whether its code is known and all its output has come. */
  get complete(): boolean {
    return this.code !== undefined && this.#over.stdout && this.#over.stderr;
  }

  /** In the toolbox's shape. */
  describe(): Record<string, unknown> {
    const { id, text, exitCode } = this;
    return { id, command: text, ...(exitCode === undefined ? {} : { exitCode }) };
  }

  streamEnded(stream: 'stdout' | 'stderr'): boolean {
    return this.#over[stream];
  }

  /** Output of the command. */
  add(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    let data = Buffer.concat([this.#partial[stream], bytes.filter((byte) => byte !== 0)]);
    const lines: Buffer[] = [];
    for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE)) {
      lines.push(PREFIX[stream], data.subarray(0, at + 1));
      data = data.subarray(at + 1);
    }
    this.#partial[stream] = data;
    if (lines.length === 0) return;
    const piece = Buffer.concat(lines);
    this.#log.push({ stream, piece });
    for (const follower of this.#followers) follower.piece(piece, stream);
  }

  /** The stream has no more of it. */
  endStream(stream: 'stdout' | 'stderr'): void {
    this.#over[stream] = true;
    if (this.#partial[stream].length > 0) this.add(stream, Buffer.from('\n'));
  }

  /** It is over. */
  end(code: number): void {
    if (this.exitCode !== undefined) return;
    this.endStream('stdout');
    this.endStream('stderr');
    this.exitCode = code;
    for (const follower of this.#followers) follower.end();
    this.#followers.clear();
    this.#resolve();
  }

  /** What it wrote so far, marks removed. */
  output(stream?: 'stdout' | 'stderr'): string {
    const pieces = this.#log.filter((entry) => stream === undefined || entry.stream === stream);
    const marks = Object.values(PREFIX).map((prefix) => prefix.toString());
    return Buffer.concat(pieces.map(({ piece }) => piece))
      .toString('utf8')
      .replaceAll(marks[0] ?? '', '')
      .replaceAll(marks[1] ?? '', '');
  }

  /** From the first line on, then as it comes. Returns the way out. */
  follow(follower: LogFollower): () => void {
    for (const { stream, piece } of this.#log) follower.piece(piece, stream);
    if (this.exitCode !== undefined) follower.end();
    else this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}
