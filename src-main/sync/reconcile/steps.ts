/**
 * From decisions to steps: what each side does, in an order in which every step finds what it needs. First what makes way, then
 * folders from the top, then files and links, then what goes, from the bottom. Where the bytes of a file can come from the side
 * itself they do: that is what makes a rename free.
 */
import type { SyncSide } from '../../../src-shared/domain/sync.ts';
import { atOnce, each, type Pieces } from '../pieces.ts';
import { foldName } from '../rules/names.ts';
import type { ApplyItem, Decision, Entry, SideFacts, Source, Tree } from '../types.ts';
import { depthOf, Subtrees } from './path-sets.ts';
import { isSameContent } from './same.ts';

/** Below this many bytes the search for what both have costs more than it saves. */
export const deltaBytes = 65_536;
/** Below this many bytes a file travels, also where the target has it under another name. */
const copyBytes = 128;

/** What is needed beside the decisions. */
export interface StepsInput {
  readonly local: Tree;
  readonly remote: Tree;
  readonly localFacts: SideFacts;
  readonly remoteFacts: SideFacts;
}

/** Steps by side; `isUnfinished`: a name changed its spelling, and what follows from that is for the next cycle. */
export interface Steps {
  readonly upload: ApplyItem[];
  readonly download: ApplyItem[];
  readonly isUnfinished: boolean;
}

/** Plans. Pure. */
export function planSteps(decisions: readonly Decision[], input: StepsInput): Steps {
  return atOnce(planInPieces(decisions, input));
}

/** The same in pieces: see `reconcileInPieces`. */
export function* planInPieces(decisions: readonly Decision[], input: StepsInput): Pieces<Steps> {
  const { local, remote, localFacts, remoteFacts } = input;
  const upload = yield* planSide(decisions, 'remote', { from: local, to: remote, facts: remoteFacts });
  const download = yield* planSide(decisions, 'local', { from: remote, to: local, facts: localFacts });
  return {
    upload: upload.items,
    download: download.items,
    isUnfinished: upload.isUnfinished || download.isUnfinished,
  };
}

type Change = Extract<Decision, { action: 'upload' | 'download' }>;

/** The tree that the steps follow, and the one that they change. */
interface Way {
  readonly from: Tree;
  readonly to: Tree;
  /** Of the side that changes. */
  readonly facts: SideFacts;
}

function* planSide(
  decisions: readonly Decision[],
  side: SyncSide,
  { from, to, facts }: Way,
): Pieces<{ items: ApplyItem[]; isUnfinished: boolean }> {
  const action = side === 'remote' ? 'upload' : 'download';
  const all = decisions.filter((decision): decision is Change => decision.action === action);
  const { renames, rest } = findRenames(all, facts);
  const makingWay = new Subtrees();
  for (const { path, entry, over } of rest)
    if (over?.kind === 'directory' && entry && entry.kind !== 'directory') makingWay.add(path);
  const content = { from, found: yield* contentOf(rest, to) };

  const early: ApplyItem[] = [];
  const folders: ApplyItem[] = [];
  const files: ApplyItem[] = [];
  const late: ApplyItem[] = [];
  yield* each(rest, ({ path, entry, over }) => {
    if (!entry) {
      if (over) (makingWay.hasAbove(path) ? early : late).push({ do: 'remove', path, over });
      return;
    }
    if (entry.kind === 'directory') {
      folders.push({ do: 'directory', path, over });
      return;
    }
    // A folder is removed by a step of its own, which fails where it holds something by then.
    const isFolder = over?.kind === 'directory';
    if (isFolder) early.push({ do: 'remove', path, over });
    files.push(fileStep(path, entry, isFolder ? null : over, content));
  });
  early.sort(deepestFirst);
  late.sort(filesThenDeepestFolders);
  folders.sort((one, other) => depthOf(one.path) - depthOf(other.path));
  return { items: [...renames, ...early, ...folders, ...files, ...late], isUnfinished: renames.length > 0 };
}

/** Where bytes can come from: `found` tells where the target has contents that are needed. */
interface Content {
  readonly from: Tree;
  readonly found: ReadonlyMap<string, string>;
}

function fileStep(path: string, entry: Entry, over: Entry | null, content: Content): ApplyItem {
  if (entry.kind === 'link') return { do: 'link', path, entry, over };
  if (over && isSameContent(entry, over)) return { do: 'mode', path, executable: entry.executable, over };
  return { do: 'put', path, entry, over, source: sourceOf(path, entry, over, content) };
}

function sourceOf(path: string, entry: Entry, over: Entry | null, content: Content): Source {
  const twin = content.found.get(entry.hash);
  // The second copy where both of a conflict are kept: the other side has nothing under this name that could travel.
  const travels = isSameContent(content.from.get(path), entry);
  if (twin !== undefined && (entry.size >= copyBytes || !travels)) return { from: 'copy', path: twin };
  if (over?.kind === 'file' && entry.size >= deltaBytes && over.size >= deltaBytes)
    return { from: 'delta', path, baseHash: over.hash };
  return { from: 'data' };
}

/** Where the target has contents that are needed; only of those, because a tree is large and what is needed usually small. */
function* contentOf(changes: readonly Change[], tree: Tree): Pieces<ReadonlyMap<string, string>> {
  const needed = new Set<string>();
  for (const { entry } of changes) if (entry?.kind === 'file') needed.add(entry.hash);
  const found = new Map<string, string>();
  if (needed.size === 0) return found;
  yield* each(tree, ([path, { kind, hash }]) => {
    if (kind === 'file' && needed.has(hash) && !found.has(hash)) found.set(hash, path);
  });
  return found;
}

/** A name that changes its case only: on a side that cannot tell the two apart, deleting one and making the other would lose both. */
function findRenames(
  changes: readonly Change[],
  facts: SideFacts,
): { renames: ApplyItem[]; rest: readonly Change[] } {
  if (facts.caseSensitive && facts.unicodeSensitive) return { renames: [], rest: changes };
  const going = new Map<string, Change>();
  for (const change of changes) if (!change.entry) going.set(foldName(change.path, facts), change);
  const renames: ApplyItem[] = [];
  const settled = new Subtrees();
  for (const { path, entry, over } of changes) {
    if (!entry || over || settled.hasAbove(path)) continue;
    const old = going.get(foldName(path, facts));
    if (!old?.over || old.path === path || old.over.kind !== entry.kind) continue;
    renames.push({ do: 'rename', path: old.path, to: path, over: old.over });
    settled.add(old.path);
    settled.add(path);
  }
  return { renames, rest: changes.filter(({ path }) => !settled.has(path)) };
}

function deepestFirst(one: ApplyItem, other: ApplyItem): number {
  return depthOf(other.path) - depthOf(one.path);
}

function filesThenDeepestFolders(one: ApplyItem, other: ApplyItem): number {
  const isFolder = (item: ApplyItem) => item.do === 'remove' && item.over.kind === 'directory';
  if (isFolder(one) !== isFolder(other)) return isFolder(one) ? 1 : -1;
  return isFolder(one) ? deepestFirst(one, other) : 0;
}
