/** One pass of a cycle: look at both sides, decide, bring them to the same state, remember it. */
import type { SyncHalt, SyncSide } from '../../../src-shared/domain/sync.ts';
import { inTurns } from '../pieces.ts';
import { planInPieces } from '../reconcile/steps.ts';
import type { ExclusionRules } from '../rules/exclusion-rules.ts';
import type { LeftCopy } from '../sides.ts';
import type { ApplyItem, Decision } from '../types.ts';
import { throwIfAborted } from './abort.ts';
import { type Compared, compareBoth } from './compare-both.ts';
import type { CycleDeps, CycleRequest } from './cycle-types.ts';
import { Epochs } from './epochs.ts';
import type { FullFolders } from './full-folders.ts';
import { forEachInFlight, Turns } from './in-flight.ts';
import { type Counts, Ledger } from './ledger.ts';
import type { FoundConflict, KeptCopy, Manifest, ManifestUpsert } from './manifest-store.ts';
import { contentBytes, countFiles, type Pass } from './pass.ts';
import type { ProgressMeter } from './progress.ts';
import { type BothScans, scanBoth } from './scan-both.ts';
import { transferDown } from './transfer-down.ts';
import { transferUp } from './transfer-up.ts';

/** What all passes of a cycle have in common. */
export interface CycleState {
  readonly deps: CycleDeps;
  readonly request: CycleRequest;
  readonly meter: ProgressMeter;
  readonly counts: Counts;
  readonly epochs: Epochs;
  readonly fullFolders: FullFolders;
  /** Of the last look; null before the first. */
  rules: ExclusionRules | null;
  hasStartedOver: boolean;
  /** The last pass that came so far, also where it was broken off. */
  last: PassState | null;
}

/** How far a pass came. */
export interface PassState {
  readonly scans: BothScans;
  readonly manifest: Manifest;
  readonly compared: Compared;
  readonly ledger: Ledger;
}

/** Runs one. Gives the question that has to be answered first, if there is one. */
export async function runPass(state: CycleState, signal: AbortSignal): Promise<SyncHalt | null> {
  const { deps, request, meter } = state;
  const { rootId, store } = deps;
  await store.warm?.(rootId);
  const manifest = await store.load(rootId);
  const scans = await scanBoth(deps, request, state.rules, signal);
  state.rules = scans.rules;
  storeLeft(deps, 'remote', deps.remote.leftCopies?.() ?? []);
  deps.remote.keptStored?.(null);
  meter.stage('comparing');
  const compared = await inTurns(compareBoth(manifest, scans, request, state.hasStartedOver), signal);
  const ledger = new Ledger({
    rootId,
    store,
    clock: deps.clock,
    base: manifest.entries,
    local: scans.local.entries,
    remote: scans.remote.entries,
    resolutions: request.resolutions,
    counts: state.counts,
    fullFolders: state.fullFolders,
  });
  state.last = { scans, manifest, compared, ledger };
  if (compared.halt) return compared.halt;
  throwIfAborted(signal);
  store.replaceConflicts(rootId, conflictsOf(compared.decisions), deps.clock.now());
  await carryOut(state, state.last, signal);
  // All that the sandbox answered is stored. Where an answer was lost we do not come here: the next scan tells what it was about.
  if (state.last.ledger.hasTaken.remote) deps.remote.keptStored?.(request.cycle);
  return null;
}

/** Copies of which nobody told get their place in the history; those that are there already are not stored again. */
export function storeLeft(
  { rootId, store, clock }: CycleDeps,
  side: SyncSide,
  left: readonly LeftCopy[],
): void {
  if (left.length === 0) return;
  const kept = left.map(({ path, entry, name, why = 'replaced' }): KeptCopy => {
    return { path, side, why, version: entry, where: side, name };
  });
  store.commit(rootId, { syncedAt: clock.now(), upserts: [], deletes: [], kept });
}

/** Conflicts among decisions. */
export function conflictsOf(decisions: readonly Decision[]): FoundConflict[] {
  return decisions.filter((decision) => decision.action === 'conflict');
}

async function carryOut(state: CycleState, last: PassState, signal: AbortSignal): Promise<void> {
  const { deps, request, meter, epochs } = state;
  const { scans, manifest, compared, ledger } = last;
  const steps = await stepsOf(state, last, signal);
  const agreed = agreedOf(last);
  const hasSteps = steps.upload.length + steps.download.length > 0;
  const isNews = hasSteps || agreed.upserts.length + agreed.deletes.length > 0;
  if (!isNews && !Epochs.isOwed(manifest)) return;

  const pendingEpoch = epochs.begin(manifest, scans);
  // The first bundle for the sandbox brings the marker with it; where there is none, nothing may be remembered before.
  const isFirst = scans.remoteFacts.marker === null;
  if (
    isFirst &&
    isNews &&
    (steps.upload.length === 0 || steps.download.length > 0 || agreed.upserts.length > 0)
  )
    await epochs.mark(signal);
  if (agreed.upserts.length + agreed.deletes.length > 0) {
    await ledger.agree(agreed.upserts, agreed.deletes, scans.localIdentity);
    state.hasStartedOver ||= compared.startsOver;
  }
  if (!hasSteps) return;

  // No bundle brings it along.
  if (steps.upload.length === 0) epochs.markBeside(signal);
  meter.stage('transferring');
  meter.addTotals(totalsOf([...steps.upload, ...steps.download]));
  const pass: Pass = { deps, request, scans, ledger, meter, pendingEpoch, localTurns: new Turns() };
  const directions = [
    (inner: AbortSignal) => transferUp(pass, steps.upload, inner),
    (inner: AbortSignal) => transferDown(pass, steps.download, inner),
  ];
  await forEachInFlight(directions, directions.length, signal, (bring, inner) => bring(inner));
}

async function stepsOf(
  { deps, fullFolders }: CycleState,
  { scans, compared, ledger }: PassState,
  signal: AbortSignal,
): Promise<{ upload: readonly ApplyItem[]; download: readonly ApplyItem[] }> {
  const input = {
    local: scans.local.entries,
    remote: scans.remote.entries,
    localFacts: scans.localFacts,
    remoteFacts: scans.remoteFacts.facts,
  };
  const planned = await inTurns(planInPieces(compared.decisions, input), signal);
  if (planned.isUnfinished) ledger.needsAnotherPass = true;
  const now = deps.clock.now();
  const upload = fullFolders.sort('remote', planned.upload, now);
  const download = fullFolders.sort('local', planned.download, now);
  ledger.unusable.push(...upload.full, ...download.full);
  return { upload: upload.steps, download: download.steps };
}

/** Rows that need no step: what is the same on both sides, or gone from both; all others where the manifest does not count. */
function agreedOf({ compared, manifest }: PassState): { upserts: ManifestUpsert[]; deletes: string[] } {
  const upserts: ManifestUpsert[] = [];
  const deletes = new Set<string>();
  if (compared.startsOver) for (const path of manifest.entries.keys()) deletes.add(path);
  for (const decision of compared.decisions) {
    if (decision.action === 'forget') deletes.add(decision.path);
    if (decision.action !== 'adopt') continue;
    deletes.delete(decision.path);
    upserts.push({ path: decision.path, entry: decision.entry, direction: 'upload' });
  }
  return { upserts, deletes: [...deletes] };
}

function totalsOf(items: readonly ApplyItem[]): { files: number; bytes: number } {
  return { files: countFiles(items), bytes: items.reduce((sum, item) => sum + contentBytes(item), 0) };
}
