/**
 * The sandbox's marker and what is remembered of it move together: before a cycle changes anything both numbers count, after its
 * last commit only the new one. Whoever crashes in between finds a marker that says one of the two.
 */

import { abortable } from './abort.ts';
import type { CycleDeps } from './cycle-types.ts';
import type { Counts, Ledger } from './ledger.ts';
import type { Manifest } from './manifest-store.ts';
import type { BothScans } from './scan-both.ts';

/** Of one cycle, over all its passes. */
export class Epochs {
  readonly #deps: CycleDeps;
  readonly #counts: Counts;
  #current = 0;
  #pending: number | null = null;
  #marking: Promise<void> | null = null;
  /** A cycle that was broken off may have changed what the marker does not say yet. */
  #isBehind = false;

  constructor(deps: CycleDeps, counts: Counts) {
    this.#deps = deps;
    this.#counts = counts;
  }

  /** A cycle before this one began and did not come to its end. */
  static isOwed(manifest: Manifest): boolean {
    return manifest.pendingEpoch !== null;
  }

  /** Before anything is changed. Gives the epoch that the sandbox's marker gets. */
  begin(manifest: Manifest, { remoteFacts: { marker } }: BothScans): number {
    if (this.#pending !== null) return this.#pending;
    this.#current = marker?.epoch ?? 0;
    this.#isBehind = manifest.pendingEpoch !== null && manifest.pendingEpoch !== marker?.epoch;
    this.#pending = Math.max(this.#current, manifest.epoch, manifest.pendingEpoch ?? 0) + 1;
    this.#deps.store.setPending(this.#deps.rootId, this.#current, this.#pending);
    return this.#pending;
  }

  /** A sandbox without a marker gets it before the manifest has rows: otherwise it would look like another sandbox after a break. */
  async mark(signal: AbortSignal): Promise<void> {
    if (this.#counts.isMarked || this.#pending === null) return;
    this.#marking ??= this.#mark(this.#pending, signal);
    await this.#marking;
  }

  /** The same beside what comes from the sandbox, so that the end need not wait for it: both epochs count by now. */
  markBeside(signal: AbortSignal): void {
    this.mark(signal).catch(() => {}); // tried again at the end
  }

  async #mark(epoch: number, signal: AbortSignal): Promise<void> {
    try {
      await abortable(signal, this.#deps.remote.mark(epoch, signal));
      this.#counts.isMarked = true;
    } finally {
      this.#marking = null;
    }
  }

  /** The end of a cycle that came to it: what was changed gets its mark, and only the new epoch counts. */
  async end(ledger: Ledger, localIdentity: string, signal: AbortSignal): Promise<void> {
    if (this.#pending === null) return;
    if (this.#counts.didSomething || this.#isBehind) await this.mark(signal);
    const epoch = this.#counts.isMarked ? this.#pending : this.#current;
    ledger.commit({ upserts: [], deletes: [], kept: [], epoch, localIdentity });
    this.#pending = null;
  }

  /** The end of one that was broken off: what is known for sure is stored, the rest stays open. */
  breakOff(): void {
    if (this.#pending === null || !this.#counts.isMarked) return;
    const { rootId, store, clock } = this.#deps;
    const nothing = { upserts: [], deletes: [], kept: [] };
    store.commit(rootId, { ...nothing, syncedAt: clock.now(), epoch: this.#pending });
    this.#pending = null;
  }
}
