/** How far a cycle is: bytes and files, monotone, told at most ten times a second, with a time left only when it can be told. */
import { type SyncProgress, syncStages } from '../../../src-shared/domain/sync.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';

const everyMs = 100;
/** No time left is told before so much time and so much of the work are behind. */
const honestAfterMs = 2000;
const honestAfterShare = 0.05;
/** The speed is that of about the last so many ms. */
const smoothMs = 4000;

/** A part of the work. `to` says how much of it is done by now; `done` ends it, whatever came of it. */
export interface ProgressTask {
  to(bytes: number, files: number): void;
  done(): void;
}

/** See the file's first line. Dispose it: the last event is sent, and no more. */
export class ProgressMeter {
  readonly #clock: Clock;
  readonly #send: (progress: SyncProgress) => void;
  #stage: SyncProgress['stage'] = 'scanning';
  #filesTotal = 0;
  #bytesTotal = 0;
  #files = 0;
  #bytes = 0;
  #began: number | null = null;
  #speed: number | null = null;
  #measured = { at: 0, bytes: 0 };
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: Disposable | null = null;
  #isEnded = false;

  constructor(clock: Clock, send: (progress: SyncProgress) => void) {
    this.#clock = clock;
    this.#send = send;
    this.#moved();
  }

  /** Never goes back: a repeat of what somebody changed meanwhile is still the same stage to people. */
  stage(stage: SyncProgress['stage']): void {
    if (syncStages.indexOf(stage) <= syncStages.indexOf(this.#stage)) return;
    this.#stage = stage;
    this.#moved();
  }

  /** Known once the plan is made; a repeat adds to it. */
  addTotals(totals: { files: number; bytes: number }): void {
    this.#filesTotal += totals.files;
    this.#bytesTotal += totals.bytes;
    if (this.#began === null) {
      this.#began = this.#clock.now();
      this.#measured = { at: this.#began, bytes: 0 };
    }
    this.#moved();
  }

  /** Begins a part of `bytes` and `files` of the totals. */
  begin(bytes: number, files: number): ProgressTask {
    let bytesDone = 0;
    let filesDone = 0;
    const to = (toBytes: number, toFiles: number) => {
      const moreBytes = Math.max(bytesDone, Math.min(bytes, Math.floor(toBytes)));
      const moreFiles = Math.max(filesDone, Math.min(files, Math.floor(toFiles)));
      this.#bytes += moreBytes - bytesDone;
      this.#files += moreFiles - filesDone;
      bytesDone = moreBytes;
      filesDone = moreFiles;
      this.#moved();
    };
    return { to, done: () => to(bytes, files) };
  }

  /** Where it is now. */
  get now(): SyncProgress {
    return {
      stage: this.#stage,
      files: this.#files,
      filesTotal: this.#filesTotal,
      bytes: this.#bytes,
      bytesTotal: this.#bytesTotal,
      bytesPerSecond: this.#speed === null ? null : Math.round(this.#speed),
      msLeft: this.#msLeft(),
    };
  }

  dispose(): void {
    if (this.#isEnded) return;
    this.#timer?.dispose();
    this.#tell();
    this.#isEnded = true;
  }

  #moved(): void {
    if (this.#isEnded || this.#timer) return;
    const wait = this.#sentAt + everyMs - this.#clock.now();
    if (wait <= 0) {
      this.#tell();
      return;
    }
    this.#timer = this.#clock.after(wait, () => {
      this.#timer = null;
      this.#tell();
    });
  }

  #tell(): void {
    this.#sentAt = this.#clock.now();
    this.#measure();
    this.#send(this.now);
  }

  #measure(): void {
    const now = this.#clock.now();
    const ms = now - this.#measured.at;
    if (this.#began === null || ms < everyMs) return;
    const current = ((this.#bytes - this.#measured.bytes) * 1000) / ms;
    const weight = 1 - Math.exp(-ms / smoothMs);
    // The mean so far is the best guess at the beginning.
    const known = this.#speed ?? (this.#bytes * 1000) / Math.max(1, now - this.#began);
    this.#speed = known + (current - known) * weight;
    this.#measured = { at: now, bytes: this.#bytes };
  }

  #msLeft(): number | null {
    if (this.#began === null || !this.#speed || this.#bytesTotal === 0) return null;
    if (this.#clock.now() - this.#began < honestAfterMs) return null;
    if (this.#bytes / this.#bytesTotal < honestAfterShare) return null;
    return Math.round(((this.#bytesTotal - this.#bytes) * 1000) / this.#speed);
  }
}
