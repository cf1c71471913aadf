/**
 * Decides for every path what happens to it: a three-way comparison with the manifest as the common ancestor, then the rules that
 * need more than one path (a folder in the way of a file, names that a side cannot tell apart). Pure; nothing is ever decided for
 * what could not be read.
 */
import type { SyncConflictKind, SyncMode, SyncSide } from '../../../src-shared/domain/sync.ts';
import { atOnce, each, type Pieces } from '../pieces.ts';
import { isExclusionFile } from '../rules/choose-rules.ts';
import { checkWindowsName, runsByItself } from '../rules/names.ts';
import type { Decision, Entry, Excluded, Scan, SideFacts, Tree, Unusable } from '../types.ts';
import { holdBackClashes } from './clashes.ts';
import { compare, type Outcome } from './compare.ts';
import { keepFoldersInUse } from './folders-in-use.ts';
import { Subtrees } from './path-sets.ts';
import { approvalOf, type Resolution } from './resolution.ts';
import { isSame } from './same.ts';

/** What is compared. */
export interface ReconcileInput {
  readonly mode: SyncMode;
  /** Empty: as if for the first time. */
  readonly base: Tree;
  readonly local: Scan;
  readonly remote: Scan;
  readonly localFacts: SideFacts;
  readonly remoteFacts: SideFacts;
  /** Downloads that would run by themselves and that the person allowed (`approvalOf`). */
  readonly approved: ReadonlySet<string>;
  /** By path. */
  readonly resolutions: ReadonlyMap<string, Resolution>;
  /** What is missing on this side is brought back instead of deleted on the other. */
  readonly restore: SyncSide | null;
}

/** What came of it; decisions by path, both sides' problems in one list. */
export interface Reconciled {
  readonly decisions: Decision[];
  readonly unusable: Unusable[];
}

/** Compares. See the file's first lines. */
export function reconcile(input: ReconcileInput): Reconciled {
  return atOnce(reconcileInPieces(input));
}

/** The same in pieces: of a hundred thousand paths it is a tenth of a second. */
export function* reconcileInPieces(input: ReconcileInput): Pieces<Reconciled> {
  const { local, remote } = input;
  const unusable: Unusable[] = [...local.unusable, ...remote.unusable];
  const unknown = new Subtrees();
  for (const { path } of unusable) unknown.add(path);

  const held = new Subtrees(); // below a conflict of kinds, or below a name that cannot be
  const settled = new Settled(input);
  const decisions: Decision[] = [];
  yield* each(yield* differingPaths(input), (path) => {
    if (unknown.has(path) || held.hasAbove(path)) return;
    const versions = versionsOf(input, path);
    const impossible = impossibleHere(path, versions.remote, versions.local, input);
    if (impossible) {
      unusable.push(impossible);
      held.add(path);
      return;
    }
    const outcome = settled.outcome(path, versions) ?? compare(versions, input.mode, hasBit(input));
    const found = decide(path, outcome, versions, input);
    decisions.push(...found);
    if (found.some(({ action }) => action === 'conflict') && isKindClash(versions)) held.add(path);
  });
  const free = holdBackClashes(decisions, input);
  return keepFoldersInUse(free, unusable, input);
}

interface PathVersions {
  readonly base: Entry | null;
  readonly local: Entry | null;
  readonly remote: Entry | null;
}

function versionsOf({ base, local, remote, restore }: ReconcileInput, path: string): PathVersions {
  const here = local.entries.get(path) ?? null;
  const there = remote.entries.get(path) ?? null;
  const isMissing = restore !== null && !(restore === 'local' ? here : there);
  return { base: isMissing ? null : (base.get(path) ?? null), local: here, remote: there };
}

/**
 * What is the same in all three is left out: nothing is ever decided for it, and it is nearly everything. Parents before what is in
 * them, which `held` needs; otherwise by name.
 */
function* differingPaths({ base, local, remote }: ReconcileInput): Pieces<string[]> {
  const paths: string[] = [];
  yield* each(local.entries, ([path, here]) => {
    const there = remote.entries.get(path);
    if (there === undefined || !isSame(here, there) || !isSame(here, base.get(path))) paths.push(path);
  });
  yield* each(remote.entries.keys(), (path) => {
    if (!local.entries.has(path)) paths.push(path);
  });
  yield* each(base.keys(), (path) => {
    if (!local.entries.has(path) && !remote.entries.has(path)) paths.push(path);
  });
  return paths.sort();
}

function hasBit({ localFacts, remoteFacts }: ReconcileInput): boolean {
  return localFacts.executableBit && remoteFacts.executableBit;
}

