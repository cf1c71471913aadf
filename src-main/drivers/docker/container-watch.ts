/**
 * Watches one container through the engine's events, and finds out the true reason where something is wrong with it: it was
 * removed, killed, stopped, paused, ran out of memory, or the engine itself went away.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { LinkChange } from '../../../src-shared/domain/session.ts';
import { Emitter } from '../../../src-shared/lib/emitter.ts';
import { deadline } from '../base-driver.ts';
import type { EngineClient } from './engine/engine-client.ts';
import type { ContainerDetails, EngineEvent } from './engine/engine-replies.ts';

/** A container that ended may be started again or removed right after; its state is looked at only then. In ms. */
const settleMs = 250;
const lookMs = 10_000;
const retryMs = { first: 100, most: 2_000 };

/** What is said of an end. */
export interface WatchOptions {
  engine: EngineClient;
  containerId: string;
  /** What is still there when the container has ended, in words. */
  kept: string;
}

/** See the file's first lines. `dispose` ends it. */
export class ContainerWatch {
  readonly #options: WatchOptions;
  readonly #stop = new AbortController();
  readonly #ended = new Emitter<SpecboardError>();
  readonly #paused = new Emitter<boolean>();
  readonly #oom = new Emitter<void>();
  readonly #engine = new Emitter<LinkChange>();
  #since = 0;
  #isPaused = false;
  #end: SpecboardError | null = null;
  #settling: Promise<SpecboardError | null> | null = null;
  #engineWasAway = false;
  /** Somebody sent the signal that ends it. */
  #wasEnded = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** The container is gone for good, with the reason. Fires once. */
  readonly onEnded = this.#ended.event;
  /** Somebody froze it (true), or it goes on (false). */
  readonly onPaused = this.#paused.event;
  /** The kernel killed something in it for want of memory. */
  readonly onOutOfMemory = this.#oom.event;

  /** The engine does not answer and is tried again, or answers again. */
  readonly onEngine = this.#engine.event;

  /** True while it is frozen. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Why it is gone for good; null as far as is known. */
  get end(): SpecboardError | null {
    return this.#end;
  }

  /** Begins to listen. `state` as the engine told it last. */
  start(state: Pick<ContainerDetails, 'Created'> & { State: { Paused: boolean } }): void {
    this.#isPaused = state.State.Paused;
    // The engine's own clock: its computer may be another.
    this.#since = Math.floor(Date.parse(state.Created) / 1000) || 0;
    void this.#listen();
  }

  dispose(): void {
    this.#stop.abort();
    this.#ended.dispose();
    this.#paused.dispose();
    this.#oom.dispose();
    this.#engine.dispose();
  }

  /**
   * Why the container cannot be reached: an error where it is gone for good; null where it runs or is frozen. Throws where the
   * engine does not answer.
   */
  async diagnose(signal: AbortSignal): Promise<SpecboardError | null> {
    if (this.#end) return this.#end;
    const first = await this.#look(signal);
    if (first === null || isAlive(first)) return first === null ? this.#ends(removed(this.#options)) : null;
    return this.#settle(signal);
  }

  async #listen(): Promise<void> {
    const { engine, containerId } = this.#options;
    const { signal } = this.#stop;
    let attempt = 0;
    for (let wait = retryMs.first; !signal.aborted && !this.#end; wait = Math.min(wait * 2, retryMs.most)) {
      try {
        const filters = { type: ['container'], container: [containerId] };
        for await (const event of engine.events(filters, { since: this.#since }, signal)) {
          wait = retryMs.first;
          this.#onEvent(event);
        }
      } catch {
        // The engine or the way to it is gone; whether the container is, is seen when it is back.
      }
      if (signal.aborted || this.#end) return;
      this.#engineWasAway = true;
      attempt += 1;
      this.#engine.fire({ state: 'retrying', attempt, nextAt: Date.now() + wait });
      await delay(wait, undefined, { signal, ref: false }).catch(() => {});
      try {
        if ((await this.diagnose(deadline(lookMs, signal))) !== null) continue;
        this.#engineWasAway = false;
        attempt = 0;
        this.#engine.fire({ state: 'live' });
      } catch {
        // Still away.
      }
    }
  }

  #onEvent({ Action, Actor, time }: EngineEvent): void {
    this.#since = Math.max(this.#since, time);
    // The engine may know it by its name too.
    if (Actor.ID !== '' && Actor.ID !== this.#options.containerId) return;
    switch (Action) {
      case 'pause':
      case 'unpause':
        this.#setPaused(Action === 'pause');
        return;
      case 'oom':
        this.#oom.fire();
        return;
      case 'kill':
        this.#wasEnded ||= /^(?:9|15)$/.test(Actor.Attributes['signal'] ?? '');
        return;
      case 'start':
        this.#wasEnded = false;
        return;
      case 'die':
        void this.#settle(this.#stop.signal).catch(() => {});
        return;
      case 'destroy':
        this.#ends(removed(this.#options));
        return;
      default:
    }
  }

  #setPaused(paused: boolean): void {
    if (this.#isPaused === paused) return;
    this.#isPaused = paused;
    this.#paused.fire(paused);
  }

  /** It does not run: what has become of it a moment later. */
  #settle(signal: AbortSignal): Promise<SpecboardError | null> {
    this.#settling ??= this.#settled(signal).finally(() => {
      this.#settling = null;
    });
    return this.#settling;
  }

