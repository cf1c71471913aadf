// All sandboxes and snapshots of the server: making, finding, ending them, and their lifetimes.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Clock } from '../vendor-server/clock.ts';
import { Sandbox, type SandboxSettings, type SandboxSpec } from './sandbox.ts';

/** Files kept under a name, to make sandboxes from. */
export interface Snapshot {
  readonly id: string;
  readonly account: string;
  readonly names: readonly string[];
  readonly sandboxId: string;
  readonly interpreter: boolean;
  readonly folder: string;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** An id as E2B makes them: `i` and 20 small letters or digits. */
export function makeId(): string {
  return `i${[...randomBytes(20)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}

/** Keeps every sandbox until it is ended. */
export class SandboxStore {
  readonly #settings: SandboxSettings;
  readonly #clock: Clock;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #sampler: NodeJS.Timeout;

  constructor(settings: SandboxSettings, metricsStepMs: number) {
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#clock.onJump(() => this.#checkAll());
    this.#sampler = setInterval(() => this.#sampleAll(), metricsStepMs);
    this.#sampler.unref();
  }

  /** Every sandbox, the newest first. */
  all(): Sandbox[] {
    return [...this.#sandboxes.values()].reverse();
  }

  get(id: string): Sandbox | undefined {
    return this.#sandboxes.get(id);
  }

  /** Make a sandbox that lives `seconds`. */
  create(spec: SandboxSpec, seconds: number): Sandbox {
    const sandbox = new Sandbox(spec, this.#settings);
    this.#sandboxes.set(sandbox.id, sandbox);
    this.setEnd(sandbox, sandbox.startedAt + seconds * 1000);
    return sandbox;
  }

  /** Move the end of its life (milliseconds since the epoch). */
  setEnd(sandbox: Sandbox, endAt: number): void {
    sandbox.endAt = endAt;
    this.#arm(sandbox);
  }

  /** End a sandbox, running or paused. False when there is none with this id. */
  kill(id: string): boolean {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return false;
    this.#disarm(id);
    this.#sandboxes.delete(id);
    sandbox.dispose();
    return true;
  }

  pause(sandbox: Sandbox, keepMemory: boolean): void {
    this.#disarm(sandbox.id);
    sandbox.pause(keepMemory);
  }

  /** Resume for `seconds`. */
  resume(sandbox: Sandbox, seconds: number, reboot: boolean): void {
    sandbox.resume(reboot);
    this.setEnd(sandbox, this.#clock.now() + seconds * 1000);
  }

  /** Let a running sandbox reach the end of its life now: it is ended or paused, as it was made. */
  expire(sandbox: Sandbox): void {
    if (sandbox.state !== 'running') return;
    if (sandbox.spec.onTimeout === 'pause') this.pause(sandbox, sandbox.spec.keepMemory);
    else this.kill(sandbox.id);
  }

  /** Keep the files of a sandbox. */
  snapshot(sandbox: Sandbox, name: string | undefined): Snapshot {
    const id = `snap-${makeId()}`;
    const snapshot: Snapshot = {
      id,
      account: sandbox.spec.account,
      names: name ? [name] : [],
      sandboxId: sandbox.id,
      interpreter: sandbox.spec.interpreter,
      folder: sandbox.jail.copy('e2b-snapshot-'),
    };
    this.#snapshots.set(id, snapshot);
    return snapshot;
  }

  snapshots(): Snapshot[] {
    return [...this.#snapshots.values()];
  }

  deleteSnapshot(id: string): void {
    const snapshot = this.#snapshots.get(id);
    if (!snapshot) return;
    this.#snapshots.delete(id);
    rmSync(snapshot.folder, { recursive: true, force: true });
  }

  /** End every sandbox and remove every snapshot. */
  dispose(): void {
    clearInterval(this.#sampler);
    for (const id of [...this.#sandboxes.keys()]) this.kill(id);
    for (const id of [...this.#snapshots.keys()]) this.deleteSnapshot(id);
  }

  #arm(sandbox: Sandbox): void {
    this.#disarm(sandbox.id);
    const left = Math.max(sandbox.endAt - this.#clock.now(), 0);
    const timer = setTimeout(() => this.#check(sandbox), Math.min(left, LONGEST_TIMER_MS));
    timer.unref();
    this.#timers.set(sandbox.id, timer);
  }

  #disarm(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  #check(sandbox: Sandbox): void {
    if (sandbox.state !== 'running' || !this.#sandboxes.has(sandbox.id)) return;
    if (sandbox.endAt <= this.#clock.now()) this.expire(sandbox);
    else this.#arm(sandbox);
  }

  #checkAll(): void {
    for (const sandbox of this.all()) this.#check(sandbox);
  }

  #sampleAll(): void {
    for (const sandbox of this.all()) {
      if (sandbox.state === 'running') sandbox.metrics.sample();
    }
  }
}
