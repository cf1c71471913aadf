/** One running resources/filekit.py in a sandbox: one request at a time, with bytes in and out. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { ExecutionResult, OutputEvent } from '../../src-shared/domain/execution.ts';
import { abortError } from '../drivers/base-driver.ts';
import { FileHelperFailure, fileFailureSchema } from './file-failure.ts';
import { FileFrames, frame } from './file-frames.ts';
import type { CommandInput } from './request.ts';
import type { RunnerClient } from './runner-client.ts';

/** What comes along with a request. */
export interface FileStreams {
  /** Bytes for the helper. */
  data?: AsyncIterable<Uint8Array>;
  /** Bytes from it; it waits until the promise resolves. */
  onBytes?: (bytes: Uint8Array) => Promise<void>;
  /** JSON from it, before the result. */
  onItems?: (items: unknown) => void;
}

/** Bytes in one message to the runner, and messages on the way at once: enough to keep a far sandbox busy. */
const messageBytes = 72 * 1024;
const mostUnderway = 32;
/** How long the helper may take to clean up before it is killed. */
const graceMs = 3000;

/** Reads the helper from its own input, so that lists of processes show a line and not all of it. */
const loader = `# SpecBoard's file helper
import os
def take(size):
    data = b""
    while len(data) < size:
        part = os.read(0, size - len(data))
        if not part: os._exit(0)
        data += part
    return data
exec(compile(take(int(take(8))), "filekit.py", "exec"))`;

interface Call {
  streams: FileStreams;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** See the file's first line. Whoever has one calls `stop` at last; the end of the runner ends it too. */
export class FileHelper {
  /** Resolves when its process is gone and cleaned up after itself; never rejects. */
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  readonly #stopped: Promise<void>;
  readonly #frames: FileFrames;
  readonly #input: Promise<CommandInput>;
  #program: Uint8Array[];
  #call: Call | null = null;
  #problem: SpecboardError | null = null;
  #said = '';