  async #settled(signal: AbortSignal): Promise<SpecboardError | null> {
    await delay(settleMs, undefined, { signal });
    let found: ContainerDetails | null;
    try {
      found = await this.#look(signal);
    } catch (error) {
      if (signal.aborted) throw error;
      return this.#ends(engineGone(this.#options));
    }
    if (found === null) return this.#ends(removed(this.#options));
    if (isAlive(found)) return null;
    // The engine remembers for good that memory ran out once, also where only a command ended by it.
    const outOfMemory = found.State.OOMKilled && !this.#wasEnded;
    return this.#ends(ended(found, { outOfMemory, engineWasAway: this.#engineWasAway }, this.#options));
  }

  async #look(signal: AbortSignal): Promise<ContainerDetails | null> {
    const { engine, containerId } = this.#options;
    try {
      const found = await engine.containers.inspect(containerId, deadline(lookMs, signal));
      this.#setPaused(found.State.Paused);
      return found;
    } catch (error) {
      if (error instanceof SpecboardError && error.code === 'gone') return null;
      throw error;
    }
  }

  #ends(error: SpecboardError): SpecboardError {
    if (this.#end) return this.#end;
    this.#end = error;
    this.#ended.fire(error);
    return error;
  }
}

function isAlive({ State }: ContainerDetails): boolean {
  return State.Running || State.Status === 'restarting' || State.Status === 'created';
}

function removed({ kept: _ }: WatchOptions): SpecboardError {
  return new SpecboardError('gone', 'The container was removed by somebody else.', {
    kept: 'All output up to then is stored. Its files and variables are gone.',
    hint: 'Connect again for a new one.',
  });
}

function engineGone({ kept }: WatchOptions): SpecboardError {
  return new SpecboardError('gone', 'The Docker engine was stopped, and the container with it.', {
    kept,
    hint: 'Start the engine, then connect again.',
  });
}

function ended(
  found: ContainerDetails,
  { outOfMemory, engineWasAway }: { outOfMemory: boolean; engineWasAway: boolean },
  { kept }: WatchOptions,
): SpecboardError {
  const { ExitCode, Error: words } = found.State;
  const info = { kept, hint: 'Connect again.', ...(words ? { details: words } : {}) };
  if (outOfMemory) {
    return new SpecboardError(
      'out-of-memory',
      'The container ran out of memory and was ended by the system.',
      {
        ...info,
        hint: 'Allow more memory in the profile, then connect again.',
      },
    );
  }
  if (engineWasAway)
    return new SpecboardError(
      'gone',
      'The Docker engine was restarted, and the container ended with it.',
      info,
    );
  if (ExitCode === 137) return new SpecboardError('gone', 'The container was killed (exit code 137).', info);
  if (ExitCode === 143 || ExitCode === 0)
    return new SpecboardError('gone', `The container was stopped (exit code ${ExitCode}).`, info);
  return new SpecboardError('gone', `The container ended with exit code ${ExitCode}.`, info);
}
