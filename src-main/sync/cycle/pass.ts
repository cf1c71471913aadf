/** What all stages of one pass share: a look at both sides, and bringing them to the same state. */

import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { SyncSide } from '../../../src-shared/domain/sync.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { ApplyItem, ApplyResult } from '../types.ts';
import { withGrace } from './abort.ts';
import type { CycleDeps, CycleRequest } from './cycle-types.ts';
import type { Turns } from './in-flight.ts';
import type { Ledger } from './ledger.ts';
import type { ProgressMeter } from './progress.ts';
import type { BothScans } from './scan-both.ts';

/** How long a cancelled cycle waits to hear what a side still did. */
const graceMs = 700;

/** See the file's first line. */
export interface Pass {
  readonly deps: CycleDeps;
  readonly request: CycleRequest;
  readonly scans: BothScans;
  readonly ledger: Ledger;
  readonly meter: ProgressMeter;
  /** What the sandbox's marker says once this cycle changed something there. */
  readonly pendingEpoch: number;
  /** `LocalSide.apply` does one list at a time. */
  readonly localTurns: Turns;
}

/** Waits for what a side does, also a moment longer than a cancel: what was done is to be stored. */
export function applied(
  clock: Clock,
  signal: AbortSignal,
  work: Promise<ApplyResult[]>,
): Promise<ApplyResult[]> {
  return withGrace(clock, graceMs, signal, work);
}

/** Does `work`; a full disk ends this direction and is told by the ledger, everything else is thrown. */
export async function unlessFull(pass: Pass, side: SyncSide, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SpecboardError) || error.code !== 'no-space') throw error;
    pass.ledger.stop(side, error.problem);
  }
}

/** Content of a file that an item brings; 0 for everything else. What is already there in another name does not count. */
export function contentBytes(item: ApplyItem): number {
  return item.do === 'put' && item.source.from !== 'copy' ? item.entry.size : 0;
}

/** Files of items, for progress: folders are not counted. */
export function countFiles(items: readonly ApplyItem[]): number {
  let files = 0;
  for (const item of items) if (isFileItem(item)) files += 1;
  return files;
}

function isFileItem(item: ApplyItem): boolean {
  if (item.do === 'directory') return false;
  return item.do !== 'remove' || item.over.kind !== 'directory';
}
