/** Puts content into the synced folder of this computer the way a sync does: staged, verified, and what was there is kept. */
import { randomUUID } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { SyncExclusions } from '../../../src-shared/domain/sync.ts';
import type { LocalSide } from '../../sync/sides.ts';
import type { ApplyItem, Entry } from '../../sync/types.ts';

/** What is at a path now. */
export interface SeenLocal {
  /** Null: nothing that the sync sees. */
  entry: Entry | null;
  folders: ReadonlySet<string>;
  /** What stands where one of its folders would have to be: a file, a link. */
  inTheWay: string | null;
}

/** Looks, as a sync does. */
export async function lookAt(
  local: LocalSide,
  path: string,
  exclusions: SyncExclusions,
  signal: AbortSignal,
): Promise<SeenLocal> {
  await local.open(signal);
  const { entries } = await local.scan({ checksum: false, exclusions }, signal);
  const folders = new Set<string>();
  for (const [one, { kind }] of entries) if (kind === 'directory') folders.add(one);
  const inTheWay = parentsOf(path).find((folder) => entries.has(folder) && !folders.has(folder)) ?? null;
  return { entry: entries.get(path) ?? null, folders, inTheWay };
}

/** Throws `conflict`, in words, where nothing can be put at `path` (`file`: its absolute form) however often it is tried. */
export async function checkPlace(file: string, path: string, { entry, inTheWay }: SeenLocal): Promise<void> {
  const refuse = (message: string, hint: string) =>
    new SpecboardError('conflict', message, { kept: 'Nothing was changed.', hint });
  if (inTheWay !== null) {
    throw refuse(`${inTheWay} is no folder now, so that nothing can be in it.`, `Rename ${inTheWay} first.`);
  }
  if (entry?.kind === 'directory') throw refuse(`There is a folder ${path} now.`, 'Rename the folder first.');
  const stat = entry === null ? await lstat(file).catch(() => null) : null;
  if (stat) {
    throw refuse(
      `There is a ${path} that takes no part in the sync.`,
      'Rename it first: it is not kept by the sync, so it is not replaced either.',
    );
  }
}

/** What to put. */
export interface PutLocal {
  path: string;
  entry: Entry;
  /** What must be there for it to happen. */
  over: Entry | null;
  /** Folders that are there. */
  folders: ReadonlySet<string>;
  content: AsyncIterable<Uint8Array>;
}

/** Gives the name of the copy of what was there before; null where nothing was. Throws `conflict` where somebody changed it meanwhile. */
export async function putLocal(
  local: LocalSide,
  { path, entry, over, folders, content }: PutLocal,
  signal: AbortSignal,
): Promise<string | null> {
  if (entry.kind === 'file') {
    let offset = await local.stagedBytes(entry);
    let skip = offset;
    for await (const bytes of content) {
      signal.throwIfAborted();
      const fresh = bytes.subarray(Math.min(skip, bytes.length));
      skip -= bytes.length - fresh.length;
      if (fresh.length === 0) continue;
      await local.stagePiece(entry, offset, fresh, signal);
      offset += fresh.length;
    }
    // A file of nothing has no piece of its own.
    if (entry.size === 0) await local.stagePiece(entry, 0, new Uint8Array(0), signal);
  }
  const parents: ApplyItem[] = parentsOf(path)
    .filter((folder) => !folders.has(folder))
    .map((folder) => ({ do: 'directory', path: folder, over: null }));
  const item: ApplyItem =
    entry.kind === 'link'
      ? { do: 'link', path, entry, over }
      : { do: 'put', path, entry, over, source: { from: 'data' } };
  const results = await local.apply(randomUUID(), [...parents, item], signal);
  const last = results.at(-1);
  if (results.length === parents.length + 1 && last?.result === 'done') return last.kept;
  const failed = results.find(({ result }) => result === 'failed');
  if (failed?.result === 'failed') {
    const text =
      failed.reason === 'no-space' ? 'The disk of this computer is full.' : `${path} cannot be written.`;
    throw new SpecboardError(failed.reason === 'no-space' ? 'no-space' : 'forbidden', text, {
      kept: 'Nothing was replaced.',
      ...(failed.detail === undefined ? {} : { details: failed.detail }),
    });
  }
  throw new SpecboardError('conflict', `${path} was changed just now.`, {
    kept: 'Nothing was replaced.',
    hint: 'Try again in a moment.',
  });
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