  /** Starts it: `source` is the text of resources/filekit.py. */
  constructor(client: RunnerClient, python: string, source: string) {
    // -S: nothing of the sandbox's packages is needed, and finding them is most of a start.
    const argv = [python, '-I', '-S', '-X', 'utf8', '-u', '-c', loader];
    const text = Buffer.from(source);
    this.#program = [Buffer.from(String(text.length).padStart(8)), text];
    const { promise, resolve } = Promise.withResolvers<CommandInput>();
    this.#input = promise;
    this.#stopped = new Promise((done) => {
      this.#stop.signal.addEventListener('abort', () => done(), { once: true });
    });
    this.#frames = new FileFrames(
      // Nobody may read any more when it is stopped.
      async (bytes) => Promise.race([this.#call?.streams.onBytes?.(bytes), this.#stopped]),
      (kind, text) => this.#onFrame(kind, text),
    );
    const request = { language: 'shell', code: '', argv, eager: true, graceMs, onInput: resolve } as const;
    const sink = { write: (event: OutputEvent) => this.#onOutput(event) };
    this.ended = client.execute(request, sink, this.#stop.signal).then(
      (result) => this.#onEnd(this.#problemOf(result)),
      // What we threw ourselves at what it sent.
      (error) => this.#onEnd(error instanceof SpecboardError ? error : protocolProblem(error)),
    );
  }

  /** True while another request can be sent. */
  get usable(): boolean {
    return this.#problem === null && !this.#stop.signal.aborted && this.#call === null;
  }

  /**
   * Sends a request and gives its result. Throws FileHelperFailure, what `data` threw, or a SpecboardError (`cancelled`,
   * `timeout`, `gone`, `unavailable`); after anything but the first the helper is gone, and has removed what it staged.
   */
  async call(request: Record<string, unknown>, streams: FileStreams, signal: AbortSignal): Promise<unknown> {
    if (signal.aborted) throw abortError(signal);
    if (this.#problem) throw this.#problem;
    const answered = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const call: Call = { streams, resolve, reject };
    this.#call = call;
    const onAbort = (): void => reject(abortError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    const sending = this.#send(
      { ...request, data: streams.data !== undefined },
      streams.data,
      answered.signal,
    );
    sending.catch(reject);
    try {
      return await promise;
    } catch (error) {
      if (!(error instanceof FileHelperFailure)) await this.stop();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      answered.abort();
      await sending.catch(() => {});
      this.#call = null;
    }
  }

  /** Ends it; resolves when it is gone. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  /** Sends the request and its bytes; stops early, in order, when the answer came before the end of the bytes. */
  async #send(
    request: Record<string, unknown>,
    data: AsyncIterable<Uint8Array> | undefined,
    answered: AbortSignal,
  ): Promise<void> {
    const input = await Promise.race([this.#input, this.ended]);
    if (!input) return; // its end has rejected the call
    const underway: Promise<boolean>[] = [];
    let parts: Uint8Array[] = this.#program;
    this.#program = [];
    let size = 0;
    const flush = async (): Promise<void> => {
      const sent = input.write(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts));
      sent.catch(() => {});
      underway.push(sent);
      parts = [];
      size = 0;
      if (underway.length >= mostUnderway) await underway.shift();
    };
    const add = async (pieces: readonly Uint8Array[]): Promise<void> => {
      parts.push(...pieces);
      for (const piece of pieces) size += piece.length;
      if (size >= messageBytes) await flush();
    };
    await add(frame('Q', Buffer.from(JSON.stringify(request))));
    if (data) {
      for await (const bytes of untilAborted(data, answered)) {
        for (let at = 0; at < bytes.length; at += messageBytes)
          await add(frame('D', bytes.subarray(at, at + messageBytes)));
      }
      await add(frame('E'));
    }
    if (parts.length > 0) await flush();
    await Promise.all(underway);
  }

  #onOutput(event: OutputEvent): Promise<void> | undefined {
    if (event.type === 'gap')
      throw new SpecboardError('unreachable', 'A part of the file was lost on the way.');
    if (event.type !== 'text') return undefined;
    if (event.stream === 'stdout') return this.#frames.push(event.bytes);
    this.#said = (this.#said + Buffer.from(event.bytes).toString('utf8')).slice(-2000);
    return undefined;
  }

  #onFrame(kind: 'I' | 'R' | 'F', text: string): void {
    const call = this.#call;
    const value: unknown = JSON.parse(text);
    if (kind === 'R') call?.resolve(value);
    else if (kind === 'I') call?.streams.onItems?.(value);
    else call?.reject(new FileHelperFailure(fileFailureSchema.parse(value)));
  }

  #onEnd(problem: SpecboardError): void {
    this.#problem = problem;
    this.#call?.reject(problem);
  }

  #problemOf(result: Partial<ExecutionResult>): SpecboardError {
    const { state, reason, error } = result;
    const details = [this.#said.trim(), error?.value ?? reason ?? ''].filter(Boolean).join('\n');
    if (state === 'lost')
      return new SpecboardError('gone', reason ?? 'The link to the sandbox broke.', {
        hint: 'Connect again.',
      });
    return new SpecboardError('unavailable', 'The helper for files in the sandbox ended.', {
      hint: 'Try again; if it happens again, the sandbox may be out of memory or processes.',
      ...(details ? { details } : {}),
    });
  }
}

function protocolProblem(error: unknown): SpecboardError {
  const details = error instanceof Error ? error.message : String(error);
  return new SpecboardError('protocol', 'The helper for files in the sandbox said something unknown.', {
    details,
    cause: error,
  });
}

/** The items until the signal aborts; a source that never answers is left alone then. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const items = source[Symbol.asyncIterator]();
  const { promise: aborted, resolve } = Promise.withResolvers<null>();
  const onAbort = (): void => resolve(null);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      const next = await Promise.race([items.next(), aborted]);
      if (next === null) {
        void Promise.resolve(items.return?.()).catch(() => {});
        return;
      }
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
