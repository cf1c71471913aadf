/**
 * Changes in a folder, by the SDK's watchDir (envd's inotify). The SDK hears nothing of a link that went silent, so a watch is begun
 * anew every few minutes, and when the session's heartbeat finds the link again; and it is begun anew when it breaks. What was
 * missed meanwhile is told as a change of ''.
 */
import { type ErrorCode, SpecboardError } from '../../../src-shared/contract/errors.ts';
import { type Disposable, toDisposable } from '../../../src-shared/lib/disposable.ts';
import type { WatchListener } from '../driver.ts';
import { deadline, isTimeout, sleep, unlessAborted } from './abort.ts';
import { fileError } from './files.ts';
import type { E2bSession } from './session.ts';

/** Longest pause between two tries. */
const longestRetryMs = 30_000;
/** Troubles that may pass. */
const passing: ReadonlySet<ErrorCode> = new Set(['unreachable', 'unavailable', 'timeout', 'rate-limited']);

/** See `Driver.watch`. */
export async function watchFolder(
  session: E2bSession,
  folder: string,
  listener: WatchListener,
  signal: AbortSignal,
): Promise<Disposable> {
  const stopped = new AbortController();
  const life = AbortSignal.any([signal, session.closing, stopped.signal]);
  const watch = new FolderWatch(session, folder, listener, life);
  try {
    // Only the person's own wish counts as use of the sandbox, not that it is begun anew.
    const first = await session.use(() => watch.begin());
    session.attach(watch.keep(first));
  } catch (error) {
    throw await fileError(session, error, life);
  }
  return toDisposable(() => stopped.abort());
}

/** One call of watchDir. */
interface Call {
  /** Resolves when it is over, with the reason; null where nobody told one. Never rejects. */
  readonly over: Promise<unknown>;
  stop(): void;
}

class FolderWatch {
  readonly #session: E2bSession;
  readonly #folder: string;
  readonly #listener: WatchListener;
  readonly #life: AbortSignal;

  constructor(session: E2bSession, folder: string, listener: WatchListener, life: AbortSignal) {
    this.#session = session;
    this.#folder = folder;
    this.#listener = listener;
    this.#life = life;
  }

  /** Resolves once envd watches. Rejects with what the SDK throws, or with the reason of `life`. */
  async begin(): Promise<Call> {
    const { sandbox, control, timings } = this.#session;
    const life = this.#life;
    const { promise: over, resolve } = Promise.withResolvers<unknown>();
    const bounded = deadline(control.requestMs, life);
    bounded.throwIfAborted();
    let isStopped = false;
    const starting = sandbox.files.watchDir(
      this.#folder || '.',
      ({ name }) => {
        if (!isStopped && !life.aborted) this.#listener.onChange(name);
      },
      {
        recursive: true,
        timeoutMs: timings.watchLease,
        requestTimeoutMs: control.requestMs,
        signal: life,
        onExit: (error) => resolve(error ?? null),
      },
    );
    // One that comes too late is not wanted any more.
    starting.then((handle) => (bounded.aborted ? handle.stop() : undefined)).catch(() => {});
    const handle = await unlessAborted(starting, bounded);
    const stop = () => {
      isStopped = true;
      void handle.stop();
    };
    return { over, stop };
  }

  /** Begins anew whenever it must, until `life` ends or it is of no use. Never rejects. */
  async keep(first: Call): Promise<void> {
    let call = first;
    let renew = () => {};
    // The link was broken and works again: a watch from before may be deaf.
    const link = this.#session.onLink(({ state }) => state === 'live' && renew());
    try {
      let pause = this.#session.timings.watchRetry;
      for (;;) {
        const began = performance.now();
        const renewed = new Promise<null>((resolve) => {
          renew = () => resolve(null);
        });
        const reason = await unlessAborted(
          Promise.race([call.over.then((error) => ({ error })), renewed]),
          this.#life,
        );
        call.stop();
        const lived = performance.now() - began;
        if (lived > longestRetryMs) pause = this.#session.timings.watchRetry;
        const isPlanned =
          reason === null || (isTimeout(reason.error) && lived > this.#session.timings.watchLease / 2);
        if (!isPlanned) {
          await sleep(pause, this.#life);
          pause = Math.min(pause * 2, longestRetryMs);
        }
        call = await this.#again(pause);
        this.#listener.onChange('');
      }
    } catch (error) {
      if (!this.#life.aborted && error instanceof SpecboardError) this.#listener.onEnd(error);
    } finally {
      link.dispose();
      call.stop();
    }
  }

  /** Tries until it watches again. Rejects with a SpecboardError where that is of no use, or with the reason of `life`. */
  async #again(firstPause: number): Promise<Call> {
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestRetryMs)) {
      try {
        return await this.begin();
      } catch (error) {
        const problem = await fileError(this.#session, error, this.#life);
        if (!passing.has(problem.code)) throw problem;
        await sleep(pause, this.#life);
      }
    }
  }
}
