/** After a removal: words of removed text leave the index, and the disk gets its space back, in steps that nobody notices. */
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';
import type { Database } from '../../db/connection.ts';

/** What it needs. */
export interface SpaceKeeperDependencies {
  db: Pick<Database, 'history' | 'freeSpace'>;
  clock: Clock;
  /** True while something runs: then it waits. */
  isBusy: () => boolean;
  log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: JsonObject) => void;
}

const stepPages = 250;
const restMs = 20;
const busyRestMs = 2_000;
/** A database made before version 0.2 is rewritten as a whole where it holds less than this: about two seconds. */
const rewriteBelow = 268_435_456;

/** See the file's first lines. */
export class SpaceKeeper {
  readonly #deps: SpaceKeeperDependencies;
  #timer: Disposable | null = null;
  #tidied = false;

  constructor(deps: SpaceKeeperDependencies) {
    this.#deps = deps;
  }

  /** Starts, or goes on. */
  start(): void {
    this.#tidied = false;
    this.#timer ??= this.#deps.clock.after(restMs, () => this.#step());
  }

  /** Stops; the space that is left is used for what comes next. */
  dispose(): void {
    this.#timer?.dispose();
    this.#timer = null;
  }

  #step(): void {
    this.#timer = null;
    try {
      if (this.#deps.isBusy()) this.#again(busyRestMs);
      else if (this.#work()) this.#again(restMs);
    } catch (error) {
      this.#deps.log('warn', 'no space was given back', { code: toProblem(error).code });
    }
  }

  #again(ms: number): void {
    this.#timer = this.#deps.clock.after(ms, () => this.#step());
  }

  /** True where there is more to do. */
  #work(): boolean {
    const { history, freeSpace } = this.#deps.db;
    if (!this.#tidied) {
      this.#tidied = !history.tidyIndex(stepPages);
      return true;
    }
    return freeSpace.step(stepPages, rewriteBelow);
  }
}
