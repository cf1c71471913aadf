/** One thread, which does one job at a time. */
import { Worker } from 'node:worker_threads';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { JobCall, JobReply, ThreadData } from './worker-messages.ts';

/** Who waits for the running job. */
interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  onProgress: ((value: unknown) => void) | undefined;
}

/** Starts with its construction. Keeps the process alive only while a job runs. */
export class JobThread {
  readonly #worker: Worker;
  readonly #stopFlag = new Int32Array(new SharedArrayBuffer(4));
  #waiting: Waiting | null = null;
  #usable = true;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;

  constructor(entry: URL, memoryMb: number) {
    const data: ThreadData = { stopFlag: this.#stopFlag.buffer as SharedArrayBuffer };
    this.#worker = new Worker(entry, {
      name: 'specboard-sync',
      workerData: data,
      // Not what this process was started with: hooks and loaders of tests have nothing to do there.
      execArgv: [],
      // Young: what a scan of 100,000 files makes and drops would else add 60 MB to the process.
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 8 },
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: JobReply) => this.#hear(reply));
    this.#worker.on('error', (error) => this.#fail(crashed(error)));
    this.gone = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail(crashed(null));
        resolve();
      });
    });
  }

  /** False once it crashed or was ended. */
  get usable(): boolean {
    return this.#usable;
  }

  /** True while a job runs. */
  get busy(): boolean {
    return this.#waiting !== null;
  }

  /** Does a job. Only while not `busy`. */
  run(
    call: JobCall,
    transfer: readonly ArrayBuffer[],
    onProgress?: (value: unknown) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      Atomics.store(this.#stopFlag, 0, 0);
      this.#worker.postMessage(call, transfer);
      this.#worker.ref();
      this.#waiting = { resolve, reject, onProgress };
    });
  }

  /** Tells the running job that nobody wants its result; it ends by itself when it looks. */
  stop(): void {
    Atomics.store(this.#stopFlag, 0, 1);
  }

  /** Ends the thread wherever it is; files that it has open are closed. Resolves when it is gone. */
  async end(): Promise<void> {
    this.#usable = false;
    this.#worker.ref();
    await this.#worker.terminate();
    await this.gone;
  }

  #hear(reply: JobReply): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    if (reply.type === 'progress') {
      waiting.onProgress?.(reply.value);
      return;
    }
    this.#waiting = null;
    this.#worker.unref();
    if (reply.type === 'done') waiting.resolve(reply.value);
    else waiting.reject(SpecboardError.fromProblem(reply.problem));
  }

  #fail(error: SpecboardError): void {
    this.#usable = false;
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}

/** A thread's end as an error for people. Null: it ended without a word. */
function crashed(error: unknown): SpecboardError {
  const kept = 'Files are never half-written: what was not finished is done again by the next sync.';
  if ((error as NodeJS.ErrnoException | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new SpecboardError(
      'out-of-memory',
      'The folder is too large for the memory that a sync may use.',
      {
        kept,
        hint: 'Exclude large folders that need not be synced, or sync a smaller folder.',
        cause: error,
      },
    );
  }
  return new SpecboardError('internal', 'The part of SpecBoard that reads and compares files stopped.', {
    kept,
    hint: 'Sync again; if it happens again, the log (Help, Open Logs) says more.',
    retryable: true,
    ...(error instanceof Error ? { details: `${error.name}: ${error.message}` } : {}),
    cause: error,
  });
}
