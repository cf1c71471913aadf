/** Puts and gets files by commands alone, for sandboxes whose driver needs Python for files: slower, and more requests. */
import { createHash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { CountedPort } from './counted-port.ts';
import { quote } from './quote.ts';

/** Of what is sent with one command: a word of a command line has at most 128 KB. */
const sentBytes = 60 * 1024;
/** Of what comes with one. */
const gotBytes = 4 * 1024 * 1024;
/** Commands at a time. */
const inFlight = 4;

/** See the file's first line. Both may be tried again as a whole. */
export class ShellFiles {
  readonly #port: CountedPort;
  readonly #deadlineMs: number;

  constructor(port: CountedPort, deadlineMs: number) {
    this.#port = port;
    this.#deadlineMs = deadlineMs;
  }

  /** Writes a file whole or not at all. Each piece is a file of its own until all are there. */
  async put(
    path: string,
    data: AsyncIterable<Uint8Array>,
    onSent: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const folder = `${path}.${randomBytes(6).toString('hex')}`;
    let [count, sent] = [0, 0];
    const put = async (piece: Buffer): Promise<void> => {
      const file = quote(posix.join(folder, `${count++}`));
      const text = piece.toString('base64').replace(/.{1,1000}/g, '$&\n');
      await this.#run(`umask 077; base64 -d > ${file} <<'END'\n${text}END`, signal);
      sent += piece.length;
      onSent(sent);
    };
    await this.#run(`mkdir -p ${quote(posix.dirname(path))}; umask 077; mkdir ${quote(folder)}`, signal);
    let waiting: Promise<void>[] = [];
    for await (const piece of inPieces(data)) {
      waiting.push(put(piece));
      if (waiting.length < inFlight) continue;
      await Promise.all(waiting);
      waiting = [];
    }
    await Promise.all(waiting);
    // What a break leaves over goes after a day, with all of `in/` and `parts/`.
    await this.#run(
      `umask 077; cd ${quote(folder)} || exit 1
n=0; while [ $n -lt ${count} ]; do cat $n || exit 1; n=$((n + 1)); done > whole || exit 1
cd / && mv -f ${quote(posix.join(folder, 'whole'))} ${quote(path)} && rm -rf ${quote(folder)}`,
      signal,
    );
  }

  /** Reads a file that has exactly `bytes` bytes, of this hash where one is known; anything else is `protocol`. */
  async *stream(
    path: string,
    { bytes, sha256 }: { bytes: number; sha256: string | null },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    for (let at = 0; at < bytes; at += gotBytes) {
      const length = Math.min(gotBytes, bytes - at);
      const command = `[ -f ${quote(path)} ] || exit 44; tail -c +${at + 1} ${quote(path)} | head -c ${length} | base64`;
      const piece = Buffer.from((await this.#run(command, signal)).toString('latin1'), 'base64');
      if (piece.length !== length) throw notAsAnnounced();
      hash.update(piece);
      yield piece;
    }
    if (sha256 !== null && hash.digest('hex') !== sha256) throw notAsAnnounced();
  }

  async #run(command: string, signal: AbortSignal): Promise<Buffer> {
    const limits = { maxBytes: gotBytes * 2, deadlineMs: this.#deadlineMs };
    const { stdout, stderr, exitCode } = await this.#port.run(command, limits, signal);
    if (exitCode !== 0) throw failed(stderr.slice(-500), exitCode);
    return Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength);
  }
}

async function* inPieces(data: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let left: Buffer = Buffer.alloc(0);
  for await (const bytes of data) {
    left = Buffer.concat([left, bytes]);
    for (; left.length >= sentBytes; left = left.subarray(sentBytes)) yield left.subarray(0, sentBytes);
  }
  if (left.length > 0) yield left;
}

function notAsAnnounced(): SpecboardError {
  return new SpecboardError('protocol', 'A file from the sandbox is not what the sandbox announced.', {
    kept: 'It was not used.',
    hint: 'Sync again. If it stays so, a program in the sandbox may interfere with the sync.',
  });
}

function failed(words: string, exitCode: number | null): SpecboardError {
  const details = `exit code ${exitCode ?? 'none'}; ${words}`;
  const kept = 'No file there is half written.';
  if (/o space|quota/.test(words)) {
    const hint = 'Remove something in the sandbox, then sync again.';
    return new SpecboardError('no-space', 'The disk of the sandbox is full.', { details, kept, hint });
  }
  if (exitCode === 44)
    return new SpecboardError('not-found', 'It is not in the sandbox any more.', { details });
  if (exitCode === null || exitCode > 125)
    return new SpecboardError('unavailable', 'The sandbox stopped the work before it was done.', {
      details,
      kept,
    });
  const hint = 'Choose another folder, or change its owner in the sandbox.';
  return new SpecboardError('forbidden', 'The sandbox does not allow reading or writing there.', {
    ...{ details, kept, hint },
  });
}