function isKindClash({ local, remote }: PathVersions): boolean {
  return local?.kind !== remote?.kind && (local?.kind === 'directory' || remote?.kind === 'directory');
}

/** A name or a link that this computer cannot have. What is on both sides already can be. */
function impossibleHere(
  path: string,
  remote: Entry | null,
  local: Entry | null,
  { localFacts }: ReconcileInput,
): Unusable | null {
  if (!remote || local) return null;
  if (localFacts.windowsNames) {
    const reason = checkWindowsName(path.slice(path.lastIndexOf('/') + 1));
    if (reason) return { path, side: 'remote', reason };
  }
  if (remote.kind === 'link' && !localFacts.links)
    return { path, side: 'remote', reason: 'link-not-possible' };
  return null;
}

/** Paths whose conflicts were decided, with all that is below where a folder is in play. */
class Settled {
  readonly #resolutions: ReadonlyMap<string, Resolution>;
  readonly #local = new Subtrees();
  readonly #remote = new Subtrees();

  constructor({ resolutions }: ReconcileInput) {
    this.#resolutions = resolutions;
  }

  /** What the person's decision means here; null where there is none that still fits. */
  outcome(path: string, versions: PathVersions): Outcome | null {
    const { local, remote } = versions;
    const found = this.#resolutions.get(path);
    if (found && isSame(found.local, local) && isSame(found.remote, remote)) {
      const choice = found.choice === 'both' ? 'local' : found.choice;
      (choice === 'local' ? this.#local : this.#remote).add(path);
    }
    const side = this.#local.has(path) ? 'mirror-upload' : this.#remote.has(path) ? 'mirror-download' : null;
    return side && compare(versions, side, true);
  }
}

function decide(path: string, outcome: Outcome, versions: PathVersions, input: ReconcileInput): Decision[] {
  const { base, local, remote } = versions;
  switch (outcome.action) {
    case 'none':
      return [];
    case 'adopt':
      // The bit of the side that has one.
      return local
        ? [{ action: 'adopt', path, entry: input.localFacts.executableBit ? local : (remote ?? local) }]
        : [];
    case 'forget':
      return [{ action: 'forget', path }];
    case 'leave':
      return [{ action: 'leave', path, local, remote }];
    case 'conflict':
      return [conflict(path, outcome.kind, versions)];
    case 'upload': {
      const extra = copyOfBoth(path, versions, input);
      return [
        ...extra,
        { action: 'upload', path, entry: withBit(local, remote ?? base, input.localFacts), over: remote },
      ];
    }
    case 'download': {
      const kind = askedFirst(path, versions, input);
      if (kind) return [conflict(path, kind, versions)];
      return [
        { action: 'download', path, entry: withBit(remote, local ?? base, input.remoteFacts), over: local },
      ];
    }
  }
}

/** What comes from the sandbox only when the person says so. */
function askedFirst(
  path: string,
  { base, remote }: PathVersions,
  input: ReconcileInput,
): SyncConflictKind | null {
  if (input.resolutions.has(path) || isSame(remote, base)) return null;
  if (remote && remote.kind !== 'directory') {
    if (input.approved.has(approvalOf(path, remote))) return null;
    if (runsByItself(path)) return 'runs-by-itself';
  }
  return input.mode === 'two-way' && holdsBack(path, input.local) ? 'rules-change' : null;
}

/**
 * An exclusion file, where files of this computer are left out by one: with another in its place the next sync could send them, and
 * it comes from where they must not go.
 */
function holdsBack(path: string, { excluded, excludedCount }: Scan): boolean {
  if (!isExclusionFile(path)) return false;
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const isNear = (one: Excluded) => one.path.startsWith(folder) && isExclusionFile(one.source);
  return excludedCount > excluded.length || excluded.some(isNear);
}

/** The second copy where both are kept: made in the sandbox from what is there; the next cycle brings it here. */
function copyOfBoth(
  path: string,
  { local, remote }: PathVersions,
  { resolutions }: ReconcileInput,
): Decision[] {
  const found = resolutions.get(path);
  if (found?.choice !== 'both' || found.bothName === undefined || !remote) return [];
  if (!isSame(found.local, local) || !isSame(found.remote, remote)) return [];
  return [{ action: 'upload', path: found.bothName, entry: remote, over: null }];
}

function conflict(path: string, kind: SyncConflictKind, versions: PathVersions): Decision {
  return { action: 'conflict', path, kind, ...versions };
}

/** A side without an executable bit says nothing about it: what the other had stays. */
function withBit(entry: Entry | null, other: Entry | null, facts: SideFacts): Entry | null {
  if (!entry || facts.executableBit || entry.kind !== 'file') return entry;
  return { ...entry, executable: other?.executable ?? false };
}
