/** What a cycle would do ("dry run"), in the shape in which people are shown it. Made by looking; nothing is changed. */
import type { SyncPlan, SyncPlanItem } from '../../../src-shared/domain/sync.ts';
import type { Decision, Unusable } from '../types.ts';
import type { Compared } from './compare-both.ts';
import type { BothScans } from './scan-both.ts';
import { whyConflict, whyLeft, whyUnusable } from './why.ts';

/** Counts of a plan. */
export type PlanTotals = Omit<SyncPlan, 'rootId' | 'items' | 'total'>;

/** See the file's first line. */
export class CyclePlan {
  readonly totals: PlanTotals;
  readonly compared: Compared;
  readonly scans: BothScans;
  readonly #decisions: readonly Decision[];
  readonly #unusable: readonly Unusable[];

  constructor(at: number, compared: Compared, scans: BothScans) {
    this.compared = compared;
    this.scans = scans;
    this.#decisions = compared.decisions.filter(({ action }) => action !== 'adopt' && action !== 'forget');
    this.#unusable = compared.unusable;
    this.totals = totalsOf(at, compared, scans);
  }

  /** Items of the list. */
  get total(): number {
    return this.#decisions.length + this.#unusable.length;
  }

  /** Conflicts first, then what happens, then what takes no part: each by path, as reconcile gives them. */
  page(offset: number, limit: number): SyncPlanItem[] {
    const isConflict = ({ action }: Decision) => action === 'conflict';
    const all = [
      ...this.#decisions.filter(isConflict),
      ...this.#decisions.filter((decision) => !isConflict(decision)),
      ...this.#unusable,
    ];
    return all
      .slice(offset, offset + limit)
      .map((item) => ('action' in item ? itemOf(item) : problemOf(item)));
  }
}

function totalsOf(at: number, { decisions, unusable, halt }: Compared, scans: BothScans): PlanTotals {
  const upload = { files: 0, bytes: 0 };
  const download = { files: 0, bytes: 0 };
  let deleteLocal = 0;
  let deleteRemote = 0;
  let conflicts = 0;
  let different = 0;
  for (const decision of decisions) {
    if (decision.action === 'conflict') conflicts += 1;
    if (decision.action === 'conflict' || decision.action === 'leave') different += isFile(decision.local);
    if (decision.action !== 'upload' && decision.action !== 'download') continue;
    const { entry, over } = decision;
    const isUp = decision.action === 'upload';
    different += isFile(isUp ? entry : over);
    if (!entry) {
      if (isUp) deleteRemote += isFile(over);
      else deleteLocal += isFile(over);
    } else if (entry.kind !== 'directory') {
      const side = isUp ? upload : download;
      side.files += 1;
      side.bytes += entry.size;
    }
  }
  let here = 0;
  for (const entry of scans.local.entries.values()) here += isFile(entry);
  return {
    at,
    upload,
    download,
    deleteLocal,
    deleteRemote,
    conflicts,
    problems: unusable.length,
    excluded: scans.local.excludedCount,
    same: Math.max(0, here - different),
    halt,
    warnings: scans.remoteFacts.note === null ? [] : [scans.remoteFacts.note],
  };
}

function isFile(entry: { kind: string } | null): number {
  return entry && entry.kind !== 'directory' ? 1 : 0;
}

function itemOf(decision: Decision): SyncPlanItem {
  const { path } = decision;
  switch (decision.action) {
    case 'upload':
    case 'download': {
      const { entry, over } = decision;
      const going = decision.action === 'upload' ? 'delete-remote' : 'delete-local';
      return {
        path,
        action: entry ? decision.action : going,
        kind: (entry ?? over)?.kind ?? null,
        replaces: entry !== null && over !== null,
        size: (entry ?? over)?.size ?? 0,
        why: null,
      };
    }
    case 'conflict':
    case 'leave': {
      const shown = decision.local ?? decision.remote;
      const isConflict = decision.action === 'conflict';
      return {
        path,
        action: decision.action,
        kind: shown?.kind ?? null,
        replaces: false,
        size: shown?.size ?? 0,
        why: isConflict ? whyConflict(decision.kind) : whyLeft(),
      };
    }
    default:
      return { path, action: 'leave', kind: null, replaces: false, size: 0, why: null };
  }
}

function problemOf(item: Unusable): SyncPlanItem {
  return { path: item.path, action: 'problem', kind: null, replaces: false, size: 0, why: whyUnusable(item) };
}
