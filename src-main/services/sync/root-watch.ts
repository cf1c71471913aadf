/**
 * Keeps a root the same for as long as it lives: hears of changes on both sides (both only hints), and lets the runner do a cycle when
 * the schedule says so. It holds the root's lock, so that no other process works against it.
 */
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';
import type { CycleResult } from '../../sync/cycle/cycle-types.ts';
import { isSameRules } from '../../sync/cycle/scan-both.ts';
import type { ExclusionRules } from '../../sync/rules/exclusion-rules.ts';
import type { LocalSide } from '../../sync/sides.ts';
import type { HeldLock, RootLocks } from './root-lock.ts';
import type { RootRunner } from './root-runner.ts';
import { SandboxWatch } from './sandbox-watch.ts';
import { WatchSchedule } from './watch-schedule.ts';

/** What changed while it was synced is looked at again after this. */
const postponedMs = 1_000;

/** What it needs. */
export interface RootWatchDependencies {
  runner: RootRunner;
  locks: RootLocks;
  clock: Clock;
  /** Its notes changed. */
  onChange: () => void;
}

/** See the file's first lines. Begins at once. */
export class RootWatch implements Disposable {
  readonly #deps: RootWatchDependencies;
  readonly #schedule: WatchSchedule;
  readonly #end = new AbortController();
  #local: ReturnType<LocalSide['watch']> | null = null;
  #watchedRules: ExclusionRules | null = null;
  #sandbox: SandboxWatch | null = null;
  #lock: HeldLock | null = null;
  #cycles = 0;
  /** Who waits for the next cycle's end. */
  #waiting: (() => void)[] = [];

  constructor(deps: RootWatchDependencies) {
    this.#deps = deps;
    this.#schedule = new WatchSchedule({ clock: deps.clock, run: () => this.#run() });
    deps.runner.busy.clear();
    deps.runner.listener = { began: () => this.#began(), ended: (result) => this.#ended(result) };
    this.#schedule.start();
  }

  /** What a person should know: the folder cannot be watched, a file rests. */
  get notes(): string[] {
    const { runner, clock } = this.#deps;
    const resting = [...runner.busy.resting(clock.now())];
    const [first] = resting;
    const words =
      resting.length === 1
        ? `${first} changes all the time; it is synced every 10 seconds.`
        : `${first} and ${resting.length - 1} more change all the time; they are synced every 10 seconds.`;
    return [
      ...(this.#local?.degraded ? [this.#local.degraded] : []),
      ...(first === undefined ? [] : [words]),
    ];
  }

  /** Something may have changed in the sandbox: an execution ended. */
  sandboxChanged(): void {
    this.#schedule.answered();
  }

  /** At once, whatever failed before: the link is back. */
  now(): void {
    // Its questions wait longer and longer while the link is down; the next cycle begins them anew.
    this.#sandbox?.dispose();
    this.#sandbox = null;
    this.#schedule.now();
  }

  dispose(): void {
    if (this.#end.signal.aborted) return;
    this.#end.abort();
    this.#schedule.dispose();
    this.#unwatchLocal();
    this.#sandbox?.dispose();
    this.#deps.runner.listener = null;
    this.#tellWaiting();
    this.#lock?.dispose();
  }

  #run(): void {
    const { runner } = this.#deps;
    if (!runner.isOnline) {
      this.#schedule.ended('failed');
      return;
    }
    // Nothing is due while it waits for its turn.
    this.#schedule.began();
    runner.begin({ trigger: 'watch' }).catch((error: unknown) => {
      if (this.#end.signal.aborted) return;
      runner.refused(error);
      this.#schedule.ended('failed');
      this.#deps.onChange();
    });
  }

  #began(): void {
    this.#cycles += 1;
    this.#schedule.began();
  }

  #ended(result: CycleResult): void {
    if (this.#end.signal.aborted) return;
    try {
      this.#goOn(result);
    } catch (error) {
      // The database does not take the lock, say: later, then.
      this.#deps.runner.refused(error);
      this.#schedule.ended('failed');
    }
    this.#tellWaiting();
  }

  #goOn(result: CycleResult): void {
    const { runner, locks, clock } = this.#deps;
    if (!this.#lock?.isHeld) this.#lock = locks.take(runner.root.id);
    const { outcome, halt } = result;
    // Another folder may stand there when it goes on: what is watched now would not hear of it.
    if (outcome === 'waiting') this.#unwatchLocal();
    if (outcome === 'waiting' && halt && halt.answers.length > 0) {
      this.#schedule.pause();
    } else if (outcome === 'failed' || outcome === 'waiting') {
      this.#schedule.ended('failed');
    } else {
      this.#watchLocal(runner.rules);
      this.#schedule.ended(result.didSomething ? 'changed' : 'same');
      if (result.postponed.length > 0) this.#schedule.notLaterThan(clock.now() + postponedMs);
      const rested = runner.busy.nextAt(clock.now());
      if (rested !== null) this.#schedule.notLaterThan(rested);
      if (outcome === 'done') this.#watchSandbox();
    }
  }

  #unwatchLocal(): void {
    this.#local?.[Symbol.dispose]();
    this.#local = null;
    this.#watchedRules = null;
  }

  #watchLocal(rules: ExclusionRules | null): void {
    const { local } = this.#deps.runner.sides;
    if (!local || !rules || (this.#watchedRules && isSameRules(this.#watchedRules, rules))) return;
    this.#unwatchLocal();
    this.#watchedRules = rules;
    this.#local = local.watch(rules, () => this.#schedule.changed());
    // What happened between the scan and now was heard by nobody.
    this.#schedule.changed();
    this.#deps.onChange();
  }

  #watchSandbox(): void {
    const { runner, clock } = this.#deps;
    const { live, root, rules } = runner;
    const { remote } = runner.sides;
    if (!live || !remote) return;
    this.#sandbox ??= new SandboxWatch({
      ...{ clock, live, remote, folder: root.remotePath, cycles: () => this.#cycles },
      onEvent: () => this.#schedule.changed(),
      onAnswer: () => {
        const ended = this.#nextEnd();
        this.#schedule.answered();
        return ended;
      },
      idle: () => (runner.cycle ? this.#nextEnd() : Promise.resolve()),
    });
    if (rules) this.#sandbox.setRules(rules);
  }

  #nextEnd(): Promise<void> {
    if (this.#end.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #tellWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell();
  }
}
