/**
 * Many files in one call: resources/filekit.py in an exec of its own, whose bytes go as they are; through the runner they
 * would be text. What goes in is framed: a Windows pipe cannot tell the end of the input, and an argument may not be long. The
 * same checks as for single files: an entry that would land outside is refused, nothing is half written.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { fileProblem } from '../../runner/file-errors.ts';
import { fileFailureSchema } from '../../runner/file-failure.ts';
import { frame } from '../../runner/file-frames.ts';
import { abortError } from '../base-driver.ts';
import type { EngineExec } from './engine/engine-exec.ts';
import type { StartExec } from './plain-shell.ts';
import { markerName, signalArguments } from './shell-scripts.ts';

const endingMs = 10_000;
/** Longest piece in one frame: it is taken whole on the other side. */
const pieceBytes = 256 * 1024;

/** What it works with. */
export interface BulkFilesOptions {
  exec: StartExec;
  /** The text of resources/filekit.py. */
  source: string;
  /** Absolute path in the container where relative paths start. */
  root: string;
}

const outcomeSchema = z.union([z.object({ R: z.unknown() }), z.object({ F: fileFailureSchema })]);

/** See the file's first lines. Python must be in the container. */
export class BulkFiles {
  readonly #options: BulkFilesOptions;

  constructor(options: BulkFilesOptions) {
    this.#options = options;
  }

  /** A tar, as `DriverFiles.pack` says. It is made while it is read; leaving it early, or an abort, ends it in the container too. */
  async *pack(folder: string, paths: readonly string[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const call = await this.#start({ op: 'pack', folder, paths }, signal);
    let done = false;
    try {
      yield* call.exec.stdout;
      await this.#outcome(call.exec, folder, signal);
      done = true;
    } catch (error) {
      throw signal.aborted ? abortError(signal) : error;
    } finally {
      if (!done) await this.#abandon(call);
    }
  }

  /** See `DriverFiles.unpack`. */
  async unpack(folder: string, tar: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const call = await this.#start({ op: 'unpack', folder, data: true }, signal);
    const source = tar[Symbol.asyncIterator]();
    const failures: unknown[] = [];
    // Not waited for at the end: a source may never answer.
    void send(call.exec, source).catch((error: unknown) => {
      failures.push(error);
      call.exec.close();
    });
    try {
      for await (const _ of call.exec.stdout); // nothing comes; it ends with the program
      if (failures.length > 0) throw failures[0];
      await this.#outcome(call.exec, folder, signal);
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
    const words = exec.stderrTail.trim().split('\n').at(-1) ?? '';
    const parsed = outcomeSchema.safeParse(parseJson(words));
    if (parsed.success && 'R' in parsed.data) return;
    if (parsed.success && 'F' in parsed.data) {
      const failure = parsed.data.F;
      if ('code' in failure) throw new SpecboardError(failure.code, failure.message);
      throw fileProblem({ code: failure.errno, message: failure.details }, failure.path ?? folder);
    }
    signal.throwIfAborted();
    const code = await exec.exitCode(signal);
    throw new SpecboardError('unavailable', 'The files could not be transferred.', {
      hint: 'Try again; if it happens again, the container may be out of memory or processes.',
      details: `${words}\n(exit code ${code})`.trim(),
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

async function send(exec: EngineExec, source: AsyncIterator<Uint8Array>): Promise<void> {
  for (let next = await source.next(); !next.done; next = await source.next()) {
    try {
      for (let at = 0; at < next.value.length; at += pieceBytes)
        await writeFrame(exec, 'D', next.value.subarray(at, at + pieceBytes));
    } catch {
      return; // its own end says why
    }
  }
  await writeFrame(exec, 'E').catch(() => {});
}

async function writeFrame(exec: EngineExec, ...content: Parameters<typeof frame>): Promise<void> {
  const [head, bytes] = frame(...content);
  // Sent in the order of the calls; only the second waits.
  await Promise.all([exec.write(head), exec.write(bytes)]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
