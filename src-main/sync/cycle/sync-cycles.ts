/**
 * The cycles of a root, one after the other: from scan to commit. A cycle looks, asks where it must, brings both sides to the same
 * state and remembers it; what somebody changes meanwhile is looked at again, a few times, quietly.
 */
import { isSpecboardError, type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import { inTurns } from '../pieces.ts';
import { localMissing } from '../reconcile/gates.ts';
import type { ExclusionRules } from '../rules/exclusion-rules.ts';
import type { LocalSide } from '../sides.ts';
import { abortable, isCancelled, reasonOf, throwIfAborted } from './abort.ts';
import { compareBoth } from './compare-both.ts';
import { CyclePlan } from './cycle-plan.ts';
import { type CycleDeps, type CycleRequest, type CycleResult, emptySummary } from './cycle-types.ts';
import { Epochs } from './epochs.ts';
import { FullFolders } from './full-folders.ts';
import { Counts } from './ledger.ts';
import { ProgressMeter } from './progress.ts';
import { type CycleState, conflictsOf, runPass, storeLeft } from './run-pass.ts';
import { LocalFolderMissing, scanBoth } from './scan-both.ts';
import { cacheSignatures } from './signature-cache.ts';
import { SyncLook } from './sync-look.ts';

/** What changes while it is synced rests after a moment, mostly. */
const usualPausesMs = [250, 1000, 2500];

const closeMs = 1500;

/** Folders of this computer that were put right in this process. */
const recovered = new WeakMap<LocalSide, Promise<void>>();

/** See the file's first lines. One call at a time; dispose of it with `close`. */
export class SyncCycles {
  readonly #deps: CycleDeps;
  #rules: ExclusionRules | null = null;
  #afterwards: Promise<void> = Promise.resolve();
  readonly #end = new AbortController();
  readonly #fullFolders = new FullFolders();

  constructor(deps: CycleDeps) {
    this.#deps = deps;
  }

  /** Runs one cycle. Never throws: what went wrong is in the result, beside what was done. */
  async run(request: CycleRequest, signal: AbortSignal): Promise<CycleResult> {
    // Who decides may have made room for it.
    if (request.checksum || request.resolutions.size > 0) this.#fullFolders.clear();
    const { remote, clock } = this.#deps;
    const before = { ...remote.traffic };
    const counts = new Counts();
    const meter = new ProgressMeter(clock, request.onProgress ?? (() => {}));
    const epochs = new Epochs(this.#deps, counts);
    const state: CycleState = {
      deps: this.#deps,
      request,
      meter,
      counts,
      epochs,
      fullFolders: this.#fullFolders,
      rules: this.#rules,
      hasStartedOver: false,
      last: null,
    };
    let end: Pick<CycleResult, 'outcome' | 'halt' | 'problem'>;
    try {
      await recover(this.#deps, signal);
      end = await this.#passes(state, signal);
    } catch (error) {
      end = endOf(error, request, signal);
      tryToBreakOff(epochs);
    } finally {
      meter.dispose();
    }
    this.#rules = state.rules;
    this.#afterCycle(state);
    return this.#result(state, end, before);
  }

  /** Looks at both sides and tells what a cycle would do. Throws; `not-found` where the local folder is gone. */
  async plan(request: CycleRequest, signal: AbortSignal): Promise<CyclePlan> {
    const { rootId, store, clock } = this.#deps;
    await recover(this.#deps, signal);
    await store.warm?.(rootId);
    const manifest = await store.load(rootId);
    const scans = await scanBoth(this.#deps, request, this.#rules, signal);
    this.#rules = scans.rules;
    throwIfAborted(signal);
    const compared = await inTurns(compareBoth(manifest, scans, request, false), signal);
    return new CyclePlan(clock.now(), compared, scans);
  }

  /** Resolves when what a cycle leaves for afterwards (signatures for the next one) is done. */
  async settled(): Promise<void> {
    await this.#afterwards;
  }

  /** Ends what still runs; signatures get a moment, because the next process wants them. The sides are their owner's to close. */
  async close(): Promise<void> {
    const timer = this.#deps.clock.after(closeMs, () => this.#end.abort());
    await this.#afterwards;
    timer.dispose();
  }

  async #passes(
    state: CycleState,
    signal: AbortSignal,
  ): Promise<Pick<CycleResult, 'outcome' | 'halt' | 'problem'>> {
    const pauses = this.#deps.repeatPausesMs ?? usualPausesMs;
    for (let repeat = 0; ; repeat += 1) {
      const halt = await runPass(state, signal);
      if (halt) {
        tryToBreakOff(state.epochs);
        return { outcome: 'waiting', halt, problem: null };
      }
      const ledger = state.last?.ledger;
      if (!ledger) throw new Error('A pass without a ledger.');
      const problem = ledger.stopped.local ?? ledger.stopped.remote;
      const isQuiet = ledger.postponed.size === 0 && !ledger.needsAnotherPass;
      const pause = pauses[repeat];
      if (problem || isQuiet || pause === undefined) {
        state.meter.stage('saving');
        await state.epochs.end(ledger, state.last?.scans.localIdentity ?? '', signal);
        return { outcome: problem ? 'failed' : 'done', halt: null, problem };
      }
      if (ledger.postponed.size > 0) await this.#pause(pause, signal);
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    let timer: { dispose(): void } | null = null;
    const waited = new Promise<void>((resolve) => {
      timer = this.#deps.clock.after(ms, resolve);
    });
    try {
      await abortable(signal, waited);
    } finally {
      (timer as { dispose(): void } | null)?.dispose();
    }
  }

  #result(
    { last, counts, rules }: CycleState,
    end: Pick<CycleResult, 'outcome' | 'halt' | 'problem'>,
    before: { requests: number; bytesUp: number; bytesDown: number },
  ): CycleResult {
    const { remote, clock } = this.#deps;
    const { traffic } = remote;
    const conflicts = last && conflictsOf(last.compared.decisions);
    const unusable = last ? [...last.compared.unusable, ...last.ledger.unusable] : [];
    const postponed = last ? [...last.ledger.postponed] : [];
    const excluded = last ? [...last.scans.local.excluded, ...last.scans.remote.excluded] : [];
    const open = last?.compared.decisions.filter(({ path }) => !last.ledger.done.has(path)) ?? [];
    const { uploaded, downloaded, deletedLocal, deletedRemote } = counts;
    return {
      ...end,
      summary: {
        ...emptySummary,
        ...{ uploaded, downloaded, deletedLocal, deletedRemote },
        bytesUp: traffic.bytesUp - before.bytesUp,
        bytesDown: traffic.bytesDown - before.bytesDown,
        requests: traffic.requests - before.requests,
        conflicts: conflicts?.length ?? 0,
        problems: unusable.length,
        postponed: postponed.length,
      },
      didSomething: counts.didSomething,
      conflicts: end.halt ? null : conflicts,
      unusable,
      postponed,
      look:
        last &&
        new SyncLook({
          at: clock.now(),
          base: last.manifest.entries,
          decisions: open,
          unusable,
          excluded,
        }),
      rules,
      remoteFacts: last?.scans.remoteFacts ?? remote.facts,
      excluded,
    };
  }

  /** After what earlier cycles left. */
  #afterCycle({ counts: { large: files } }: CycleState): void {
    if (files.length === 0) return;
    const before = this.#afterwards;
    this.#afterwards = before.then(() => cacheSignatures(this.#deps, files, this.#end.signal));
  }
}

/** Once a folder and process; again where it failed. Copies that nobody was told of get their place in the history. */
async function recover(deps: CycleDeps, signal: AbortSignal): Promise<void> {
  const { local } = deps;
  let work = recovered.get(local);
  if (!work) {
    work = putRight(deps);
    recovered.set(local, work);
    work.catch(() => recovered.delete(local));
  }
  await abortable(signal, work);
}

async function putRight(deps: CycleDeps): Promise<void> {
  await deps.local.recover();
  storeLeft(deps, 'local', (await deps.local.leftCopies?.()) ?? []);
}

function endOf(
  error: unknown,
  { localPath }: CycleRequest,
  signal: AbortSignal,
): Pick<CycleResult, 'outcome' | 'halt' | 'problem'> {
  if (error instanceof LocalFolderMissing)
    return { outcome: 'waiting', halt: localMissing(localPath), problem: null };
  if (signal.aborted) {
    // Whoever aborted may have had a reason that is no cancel: the session ended, the deadline passed.
    const reason = reasonOf(signal);
    if (!isCancelled(reason)) return { outcome: 'failed', halt: null, problem: reason.problem };
    return { outcome: 'cancelled', halt: null, problem: null };
  }
  const problem: Problem = isSpecboardError(error) ? error.problem : toProblem(error);
  return { outcome: 'failed', halt: null, problem };
}

/** A cycle that failed because the database is gone cannot store that either. */
function tryToBreakOff(epochs: Epochs): void {
  try {
    epochs.breakOff();
  } catch {
    // Both epochs stay possible: the next cycle finds the marker at one of them.
  }
}
