/** Uploads and downloads of the window: a few at a time, each with progress, cancel, and another try where one failed. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Problem, SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { TransferEnd, TransferProgress } from '../../../src-shared/domain/file.ts';
import type { Bridge, OpenStream } from '../../bridge/client.ts';
import { filesMessages as words } from '../../messages/files.ts';
import { nameOf } from './file-paths.ts';
import { piecesOf, type UploadSource } from './upload-source.ts';

/** Uploads that are under way at a time: more are not faster, and none would end soon. */
const atOnce = 2;
/** ms over which the speed is measured. */
const speedOver = 3000;

/** A transfer, as it is shown. */
export interface Transfer {
  id: string;
  sessionId: string;
  kind: 'upload' | 'download';
  /** Name of what is brought; of the first of several. */
  name: string;
  /** How many there are at the top: more than one for some downloads. */
  count: number;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  bytes: number;
  /** Null where nobody knows. */
  total: number | null;
  /** Bytes in a second, lately; null where it is too early to tell. */
  speed: number | null;
  problem: Problem | null;
  end: TransferEnd | null;
}

interface Job {
  run: (id: string, signal: AbortSignal) => Promise<TransferEnd | null>;
  abort: AbortController;
  samples: { at: number; bytes: number }[];
  onDone: () => void;
}

/** See the head of the file. */
export class Transfers {
  readonly store: StoreApi<{ list: readonly Transfer[] }>;
  readonly #bridge: Bridge;
  readonly #now: () => number;
  readonly #jobs = new Map<string, Job>();
  #next = 1;

  constructor(bridge: Bridge, now: () => number = () => performance.now()) {
    this.#bridge = bridge;
    this.#now = now;
    this.store = createStore(() => ({ list: [] }));
  }

