/** What goes into a cycle and what comes out. */
import type { Problem } from '../../../src-shared/contract/errors.ts';
import type { SyncHalt, SyncMode, SyncProgress, SyncSummary } from '../../../src-shared/domain/sync.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import type { Answers } from '../reconcile/gates.ts';
import type { Resolution } from '../reconcile/resolution.ts';
import type { ExclusionRules } from '../rules/exclusion-rules.ts';
import type { ExclusionChoice, LocalSide, RemoteFacts, RemoteSide } from '../sides.ts';
import type { Excluded, Unusable } from '../types.ts';
import type { FoundConflict, ManifestStore } from './manifest-store.ts';
import type { SyncLook } from './sync-look.ts';

/** What the cycles of a root work with, as long as its sandbox is the same. */
export interface CycleDeps {
  readonly rootId: string;
  readonly local: LocalSide;
  readonly remote: RemoteSide;
  readonly store: ManifestStore;
  readonly clock: Clock;
  /**
   * Before each quiet repeat, ms: what somebody changes right now is looked at again after a moment. As many repeats as there
   * are pauses.
   */
  readonly repeatPausesMs?: readonly number[];
}

/** What is wanted of a cycle. */
export interface CycleRequest {
  /** Names the cycle's kept copies: `[A-Za-z0-9-]`, never used before. */
  readonly cycle: string;
  /** For messages. */
  readonly localPath: string;
  readonly mode: SyncMode;
  readonly exclusions: ExclusionChoice;
  /** Hash everything, whatever size and times say. */
  readonly checksum: boolean;
  /** The person has seen a plan of this root and agreed. */
  readonly confirmed: boolean;
  /** What the person answered to halts; for this cycle only. */
  readonly answers: Answers;
  /** Downloads that run by themselves and were allowed: `approvalOf`. */
  readonly approved: ReadonlySet<string>;
  /** Decided conflicts, by path. */
  readonly resolutions: ReadonlyMap<string, Resolution>;
  readonly onProgress?: (progress: SyncProgress) => void;
}

/** How a cycle ended. What it did is in the manifest and in the summary, however it ended. */
export interface CycleResult {
  readonly outcome: 'done' | 'cancelled' | 'waiting' | 'failed';
  readonly summary: SyncSummary;
  /** Of `waiting`. */
  readonly halt: SyncHalt | null;
  /** Of `failed`. */
  readonly problem: Problem | null;
  /** It changed files or the manifest: worth a line in the history. */
  readonly didSomething: boolean;
  /** Those that wait for the person now; null where the cycle did not come so far. */
  readonly conflicts: readonly FoundConflict[] | null;
  /** What takes no part, from both sides, and what could not be written. */
  readonly unusable: readonly Unusable[];
  /** Changed while they were synced; the next cycle takes them. */
  readonly postponed: readonly string[];
  /** How both sides are, as far as was looked; null where a scan failed. */
  readonly look: SyncLook | null;
  /** The rules that were in force, for `LocalSide.watch` and for questions why; null where the scan failed. */
  readonly rules: ExclusionRules | null;
  readonly remoteFacts: RemoteFacts | null;
  readonly excluded: readonly Excluded[];
}

/** A summary of nothing. */
export const emptySummary: SyncSummary = {
  uploaded: 0,
  downloaded: 0,
  deletedLocal: 0,
  deletedRemote: 0,
  bytesUp: 0,
  bytesDown: 0,
  requests: 0,
  conflicts: 0,
  problems: 0,
  postponed: 0,
};
