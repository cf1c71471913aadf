/** The file helpers of one sandbox: started when needed, used again, and ended when nobody has used them for a while. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { abortError } from '../drivers/base-driver.ts';
import { FileHelper, type FileStreams } from './file-helper.ts';
import type { RunnerClient } from './runner-client.ts';

/** Numbers of a pool; all have a default. */
export interface FileHelperPoolOptions {
  /** Helpers that are started without hesitation. Default 3. */
  few?: number;
  /** With so many at work, another is started only when for this long none became free; ms. Default 100. */
  hesitateMs?: number;
  /** Never more than this. Default 32. */
  most?: number;
  /** An unused helper is ended after this long; ms. Default 10 000. */
  idleMs?: number;
}

/** What may be asked again of another helper, where one that had idled turns out to be dead. */
const repeatable: ReadonlySet<unknown> = new Set([
  'list',
  'stat',
  'peek',
  'check',
  'read',
  'pack',
  'mkdir',
  'remove',
]);

/**
 * See the file's first line. A hundred small files at once do not become a hundred processes, and yet a slow reader holds up
 * nobody. Whoever made it calls `close` before the runner goes, or leaves it to the runner's end.
 */
export class FileHelperPool {
  readonly #client: RunnerClient;
  readonly #source: string;
  readonly #options: Required<FileHelperPoolOptions>;
  readonly #idle: { helper: FileHelper; timer: NodeJS.Timeout }[] = [];
  readonly #all = new Set<FileHelper>();
  readonly #waiting = new Set<(helper: FileHelper) => void>();
  #another: NodeJS.Timeout | undefined;
  #python = 'python3';
  #closed = false;

  /** `source`: the text of resources/filekit.py. */
  constructor(client: RunnerClient, source: string, options: FileHelperPoolOptions = {}) {
    this.#client = client;
    this.#source = source;
    this.#options = { few: 3, hesitateMs: 100, most: 32, idleMs: 10_000, ...options };
  }

  /** One request on any helper. Throws as `FileHelper.call` does. */
  async call(request: Record<string, unknown>, streams: FileStreams, signal: AbortSignal): Promise<unknown> {
    if (signal.aborted) throw abortError(signal);
    const { executable } = await this.#client.ready(signal).catch((error) => {
      throw signal.aborted ? abortError(signal) : error;
    });
    this.#python = executable;
    const idle = this.#takeIdle();
    const helper = idle ?? (await this.#acquire(signal));
    let heard = false;
    const hearing: FileStreams = {
      ...streams,
      onBytes: (bytes) => {
        heard = true;
        return streams.onBytes?.(bytes) ?? Promise.resolve();
      },
      onItems: (items) => {
        heard = true;
        streams.onItems?.(items);
      },
    };
    try {
      return await helper.call(request, hearing, signal);
    } catch (error) {
      const isDead = error instanceof SpecboardError && error.code === 'unavailable';
      if (!idle || heard || !isDead || !repeatable.has(request.op)) throw error;
      return await this.call(request, streams, signal);
    } finally {
      this.#release(helper);
    }
  }

  /** Ends all helpers; what is under way fails. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#another);
    for (const { timer } of this.#idle) clearTimeout(timer);
    await Promise.all([...this.#all].map((helper) => helper.stop()));
  }

  #takeIdle(): FileHelper | null {
    for (let found = this.#idle.pop(); found; found = this.#idle.pop()) {
      clearTimeout(found.timer);
      if (found.helper.usable) return found.helper;
    }
    return null;
  }

  async #acquire(signal: AbortSignal): Promise<FileHelper> {
    if (this.#closed) throw new SpecboardError('gone', 'The session has ended.', { hint: 'Connect again.' });
    if (this.#all.size < this.#options.few) return this.#start();
    return this.#wait(signal);
  }

  #wait(signal: AbortSignal): Promise<FileHelper> {
    const { promise, resolve, reject } = Promise.withResolvers<FileHelper>();
    const done = (): void => {
      this.#waiting.delete(take);
      signal.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      done();
      reject(abortError(signal));
    };
    const take = (helper: FileHelper): void => {
      done();
      resolve(helper);
    };
    this.#waiting.add(take);
    signal.addEventListener('abort', onAbort, { once: true });
    if (this.#another === undefined) this.#hesitate();
    return promise;
  }

  /** Starts another helper for whoever waits, unless one becomes free in time. */
  #hesitate(): void {
    clearTimeout(this.#another);
    this.#another = undefined;
    if (this.#waiting.size === 0 || this.#closed) return;
    this.#another = setTimeout(() => {
      const [next] = this.#waiting;
      if (next && this.#all.size < this.#options.most) next(this.#start());
      this.#hesitate();
    }, this.#options.hesitateMs);
  }

  #start(): FileHelper {
    const helper = new FileHelper(this.#client, this.#python, this.#source);
    this.#all.add(helper);
    void helper.ended.then(() => this.#all.delete(helper));
    return helper;
  }

  #release(helper: FileHelper): void {
    const [next] = this.#waiting;
    if (!helper.usable) {
      // Its place is free.
      if (next && !this.#closed && this.#all.size < this.#options.few) next(this.#start());
      return;
    }
    if (next) {
      next(helper);
      this.#hesitate();
      return;
    }
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((one) => one.helper === helper);
      if (at >= 0) this.#idle.splice(at, 1);
      void helper.stop();
    }, this.#options.idleMs);
    timer.unref();
    this.#idle.push({ helper, timer });
  }
}
