/** Pushes to windows: status snapshots, coalesced (the latest wins), and commands of menu and tray. */
import type { EventName, EventPayload } from '../../src-shared/contract/events.ts';
import { channelFor } from '../../src-shared/contract/names.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';
import type { Event } from '../../src-shared/lib/emitter.ts';
import type { IpcLog, PageLike } from './ipc-main-like.ts';
import type { WindowRegistry } from './window-registry.ts';

/** What the publisher needs. */
export interface PublisherOptions {
  /** The status hub, or anything shaped like it. */
  status: { readonly current: Status; readonly onChange: Event<Status> };
  windows: WindowRegistry;
  clock: Clock;
  log: IpcLog;
  /** Least time between two pushes, ms. 33 is two frames of a screen: nobody sees more. */
  intervalMs?: number;
}

const defaultIntervalMs = 33;

/** See the file's first line. Dispose to stop pushing. */
export class Publisher implements Disposable {
  readonly #options: PublisherOptions;
  readonly #intervalMs: number;
  readonly #subscription: Disposable;
  #timer: Disposable | null = null;
  #lastPushAt = Number.NEGATIVE_INFINITY;
  #pushedRevision = Number.NEGATIVE_INFINITY;
  #disposed = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#intervalMs = options.intervalMs ?? defaultIntervalMs;
    this.#subscription = options.status.onChange(() => this.#changed());
  }

  /** Gives a command to one window; to the first one if none is named. False where there is no such window. */
  command(payload: EventPayload<'command'>, windowId?: number): boolean {
    const { windows } = this.#options;
    const page = windowId === undefined ? windows.all()[0] : windows.get(windowId);
    if (this.#disposed || page === undefined || page.isDestroyed()) return false;
    if (!page.isLoadingMainFrame()) {
      this.#send(page, 'command', payload);
      return true;
    }
    // The page has no listener yet: the menu may have opened the window for this very command.
    page.once('did-finish-load', () => {
      if (!this.#disposed) this.#send(page, 'command', payload);
    });
    return true;
  }

  dispose(): void {
    this.#disposed = true;
    this.#subscription.dispose();
    this.#timer?.dispose();
    this.#timer = null;
  }

  /** The first change after a quiet time goes out at once, those that follow wait for the interval. */
  #changed(): void {
    if (this.#timer !== null) return;
    const wait = this.#lastPushAt + this.#intervalMs - this.#options.clock.now();
    if (wait <= 0) {
      this.#push();
      return;
    }
    this.#timer = this.#options.clock.after(wait, () => {
      this.#timer = null;
      this.#push();
    });
  }

  #push(): void {
    if (this.#disposed) return;
    const status = this.#options.status.current;
    if (status.revision <= this.#pushedRevision) return;
    this.#pushedRevision = status.revision;
    this.#lastPushAt = this.#options.clock.now();
    for (const page of this.#options.windows.all()) this.#send(page, 'status', status);
  }

  #send<N extends EventName>(page: PageLike, name: N, payload: EventPayload<N>): void {
    try {
      if (!page.isDestroyed()) page.send(channelFor(name), payload);
    } catch (error) {
      // A window that is going away: the others must still hear.
      this.#options.log('debug', 'a push did not reach its window', {
        event: name,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