  /** Sends something to `path`. `onDone` is called when it is there. */
  upload(
    sessionId: string,
    source: UploadSource,
    path: string,
    replace: boolean,
    onDone: () => void = () => {},
  ): void {
    const run = (id: string, signal: AbortSignal) => this.#send(id, sessionId, source, path, replace, signal);
    this.#add(
      { sessionId, kind: 'upload', name: nameOf(path), count: 1, total: source.size },
      { run, onDone },
    );
  }

  /** Brings files here; the main process asks where to. */
  download(sessionId: string, paths: readonly string[]): void {
    const [first] = paths;
    if (first === undefined) return;
    const run = (id: string, signal: AbortSignal) => {
      const observer = { onData: (progress: TransferProgress) => this.#progress(id, progress) };
      return this.#whole(this.#bridge.open('download', { sessionId, paths: [...paths] }, observer), signal);
    };
    this.#add(
      { sessionId, kind: 'download', name: nameOf(first), count: paths.length, total: null },
      { run, onDone: () => {} },
    );
  }

  /** Cancels one; nothing half-written stays. */
  cancel(id: string): void {
    const transfer = this.#find(id);
    if (transfer?.state === 'waiting') this.#patch(id, { state: 'cancelled' });
    this.#jobs.get(id)?.abort.abort();
  }

  /** Tries one again that failed or was cancelled. */
  retry(id: string): void {
    const job = this.#jobs.get(id);
    const transfer = this.#find(id);
    if (!job || (transfer?.state !== 'failed' && transfer?.state !== 'cancelled')) return;
    this.#jobs.set(id, { ...job, abort: new AbortController(), samples: [] });
    this.#patch(id, { state: 'waiting', bytes: 0, speed: null, problem: null });
    this.#startNext();
  }

  /** Takes ended ones out of the list: one, or all of a session. */
  clear(which: { id: string } | { sessionId: string }): void {
    const isCleared = (transfer: Transfer) =>
      transfer.state !== 'waiting' &&
      transfer.state !== 'running' &&
      ('id' in which ? transfer.id === which.id : transfer.sessionId === which.sessionId);
    this.store.setState(({ list }) => {
      for (const transfer of list) if (isCleared(transfer)) this.#jobs.delete(transfer.id);
      return { list: list.filter((transfer) => !isCleared(transfer)) };
    });
  }

  #add(
    about: Pick<Transfer, 'sessionId' | 'kind' | 'name' | 'count' | 'total'>,
    job: Pick<Job, 'run' | 'onDone'>,
  ): void {
    const id = `transfer-${this.#next}`;
    this.#next += 1;
    this.#jobs.set(id, { ...job, abort: new AbortController(), samples: [] });
    const fresh = { state: 'waiting', bytes: 0, speed: null, problem: null, end: null } as const;
    this.store.setState(({ list }) => ({ list: [...list, { id, ...about, ...fresh }] }));
    this.#startNext();
  }

  /** Downloads begin at once, as each asks the person; uploads wait for their turn. */
  #startNext(): void {
    for (const transfer of this.store.getState().list) {
      if (transfer.state !== 'waiting') continue;
      const running = this.store
        .getState()
        .list.filter(({ kind, state }) => kind === 'upload' && state === 'running').length;
      if (transfer.kind === 'download' || running < atOnce) void this.#run(transfer.id);
    }
  }

  async #run(id: string): Promise<void> {
    const job = this.#jobs.get(id);
    if (!job) return;
    this.#patch(id, { state: 'running' });
    try {
      const end = await job.run(id, job.abort.signal);
      // The person wanted nothing after all: there is nothing to show.
      if (end === null) this.#remove(id);
      else {
        this.#patch(id, { state: 'done', bytes: end.bytes, total: end.bytes, speed: null, end });
        job.onDone();
      }
    } catch (error) {
      const problem = toProblem(error);
      const isCancelled = problem.code === 'cancelled';
      this.#patch(id, {
        state: isCancelled ? 'cancelled' : 'failed',
        problem: isCancelled ? null : problem,
        speed: null,
      });
    }
    this.#startNext();
  }

  async #send(
    id: string,
    sessionId: string,
    source: UploadSource,
    path: string,
    replace: boolean,
    signal: AbortSignal,
  ): Promise<TransferEnd> {
    const { promise: opened, resolve: onOpened } = Promise.withResolvers<string | null>();
    const folder = source.kind === 'folder';
    const stream = this.#bridge.open(
      'upload',
      { sessionId, path, folder, size: source.size, replace },
      {
        onOpen: ({ uploadId }) => onOpened(uploadId),
        onData: (progress) => this.#progress(id, progress),
      },
    );
    stream.done.then(
      () => onOpened(null),
      () => onOpened(null),
    );
    const end = this.#whole(stream, signal);
    end.catch(() => {});
    const uploadId = await opened;
    if (uploadId === null) return end;
    try {
      for await (const { pieces, last } of piecesOf(source)) {
        if (!(await this.#bridge.call('files.uploadPiece', { uploadId, pieces, last }))) break;
      }
    } catch (error) {
      stream.cancel(true);
      await end.catch(() => {});
      throw error instanceof DOMException ? unreadable(error) : error;
    }
    return end;
  }

  /** The end of a stream; an abort cancels what it runs. */
  async #whole<N extends 'download' | 'upload', T>(
    stream: OpenStream<N> & { done: Promise<T> },
    signal: AbortSignal,
  ): Promise<T> {
    const stop = () => stream.cancel(true);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await stream.done;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #progress(id: string, { bytes, total }: TransferProgress): undefined {
    const job = this.#jobs.get(id);
    if (!job || this.#find(id)?.state !== 'running') return;
    const now = this.#now();
    job.samples = [...job.samples.filter(({ at }) => now - at < speedOver), { at: now, bytes }];
    const [first] = job.samples;
    const ms = first ? now - first.at : 0;
    const speed = first && ms > 500 ? ((bytes - first.bytes) / ms) * 1000 : null;
    this.#patch(id, { bytes, total, speed });
  }

  #find(id: string): Transfer | undefined {
    return this.store.getState().list.find((transfer) => transfer.id === id);
  }

  #remove(id: string): void {
    this.#jobs.delete(id);
    this.store.setState(({ list }) => ({ list: list.filter((transfer) => transfer.id !== id) }));
  }

  #patch(id: string, change: Partial<Transfer>): void {
    this.store.setState(({ list }) => ({
      list: list.map((transfer) => (transfer.id === id ? { ...transfer, ...change } : transfer)),
    }));
  }
}

/** The file is gone from this computer, changed since it was chosen, or may not be read. */
function unreadable(error: DOMException): SpecboardError {
  return new SpecboardError('conflict', words.unreadable, { kept: words.unreadableKept, cause: error });
}
