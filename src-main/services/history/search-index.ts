/**
 * Keeps the full-text index in step: an execution is read when it has ended, one that runs before a search, and what an older
 * version or a crash left out in the background, a few milliseconds at a time. Storing output costs nothing for it.
 */
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';
import type { HistoryRepository } from '../../db/repositories/history.ts';
import { indexedText, searchedBytes, searchedRich } from './search-text.ts';

/** What it needs. */
export interface SearchIndexDependencies {
  table: HistoryRepository;
  clock: Clock;
  log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: JsonObject) => void;
}

/** Executions looked up at a time. */
const batch = 50;
/** A turn in the background ends after this time; one large execution may take longer (some 20 ms). */
const turnMs = 8;
const restMs = 12;
/** After an error (another process holds the database) it waits so long. */
const retryMs = 5_000;
/** An end is read this long after it: who waits for the result must not wait for this. */
const afterEndMs = 50;
/** How often a search looks for what nobody told about: late output, the command line. */
const lookAgainMs = 60_000;
const mostRunning = 50;

/** See the file's first lines. */
export class SearchIndex {
  readonly #deps: SearchIndexDependencies;
  readonly #ended = new Map<string, number>();
  #endTimer: Disposable | null = null;
  #turn: Disposable | null = null;
  #waiting = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: SearchIndexDependencies) {
    this.#deps = deps;
  }

  /** Executions that the background has still to read. */
  get waiting(): number {
    return this.#waiting;
  }

  /** An execution has ended: its text is read soon. */
  ended(executionId: string, outputCount: number): void {
    this.#ended.set(executionId, outputCount);
    this.#endTimer ??= this.#deps.clock.after(afterEndMs, () => this.#readEnded());
  }

  /** Brings in what runs now, and looks whether the background has work. Before a search. */
  refresh(): void {
    this.#readEnded();
    for (const { id, outputCount } of this.#deps.table.unindexedRunning(mostRunning)) {
      this.#read(id, outputCount);
    }
    if (this.#deps.clock.now() - this.#lookedAt >= lookAgainMs) this.catchUp();
  }

  /** Starts reading what is not in the index, in the background. */
  catchUp(): void {
    this.#lookedAt = this.#deps.clock.now();
    if (this.#turn) return;
    this.#waiting = this.#deps.table.countUnindexed();
    if (this.#waiting > 0) this.#nextTurn(0);
  }

  /** Reads what has just ended and stops the background; what is left comes at the next start. */
  dispose(): void {
    this.#turn?.dispose();
    this.#turn = null;
    this.#readEnded();
  }

  #nextTurn(ms: number): void {
    this.#turn = this.#deps.clock.after(ms, () => {
      this.#turn = null;
      try {
        this.#nextTurnAfter(this.#takeTurn());
      } catch (error) {
        this.#deps.log('warn', 'older executions could not be read for the search', {
          code: toProblem(error).code,
        });
        this.#nextTurn(retryMs);
      }
    });
  }

  #nextTurnAfter(isDone: boolean): void {
    if (isDone) this.#waiting = 0;
    else this.#nextTurn(restMs);
  }

  /** True when nothing is left. */
  #takeTurn(): boolean {
    const end = this.#deps.clock.now() + turnMs;
    const stale = this.#deps.table.unindexed(batch);
    for (const { id, outputCount } of stale) {
      this.#read(id, outputCount);
      this.#waiting = Math.max(0, this.#waiting - 1);
      if (this.#deps.clock.now() > end) return false;
    }
    return stale.length < batch;
  }

  #readEnded(): void {
    this.#endTimer?.dispose();
    this.#endTimer = null;
    const ended = [...this.#ended];
    this.#ended.clear();
    for (const [id, outputCount] of ended) {
      try {
        this.#read(id, outputCount);
      } catch (error) {
        // The next look in the background finds it.
        this.#deps.log('warn', 'an execution could not be read for the search', {
          executionId: id,
          code: toProblem(error).code,
        });
      }
    }
  }

  #read(executionId: string, outputCount: number): void {
    const { table } = this.#deps;
    const code = table.codeOf(executionId, mostCode);
    table.index(
      executionId,
      outputCount,
      indexedText(code, table.edges(executionId, searchedBytes, searchedRich)),
    );
  }
}

/** Code on the bridge has at most this many characters (contract/streams.ts). */
const mostCode = 8_388_608;
