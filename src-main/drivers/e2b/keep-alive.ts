/**
 * A sandbox's life: short on the server, so that a crash costs minutes, and renewed while it is in use or within the profile's
 * time after that. Each beat also looks whether the sandbox is still there.
 */
import type { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { LinkChange } from '../../../src-shared/domain/session.ts';
import { deadline, unlessAborted } from './abort.ts';
import type { ControlPlane } from './control-plane.ts';
import type { SdkSandboxInfo } from './sdk.ts';
import type { Timings } from './timings.ts';

/** What the heartbeat needs. Times in ms, clocks in ms since the epoch. */
export interface KeepAliveHost {
  readonly control: ControlPlane;
  readonly sandboxId: string;
  readonly timings: Timings;
  /** How long the sandbox is kept after its last use. */
  readonly lifetimeMs: number;
  now(): number;
  isBusy(): boolean;
  /** What the control plane says now; null: the sandbox is not there. */
  onInfo(info: SdkSandboxInfo | null): void;
  onTrouble(problem: SpecboardError): void;
  /** E2B cannot be reached and is tried again, or can be reached again. */
  onLink(link: LinkChange): void;
}

/** Below this it is not worth a request. */
const SLACK_MS = 1000;
/** Pauses between tries while E2B cannot be reached: from the first to the longest. */
const RETRY_MS = { first: 1_000, most: 15_000 };

/** Beats until it is disposed; its timer keeps no process alive. */
export class KeepAlive {
  readonly #host: KeepAliveHost;
  readonly #stop = new AbortController();
  /** By our own clock: the server's may differ. */
  #leaseUntil: number;
  #lastUsed: number;
  /** The person asked for at least this. */
  #keepUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Which try is next since E2B could not be reached; 0: it can. */
  #attempt = 0;
  #beating: Promise<void> | null = null;

  /** @param leaseMs life that the sandbox has from now on. */
  constructor(host: KeepAliveHost, leaseMs: number) {
    this.#host = host;
    this.#leaseUntil = host.now() + leaseMs;
    this.#lastUsed = host.now();
    this.#schedule();
  }

  /** When the sandbox ends if nobody renews it, by our clock. */
  get leaseUntil(): number {
    return this.#leaseUntil;
  }

  /** The sandbox was used just now. Renews at once where its life is short by now. */
  touch(): void {
    this.#lastUsed = this.#host.now();
    if (this.#leaseUntil - this.#lastUsed < this.#host.timings.ttl / 4) void this.#beat();
  }

  /** Moves the end by `ms` and keeps it there; asks what E2B made of it. */
  async extend(ms: number, signal: AbortSignal): Promise<void> {
    const { host } = { host: this.#host };
    const until = Math.max(this.#leaseUntil, this.#keepUntil, host.now()) + ms;
    await this.#lease(until - host.now(), signal);
    this.#keepUntil = until;
  }

  /** Something else could not reach E2B: looks now, and goes on looking until it can. */
  lostTouch(): void {
    if (this.#attempt > 0 || this.#stop.signal.aborted) return;
    this.#retryLater();
    this.#schedule();
  }

  /** Looks now; gives what came of it. Rejects when `signal` aborts. */
  async check(signal: AbortSignal): Promise<LinkChange> {
    if (this.#stop.signal.aborted) return { state: 'live' };
    await unlessAborted(this.#beat(), signal);
    return this.#link();
  }

  /** Stops the beat. Twice is fine. */
  dispose(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#stop.signal.aborted) return;
    clearTimeout(this.#timer);
    const { timings, now } = this.#host;
    // Also soon after the end, to say why it is over.
    const atEnd = Math.max(this.#leaseUntil - now() + 250, 250);
    const wait = this.#attempt > 0 ? this.#retryWait() : Math.min(timings.heartbeat, atEnd);
    this.#timer = setTimeout(() => void this.#beat(), wait);
    this.#timer.unref();
  }

  /** One at a time: who asks meanwhile waits for the one that runs. */
  #beat(): Promise<void> {
    this.#beating ??= this.#beatOnce().finally(() => {
      this.#beating = null;
      this.#schedule();
    });
    return this.#beating;
  }

  async #beatOnce(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#attempt > 0) this.#host.onLink({ state: 'retrying', attempt: this.#attempt, nextAt: null });
    const { control, sandboxId, timings, lifetimeMs } = this.#host;
    const signal = deadline(timings.call, this.#stop.signal);
    try {
      const now = this.#host.now();
      const until = this.#host.isBusy() ? Number.POSITIVE_INFINITY : this.#lastUsed + lifetimeMs;
      const wanted = Math.min(now + timings.ttl, until);
      // Never shorter than it is: setting the end can also cut it.
      if (wanted > this.#leaseUntil + SLACK_MS && wanted > now) await this.#lease(wanted - now, signal);
      else this.#host.onInfo(await control.info(sandboxId, signal));
      this.#reached();
    } catch (error) {
      if (!this.#stop.signal.aborted) await this.#trouble(error);
    }
  }

  #reached(): void {
    if (this.#attempt === 0 || this.#stop.signal.aborted) return;
    this.#attempt = 0;
    this.#host.onLink(this.#link());
  }

  #retryLater(): void {
    this.#attempt += 1;
    this.#host.onLink(this.#link());
  }

  /** Never rarer than a beat: the life of the sandbox must be renewed in time. */
  #retryWait(): number {
    const { heartbeat } = this.#host.timings;
    return Math.min(heartbeat, RETRY_MS.most, RETRY_MS.first * 2 ** (this.#attempt - 1));
  }

  #link(): LinkChange {
    if (this.#attempt === 0) return { state: 'live' };
    const nextAt = this.#host.now() + this.#retryWait();
    return { state: 'retrying', attempt: this.#attempt, nextAt };
  }

  async #trouble(error: unknown): Promise<void> {
    const { control, sandboxId, timings } = this.#host;
    const problem = control.mapError(error, 'sandbox');
    this.#host.onTrouble(problem);
    // Everything else is an answer: E2B can be reached.
    if (problem.code === 'unreachable' || problem.code === 'timeout') this.#retryLater();
    else this.#reached();
    if (problem.code !== 'gone' && problem.code !== 'conflict') return;
    try {
      this.#host.onInfo(await control.info(sandboxId, deadline(timings.call, this.#stop.signal)));
    } catch {
      // Offline: the next beat asks again.
    }
  }

  async #lease(ms: number, signal: AbortSignal): Promise<void> {
    const { control, sandboxId, now } = this.#host;
    await control.setEnd(sandboxId, Math.ceil(ms / 1000) * 1000, signal);
    this.#leaseUntil = now() + ms;
    this.#host.onInfo(await control.info(sandboxId, signal));
  }
}
