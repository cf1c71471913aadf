/**
 * A sandbox's life. Daytona stops one that nobody uses, but an open link counts as use: left to that, a session that was
 * forgotten would cost for ever. So the profile's time is kept here, where it is known what use is; Daytona's own interval
 * is the backstop for a SpecBoard that is gone. Each beat also looks what has become of the sandbox.
 */
import type { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { deadline } from '../base-driver.ts';
import type { ControlPlane } from './control-plane.ts';
import { minute, type SandboxRecord } from './sandbox-record.ts';

/** What the heartbeat needs. Clocks in ms since the epoch. */
export interface KeepAliveHost {
  readonly control: ControlPlane;
  readonly sandboxId: string;
  /** Minutes without use after which the sandbox is stopped; 0: never. */
  readonly idleMinutes: number;
  /** What Daytona has as its own interval, where it is known. */
  readonly intervalThere: number | null;
  /** False for a sandbox that somebody else started: its interval is not changed. */
  readonly isOurs: boolean;
  now(): number;
  isBusy(): boolean;
  /** What the control plane says now; null: the sandbox is not there. */
  onRecord(record: SandboxRecord | null): void;
  onEndsAt(at: number | null): void;
  /** Nobody used it for `idleMinutes`: our link must not keep it alive any longer. */
  onIdle(): void;
  onTrouble(problem: SpecboardError): void;
}

/** Beats until it is disposed; its timer keeps no process alive. */
export class KeepAlive {
  readonly #host: KeepAliveHost;
  readonly #stop = new AbortController();
  #lastUsed: number;
  /** The person asked for at least this. */
  #keepUntil = 0;
  /** Daytona's interval is not the profile's: it was extended, now or by an earlier session. */
  #differs = false;
  #shown: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #beating = false;

  constructor(host: KeepAliveHost) {
    this.#host = host;
    this.#lastUsed = host.now();
    this.#differs = host.isOurs && host.intervalThere !== null && host.intervalThere !== host.idleMinutes;
    this.#shown = this.endsAt;
    this.#schedule();
  }

  /** When the sandbox is stopped if nobody uses it; null: never. */
  get endsAt(): number | null {
    const { idleMinutes } = this.#host;
    return idleMinutes === 0 ? null : Math.max(this.#lastUsed + idleMinutes * minute, this.#keepUntil);
  }

  /** The sandbox was used just now. */
  touch(): void {
    this.#lastUsed = this.#host.now();
    this.#schedule();
  }

  /** Moves the end by `ms`, also at Daytona, so that it holds without SpecBoard; gives it. */
  async extend(ms: number, signal: AbortSignal): Promise<number | null> {
    const { control, sandboxId, isOurs, now } = this.#host;
    const end = this.endsAt;
    if (end === null) return null;
    const until = Math.max(end, now()) + ms;
    if (isOurs) {
      await control.setAutoStop(sandboxId, Math.max(1, Math.ceil((until - now()) / minute)), signal);
      this.#differs = true;
    }
    await control.touch(sandboxId, signal);
    this.#keepUntil = until;
    this.#show();
    this.#schedule();
    return this.endsAt;
  }

  /** Stops the beat. Twice is fine. */
  dispose(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  #show(): void {
    const end = this.endsAt;
    if (end === this.#shown) return;
    this.#shown = end;
    this.#host.onEndsAt(end);
  }

  #schedule(): void {
    if (this.#stop.signal.aborted || this.#beating) return;
    clearTimeout(this.#timer);
    const { control, idleMinutes, now } = this.#host;
    const often = idleMinutes === 0 ? control.timings.heartbeat : (idleMinutes * minute) / 3;
    const end = this.endsAt;
    const atEnd = end === null ? Number.POSITIVE_INFINITY : Math.max(end - now(), 250);
    this.#timer = setTimeout(() => void this.#beat(), Math.min(control.timings.heartbeat, often, atEnd));
    this.#timer.unref();
  }

  async #beat(): Promise<void> {
    const { control, sandboxId, now, isBusy } = this.#host;
    const signal = deadline(control.timings.call, this.#stop.signal);
    this.#beating = true;
    try {
      if (isBusy()) this.#lastUsed = now();
      const end = this.endsAt;
      if (end !== null && now() >= end) {
        this.#host.onIdle();
        return;
      }
      this.#show();
      const record = await control.info(sandboxId, signal);
      this.#host.onRecord(record);
      if (!record || this.#stop.signal.aborted) return;
      if (isBusy() || now() < this.#keepUntil) await control.touch(sandboxId, signal);
      await this.#restoreInterval(signal);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#host.onTrouble(control.mapError(error, 'sandbox'));
    } finally {
      this.#beating = false;
      this.#schedule();
    }
  }

  /** An extension is over once ordinary use reaches beyond it. */
  async #restoreInterval(signal: AbortSignal): Promise<void> {
    const { control, sandboxId, idleMinutes } = this.#host;
    if (!this.#differs || this.#lastUsed + idleMinutes * minute < this.#keepUntil) return;
    await control.setAutoStop(sandboxId, idleMinutes, signal);
    this.#differs = false;
  }
}
