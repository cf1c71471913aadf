/** A program that runs in a container, over the raw connection that the engine handed over. */
import type { Duplex } from 'node:stream';
import { type BytePipe, pipeOfStreams } from '../../../runner/byte-pipe.ts';
import { mappedStream } from './engine-calls.ts';
import { EngineLinkError } from './engine-failure.ts';
import type { RawConnection } from './engine-http.ts';
import { type ExecChunk, framesOf } from './exec-frames.ts';
import type { EngineContext } from './map-engine-errors.ts';

/** As much of what a program wrote to its stderr as is kept while only `stdout` is read, in bytes. */
const tailLimit = 16 * 1024;

/** What the exec asks of the client. */
export interface ExecCalls {
  resize: (size: { cols: number; rows: number }) => Promise<void>;
  exitCode: (signal: AbortSignal) => Promise<number | null>;
}

/** What the exec is. */
export interface ExecOptions {
  tty: boolean;
  context: EngineContext;
  signal: AbortSignal;
}

/**
 * A program that runs in a container. Whoever started it reads `output` or `stdout` to the end, or calls `close`. Closing (and
 * aborting the signal it was started with) ends the connection, not the program: the engine has no call for that; send its
 * process group a signal with a second exec.
 */
export class EngineExec {
  /** The engine's id of it. */
  readonly id: string;
  /** Both streams in the order in which the engine sent them. Read once, this or `stdout`. A slow reader holds the program back. */
  readonly output: AsyncIterable<ExecChunk>;
  /** Only standard output; the end of what was written to stderr is kept for `stderrTail`. */
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly #socket: Duplex;
  readonly #pipe: BytePipe;
  readonly #calls: ExecCalls;
  #tail = Buffer.alloc(0);

  /** Takes over the connection. `signal` ends it. */
  constructor(id: string, { socket, head }: RawConnection, options: ExecOptions, calls: ExecCalls) {
    const { tty, context, signal } = options;
    this.id = id;
    this.#socket = socket;
    this.#pipe = pipeOfStreams(socket, socket);
    this.#calls = calls;
    this.output = mappedStream(framesOf(socket, head, tty), context, signal);
    this.stdout = this.#onlyStdout();
    const onAbort = (): void => {
      socket.destroy(new EngineLinkError('ABORTED', 'Aborted.', true));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
  }

  /** What the program wrote to stderr, at most its last 16 KiB, while `stdout` was read. For saying why it failed. */
  get stderrTail(): string {
    return this.#tail.toString('utf8');
  }

  /** Sends input, in the order of the calls. Resolves when more may be sent; rejects when the connection is gone. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#pipe.write(bytes);
  }

  /** The end of the input; output still comes. Over a Windows pipe it cannot be told apart from `close`. */
  endInput(): void {
    if (!this.#socket.writableEnded) this.#socket.end();
  }

  /** The terminal's new size. */
  resize(size: { cols: number; rows: number }): Promise<void> {
    return this.#calls.resize(size);
  }

  /**
   * How the program ended: 128 + n for signal n, 126 or 127 where it could not be started; null where the engine no longer
   * knows. Waits until it has; call it when the output has ended, else a program that is held back never ends.
   */
  exitCode(signal: AbortSignal): Promise<number | null> {
    return this.#calls.exitCode(signal);
  }

  /** Ends the connection: what reads `output` sees its end. Twice is fine. */
  close(): void {
    this.#socket.destroy();
  }

  async *#onlyStdout(): AsyncGenerator<Uint8Array> {
    for await (const { stream, bytes } of this.output) {
      if (stream === 'stdout') yield bytes;
      else this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-tailLimit);
    }
  }
}
