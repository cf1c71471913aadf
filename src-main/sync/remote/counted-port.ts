/** A port with limits and counters: every call has a deadline, what comes is bounded, and requests and bytes are counted. */
import { createHash } from 'node:crypto';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { type Clock, systemClock } from '../../../src-shared/lib/clock.ts';
import { withDeadline } from './abort.ts';
import type { SandboxPort } from './sandbox-port.ts';

/** What has travelled since the beginning. A command's text counts as up, its output as down. */
export interface Traffic {
  readonly requests: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** What a command said, as far as it was kept. */
export interface RunResult {
  readonly exitCode: number | null;
  readonly stdout: Uint8Array;
  /** The last few KB. */
  readonly stderr: string;
}

/** How much a call may take. */
export interface Limits {
  /** Bytes that may come. */
  readonly maxBytes: number;
  /** ms without anything moving. */
  readonly deadlineMs: number;
}

const stderrKept = 8192;

/** See the file's head. */
export class CountedPort {
  readonly #port: SandboxPort;
  readonly #clock: Clock;
  #requests = 0;
  #bytesUp = 0;
  #bytesDown = 0;

  constructor(port: SandboxPort, clock: Clock = systemClock) {
    this.#port = port;
    this.#clock = clock;
  }

  /** The counters now. */
  get traffic(): Traffic {
    return { requests: this.#requests, bytesUp: this.#bytesUp, bytesDown: this.#bytesDown };
  }

  /** Runs a command; one that prints for ever is stopped at the limit (`protocol`). */
  async run(command: string, limits: Limits, signal: AbortSignal): Promise<RunResult> {
    this.#requests += 1;
    this.#bytesUp += Buffer.byteLength(command);
    const stdout: Uint8Array[] = [];
    let stderr = Buffer.alloc(0);
    let bytes = 0;
    const tooMuch = new AbortController();
    const count = (piece: Uint8Array, touch: () => void): boolean => {
      this.#bytesDown += piece.length;
      bytes += piece.length;
      touch();
      if (bytes > limits.maxBytes) tooMuch.abort(printedTooMuch());
      return !tooMuch.signal.aborted;
    };
    const exitCode = await withDeadline(
      { clock: this.#clock, ms: limits.deadlineMs, signal: AbortSignal.any([signal, tooMuch.signal]) },
      (stop, touch) =>
        this.#port.run(
          command,
          {
            stdout: (piece) => {
              if (count(piece, touch)) stdout.push(piece);
            },
            stderr: (piece) => {
              if (count(piece, touch)) stderr = Buffer.concat([stderr, piece]).subarray(-stderrKept);
            },
          },
          stop,
        ),
    );
    if (tooMuch.signal.aborted) throw tooMuch.signal.reason;
    return {
      exitCode,
      stdout: stdout.length === 1 && stdout[0] ? stdout[0] : Buffer.concat(stdout),
      stderr: stderr.toString(),
    };
  }

  /** Puts a file; `onSent` hears how many bytes went so far. */
  async put(
    path: string,
    data: AsyncIterable<Uint8Array>,
    { deadlineMs, onSent }: { deadlineMs: number; onSent?: (bytes: number) => void },
    signal: AbortSignal,
  ): Promise<void> {
    this.#requests += 1;
    await withDeadline({ clock: this.#clock, ms: deadlineMs, signal }, (stop, touch) => {
      const counted = async function* (this: CountedPort): AsyncGenerator<Uint8Array> {
        let sent = 0;
        for await (const piece of data) {
          if (stop.aborted) return;
          this.#bytesUp += piece.length;
          sent += piece.length;
          touch();
          yield piece;
          onSent?.(sent);
        }
      };
      return this.#port.put(path, counted.call(this), stop);
    });
  }

  /** Reads a file that has exactly `bytes` bytes of this hash; anything else is `protocol`. */
  async get(
    path: string,
    { bytes, sha256, deadlineMs, onGot }: Announced & { deadlineMs: number; onGot?: (bytes: number) => void },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const whole = Buffer.allocUnsafe(bytes);
    let at = 0;
    for await (const piece of this.stream(path, { bytes, sha256, deadlineMs }, signal)) {
      whole.set(piece, at);
      at += piece.length;
      onGot?.(at);
    }
    return whole;
  }

  /** The same as a stream, which throws at its end where the hash is another. Hashes are not asked for where `sha256` is null. */
  async *stream(
    path: string,
    { bytes, sha256, deadlineMs }: { bytes: number; sha256: string | null; deadlineMs: number },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    this.#requests += 1;
    const limit = { clock: this.#clock, ms: deadlineMs, signal };
    const hash = createHash('sha256');
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    let got = 0;
    try {
      const source = (await withDeadline(limit, () => this.#port.get(path, either)))[Symbol.asyncIterator]();
      for (;;) {
        const next = await withDeadline(limit, () => source.next());
        if (next.done) break;
        this.#bytesDown += next.value.length;
        got += next.value.length;
        if (got > bytes) throw notAsAnnounced('it is longer');
        hash.update(next.value);
        yield next.value;
      }
      // A link that breaks may look like the end.
      if (got < bytes) throw cutOff();
      if (sha256 !== null && hash.digest('hex') !== sha256) throw notAsAnnounced('its hash is another');
    } finally {
      stop.abort(new SpecboardError('cancelled', 'Not read to its end.'));
    }
  }
}

/** A file as an answer announced it. */
export interface Announced {
  readonly bytes: number;
  readonly sha256: string;
}

function printedTooMuch(): SpecboardError {
  return new SpecboardError('protocol', 'The sandbox answered with more than was asked for.', {
    kept: 'Nothing was changed on this computer.',
    hint: 'Check what the shell of the sandbox prints when it starts.',
  });
}

function notAsAnnounced(why: string): SpecboardError {
  return new SpecboardError('protocol', 'A file from the sandbox is not what the sandbox announced.', {
    kept: 'It was not used.',
    hint: 'Sync again. If it stays so, a program in the sandbox may interfere with the sync.',
    details: why,
  });
}

function cutOff(): SpecboardError {
  return new SpecboardError('unreachable', 'The link to the sandbox broke while a file was read.', {
    kept: 'What came was not used.',
    hint: 'Sync again.',
  });
}
