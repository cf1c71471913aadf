/**
 * Files of the helper's and the scripts' own folder: by the driver's files, and where those do not come there (Local's end at its
 * working folder, Docker's need Python) by commands.
 */
import { type ErrorCode, SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { CountedPort } from './counted-port.ts';
import { ShellFiles } from './shell-files.ts';

/** Failures of a write that say: not there, but maybe in another folder. */
export const elsewhereCodes: ReadonlySet<ErrorCode> = new Set([
  'forbidden',
  'not-found',
  'invalid',
  'conflict',
  'unsupported',
]);
const outOfReach: ReadonlySet<ErrorCode> = new Set(['forbidden', 'invalid', 'unsupported', 'python-missing']);
const commandMs = 60_000;

/** A file that was announced; no hash is asked for where it is null. */
export interface AnnouncedFile {
  readonly bytes: number;
  readonly sha256: string | null;
  readonly deadlineMs: number;
}

/** See the file's head. Remembers which way works. */
export class ReachingFiles {
  readonly #port: CountedPort;
  readonly #shell: ShellFiles;
  #byCommands = false;

  constructor(port: CountedPort) {
    this.#port = port;
    this.#shell = new ShellFiles(port, commandMs);
  }

  /** Writes a file whole or not at all. */
  async put(
    path: string,
    data: () => AsyncIterable<Uint8Array>,
    options: { deadlineMs: number; onSent?: (bytes: number) => void },
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.#byCommands) {
      try {
        await this.#port.put(path, data(), options, signal);
        return;
      } catch (error) {
        if (!isOutOfReach(error, signal)) throw error;
      }
    }
    await this.#shell.put(path, data(), options.onSent ?? (() => {}), signal);
    this.#byCommands = true;
  }

  /** Reads a file that is as announced. */
  async *stream(path: string, announced: AnnouncedFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let got = 0;
    if (!this.#byCommands) {
      try {
        for await (const piece of this.#port.stream(path, announced, signal)) {
          got += piece.length;
          yield piece;
        }
        return;
      } catch (error) {
        if (got > 0 || !isOutOfReach(error, signal)) throw error;
      }
    }
    yield* this.#shell.stream(path, announced, signal);
    this.#byCommands = true;
  }

  /** The same as a whole. */
  async get(
    path: string,
    { onGot, ...announced }: AnnouncedFile & { onGot?: (bytes: number) => void },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const whole = Buffer.allocUnsafe(announced.bytes);
    let at = 0;
    for await (const piece of this.stream(path, announced, signal)) {
      whole.set(piece, at);
      at += piece.length;
      onGot?.(at);
    }
    return whole;
  }
}

function isOutOfReach(error: unknown, signal: AbortSignal): boolean {
  return !signal.aborted && error instanceof SpecboardError && outOfReach.has(error.code);
}
