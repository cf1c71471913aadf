/**
 * Log lines into one file a day, `specboard-YYYY-MM-DD.log` (UTC), of which the last 14 are kept. Writing never waits and
 * never throws: a log must not be what stops the app. Memory and disk are bounded; what is dropped is counted in the log.
 */
import { appendFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogSink } from './logger.ts';

/** Days that are kept. */
export const keptDays = 14;
/** Most that waits to be written, and most that a day's file may hold, in bytes. */
const defaultLimits = { waitingBytes: 4_194_304, dayBytes: 67_108_864 };

/** What the sink is made of. */
export interface FileSinkOptions {
  /** Made where it is missing, private to the person. */
  folder: string;
  /** ms since the epoch. */
  now: () => number;
  limits?: { waitingBytes: number; dayBytes: number };
}

/** See the file's first lines. The owner closes it; several processes may write to the same folder. */
export class FileSink implements LogSink {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #limits: { waitingBytes: number; dayBytes: number };
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #writing: Promise<void> | null = null;
  #day = '';
  #dayBytes = 0;
  #closed = false;

  constructor(options: FileSinkOptions) {
    this.#folder = options.folder;
    this.#now = options.now;
    this.#limits = options.limits ?? defaultLimits;
  }

  write(line: string): void {
    if (this.#closed) return;
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#waitingBytes + bytes > this.#limits.waitingBytes) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += bytes;
    this.#writing ??= this.#drain();
  }

  /** Resolves when everything written so far is in the file (or could not be). */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** Takes no more lines, and resolves when the last one is in the file. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  async #drain(): Promise<void> {
    // Lines of the same turn go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      if (this.#dropped > 0) lines.push(this.#note(`${this.#dropped} lines were dropped`));
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#dropped = 0;
      await this.#append(`${lines.join('\n')}\n`).catch(() => {
        // A full or read-only disk. There is nowhere to say so; the app says it where it matters.
      });
    }
    this.#writing = null;
  }

  async #append(text: string): Promise<void> {
    const day = new Date(this.#now()).toISOString().slice(0, 10);
    const path = join(this.#folder, `specboard-${day}.log`);
    if (day !== this.#day) await this.#beginDay(day, path);
    const bytes = Buffer.byteLength(text);
    const wasFull = this.#dayBytes >= this.#limits.dayBytes;
    this.#dayBytes += bytes;
    if (wasFull) return;
    const isFull = this.#dayBytes >= this.#limits.dayBytes;
    const last = isFull ? `${this.#note("the day's log is full; nothing more is written today")}\n` : '';
    await appendFile(path, text + last, { mode: 0o600 });
  }

  async #beginDay(day: string, path: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    this.#dayBytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    this.#day = day;
    const names = (await readdir(this.#folder)).filter((name) =>
      /^specboard-\d{4}-\d\d-\d\d\.log$/.test(name),
    );
    const others = names.filter((name) => name !== `specboard-${day}.log`).sort();
    for (const name of others.slice(0, Math.max(0, others.length - (keptDays - 1)))) {
      await rm(join(this.#folder, name), { force: true });
    }
  }

  #note(message: string): string {
    return JSON.stringify({
      at: new Date(this.#now()).toISOString(),
      level: 'warn',
      pid: process.pid,
      scope: 'log',
      message,
    });
  }
}
