/** Both sides as the last look found them, file by file, for the Sync tab: cheap to make, worked out when somebody asks. */
import type { SyncFile } from '../../../src-shared/domain/sync.ts';
import type { Decision, Entry, Excluded, Tree, Unusable } from '../types.ts';
import { whyConflict, whyExcluded, whyLeft, whyUnusable } from './why.ts';

/** What a look is made of. */
export interface LookInput {
  readonly at: number;
  /** What both sides agree on; the store's own map, so that it is as it is when asked. */
  readonly base: Tree;
  /** What was not done (yet). */
  readonly decisions: readonly Decision[];
  readonly unusable: readonly Unusable[];
  readonly excluded: readonly Excluded[];
}

/** Which files somebody wants to see. */
export interface LookQuery {
  readonly show: 'all' | 'changes' | 'problems' | 'excluded';
  /** A part of the path, case aside. */
  readonly search: string;
  readonly offset: number;
  readonly limit: number;
}

/** See `ManifestStore.stamps`. */
export type Stamps = (
  paths: readonly string[],
) => ReadonlyMap<string, { syncedAt: number; direction: 'upload' | 'download' }>;

type Row = Pick<SyncFile, 'kind' | 'status' | 'size' | 'why'>;

/** See the file's first line. */
export class SyncLook {
  /** When. */
  readonly at: number;
  readonly #base: Tree;
  /** What is not simply the same. */
  readonly #odd: ReadonlyMap<string, Row>;
  #sorted: readonly string[] | null = null;

  constructor({ at, base, decisions, unusable, excluded }: LookInput) {
    this.at = at;
    this.#base = base;
    const odd = new Map<string, Row>();
    for (const item of excluded)
      odd.set(item.path, {
        kind: item.directory ? 'directory' : 'file',
        status: 'excluded',
        size: 0,
        why: whyExcluded(item),
      });
    for (const decision of decisions) {
      const row = rowOf(decision);
      if (row) odd.set(decision.path, row);
    }
    for (const item of unusable) {
      const known = base.get(item.path);
      const { kind = null, size = 0 } = known ?? {};
      odd.set(item.path, { kind, status: 'problem', size, why: whyUnusable(item) });
    }
    this.#odd = odd;
  }

  /** A page of files by path. */
  page({ show, search, offset, limit }: LookQuery, stamps: Stamps): { items: SyncFile[]; total: number } {
    const wanted = search.toLowerCase();
    const found: string[] = [];
    for (const path of this.#paths(show))
      if (wanted === '' || path.toLowerCase().includes(wanted)) found.push(path);
    const paths = found.slice(offset, offset + limit);
    const known = stamps(paths);
    return { items: paths.map((path) => this.#file(path, known.get(path))), total: found.length };
  }

  #paths(show: LookQuery['show']): Iterable<string> {
    if (show === 'all') return this.#all();
    const paths: string[] = [];
    for (const [path, { status }] of this.#odd) if (showOf(status) === show) paths.push(path);
    return paths.sort();
  }

  /** Folders on which both sides agree are not worth a line. */
  #all(): readonly string[] {
    if (this.#sorted) return this.#sorted;
    const paths = new Set(this.#odd.keys());
    for (const [path, { kind }] of this.#base) if (kind !== 'directory') paths.add(path);
    this.#sorted = [...paths].sort();
    return this.#sorted;
  }

  #file(path: string, stamp: { syncedAt: number; direction: 'upload' | 'download' } | undefined): SyncFile {
    const known = this.#base.get(path);
    const row: Row = this.#odd.get(path) ?? {
      kind: known?.kind ?? null,
      status: 'same',
      size: known?.size ?? 0,
      why: null,
    };
    return { path, ...row, syncedAt: stamp?.syncedAt ?? null, direction: stamp?.direction ?? null };
  }
}

function showOf(status: SyncFile['status']): LookQuery['show'] {
  if (status === 'excluded') return 'excluded';
  return status === 'problem' ? 'problems' : 'changes';
}

function rowOf(decision: Decision): Row | null {
  switch (decision.action) {
    case 'upload':
    case 'download': {
      const { entry, over } = decision;
      const isUp = decision.action === 'upload';
      const coming: SyncFile['status'] = isUp ? 'to-upload' : 'to-download';
      const going: SyncFile['status'] = isUp ? 'to-delete-remote' : 'to-delete-local';
      return { ...sizeOf(entry ?? over), status: entry ? coming : going, why: null };
    }
    case 'conflict':
      return {
        ...sizeOf(decision.local ?? decision.remote),
        status: 'conflict',
        why: whyConflict(decision.kind),
      };
    case 'leave':
      return { ...sizeOf(decision.remote ?? decision.local), status: 'left', why: whyLeft() };
    default:
      return null;
  }
}

function sizeOf(entry: Entry | null): Pick<Row, 'kind' | 'size'> {
  return { kind: entry?.kind ?? null, size: entry?.size ?? 0 };
}
