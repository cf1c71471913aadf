// All sandboxes of the server: finding them, their changes of state, and what happens when nobody uses them.
import type { StartFate } from './faults.ts';
import type { Delays } from './options.ts';
import type { Sandbox, SandboxState } from './sandbox.ts';

const MINUTE = 60_000;
const MAX_ARCHIVE_MINUTES = 30 * 24 * 60;

/** Told of every change of state, after it. */
export type StateListener = (sandbox: Sandbox, before: SandboxState) => void;

/** Keeps every sandbox until it is destroyed. `dispose` ends them all. */
export class SandboxStore {
  readonly #delays: Delays;
  readonly #onState: StateListener;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #changes = new Map<string, NodeJS.Timeout>();
  #closed = false;
  readonly #checker: NodeJS.Timeout;
  readonly #sampler: NodeJS.Timeout;

  constructor(
    options: { readonly delays: Delays; readonly checkStepMs: number; readonly metricsStepMs: number },
    onState: StateListener,
  ) {
    this.#delays = options.delays;
    this.#onState = onState;
    this.#checker = setInterval(() => this.check(), options.checkStepMs);
    this.#sampler = setInterval(() => {
      for (const sandbox of this.all()) if (sandbox.state === 'started') sandbox.metrics.sample();
    }, options.metricsStepMs);
    this.#checker.unref();
    this.#sampler.unref();
  }

  /** Every sandbox, the newest first. */
  all(): Sandbox[] {
    return [...this.#sandboxes.values()].reverse();
  }

  /** By id or name, within an organization when one is given. */
  find(idOrName: string, organizationId?: string): Sandbox | undefined {
    const found = this.#sandboxes.get(idOrName) ?? this.all().find(({ name }) => name === idOrName);
    return organizationId === undefined || found?.spec.organizationId === organizationId ? found : undefined;
  }

  /** True once the server is being closed: nothing may be made any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Keep a new sandbox and let it start. */
  add(sandbox: Sandbox, fate: StartFate, first: SandboxState = 'creating'): void {
    this.#sandboxes.set(sandbox.id, sandbox);
    sandbox.state = first;
    this.#towards(sandbox, fate);
  }

  /** Start a stopped, archived or paused one, or try again after an error. */
  start(sandbox: Sandbox, fate: StartFate): void {
    const first =
      ({ archived: 'restoring', paused: 'resuming' } as const)[String(sandbox.state)] ?? 'starting';
    sandbox.desiredState = 'started';
    sandbox.errorReason = undefined;
    sandbox.recoverable = false;
    this.#set(sandbox, first);
    this.#towards(sandbox, fate);
  }

  stop(sandbox: Sandbox): void {
    sandbox.desiredState = 'stopped';
    this.#set(sandbox, 'stopping');
    sandbox.halt();
    this.#later(sandbox, this.#delays.stop, () => {
      this.#set(sandbox, 'stopped');
      if (sandbox.intervals.autoDelete === 0) this.destroy(sandbox);
    });
  }

  pause(sandbox: Sandbox): void {
    sandbox.desiredState = 'paused';
    this.#set(sandbox, 'pausing');
    sandbox.freeze();
    this.#later(sandbox, this.#delays.stop, () => this.#set(sandbox, 'paused'));
  }

  archive(sandbox: Sandbox): void {
    sandbox.desiredState = 'archived';
    this.#set(sandbox, 'archiving');
    this.#later(sandbox, this.#delays.archive, () => this.#set(sandbox, 'archived'));
  }

  /** Its processes end at once; it is gone a moment later. */
  destroy(sandbox: Sandbox): void {
    sandbox.desiredState = 'destroyed';
    this.#set(sandbox, 'destroying');
    sandbox.halt();
    this.#later(sandbox, this.#delays.destroy, () => this.kill(sandbox.id));
  }

  /** End it at once, from outside. False when there is none with this id. */
  kill(id: string): boolean {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return false;
    this.#cancel(id);
    this.#sandboxes.delete(id);
    sandbox.dispose();
    sandbox.desiredState = 'destroyed';
    this.#set(sandbox, 'destroyed');
    return true;
  }

  /** It breaks down: its processes end and it says why. False when there is none with this id. */
  breakDown(id: string, reason: string, recoverable: boolean): boolean {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return false;
    this.#cancel(id);
    sandbox.halt();
    sandbox.errorReason = reason;
    sandbox.recoverable = recoverable;
    this.#set(sandbox, 'error');
    return true;
  }

  /** Whether a change of state is under way. */
  changing(sandbox: Sandbox): boolean {
    return this.#changes.has(sandbox.id);
  }

  /** Look at the intervals of every sandbox: stop, archive or destroy those whose time has come. */
  check(): void {
    for (const sandbox of this.all()) this.#checkOne(sandbox);
  }

  /** End every sandbox. */
  dispose(): void {
    this.#closed = true;
    clearInterval(this.#checker);
    clearInterval(this.#sampler);
    for (const id of [...this.#sandboxes.keys()]) this.kill(id);
  }

  #checkOne(sandbox: Sandbox): void {
    const now = sandbox.clock.now();
    const { intervals, state } = sandbox;
    if (sandbox.destroyAt !== undefined && now >= sandbox.destroyAt && state !== 'destroying') {
      this.destroy(sandbox);
      return;
    }
    if (sandbox.activeSockets > 0) sandbox.touch();
    const idle = now - sandbox.lastActivityAt;
    const still = now - sandbox.stateSince;
    if (state === 'started') {
      if (intervals.autoStop > 0 && idle >= intervals.autoStop * MINUTE) this.stop(sandbox);
      else if (intervals.autoPause > 0 && idle >= intervals.autoPause * MINUTE) this.pause(sandbox);
    } else if (state === 'stopped' || state === 'archived') {
      const archive = (intervals.autoArchive || MAX_ARCHIVE_MINUTES) * MINUTE;
      if (intervals.autoDelete >= 0 && still >= intervals.autoDelete * MINUTE) this.destroy(sandbox);
      else if (state === 'stopped' && still >= archive) this.archive(sandbox);
    }
  }

  /** Go through the states of a start to its end. */
  #towards(sandbox: Sandbox, fate: StartFate): void {
    if (fate.into === 'never') return;
    const via = (fate.via ?? []) as readonly SandboxState[];
    const step = (fate.afterMs ?? this.#delays.start) / (via.length + 1);
    const next = (at: number): void => {
      const state = via[at];
      if (state === undefined) this.#arrive(sandbox, fate);
      else {
        this.#set(sandbox, state);
        this.#later(sandbox, step, () => next(at + 1));
      }
    };
    this.#later(sandbox, step, () => next(0));
  }

  #arrive(sandbox: Sandbox, fate: StartFate): void {
    if (fate.into === 'started') {
      sandbox.touch();
      if (sandbox.state === 'resuming') sandbox.thaw();
    } else {
      sandbox.errorReason = fate.errorReason ?? 'Failed to start';
      sandbox.recoverable = fate.recoverable ?? false;
    }
    if (fate.into !== 'never') this.#set(sandbox, fate.into);
  }

  #set(sandbox: Sandbox, state: SandboxState): void {
    const before = sandbox.state;
    if (before === state) return;
    sandbox.state = state;
    sandbox.stateSince = sandbox.clock.now();
    sandbox.updatedAt = sandbox.stateSince;
    this.#onState(sandbox, before);
  }

  #later(sandbox: Sandbox, ms: number, then: () => void): void {
    this.#cancel(sandbox.id);
    const timer = setTimeout(() => {
      this.#changes.delete(sandbox.id);
      then();
    }, ms);
    timer.unref();
    this.#changes.set(sandbox.id, timer);
  }

  #cancel(id: string): void {
    clearTimeout(this.#changes.get(id));
    this.#changes.delete(id);
  }
}
