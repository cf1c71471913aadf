/** Logs refused messages without letting a hostile page fill the disk: some per interval, then only a count. */
import type { IpcLog } from './ipc-main-like.ts';

/** How much is written. */
const perInterval = 10;
const intervalMs = 10_000;

/** See the file's first line. */
export class RefusalLog {
  readonly #log: IpcLog;
  readonly #now: () => number;
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(log: IpcLog, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** Writes one refusal, or counts it. */
  write(message: string, fields: Record<string, string | number>): void {
    const now = this.#now();
    if (now - this.#since >= intervalMs) {
      if (this.#count > perInterval) {
        this.#log('warn', 'more refused messages', { count: this.#count - perInterval });
      }
      this.#since = now;
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count <= perInterval) this.#log('warn', message, fields);
  }
}
