/**
 * This process among the SpecBoards that use the same database (a window and some terminals). Sessions belong to the
 * process that started them; after a crash the next start can tell a dead owner from a live one.
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';

/** A row of `app_instance`. */
export interface InstanceRow {
  id: string;
  pid: number;
  /** When the process started, as the system tells it; a reused pid has another. Empty where unknown. */
  startToken: string;
  startedAt: number;
  heartbeatAt: number;
  kind: 'desktop' | 'cli';
}

/** Where instances are kept. */
export interface InstanceTable {
  insert(row: InstanceRow): void;
  heartbeat(id: string, at: number): void;
  remove(id: string): void;
  list(): InstanceRow[];
}

const heartbeatMs = 5_000;
/** Used only where the system does not tell when a process started. */
const staleMs = 60_000;

/** Registers this process; dispose removes the row. */
export class Instance implements Disposable {
  readonly id = randomUUID();
  readonly #table: InstanceTable;
  readonly #clock: Clock;
  #timer: Disposable;

  constructor(table: InstanceTable, clock: Clock, kind: 'desktop' | 'cli') {
    this.#table = table;
    this.#clock = clock;
    const at = clock.now();
    const startToken = startTokenOf(process.pid) ?? '';
    table.insert({ id: this.id, pid: process.pid, startToken, startedAt: at, heartbeatAt: at, kind });
    this.#timer = this.#beatLater();
  }

  /** True when the process of that row still runs. */
  isAlive(id: string): boolean {
    if (id === this.id) return true;
    const row = this.#table.list().find((candidate) => candidate.id === id);
    return row !== undefined && isRunning(row, this.#clock.now());
  }

  /** Removes rows of processes that are gone. */
  sweep(): void {
    for (const row of this.#table.list()) {
      if (row.id !== this.id && !isRunning(row, this.#clock.now())) this.#table.remove(row.id);
    }
  }

  dispose(): void {
    this.#timer.dispose();
    this.#table.remove(this.id);
  }

  #beatLater(): Disposable {
    return this.#clock.after(heartbeatMs, () => {
      try {
        this.#table.heartbeat(this.id, this.#clock.now());
      } catch {
        // A full disk or a busy database: the next beat tries again, and the start token decides meanwhile.
      }
      this.#timer = this.#beatLater();
    });
  }
}

function isRunning(row: InstanceRow, now: number): boolean {
  try {
    process.kill(row.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const token = startTokenOf(row.pid);
  if (token !== null && row.startToken !== '') return token === row.startToken;
  return now - row.heartbeatAt < staleMs;
}

/** When a process started, as an opaque token; null where the system does not tell. */
export function startTokenOf(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // Field 22 (proc(5)); the command name before it may hold spaces and parentheses.
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    }
    if (process.platform === 'darwin') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
        encoding: 'utf8',
        timeout: 2_000,
      }).trim();
    }
  } catch {
    return null;
  }
  return null;
}
