/**
 * The sync's threads as the main thread sees them: a job by its name, with cancel and progress. Threads start with the first
 * job, end when there was none for a while, and are replaced after a crash.
 */
import { isSpecboardError, SpecboardError } from '../../../src-shared/contract/errors.ts';
import { type Clock, systemClock } from '../../../src-shared/lib/clock.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';
import type { JobInput, JobOutput, JobTable } from './job.ts';
import { JobThread } from './job-thread.ts';
import type { SyncJobs } from './jobs.ts';
import { workerFile } from './worker-file.ts';

/** Where it differs from what the app uses. */
export interface SyncWorkerOptions {
  clock?: Clock;
  /** The file that a thread starts with. */
  entry?: URL;
  /** Threads at the most; a second one starts only when a job would have to wait. */
  threads?: number;
  /** A thread without work ends after this. */
  idleMs?: number;
  /** A job that was told to stop and does not is ended with its thread after this. */
  stopMs?: number;
  /** Heap of a thread; buffers of file contents do not count. */
  memoryMb?: number;
}

/** What may go with a job. */
export interface RunOptions {
  signal?: AbortSignal;
  onProgress?: (value: unknown) => void;
  /** Buffers of the input that are handed over instead of copied. */
  transfer?: readonly ArrayBuffer[];
}

interface Task {
  readonly name: string;
  readonly input: unknown;
  readonly options: RunOptions;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Dispose it: it ends its threads. */
export class SyncWorker<Jobs extends JobTable = SyncJobs> {
  readonly #options: Required<SyncWorkerOptions>;
  readonly #queue: Task[] = [];
  readonly #threads = new Set<JobThread>();
  readonly #idleTimers = new Map<JobThread, Disposable>();
  #disposed = false;

  constructor(options: SyncWorkerOptions = {}) {
    this.#options = {
      clock: systemClock,
      entry: workerFile(import.meta.filename),
      threads: 2,
      idleMs: 120_000,
      stopMs: 5_000,
      memoryMb: 1024,
      ...options,
    };
  }

  /** Threads that there are. */
  get threadCount(): number {
    return this.#threads.size;
  }

  /**
   * Does a job in a thread; jobs that find none free wait in order. Rejects with the job's SpecboardError, or with one of ours
   * where the thread crashed. After an abort it settles when the job has really ended: with the signal's reason, or with a
   * result where the job had one all the same.
   */
  run<N extends keyof Jobs & string>(
    name: N,
    input: JobInput<Jobs[N]>,
    options: RunOptions = {},
  ): Promise<JobOutput<Jobs[N]>> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#disposed) throw ended();
      options.signal?.throwIfAborted();
      const task: Task = { name, input, options, resolve, reject };
      this.#queue.push(task);
      this.#pump();
      if (this.#queue.includes(task)) this.#leaveOnAbort(task);
    }) as Promise<JobOutput<Jobs[N]>>;
  }

  /** Ends everything; what still runs or waits is rejected with `cancelled`. Resolves when no thread is left. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const task of this.#queue.splice(0)) task.reject(ended());
    await Promise.all([...this.#threads].map((thread) => this.#end(thread)));
  }

  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #leaveOnAbort(task: Task): void {
    task.options.signal?.addEventListener(
      'abort',
      () => {
        const at = this.#queue.indexOf(task);
        if (at < 0) return;
        this.#queue.splice(at, 1);
        task.reject(task.options.signal?.reason);
      },
      { once: true },
    );
  }

  #pump(): void {
    while (this.#queue.length > 0) {
      const thread = this.#freeThread();
      if (thread === null) return;
      const task = this.#queue.shift();
      if (task !== undefined) void this.#work(thread, task);
    }
  }

  #freeThread(): JobThread | null {
    for (const thread of this.#threads) if (thread.usable && !thread.busy) return thread;
    if (this.#threads.size >= this.#options.threads) return null;
    const thread = new JobThread(this.#options.entry, this.#options.memoryMb);
    this.#threads.add(thread);
    void thread.gone.then(() => {
      this.#forget(thread);
      this.#pump();
    });
    return thread;
  }

  async #work(thread: JobThread, { name, input, options, resolve, reject }: Task): Promise<void> {
    this.#idleTimers.get(thread)?.dispose();
    this.#idleTimers.delete(thread);
    const { signal, onProgress, transfer = [] } = options;
    let late: Disposable | null = null;
    const onAbort = (): void => {
      thread.stop();
      late = this.#options.clock.after(this.#options.stopMs, () => void this.#end(thread));
    };
    try {
      const running = thread.run({ name, input }, transfer, onProgress);
      signal?.addEventListener('abort', onAbort, { once: true });
      resolve(await running);
    } catch (error) {
      reject(this.#reasonOf(error, thread, signal));
    } finally {
      signal?.removeEventListener('abort', onAbort);
      (late as Disposable | null)?.dispose();
      this.#rest(thread);
      this.#pump();
    }
  }

  /** An abort's own reason where the job ended because of it. */
  #reasonOf(error: unknown, thread: JobThread, signal: AbortSignal | undefined): unknown {
    if (this.#disposed) return ended();
    const stopped = isSpecboardError(error) && (error.code === 'cancelled' || !thread.usable);
    return signal?.aborted && stopped ? signal.reason : error;
  }

  #rest(thread: JobThread): void {
    if (!thread.usable) this.#forget(thread);
    else if (!this.#disposed) {
      const timer = this.#options.clock.after(this.#options.idleMs, () => void this.#end(thread));
      this.#idleTimers.set(thread, timer);
    }
  }

  async #end(thread: JobThread): Promise<void> {
    await thread.end();
    this.#forget(thread);
  }

  #forget(thread: JobThread): void {
    this.#threads.delete(thread);
    this.#idleTimers.get(thread)?.dispose();
    this.#idleTimers.delete(thread);
  }
}

function ended(): SpecboardError {
  return new SpecboardError('cancelled', 'SpecBoard is closing: the sync was stopped.', {
    kept: 'Files are never half-written: what was not finished is done by the next sync.',
  });
}
