/** The SQL of a search over executions, built from its filters. Every value is bound; no text of a person is ever SQL. */
import type { DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import { type ExecutionState, finalStates, type Language } from '../../../src-shared/domain/execution.ts';

/** Where a page of a search goes on: what its last row was. */
export interface SearchCursor {
  startedAt: number;
  number: number;
  id: string;
}

/** A piece of SQL and the values for its question marks. */
export interface Sql {
  text: string;
  values: unknown[];
}

/** What to find; what is not given does not matter. An empty list finds nothing. */
export interface SearchFilter {
  /** An FTS5 expression, valid whatever a person typed (services/history/search-query.ts). */
  match?: string | undefined;
  /** Text that the code must contain, for what has no words in it ("=="). */
  codeContains?: readonly string[] | undefined;
  /** Of this code exactly, as the named execution has it. */
  sameCodeAs?: string | undefined;
  sessionId?: string | undefined;
  profileIds?: readonly string[] | undefined;
  driverTypes?: readonly DriverType[] | undefined;
  states?: readonly ExecutionState[] | undefined;
  languages?: readonly Language[] | undefined;
  /** Started at this time or later. */
  from?: number | undefined;
  /** Started before this time. */
  to?: number | undefined;
}

/** The filters as conditions over `execution e`, `execution_search x` and `remote_session s`. */
export function conditionsOf(filter: SearchFilter): Sql[] {
  const conditions: Sql[] = [];
  const add = (text: string, ...values: unknown[]) => conditions.push({ text, values });
  const oneOf = (column: string, values: readonly string[] | undefined) => {
    if (values) add(`${column} IN (${values.map(() => '?').join(', ')})`, ...values);
  };
  if (filter.match !== undefined) {
    add('x.doc IN (SELECT rowid FROM execution_text WHERE execution_text MATCH ?)', filter.match);
  }
  for (const text of filter.codeContains ?? []) add('instr(e.code, ?) > 0', text);
  if (filter.sameCodeAs !== undefined) {
    add('e.code = (SELECT code FROM execution WHERE id = ?)', filter.sameCodeAs);
  }
  if (filter.sessionId !== undefined) add('e.session_id = ?', filter.sessionId);
  oneOf('s.config_id', filter.profileIds);
  oneOf('s.driver_type', filter.driverTypes);
  oneOf('e.state', filter.states);
  oneOf('e.language', filter.languages);
  if (filter.from !== undefined) add('e.started_at >= ?', filter.from);
  if (filter.to !== undefined) add('e.started_at < ?', filter.to);
  return conditions;
}

/** The tables that the filters ask about. */
function fromOf({ match, profileIds, driverTypes }: SearchFilter): string {
  const text = match === undefined ? '' : ' JOIN execution_search x ON x.execution_id = e.id';
  const session = profileIds || driverTypes ? ' JOIN remote_session s ON s.id = e.session_id' : '';
  return `FROM execution e${text}${session}`;
}

/**
 * One page of a search, newest first. First which ones, then what of them is shown: a word that thousands of runs have must not
 * make thousands of rows be read and sorted.
 */
export function listSql(filter: SearchFilter, after: SearchCursor | null, limit: number): Sql {
  const conditions = conditionsOf(filter);
  if (after) {
    conditions.push({
      text: '(e.started_at, e.number, e.id) < (?, ?, ?)',
      values: [after.startedAt, after.number, after.id],
    });
    // Implied by the line above; the index on the time only sees it said plainly.
    conditions.push({ text: 'e.started_at <= ?', values: [after.startedAt] });
  }
  const { text, values } = where(conditions);
  const order = 'ORDER BY e.started_at DESC, e.number DESC, e.id DESC';
  return {
    text: `SELECT e.id AS id, e.session_id AS sessionId, e.number AS number, e.language AS language, e.state AS state,
      e.started_at AS startedAt, e.ended_at AS endedAt, e.output_bytes AS outputBytes,
      json_extract(e.result, '$.durationMs') AS durationMs, json_extract(e.result, '$.exitCode') AS exitCode,
      substr(e.code, 1, 4096) AS codeHead, length(e.code) AS codeLength,
      s.config_id AS profileId, s.profile_name AS profileName, s.driver_type AS driverType, s.started_at AS sessionStartedAt
      FROM (SELECT e.rowid AS row ${fromOf(filter)} ${text} ${order} LIMIT ?) found
      JOIN execution e ON e.rowid = found.row JOIN remote_session s ON s.id = e.session_id ${order}`,
    values: [...values, limit],
  };
}

/** How many there are, counted up to `atMost`. */
export function countSql(filter: SearchFilter, atMost: number): Sql {
  const { match, codeContains = [], ...others } = filter;
  const isTextOnly = codeContains.length === 0 && Object.values(others).every((value) => value === undefined);
  if (match !== undefined && isTextOnly) {
    const found = 'SELECT 1 FROM execution_text WHERE execution_text MATCH ? LIMIT ?';
    return { text: `SELECT count(*) AS n FROM (${found})`, values: [match, atMost] };
  }
  const { text, values } = where(conditionsOf(filter));
  return {
    text: `SELECT count(*) AS n FROM (SELECT 1 ${fromOf(filter)} ${text} LIMIT ?)`,
    values: [...values, atMost],
  };
}

/** Conditions joined to a WHERE; empty where there are none. */
export function where(conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return { text: '', values: [] };
  return {
    text: `WHERE ${conditions.map(({ text }) => text).join(' AND ')}`,
    values: conditions.flatMap(({ values }) => values),
  };
}

/** The condition that an execution has ended. */
export function finalOnly(table: string): string {
  return `${table}.state IN (${finalStates.map((state) => `'${state}'`).join(', ')})`;
}
