/** Hears of changes in the sandbox's folder: by the vendor's own watch where it has one, else by asking, one question every 25 s. */
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';
import { compileRules, type Matcher } from '../../sync/rules/compile-rules.ts';
import type { ExclusionRules } from '../../sync/rules/exclusion-rules.ts';
import type { RemoteSide } from '../../sync/sides.ts';
import { isStateFolder } from '../../sync/state-folder.ts';
import type { LiveSession } from '../sessions.ts';

const firstRetryMs = 1_000;
const lastRetryMs = 60_000;

/** What it needs. */
export interface SandboxWatchDependencies {
  clock: Clock;
  live: LiveSession;
  remote: RemoteSide;
  /** As it is in the sandbox. */
  folder: string;
  /** Something changed; many may come together. */
  onEvent: () => void;
  /** The sandbox was asked and said so. Resolves when a cycle has looked. */
  onAnswer: () => Promise<void>;
  /** Rises with every cycle that begins. */
  cycles: () => number;
  /** Resolves when no cycle runs. */
  idle: () => Promise<void>;
}

/** See the file's first line. Begins at once. */
export class SandboxWatch implements Disposable {
  readonly #deps: SandboxWatchDependencies;
  readonly #end = new AbortController();
  #matcher: Matcher | null = null;

  constructor(deps: SandboxWatchDependencies) {
    this.#deps = deps;
    void this.#run();
  }

  /** What is left out is not heard. */
  setRules(rules: ExclusionRules): void {
    this.#matcher = compileRules(rules);
  }

  dispose(): void {
    this.#end.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    const { driver } = this.#deps.live;
    while (!signal.aborted && driver.watch && driver.manifest.capabilities.watch) {
      // Resolves when it ended although the session lives.
      if (!(await this.#watch())) break;
    }
    if (!signal.aborted) await this.#ask();
  }

  /** The vendor's watch; false where it cannot watch this folder. */
  async #watch(): Promise<boolean> {
    const { live, folder, onEvent } = this.#deps;
    const { signal } = this.#end;
    let over: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      over = resolve;
    });
    signal.addEventListener('abort', over, { once: true });
    try {
      const listener = {
        onChange: (path: string) => {
          if (!signal.aborted && this.#isOurs(path)) onEvent();
        },
        onEnd: over,
      };
      const watching = await live.driver.watch?.(live.connection, folder, listener, signal);
      if (!watching) return false;
      // What happened before it watched was heard by nobody.
      onEvent();
      await ended;
      watching.dispose();
    } catch {
      return false;
    } finally {
      signal.removeEventListener('abort', over);
    }
    if (signal.aborted) return true;
    onEvent();
    await this.#pause(firstRetryMs);
    return true;
  }

  #isOurs(path: string): boolean {
    if (path === '') return true;
    if (path.split('/').some(isStateFolder)) return false;
    // A name without an entry may be a folder's: a rule for folders then lets one cycle too many happen.
    return this.#matcher?.verdict(path, false) == null;
  }

  /** One question after the other. */
  async #ask(): Promise<void> {
    const { signal } = this.#end;
    const { remote, onAnswer, cycles, idle } = this.#deps;
    let failures = 0;
    while (!signal.aborted) {
      const seen = cycles();
      try {
        await remote.wait(signal);
        failures = 0;
      } catch {
        // Its reason comes with the next cycle, which asks the sandbox too.
        failures += 1;
        await this.#pause(Math.min(firstRetryMs * 2 ** (failures - 1), lastRetryMs));
        continue;
      }
      if (signal.aborted) return;
      // A cycle that ran meanwhile has seen it, or changed it itself.
      if (seen !== cycles()) await idle();
      else await onAnswer();
    }
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#end;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        timer.dispose();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.#deps.clock.after(ms, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
