/**
 * When a sync stops and asks, although it could go on: whenever following the rules would delete or bring more than a person would
 * do by accident, or when what stands there is not what was synced last time. Pure; the answers come with the next cycle.
 */
import type { SyncAnswer, SyncHalt, SyncMode, SyncSide } from '../../../src-shared/domain/sync.ts';
import type { Decision, Entry, Marker, Scan, SideFacts, Tree } from '../types.ts';
import { isSame } from './same.ts';

/** More deletions than this, and more than a quarter of all files, are asked about. */
const massFiles = 50;
const massShare = 0.25;
/** Downloads above these are asked about. */
const largeBytes = 500_000_000;
const largeFiles = 20_000;
/** Free space that stays. */
const spareShare = 0.05;

/** Answers that the person gave for the cycle that begins; by reason. */
export type Answers = ReadonlyMap<SyncHalt['reason'], SyncAnswer>;

/** What tells whether these are the two folders that were synced last time. */
export interface IdentityInput {
  readonly base: Tree;
  readonly epoch: number;
  readonly pendingEpoch: number | null;
  /** The sandbox's; null: it never had this root. */
  readonly marker: Marker | null;
  /** Of the local folder: when it was last synced (null: never), and now. */
  readonly knownIdentity: string | null;
  readonly localIdentity: string;
  readonly answers: Answers;
}

/** Looked at before anything is compared: `start-over` empties the base. */
export function findIdentityHalt(input: IdentityInput): SyncHalt | null {
  const { base, epoch, pendingEpoch, marker, knownIdentity, localIdentity, answers } = input;
  if (base.size === 0) return null;
  const ask = (halt: SyncHalt) => (answers.has(halt.reason) ? null : halt);
  if (knownIdentity !== null && knownIdentity !== localIdentity) {
    const halt = ask(startOver('local-replaced', 'local', base.size));
    if (halt) return halt;
  }
  if (!marker) return ask(startOver('new-sandbox', 'remote', base.size));
  if (marker.epoch === epoch || marker.epoch === pendingEpoch) return null;
  return ask(startOver('went-back', marker.epoch < epoch ? 'remote' : 'local', base.size));
}

/** The local folder is not there. Nothing can be answered: it comes back, or the pair is removed. */
export function localMissing(localPath: string): SyncHalt {
  return {
    reason: 'local-missing',
    message: `The folder ${localPath} is not there.`,
    hint: 'Nothing was deleted in the sandbox. Bring the folder back (connect the disk, undo the move), then sync again.',
    answers: [],
    count: 0,
    side: 'local',
  };
}

/** What is looked at once it is known what would happen. */
export interface GateInput {
  readonly mode: SyncMode;
  readonly base: Tree;
  readonly local: Scan;
  readonly remote: Scan;
  readonly decisions: readonly Decision[];
  readonly localFacts: SideFacts;
  readonly remoteFacts: SideFacts;
  /** The person has seen a plan of this root and agreed. */
  readonly confirmed: boolean;
  readonly answers: Answers;
}

/** The first thing to ask about; null: go on. */
export function findHalt(input: GateInput): SyncHalt | null {
  const halts = [firstSync, emptied, mirrorDeletes, massDeletion, largeDownload, noSpace];
  for (const look of halts) {
    const halt = look(input);
    if (halt && !input.answers.has(halt.reason)) return halt;
  }
  return null;
}

function firstSync({ confirmed, decisions, answers }: GateInput): SyncHalt | null {
  const changes = decisions.filter(({ action }) => action === 'upload' || action === 'download').length;
  if (confirmed || changes === 0 || answers.size > 0) return null;
  return {
    reason: 'first-sync',
    message: `These folders are synced for the first time: ${count(changes, 'change')} would be made.`,
    hint: 'Look at the plan, then start.',
    answers: ['go-on'],
    count: changes,
    side: null,
  };
}

/** A side that has nothing, where it had at least two things: an unplugged disk looks like that, and `rm -rf`. */
function emptied({ base, local, remote, mode }: GateInput): SyncHalt | null {
  let top = 0;
  for (const path of base.keys()) if (!path.includes('/')) top += 1;
  if (top < 2) return null;
  const side: SyncSide | null =
    local.entries.size === 0 ? 'local' : remote.entries.size === 0 ? 'remote' : null;
  if (!side || !spreads(side, mode)) return null;
  return {
    reason: 'emptied',
    message: side === 'local' ? 'The folder on this computer is empty.' : "The sandbox's folder is empty.",
    hint: `Nothing was deleted on the other side. Bring the ${count(base.size, 'file')} back from there, or delete them there too.`,
    answers: ['restore', 'go-on'],
    count: base.size,
    side,
  };
}

/** Whether what happens on this side is brought to the other. */
function spreads(side: SyncSide, mode: SyncMode): boolean {
  if (mode === 'two-way') return true;
  return side === 'local'
    ? mode === 'upload' || mode === 'mirror-upload'
    : mode === 'download' || mode === 'mirror-download';
}

