/** When something is told to the status: soon after a change, and progress a few times a second. */
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';

/** Progress reaches the status at most this often. */
const progressMs = 250;

/** What it needs. */
export interface LatePublishingDependencies {
  clock: Clock;
  publish: () => void;
}

/** See the file's first line. */
export class LatePublishing implements Disposable {
  readonly #deps: LatePublishingDependencies;
  #later: Disposable | null = null;
  #isDue = false;
  #publishedAt = 0;
  #isDisposed = false;

  constructor(deps: LatePublishingDependencies) {
    this.#deps = deps;
  }

  /** Never within the call that changed something: that one may be a listener of the status itself. */
  soon(): void {
    if (this.#isDisposed || this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      if (this.#isDue && !this.#isDisposed) this.#deps.publish();
    });
  }

  /** When it is time for progress again. */
  later(): void {
    if (this.#isDisposed || this.#later || this.#isDue) return;
    const { clock, publish } = this.#deps;
    const wait = Math.max(0, this.#publishedAt + progressMs - clock.now());
    this.#later = clock.after(wait, publish);
  }

  /** It was told just now: whatever was due is done. */
  published(): void {
    this.#later?.dispose();
    this.#later = null;
    this.#isDue = false;
    this.#publishedAt = this.#deps.clock.now();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#later?.dispose();
  }
}
