/**
 * What a link to a container that breaks or cannot be opened means: the end where the container is gone, another try where
 * the engine is away for a while, and patience without end while somebody has frozen it.
 */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { BytePipe } from '../../runner/byte-pipe.ts';
import type { ContainerWatch } from './container-watch.ts';
import type { RunnerLink } from './runner-link.ts';

/** Failures of an exec that pass: the engine is restarted, the container too. Everything else is final. */
const passing: ReadonlySet<string> = new Set([
  'gone',
  'engine-missing',
  'engine-denied',
  'conflict',
  'auth',
  'protocol',
]);

/** See the file's first lines. Its parts are what a `KeptRunner` is made with. */
export class LinkPatience {
  readonly #link: RunnerLink;
  readonly #watch: ContainerWatch;
  readonly #patienceMs: number;
  #downSince = performance.now();

  /** `patienceMs`: how long a link may stay broken while the container is not frozen. */
  constructor(link: RunnerLink, watch: ContainerWatch, patienceMs: number) {
    this.#link = link;
    this.#watch = watch;
    this.#patienceMs = patienceMs;
  }

  /** The link broke, or is there again. */
  onLink(state: 'down' | 'up'): void {
    if (state === 'down') this.#downSince = performance.now();
  }

  /** Opens a link; what may pass is said to be so. */
  readonly dial = async (signal: AbortSignal, mode: 'start' | 'attach'): Promise<BytePipe> => {
    try {
      return await this.#link.dial(signal, mode);
    } catch (error) {
      if (!(error instanceof SpecboardError) || !passing.has(error.code)) throw error;
      const { problem } = error;
      throw new SpecboardError('unavailable', error.message, { ...problem, retryable: true, cause: error });
    }
  };

  /** Why it is of no use to try again; null where it is. */
  readonly diagnose = async (signal: AbortSignal): Promise<SpecboardError | null> => {
    const { missing } = this.#link;
    if (missing) return missing;
    try {
      const end = await this.#watch.diagnose(signal);
      if (end) return end;
      if (this.#watch.isPaused) this.#downSince = performance.now();
      else if (this.#isOver()) return outOfReach(this.#patienceMs);
      return null;
    } catch (error) {
      signal.throwIfAborted();
      return this.#isOver() ? outOfReach(this.#patienceMs, error) : null;
    }
  };

  #isOver(): boolean {
    return performance.now() - this.#downSince >= this.#patienceMs;
  }
}

function outOfReach(ms: number, error?: unknown): SpecboardError {
  const why = error instanceof SpecboardError ? ` ${error.message}` : '';
  return new SpecboardError(
    'unreachable',
    `The container could not be reached for ${Math.round(ms / 1000)} seconds.${why}`,
    {
      kept: 'All output up to then is stored. The container may still run.',
      hint: 'Check that the engine runs, then connect to the container again.',
      ...(error === undefined ? {} : { cause: error }),
    },
  );
}
