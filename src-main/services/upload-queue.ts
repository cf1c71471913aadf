/**
 * The way of an upload's pieces from the window to the driver. Whoever puts a piece in waits until the driver has taken it: one
 * piece is in memory at a time, and the window sends as fast as the sandbox takes.
 */

import type { z } from 'zod';
import type { fileOperations } from '../../src-shared/contract/file-operations.ts';

/** Pieces that came together. */
export type UploadPieces = z.output<(typeof fileOperations)['files.uploadPiece']['input']>['pieces'];

interface Waiting {
  pieces: UploadPieces;
  taken: (wanted: boolean) => void;
}

/** See the file's first lines. Read once; ends after `last`, fails with the reason of the abort. */
export class UploadQueue implements AsyncIterable<UploadPieces> {
  readonly #signal: AbortSignal;
  #waiting: Waiting | null = null;
  /** What the driver has got and not asked beyond yet. */
  #given: Waiting | null = null;
  #isLast = false;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    if (signal.aborted) this.close();
    else signal.addEventListener('abort', () => this.close(), { once: true });
  }

  /** Resolves when the pieces were taken; false where nothing is wanted any more. One call at a time. */
  put(pieces: UploadPieces, last: boolean): Promise<boolean> {
    if (this.#isClosed || this.#isLast || this.#waiting) return Promise.resolve(false);
    this.#isLast = last;
    return new Promise((taken) => {
      this.#waiting = { pieces, taken };
      this.#wake();
    });
  }

  /** Nothing is wanted any more; idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#waiting?.taken(false);
    this.#given?.taken(false);
    this.#waiting = null;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<UploadPieces> {
    for (;;) {
      while (!this.#waiting && !this.#isClosed && !this.#isLast) {
        await new Promise<void>((wake) => {
          this.#wake = wake;
        });
      }
      if (this.#signal.aborted) throw this.#signal.reason;
      const next = this.#waiting;
      if (!next) return;
      this.#waiting = null;
      this.#given = next;
      yield next.pieces;
      // Asked for more: what was given has been dealt with.
      next.taken(!this.#isClosed);
    }
  }
}
