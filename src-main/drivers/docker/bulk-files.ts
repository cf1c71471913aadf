/**
 * Many files in one call, and large ones: resources/filekit.py in an exec of its own, whose bytes go as they are; through the
 * runner they would be text. What goes in is framed: a Windows pipe cannot tell the end of the input, and an argument may not be long. The
 * same checks as for single files: an entry that would land outside is refused, nothing is half written.
 */
import { randomUUID } from 'node:crypto';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { saidDone } from '../../runner/file-failure.ts';
import { frame } from '../../runner/file-frames.ts';
import { abortError } from '../base-driver.ts';
import type { EngineExec } from './engine/engine-exec.ts';
import type { StartExec } from './plain-shell.ts';
import { markerName, signalArguments } from './shell-scripts.ts';

const endingMs = 10_000;
/** Longest piece in one frame: it is taken whole on the other side. */
const pieceBytes = 256 * 1024;

/** Pieces are gathered to at least so much before they are sent. */
const togetherBytes = 128 * 1024;

/** What it works with. */
export interface BulkFilesOptions {
  exec: StartExec;
  /** The text of resources/filekit.py. */
  source: string;
  /** Absolute path in the container where relative paths start. */
  root: string;
}

/** See the file's first lines. Python must be in the container. */
export class BulkFiles {
  readonly #options: BulkFilesOptions;

  constructor(options: BulkFilesOptions) {
    this.#options = options;
  }

  /** A tar, as `DriverFiles.pack` says. It is made while it is read; leaving it early, or an abort, ends it in the container too. */
  pack(folder: string, paths: readonly string[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.#receive({ op: 'pack', folder, paths }, folder, signal);
  }

  /** See `DriverFiles.unpack`. */
  unpack(folder: string, tar: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    return this.#send({ op: 'unpack', folder }, folder, tar, signal);
  }

  /** The content of a large file. What is wrong with it is said at the first piece. */
  read(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return this.#receive({ op: 'read', path }, path, signal);
  }

  /** Writes a large file, staged and renamed as a small one is. */
  write(path: string, data: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    return this.#send({ op: 'write', path }, path, data, signal);
  }

  async *#receive(
    request: Record<string, unknown>,
    path: string,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const call = await this.#start(request, signal);
    let done = false;
    try {
      yield* call.exec.stdout;
      await this.#outcome(call.exec, path, signal);
      done = true;
    } catch (error) {
      throw signal.aborted ? abortError(signal) : error;
    } finally {
      if (!done) await this.#abandon(call);
    }
  }

  async #send(
    request: Record<string, unknown>,
    path: string,
    data: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const call = await this.#start({ ...request, data: true }, signal);
    const source = data[Symbol.asyncIterator]();
    const failures: unknown[] = [];
    // Not waited for at the end: a source may never answer.
    void send(call.exec, source).catch((error: unknown) => {
      failures.push(error);
      call.exec.close();
    });
    try {
      for await (const _ of call.exec.stdout); // nothing comes; it ends with the program
      if (failures.length > 0) throw failures[0];
      await this.#outcome(call.exec, path, signal);
    } catch (error) {
      await this.#abandon(call);
      throw signal.aborted ? abortError(signal) : error;
    } finally {
      call.exec.close();
      // A source that waits for ever would never answer this either.
      void Promise.resolve(source.return?.()).catch(() => {});
    }
  }

  async #start(request: Record<string, unknown>, signal: AbortSignal): Promise<Call> {
    const { exec, source, root } = this.#options;
    const words = JSON.stringify({ root, confined: false, ...request });
    const mark = randomUUID();
    const cmd = ['python3', '-I', '-S', '-X', 'utf8', '-u', '-c', source, 'once'];
    const started = await exec({ cmd, stdin: true, env: { [markerName]: mark } }, signal);
    void writeFrame(started, 'Q', Buffer.from(words)).catch(() => {}); // its end says why
    return { mark, exec: started };
  }

  /** What the program said last. */
  async #outcome(exec: EngineExec, folder: string, signal: AbortSignal): Promise<void> {
    if (saidDone(exec.stderrTail, folder)) return;
    signal.throwIfAborted();
    const code = await exec.exitCode(signal);
    throw new SpecboardError('unavailable', 'The files could not be transferred.', {
      hint: 'Try again; if it happens again, the container may be out of memory or processes.',
      details: `${exec.stderrTail.trim().split('\n').at(-1)}\n(exit code ${code})`.trim(),
    });
  }

  /** Ends the program, so that it removes what it had staged; resolves when it is gone. Never rejects. */
  async #abandon({ exec, mark }: Call): Promise<void> {
    exec.close();
    const signal = AbortSignal.timeout(endingMs);
    try {
      const ending = await this.#options.exec({ cmd: signalArguments('INT', mark, null) }, signal);
      for await (const _ of ending.output); // ends with it
      await exec.exitCode(signal);
    } catch {
      // A container that is gone took it along.
    }
  }
}

interface Call {
  exec: EngineExec;
  mark: string;
}

/** Small pieces travel together: a tar of small files comes in thousands of them. */
async function send(exec: EngineExec, source: AsyncIterator<Uint8Array>): Promise<void> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for (let next = await source.next(); !next.done; next = await source.next()) {
    waiting.push(next.value);
    bytes += next.value.length;
    if (bytes < togetherBytes) continue;
    try {
      await sendPieces(exec, waiting);
    } catch {
      return; // its own end says why
    }
    waiting = [];
    bytes = 0;
  }
  await sendPieces(exec, waiting).catch(() => {});
  await writeFrame(exec, 'E').catch(() => {});
}

async function sendPieces(exec: EngineExec, pieces: readonly Uint8Array[]): Promise<void> {
  const all = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  for (let at = 0; at < all.length; at += pieceBytes)
    await writeFrame(exec, 'D', all.subarray(at, at + pieceBytes));
}

async function writeFrame(exec: EngineExec, ...content: Parameters<typeof frame>): Promise<void> {
  const [head, bytes] = frame(...content);
  // Sent in the order of the calls; only the second waits.
  await Promise.all([exec.write(head), exec.write(bytes)]);
}
