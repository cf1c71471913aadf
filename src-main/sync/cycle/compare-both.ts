/** From two scans to what is to be done, or to the question that has to be answered first. Pure. */
import type { SyncHalt, SyncSide } from '../../../src-shared/domain/sync.ts';
import type { Pieces } from '../pieces.ts';
import { findHalt, findIdentityHalt } from '../reconcile/gates.ts';
import { type Reconciled, reconcileInPieces } from '../reconcile/reconcile.ts';
import type { Entry, Tree } from '../types.ts';
import type { CycleRequest } from './cycle-types.ts';
import type { Manifest } from './manifest-store.ts';
import type { BothScans } from './scan-both.ts';

/** What came of it. `halt`: nothing may be done before it is answered; the decisions are what would be done then. */
export interface Compared extends Reconciled {
  readonly halt: SyncHalt | null;
  /** What was the ancestor: the manifest, or nothing where it does not count. */
  readonly base: Tree;
  /** The manifest does not count: its rows are replaced by what is the same on both sides. */
  readonly startsOver: boolean;
}

const identityReasons = ['local-replaced', 'new-sandbox', 'went-back'] as const;
const nothing: Tree = new Map<string, Entry>();

/** Compares. `hasStartedOver`: a pass of this cycle did so already. */
export function* compareBoth(
  manifest: Manifest,
  scans: BothScans,
  request: CycleRequest,
  hasStartedOver: boolean,
): Pieces<Compared> {
  const { answers } = request;
  const identity = {
    base: manifest.entries,
    epoch: manifest.epoch,
    pendingEpoch: manifest.pendingEpoch,
    marker: scans.remoteFacts.marker,
    knownIdentity: manifest.localIdentity,
    localIdentity: scans.localIdentity,
  };
  const halt = hasStartedOver ? null : findIdentityHalt({ ...identity, answers });
  const isAnswered = identityReasons.some((reason) => answers.has(reason));
  const isOther = () => findIdentityHalt({ ...identity, answers: new Map() }) !== null;
  const startsOver = !hasStartedOver && (halt !== null || (isAnswered && isOther()));
  const base = startsOver ? nothing : manifest.entries;
  const found = yield* decide(base, scans, request, null);
  const first = halt ?? findHalt(gateInput(base, scans, request, found));
  const restore = first ? null : sideToRestore(base, scans, request, found);
  if (!restore) return { ...found, halt: first, base, startsOver };
  const restored = yield* decide(base, scans, request, restore);
  return { ...restored, halt: findHalt(gateInput(base, scans, request, restored)), base, startsOver };
}

function decide(
  base: Tree,
  scans: BothScans,
  request: CycleRequest,
  restore: SyncSide | null,
): Pieces<Reconciled> {
  return reconcileInPieces({
    mode: request.mode,
    base,
    local: scans.local,
    remote: scans.remote,
    localFacts: scans.localFacts,
    remoteFacts: scans.remoteFacts.facts,
    approved: request.approved,
    resolutions: request.resolutions,
    restore,
  });
}

/** `restore` answers a question about one side: which one, the question itself says. */
function sideToRestore(
  base: Tree,
  scans: BothScans,
  request: CycleRequest,
  found: Reconciled,
): SyncSide | null {
  const others = new Map([...request.answers].filter(([, answer]) => answer !== 'restore'));
  if (others.size === request.answers.size) return null;
  const asked = gateInput(base, scans, { ...request, confirmed: true, answers: others }, found);
  return findHalt(asked)?.side ?? null;
}

function gateInput(base: Tree, scans: BothScans, request: CycleRequest, { decisions }: Reconciled) {
  return {
    mode: request.mode,
    base,
    local: scans.local,
    remote: scans.remote,
    decisions,
    localFacts: scans.localFacts,
    remoteFacts: scans.remoteFacts.facts,
    confirmed: request.confirmed,
    answers: request.answers,
  };
}