function mirrorDeletes({ mode, decisions, base, confirmed, answers }: GateInput): SyncHalt | null {
  if (mode !== 'mirror-upload' && mode !== 'mirror-download') return null;
  if (!confirmed && answers.has('first-sync')) return null; // that plan said it
  let lost = 0;
  for (const decision of decisions) {
    if (decision.action !== 'upload' && decision.action !== 'download') continue;
    const { over, path } = decision;
    if (over && over.kind !== 'directory' && !isSame(over, base.get(path))) lost += 1;
  }
  if (lost === 0) return null;
  const side: SyncSide = mode === 'mirror-upload' ? 'remote' : 'local';
  return {
    reason: 'mirror-deletes',
    message: `The mirror would delete or replace ${count(lost, 'file')} ${placeOf(side)} that it did not put there.`,
    hint: `They would go to the sync history for 30 days.`,
    answers: ['go-on'],
    count: lost,
    side,
  };
}

function massDeletion({ decisions, base, mode }: GateInput): SyncHalt | null {
  let files = 0;
  for (const { kind } of base.values()) if (kind !== 'directory') files += 1;
  const limit = Math.max(massFiles, files * massShare);
  const gone = { local: 0, remote: 0 };
  for (const decision of decisions) {
    if (decision.action !== 'upload' && decision.action !== 'download') continue;
    if (decision.entry || !decision.over || decision.over.kind === 'directory') continue;
    gone[decision.action === 'upload' ? 'local' : 'remote'] += 1;
  }
  const side: SyncSide | null = gone.local > limit ? 'local' : gone.remote > limit ? 'remote' : null;
  if (!side) return null;
  const isMirror = mode === 'mirror-upload' || mode === 'mirror-download';
  return {
    reason: 'mass-deletion',
    message: `${count(gone[side], 'file')} ${gone[side] === 1 ? 'is' : 'are'} gone ${placeOf(side)}.`,
    hint: 'Nothing was deleted on the other side. Bring them back from there, or delete them there too.',
    // A mirror brings nothing back: its target does not count.
    answers: isMirror ? ['go-on'] : ['restore', 'go-on'],
    count: gone[side],
    side,
  };
}

function largeDownload({ decisions, confirmed, answers }: GateInput): SyncHalt | null {
  if (!confirmed && answers.has('first-sync')) return null;
  let files = 0;
  let bytes = 0;
  for (const entry of incoming(decisions, 'download')) {
    files += 1;
    bytes += entry.size;
  }
  if (bytes <= largeBytes && files <= largeFiles) return null;
  return {
    reason: 'large-download',
    message: `${count(files, 'file')} with ${Math.round(bytes / 1_000_000)} MB would come from the sandbox.`,
    hint: 'If that is not wanted, exclude the folder it comes from.',
    answers: ['go-on'],
    count: files,
    side: 'local',
  };
}

function noSpace({ decisions, localFacts, remoteFacts }: GateInput): SyncHalt | null {
  const sides = [
    ['local', localFacts, 'download'],
    ['remote', remoteFacts, 'upload'],
  ] as const;
  for (const [side, { freeBytes }, action] of sides) {
    if (freeBytes === null) continue;
    let need = 0;
    for (const { size } of incoming(decisions, action)) need += size;
    if (need === 0 || need * (1 + spareShare) <= freeBytes) continue;
    return {
      reason: 'no-space',
      message: `${Math.ceil(need / 1_000_000)} MB are needed ${placeOf(side)}, and ${Math.floor(freeBytes / 1_000_000)} MB are free.`,
      hint: 'Make room, or exclude what is not needed, then sync again.',
      answers: ['go-on'],
      count: 0,
      side,
    };
  }
  return null;
}

function* incoming(decisions: readonly Decision[], action: 'upload' | 'download'): Generator<Entry> {
  for (const decision of decisions)
    if (
      decision.action === action &&
      decision.entry?.kind === 'file' &&
      !isSame(decision.entry, decision.over)
    )
      yield decision.entry;
}

function startOver(reason: SyncHalt['reason'], side: SyncSide, files: number): SyncHalt {
  const messages: Partial<Record<SyncHalt['reason'], string>> = {
    'local-replaced': 'Another folder stands where the synced folder of this computer was.',
    'new-sandbox': 'This sandbox was never synced with this folder.',
    'went-back':
      side === 'remote'
        ? 'The sandbox went back to an older state.'
        : 'The sandbox was synced later than this computer remembers.',
  };
  return {
    reason,
    message: messages[reason] ?? '',
    hint: 'Compare both sides as if for the first time: what only one has is copied to the other, what differs waits for you, nothing is deleted.',
    answers: ['start-over'],
    count: files,
    side,
  };
}

function placeOf(side: SyncSide): string {
  return side === 'local' ? 'on this computer' : 'in the sandbox';
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
