/** Executions of all sessions, looked for: tables `execution`, `remote_session`, `execution_search`, `execution_text`. */
import type { DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import type { ExecutionState, Language, OutputEvent } from '../../../src-shared/domain/execution.ts';
import { type Orm, transact } from '../orm.ts';
import { toEvent } from '../output-row.ts';
import {
  countSql,
  finalOnly,
  listSql,
  type SearchCursor,
  type SearchFilter,
  type Sql,
  where,
} from './history-sql.ts';

/** An execution as a list shows it; code and output are only there in pieces. */
export interface FoundExecution {
  id: string;
  sessionId: string;
  number: number;
  language: Language;
  state: ExecutionState;
  startedAt: number;
  endedAt: number | null;
  durationMs: number | null;
  exitCode: number | null;
  outputBytes: number;
  /** The first 4096 characters. */
  codeHead: string;
  codeLength: number;
  /** Null where the profile was deleted. */
  profileId: string | null;
  profileName: string;
  driverType: DriverType;
  sessionStartedAt: number;
}

/** What a removal concerns; only executions that have ended. */
export interface RemovalFilter {
  /** Those that started before this time. */
  before?: number | undefined;
  sessionId?: string | undefined;
  executionId?: string | undefined;
}

/** Amounts, for words like "312 runs, 48 MB". */
export interface Amount {
  executions: number;
  outputBytes: number;
}

/** Both ends of an output. */
export interface OutputEdges {
  head: OutputEvent[];
  tail: OutputEvent[];
  /** `head` is all there is. */
  isWhole: boolean;
}

/** Text for the index. */
export interface IndexedText {
  code: string;
  output: string;
  words: string;
}

/** See the file's first lines. */
export interface HistoryRepository {
  /** Newest first; at most `limit`. */
  search(filter: SearchFilter, after: SearchCursor | null, limit: number): FoundExecution[];
  /** How many `search` would find in all, counted up to `atMost`. */
  countFound(filter: SearchFilter, atMost: number): number;
  /** At most `characters` of an execution's code, from the start. */
  codeOf(executionId: string, characters: number): string;
  /** The first and the last about `bytes` of an output. A rich value larger than `largestRich` is a gap of its size. */
  edges(executionId: string, bytes: number, largestRich: number): OutputEdges;
  /** All executions of a session, oldest first. */
  idsOfSession(sessionId: string): string[];
  /** Executions whose text is not in the index, or not all of it; newest first. */
  unindexed(limit: number): { id: string; outputCount: number }[];
  /** The same of those that run now, whose output grows. */
  unindexedRunning(limit: number): { id: string; outputCount: number }[];
  countUnindexed(): number;
  /** Puts text into the index, or other text in its place. Does nothing where the execution was removed meanwhile. */
  index(executionId: string, outputCount: number, text: IndexedText): void;
  /** What a removal would take. */
  countRemovable(filter: RemovalFilter): Amount;
  /** How many executions of the filter go on running, and stay. */
  countRunning(filter: RemovalFilter): number;
  /** The next ones to remove, at most `limit`. */
  removable(filter: RemovalFilter, limit: number): { id: string; sessionId: string; outputBytes: number }[];
  /** Removes executions with output and index. */
  remove(executionIds: readonly string[]): void;
  /**
   * Removes sessions that ended, have no executions left and whose sandbox cannot still run, and gives their ids. `before`: only
   * those that ended before this time.
   */
  removeEmptySessions(filter: { before?: number; sessionId?: string }): string[];
  /** Merges a part of the index, so that words of removed text are gone from the file. True where there is more to do. */
  tidyIndex(pages: number): boolean;
}

/** Rows that are read of an output's end at most: an output may be a million tiny pieces. */
const edgeRows = 20_000;

/** Makes the repository over an open connection. */
export function createHistory(orm: Orm): HistoryRepository {
  const { $client: client } = orm;
  const edgeSql = (direction: 'ASC' | 'DESC') =>
    client.prepare<[number, string], EdgeRow>(
      `SELECT seq, kind, stream, length(data) AS size,
       CASE WHEN kind = 'text' OR length(data) <= ? THEN data END AS data
       FROM execution_output WHERE execution_id = ? ORDER BY seq ${direction} LIMIT ${edgeRows}`,
    );
  const forwards = edgeSql('ASC');
  const backwards = edgeSql('DESC');
  const codeOf = client
    .prepare<[number, string], string>('SELECT substr(code, 1, ?) FROM execution WHERE id = ?')
    .pluck();
  const stale = `FROM execution e LEFT JOIN execution_search x ON x.execution_id = e.id
    WHERE (x.doc IS NULL OR x.output_count <> e.output_count)`;
  const ended = finalOnly('e');
  const columns = 'SELECT e.id AS id, e.output_count AS outputCount';
  const unindexed = client.prepare<[number], Stale>(
    `${columns} ${stale} AND ${ended} ORDER BY e.started_at DESC LIMIT ?`,
  );
  const unindexedRunning = client.prepare<[number], Stale>(
    `${columns} ${stale} AND NOT ${ended} AND e.state IN ('queued', 'running', 'cancelling') LIMIT ?`,
  );
  const countUnindexed = client.prepare<[], number>(`SELECT count(*) ${stale} AND ${ended}`).pluck();
  const docOf = client
    .prepare<[string], number>('SELECT doc FROM execution_search WHERE execution_id = ?')
    .pluck();
  const exists = client.prepare<[string], number>('SELECT 1 FROM execution WHERE id = ?').pluck();
  const addDoc = client.prepare('INSERT INTO execution_search (execution_id, output_count) VALUES (?, ?)');
  const setCount = client.prepare('UPDATE execution_search SET output_count = ? WHERE doc = ?');
  const putText = client.prepare(
    'INSERT OR REPLACE INTO execution_text (rowid, code, output, words) VALUES (?, ?, ?, ?)',
  );
  const idsOfSession = client
    .prepare<[string], string>('SELECT id FROM execution WHERE session_id = ? ORDER BY number')
    .pluck();
  const removeOne = client.prepare('DELETE FROM execution WHERE id = ?');
  const merge = client.prepare("INSERT INTO execution_text (execution_text, rank) VALUES ('merge', ?)");
  const changes = client.prepare<[], number>('SELECT total_changes()').pluck();

  const all = <T>(sql: Sql): T[] => client.prepare<unknown[], T>(sql.text).all(...sql.values);
  const one = <T>(sql: Sql): T => client.prepare<unknown[], T>(sql.text).get(...sql.values) as T;

  return {
    search: (filter, after, limit) => all<FoundExecution>(listSql(filter, after, limit)),
    countFound: (filter, atMost) => one<{ n: number }>(countSql(filter, atMost)).n,
    codeOf: (executionId, characters) => codeOf.get(characters, executionId) ?? '',
    edges: (executionId, bytes, largestRich) => {
      const head = take(forwards.iterate(largestRich, executionId), bytes, Number.POSITIVE_INFINITY);
      if (head.isEnd) return { head: head.events, tail: [], isWhole: true };
      const tail = take(backwards.iterate(largestRich, executionId), bytes, head.lastSeq);
      return { head: head.events, tail: tail.events.reverse(), isWhole: false };
    },
    idsOfSession: (sessionId) => idsOfSession.all(sessionId),
    unindexed: (limit) => unindexed.all(limit),
    unindexedRunning: (limit) => unindexedRunning.all(limit),
    countUnindexed: () => countUnindexed.get() ?? 0,
    index: (executionId, outputCount, { code, output, words }) =>
      transact(orm, () => {
        if (exists.get(executionId) === undefined) return;
        const known = docOf.get(executionId);
        const doc = known ?? addDoc.run(executionId, outputCount).lastInsertRowid;
        if (known !== undefined) setCount.run(outputCount, known);
        putText.run(doc, code, output, words);
      }),
    countRemovable: (filter) => {
      const { text, values } = where([...removalConditions(filter), { text: ended, values: [] }]);
      const sql = `SELECT count(*) AS executions, coalesce(sum(e.output_bytes), 0) AS outputBytes FROM execution e ${text}`;
      return one<Amount>({ text: sql, values });
    },
    countRunning: (filter) => {
      const { text, values } = where([...removalConditions(filter), { text: `NOT ${ended}`, values: [] }]);
      return one<{ n: number }>({ text: `SELECT count(*) AS n FROM execution e ${text}`, values }).n;
    },
    removable: (filter, limit) => {
      const { text, values } = where([...removalConditions(filter), { text: ended, values: [] }]);
      return all({
        text: `SELECT e.id AS id, e.session_id AS sessionId, e.output_bytes AS outputBytes FROM execution e ${text} LIMIT ?`,
        values: [...values, limit],
      });
    },
    remove: (ids) =>
      transact(orm, () => {
        for (const id of ids) removeOne.run(id);
      }),
    removeEmptySessions: ({ before, sessionId }) => {
      const conditions: Sql[] = [
        { text: "status IN ('disconnected', 'error')", values: [] },
        { text: 'NOT EXISTS (SELECT 1 FROM execution e WHERE e.session_id = remote_session.id)', values: [] },
        // What is needed to find a sandbox that may still run stays (docs/architecture.md, invariant 4).
        {
          text: "coalesce(json_extract(metadata, '$.left'), '') NOT IN ('unknown', 'leave', 'pause')",
          values: [],
        },
      ];
      if (before !== undefined) conditions.push({ text: 'ended_at < ?', values: [before] });
      if (sessionId !== undefined) conditions.push({ text: 'id = ?', values: [sessionId] });
      const { text, values } = where(conditions);
      return all<{ id: string }>({ text: `DELETE FROM remote_session ${text} RETURNING id`, values }).map(
        ({ id }) => id,
      );
    },
    tidyIndex: (pages) => {
      const before = changes.get() ?? 0;
      merge.run(-pages);
      // FTS5's own measure of "there was nothing to do".
      return (changes.get() ?? 0) - before >= 2;
    },
  };
}

interface Stale {
  id: string;
  outputCount: number;
}

/** Why a rich value is not among the ends. */
export const tooLarge = 'it is too large';

interface EdgeRow {
  seq: number;
  kind: OutputEvent['type'];
  stream: 'stdout' | 'stderr' | null;
  size: number;
  data: Buffer | null;
}

/** Events until there is enough text of them, or until `untilSeq` is reached from the other side. */
function take(
  rows: IterableIterator<EdgeRow>,
  bytes: number,
  untilSeq: number,
): { events: OutputEvent[]; lastSeq: number; isEnd: boolean } {
  const events: OutputEvent[] = [];
  let taken = 0;
  let count = 0;
  let lastSeq = -1;
  for (const { seq, kind, stream, size, data } of rows) {
    if (untilSeq !== Number.POSITIVE_INFINITY && seq <= untilSeq) return { events, lastSeq, isEnd: true };
    count += 1;
    lastSeq = seq;
    if (data === null) events.push({ type: 'gap', reason: tooLarge, bytes: size });
    else events.push(toEvent({ kind, stream, data }));
    taken += data?.byteLength ?? 0;
    if (taken >= bytes) return { events, lastSeq, isEnd: false };
  }
  return { events, lastSeq, isEnd: count < edgeRows };
}

function removalConditions({ before, sessionId, executionId }: RemovalFilter): Sql[] {
  const conditions: Sql[] = [];
  if (before !== undefined) conditions.push({ text: 'e.started_at < ?', values: [before] });
  if (sessionId !== undefined) conditions.push({ text: 'e.session_id = ?', values: [sessionId] });
  if (executionId !== undefined) conditions.push({ text: 'e.id = ?', values: [executionId] });
  // Nothing named is nothing to remove.
  return conditions.length > 0 ? conditions : [{ text: '0', values: [] }];
}
