/** What assertions work with: sessions of one target, and executions with their output collected. */
import { randomUUID } from 'node:crypto';
import type { Driver, DriverFiles, DriverSession, ExecuteRequest } from '../../src-main/drivers/driver.ts';
import { SyncWorker } from '../../src-main/sync/worker/worker-client.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import { type Collected, CollectingSink, until } from '../support/runner.ts';
import type { CommonSettings, RunningTarget } from './target.ts';

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

/** Options of an execution beside its code. */
export interface RunOptions extends Partial<Omit<ExecuteRequest, 'code'>> {
  /** Default: the shared session. */
  session?: DriverSession;
  signal?: AbortSignal;
  /** Hears every event; a promise holds the driver back. */
  onEvent?: (event: OutputEvent) => void | Promise<void>;
}

/** An execution that is under way. */
export interface Running {
  sink: CollectingSink;
  done: Promise<Collected>;
  cancel: (reason?: unknown) => void;
}

/** See the file's first line. `dispose` ends all its sessions. */
export class ConformanceKit {
  readonly target: RunningTarget;
  readonly driver: Driver;
  readonly #live = new Map<DriverSession, string>();
  #shared: DriverSession | null = null;
  #syncWorker: SyncWorker | null = null;

  constructor(target: RunningTarget) {
    this.target = target;
    this.driver = target.driver;
  }

  /** The session that assertions share; a new one after a loss. */
  async session(): Promise<DriverSession> {
    this.#shared ??= await this.connect({ environment: { OF_THE_PROFILE: "it's set" } });
    return this.#shared;
  }

  /** A session of the assertion's own. */
  async connect(settings: CommonSettings = {}, options: ConnectOptions = {}): Promise<DriverSession> {
    const sessionId = options.sessionId ?? randomUUID();
    const { onStep = () => {}, onMetadata = () => {}, signal = never } = options;
    const quiet = { sessionId, profileName: 'Conformance', onStep, onMetadata };
    const session = await this.driver.connect({ ...this.target.account(settings), ...quiet }, signal);
    this.#live.set(session, sessionId);
    return session;
  }

  /** Ends it, and says what is left of it. */
  async end(session: DriverSession): Promise<string[]> {
    const sessionId = this.#live.get(session) ?? '';
    await this.driver.disconnect(session, { keep: 'end' }, never);
    this.#live.delete(session);
    if (this.#shared === session) this.#shared = null;
    // What was killed may take the kernel a moment to clear away; what hides stays for longer than this.
    const until = Date.now() + 2_000;
    for (;;) {
      const left = await this.target.leftovers(sessionId);
      if (left.length === 0 || Date.now() > until) return left;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Runs Python. */
  async run(code: string, options: RunOptions = {}): Promise<Collected> {
    return (await this.start(code, options)).done;
  }

  /** Runs a shell command. */
  async shell(code: string, options: RunOptions = {}): Promise<Collected> {
    return this.run(code, { ...options, language: 'shell' });
  }

  /** Begins an execution. */
  async start(code: string, options: RunOptions = {}): Promise<Running> {
    const { session = await this.session(), signal, onEvent, language = 'python', ...request } = options;
    const controller = new AbortController();
    const sink = new CollectingSink();
    const listening = {
      write(event: OutputEvent) {
        sink.write(event);
        return onEvent?.(event);
      },
    };
    const stop = signal ? AbortSignal.any([signal, controller.signal]) : controller.signal;
    const work = this.driver.execute(session, { language, code, ...request }, listening, stop);
    const done = work.then((result) => sink.collected(result));
    done.catch(() => {}); // heard by whoever waits for it
    return { sink, done, cancel: (reason) => controller.abort(reason) };
  }

  /** Begins an execution and waits until it printed something. */
  async started(code: string, options: RunOptions = {}): Promise<Running> {
    const running = await this.start(code, options);
    await Promise.race([until('the first output', () => running.sink.text() !== ''), running.done]);
    return running;
  }

  /** The files of the driver. */
  get files(): DriverFiles<DriverSession> {
    if (!this.driver.files) throw new Error('This driver has no files.');
    return this.driver.files;
  }

  /** The threads of syncs; started when they are first used. */
  get syncWorker(): SyncWorker {
    this.#syncWorker ??= new SyncWorker();
    return this.#syncWorker;
  }

  /** Writes a file into the shared session. */
  async write(path: string, text: string | Uint8Array): Promise<void> {
    await this.files.write(await this.session(), path, chunksOf(Buffer.from(text)), never);
  }

  /** Reads a file of the shared session. */
  async read(path: string): Promise<string> {
    return (await bytesOf(await this.files.read(await this.session(), path, never))).toString('utf8');
  }

  /** Ends every session that is still there. */
  async endAll(): Promise<void> {
    for (const session of this.#live.keys()) await this.end(session);
  }

  async dispose(): Promise<void> {
    try {
      await this.endAll();
      await this.#syncWorker?.dispose();
    } finally {
      await this.target.stop();
    }
  }
}

/** Options of `connect`. */
export interface ConnectOptions {
  sessionId?: string;
  signal?: AbortSignal;
  onStep?: (step: string) => void;
  onMetadata?: () => void;
}

/** The SpecboardError that the promise is rejected with; throws where it is not rejected, or with something else. */
export async function problemOf(work: Promise<unknown>): Promise<SpecboardError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SpecboardError) return error;
    throw new Error(`Not a SpecboardError: ${String(error)}`, { cause: error });
  }
  throw new Error('It was expected to fail.');
}

/** Bytes as a stream, 64 KiB a piece. */
export async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 65_536) yield bytes.subarray(from, from + 65_536);
}

/** All of a stream. */
export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
