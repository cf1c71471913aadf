/** Executions of all sessions and times: found by text and filters, counted, removed. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type {
  HistoryAmount,
  HistoryFilter,
  HistoryItem,
} from '../../../src-shared/contract/history-operations.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Database } from '../../db/connection.ts';
import type { FoundExecution, RemovalFilter } from '../../db/repositories/history.ts';
import type { SearchCursor, SearchFilter } from '../../db/repositories/history-sql.ts';
import type { ExecutionsService } from '../executions.ts';
import type { StatusHub } from '../status-hub.ts';
import { SpaceKeeper } from './free-space.ts';
import { SearchIndex } from './search-index.ts';
import { parseQuery, type SearchQuery, toMatch } from './search-query.ts';
import { outputText, searchedBytes, searchedRich } from './search-text.ts';
import { firstLineOf, snippetOf } from './snippet.ts';

/** What the service needs. */
export interface HistoryDependencies {
  db: Database;
  executions: ExecutionsService;
  hub: StatusHub;
  /** Takes an ended session out of the status. */
  dismiss: (sessionId: string) => void;
  clock: Clock;
  log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: JsonObject) => void;
}

/** A page of a search. */
export interface SearchPage {
  items: HistoryItem[];
  next: string | null;
  total: number | null;
  unindexed: number;
}

const defaultLimit = 50;
/** Counting stops here: nobody reads further. */
const countedUpTo = 10_001;
/** Text that a page may read for its pieces of output; then items come without one. Half a second at worst. */
const snippetBudget = 16_777_216;
/** Removed in one transaction. */
const removedAtOnce = { executions: 100, bytes: 67_108_864 };

/** See the file's first lines. */
export class HistoryService {
  readonly #deps: HistoryDependencies;
  readonly #index: SearchIndex;
  readonly #space: SpaceKeeper;

  constructor(deps: HistoryDependencies) {
    this.#deps = deps;
    const { db, clock, log } = deps;
    this.#index = new SearchIndex({ table: db.history, clock, log });
    this.#space = new SpaceKeeper({
      db,
      clock,
      isBusy: () => deps.executions.running().length > 0,
      log,
    });
    deps.executions.onEnded(({ id, outputCount }) => this.#index.ended(id, outputCount));
  }

  /** Reads what is not in the index yet, in the background; a window does so after its start. */
  catchUp(): void {
    this.#index.catchUp();
  }

  /** One page, newest first. Throws `invalid-request` for a cursor that is none of ours. */
  search(input: HistoryFilter & { cursor?: string | undefined; limit?: number | undefined }): SearchPage {
    const { text, cursor, limit = defaultLimit, ...filters } = input;
    const query = parseQuery(text ?? '');
    const after = cursor === undefined ? null : parseCursor(cursor);
    const filter: SearchFilter = { ...filters, match: toMatch(query), codeContains: query.signs };
    this.#index.refresh();
    const table = this.#deps.db.history;
    const found = table.search(filter, after, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      items: this.#describe(page, query),
      next: found.length > limit && last ? `${last.startedAt}:${last.number}:${last.id}` : null,
      total: after ? null : table.countFound(filter, countedUpTo),
      unindexed: this.#index.waiting,
    };
  }

  /** What a removal would take. */
  count(filter: Pick<RemovalFilter, 'before' | 'sessionId'>): HistoryAmount {
    const { history } = this.#deps.db;
    return { ...history.countRemovable(filter), running: history.countRunning(filter) };
  }

  /**
   * Removes executions that have ended, with output and index, a batch at a time; sessions that are empty then go too. Gives what
   * was removed. Aborted, it stops after a batch.
   */
  async remove(filter: RemovalFilter, signal?: AbortSignal): Promise<HistoryAmount> {
    const { history } = this.#deps.db;
    const removed = { executions: 0, outputBytes: 0, running: history.countRunning(filter) };
    for (;;) {
      signal?.throwIfAborted();
      const batch = smallBatch(history.removable(filter, removedAtOnce.executions));
      if (batch.length === 0) break;
      history.remove(batch.map(({ id }) => id));
      removed.executions += batch.length;
      removed.outputBytes += batch.reduce((sum, { outputBytes }) => sum + outputBytes, 0);
      this.#forget(new Set(batch.map(({ id }) => id)));
      await nextTurn();
    }
    this.#removeSessions(filter);
    if (removed.executions > 0) this.#space.start();
    return removed;
  }

  /** Ends the work in the background. */
  dispose(): void {
    this.#space.dispose();
    this.#index.dispose();
  }

  /** The status names the last execution of each session: one that was removed goes from there, too. */
  #forget(removed: ReadonlySet<string>): void {
    const { hub } = this.#deps;
    const executions = hub.current.executions.filter(({ id }) => !removed.has(id));
    if (executions.length !== hub.current.executions.length) hub.update({ executions });
  }

  #removeSessions({ before, sessionId }: RemovalFilter): void {
    if (before === undefined && sessionId === undefined) return;
    const gone = this.#deps.db.history.removeEmptySessions({
      ...(before === undefined ? {} : { before }),
      ...(sessionId === undefined ? {} : { sessionId }),
    });
    for (const id of gone) this.#deps.dismiss(id);
  }

  #describe(page: readonly FoundExecution[], query: SearchQuery): HistoryItem[] {
    const isSearch = query.terms.length + query.signs.length > 0;
    let budget = snippetBudget;
    return page.map(({ codeHead, codeLength, ...item }) => {
      const firstLine = firstLineOf(codeHead, query);
      if (!isSearch) return { ...item, firstLine, code: null, output: null };
      const code =
        codeLength > codeHead.length ? this.#deps.db.history.codeOf(item.id, 2 * searchedBytes) : codeHead;
      const isInLine = firstLine.marks.length > 0;
      const output = budget > 0 ? this.#outputOf(item.id) : '';
      budget -= output.length;
      return {
        ...item,
        firstLine,
        code: isInLine ? null : snippetOf(code.normalize('NFC'), query),
        output: snippetOf(output, query),
      };
    });
  }

  #outputOf(executionId: string): string {
    return outputText(this.#deps.db.history.edges(executionId, searchedBytes, searchedRich));
  }
}

function smallBatch<T extends { outputBytes: number }>(executions: readonly T[]): T[] {
  let bytes = 0;
  return executions.filter(({ outputBytes }, index) => {
    bytes += outputBytes;
    return index === 0 || bytes <= removedAtOnce.bytes;
  });
}

function parseCursor(cursor: string): SearchCursor {
  const [, startedAt, number, id] = /^(\d+):(\d+):([\w-]+)$/.exec(cursor) ?? [];
  if (startedAt === undefined || number === undefined || id === undefined) {
    throw new SpecboardError('invalid-request', 'That is no place in this list.');
  }
  return { startedAt: Number(startedAt), number: Number(number), id };
}
