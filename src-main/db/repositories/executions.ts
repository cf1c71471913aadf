/** Tables `execution` and `execution_output`: what was run, and all that it said. */
import { and, desc, eq, inArray, lt, max, type SQL, sql } from 'drizzle-orm';
import type { Execution, ExecutionState, StoredOutput } from '../../../src-shared/domain/execution.ts';
import { type Orm, transact } from '../orm.ts';
import { toEvent, toOutputRow } from '../output-row.ts';
import { execution } from '../schema.ts';

/** Output stored so far of an execution: bytes and events. */
export interface OutputTotals {
  outputBytes: number;
  outputCount: number;
}

/** Output of one execution to be stored. `items` continue where the last ones ended. */
export interface OutputBatch {
  executionId: string;
  items: readonly StoredOutput[];
  totals: OutputTotals;
}

/** Which executions `list` gives; at most `limit` (100), those that started before `before` (ms since the epoch). */
export interface ExecutionFilter {
  sessionId?: string | undefined;
  state?: ExecutionState | undefined;
  before?: number | undefined;
  limit?: number | undefined;
}

/** See the file's first lines. */
export interface ExecutionsRepository {
  /** Throws `not-found` where the session is not stored, `conflict` where its number is taken. */
  insert(execution: Execution): void;
  /** Stores state, end, result and totals; what was run stays as it was inserted. */
  update(execution: Execution): void;
  get(id: string): Execution | undefined;
  /** Newest first. */
  list(filter?: ExecutionFilter): Execution[];
  /** The number for the session's next execution, from 1. */
  nextNumber(sessionId: string): number;
  /** Stores output and the new totals of one execution. Throws `conflict` where a `seq` is stored already. */
  append(executionId: string, items: readonly StoredOutput[], totals: OutputTotals): void;
  /** The same for several executions in one transaction: all or nothing. */
  appendMany(batches: readonly OutputBatch[]): void;
  /**
   * Stored output from `fromSeq` on: as many events as fit into `maxBytes`, at least one. `next` is where to go on, or null
   * at the end of what is stored.
   */
  readOutput(
    executionId: string,
    fromSeq: number,
    maxBytes: number,
  ): { items: StoredOutput[]; next: number | null };
  /** Those that have no final state, oldest first. */
  unfinished(): Execution[];
}

const defaultLimit = 100;

/** Makes the repository over an open connection. */
export function createExecutions(orm: Orm): ExecutionsRepository {
  const byId = orm
    .select()
    .from(execution)
    .where(eq(execution.id, sql.placeholder('id')))
    .prepare();
  const highest = orm
    .select({ number: max(execution.number) })
    .from(execution)
    .where(eq(execution.sessionId, sql.placeholder('sessionId')))
    .prepare();
  const open = orm
    .select()
    .from(execution)
    .where(inArray(execution.state, ['queued', 'running', 'cancelling']))
    .orderBy(execution.startedAt, sql`rowid`)
    .prepare();
  // The hot path, written plainly: drizzle's placeholders cost as much as the insert itself, and it has no cursor.
  const insertOutput = orm.$client.prepare(
    'INSERT INTO execution_output (execution_id, seq, at, kind, stream, data) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const setTotals = orm.$client.prepare(
    'UPDATE execution SET output_bytes = ?, output_count = ? WHERE id = ?',
  );
  const selectOutput = orm.$client.prepare<[string, number], OutputColumns>(
    'SELECT seq, at, kind, stream, data FROM execution_output WHERE execution_id = ? AND seq >= ? ORDER BY seq',
  );

  const appendMany = (batches: readonly OutputBatch[]): void =>
    transact(orm, () => {
      for (const { executionId, items, totals } of batches) {
        for (const { seq, at, event } of items) {
          const { kind, stream, data } = toOutputRow(event);
          insertOutput.run(executionId, seq, at, kind, stream, data);
        }
        setTotals.run(totals.outputBytes, totals.outputCount, executionId);
      }
    });

  return {
    insert: (value) => {
      orm.insert(execution).values(value).run();
    },
    update: ({ id, state, endedAt, result, outputBytes, outputCount }) => {
      orm
        .update(execution)
        .set({ state, endedAt, result, outputBytes, outputCount })
        .where(eq(execution.id, id))
        .run();
    },
    get: (id) => byId.get({ id }),
    list: ({ sessionId, state, before, limit } = {}) => {
      const conditions: SQL[] = [];
      if (sessionId !== undefined) conditions.push(eq(execution.sessionId, sessionId));
      if (state !== undefined) conditions.push(eq(execution.state, state));
      if (before !== undefined) conditions.push(lt(execution.startedAt, before));
      return orm
        .select()
        .from(execution)
        .where(and(...conditions))
        .orderBy(desc(execution.startedAt), desc(sql`rowid`))
        .limit(limit ?? defaultLimit)
        .all();
    },
    nextNumber: (sessionId) => (highest.get({ sessionId })?.number ?? 0) + 1,
    append: (executionId, items, totals) => appendMany([{ executionId, items, totals }]),
    appendMany,
    readOutput: (executionId, fromSeq, maxBytes) => {
      const items: StoredOutput[] = [];
      let bytes = 0;
      for (const { seq, at, kind, stream, data } of selectOutput.iterate(executionId, fromSeq)) {
        bytes += data.byteLength;
        if (bytes > maxBytes && items.length > 0) return { items, next: seq };
        items.push({ seq, at, event: toEvent({ kind, stream, data }) });
      }
      return { items, next: null };
    },
    unfinished: () => open.all(),
  };
}

interface OutputColumns {
  seq: number;
  at: number;
  kind: StoredOutput['event']['type'];
  stream: 'stdout' | 'stderr' | null;
  data: Buffer;
}
