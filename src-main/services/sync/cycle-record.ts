/** What is stored of a cycle that ended: when the root was last synced, and a line in the history. */
import { randomUUID } from 'node:crypto';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { SyncRun } from '../../../src-shared/domain/sync.ts';
import type { Database } from '../../db/connection.ts';
import type { StoredSyncRoot } from '../../db/repositories/sync-roots.ts';
import { type CycleResult, emptySummary } from '../../sync/cycle/cycle-types.ts';

/** Runs that are remembered of a root. */
const runsKept = 500;
/** The time of the last sync is stored at least this often while nothing changes. */
const storedMs = 60_000;

/** A cycle that ended. */
export interface EndedCycle {
  trigger: SyncRun['trigger'];
  result: CycleResult;
  startedAt: number;
  endedAt: number;
  sessionId: string | null;
  /** It failed, and not as the one before it. */
  isNews: boolean;
  /** It ran as the root is set now: a sync that is done needs nobody to agree to its first plan any more. */
  confirms: boolean;
}

/** See the file's first line. */
export class CycleRecord {
  readonly #db: Pick<Database, 'syncRoots' | 'syncHistory'>;
  #storedAt = 0;

  constructor(db: Pick<Database, 'syncRoots' | 'syncHistory'>) {
    this.#db = db;
  }

  /** Stores it. Gives the root as it is then. Throws what the database says. */
  add(root: StoredSyncRoot, ended: EndedCycle): StoredSyncRoot {
    const { trigger, result, startedAt, endedAt, sessionId, isNews, confirms } = ended;
    const { outcome, summary, problem, didSomething } = result;
    let next = root;
    if (outcome === 'done') {
      const change = {
        ...{ lastSyncedAt: endedAt, sessionId },
        ...(confirms ? { confirmed: true } : {}),
        ...(didSomething || !root.last ? { last: summary } : {}),
      };
      next = { ...root, ...change };
      if (didSomething || trigger !== 'watch' || endedAt - this.#storedAt >= storedMs) {
        this.#db.syncRoots.update(root.id, change);
        this.#storedAt = endedAt;
      }
    }
    // One line for one failure, however often a watch tries.
    if (didSomething || (outcome === 'failed' && (isNews || trigger !== 'watch'))) {
      const about = { id: randomUUID(), rootId: root.id, sessionId, startedAt, endedAt, trigger };
      this.#db.syncHistory.addRun({ ...about, outcome, summary, problem }, runsKept);
    }
    return next;
  }
}

/** The result of a cycle that broke off where none should. */
export function brokenOff(error: unknown, signal: AbortSignal): CycleResult {
  const problem = toProblem(error);
  const isCancelled = signal.aborted || problem.code === 'cancelled';
  return {
    ...{ outcome: isCancelled ? 'cancelled' : 'failed', summary: emptySummary, halt: null },
    problem: isCancelled ? null : problem,
    ...{ didSomething: false, conflicts: null, unusable: [], postponed: [], look: null, rules: null },
    ...{ remoteFacts: null, excluded: [] },
  };
}
