/** A sandbox's tree as it was told last, and how the next answer changes it. What is hostile in it becomes unusable, never an entry. */
import { createHash } from 'node:crypto';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { checkPath, checkWindowsName, linkStaysInside } from '../rules/names.ts';
import type { Entry, Unusable, UnusableReason } from '../types.ts';
import { turns } from './turns.ts';

/** A tree with what in it cannot be used. An answer makes another one of it; what was before is not read any more then. */
export interface KnownTree {
  readonly entries: ReadonlyMap<string, Entry>;
  /** By path: what was sent as an entry and cannot be one. */
  readonly refused: ReadonlyMap<string, Unusable>;
}

/** The tree before anything was told. */
export const emptyTree: KnownTree = { entries: new Map(), refused: new Map() };

/** What is known elsewhere, by path: where it is what an answer says, it is taken instead, so that memory holds it once. */
export type Shared = ReadonlyMap<string, { readonly path: string; readonly entry: Entry }>;
const nothingShared: Shared = new Map();

const mostRefused = 10_000;
const latest = 8.64e15;

/**
 * A tree after `set` and `del`; `fresh`: everything is in `set`. Throws `protocol` for rows that are no rows. `inPlace`: `before` is
 * changed, and of no use where this throws; a large tree is told of in many answers, and a copy for each would be a lot.
 */
export async function changeTree(
  before: KnownTree,
  {
    set,
    del,
    fresh,
    inPlace = false,
    shared = nothingShared,
  }: {
    set: readonly unknown[];
    del: readonly string[];
    fresh: boolean;
    inPlace?: boolean;
    shared?: Shared;
  },
  windowsNames: boolean,
  signal: AbortSignal,
): Promise<KnownTree> {
  if (!fresh && set.length === 0 && del.length === 0) return before;
  const isOwn = inPlace && !fresh && before !== emptyTree;
  const entries = isOwn ? (before.entries as Map<string, Entry>) : new Map(fresh ? [] : before.entries);
  const refused = isOwn ? (before.refused as Map<string, Unusable>) : new Map(fresh ? [] : before.refused);
  // Where no folder went, only what is new can be in none.
  let hasLostFolder = fresh;
  for (const path of del) {
    hasLostFolder ||= entries.get(path)?.kind === 'directory';
    entries.delete(path);
    refused.delete(path);
  }
  const rest = turns(signal);
  const seen = new Set<string>();
  for (const row of set) {
    await rest();
    const told = readRow(row, windowsNames);
    const { reason } = told;
    const twin = shared.get(told.path);
    const { path, entry } = twin !== undefined && isSame(twin.entry, told.entry) ? twin : told;
    // Of a fresh tree, what was seen is in it.
    if (fresh ? entries.has(path) || refused.has(path) : seen.has(path)) throw badRow('a path comes twice');
    if (!fresh) seen.add(path);
    refused.delete(path);
    const old = before.entries.get(path);
    hasLostFolder ||= old?.kind === 'directory' && (reason !== null || entry.kind !== 'directory');
    if (reason === null) {
      entries.set(path, old && isSame(old, entry) ? old : entry);
      continue;
    }
    entries.delete(path);
    refuse(refused, path, reason);
  }
  await dropOrphans(entries, hasLostFolder ? entries : seen, refused, rest);
  return { entries, refused };
}

/** What of `paths` is in no folder: below something that cannot be used it goes silently, anything else is a lie. */
async function dropOrphans(
  entries: Map<string, Entry>,
  paths: ReadonlyMap<string, unknown> | ReadonlySet<string>,
  refused: Map<string, Unusable>,
  rest: () => Promise<void>,
): Promise<void> {
  for (let dropped = true; dropped; ) {
    dropped = false;
    for (const path of paths.keys()) {
      await rest();
      const cut = path.lastIndexOf('/');
      if (cut < 0 || !entries.has(path) || entries.get(path.slice(0, cut))?.kind === 'directory') continue;
      entries.delete(path);
      dropped = true;
      if (!isBelow(path, refused)) refuse(refused, path, 'hostile-name');
    }
  }
}

function isBelow(path: string, refused: ReadonlyMap<string, Unusable>): boolean {
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1))
    if (refused.has(path.slice(0, cut))) return true;
  return false;
}

function refuse(refused: Map<string, Unusable>, path: string, reason: UnusableReason): void {
  if (refused.size >= mostRefused) throw badRow('more hostile names than can be listed');
  refused.set(path, { path: shownPath(path), side: 'remote', reason });
}

/** A path for people and for the database: without control characters, not endless. */
export function shownPath(path: string): string {
  const cut = path.length > 4096 ? `${path.slice(0, 4095)}…` : path;
  return cut.toWellFormed().replace(/[\x00-\x1f\x7f]/g, '\uFFFD');
}

/** A kept copy's entry from its row; null where it is none that can be in a history. Throws `protocol` for what is no row. */
export function entryOfRow(row: unknown): { path: string; entry: Entry } | null {
  const { path, entry, reason } = readRow(row, false);
  return reason === null && entry.kind !== 'directory' ? { path, entry } : null;
}

interface Row {
  path: string;
  entry: Entry;
  reason: UnusableReason | null;
}

/** `[path, kind, size, ms, executable, hash | target]` */
function readRow(row: unknown, windowsNames: boolean): Row {
  if (!Array.isArray(row) || row.length !== 6) throw badRow('a row has another form');
  const [path, kind, size, at, executable, last]: unknown[] = row;
  if (typeof path !== 'string' || typeof last !== 'string' || path.length > 20_000 || last.length > 20_000)
    throw badRow('a row has another form');
  if (!isCount(size) || !Number.isInteger(at) || Math.abs(at as number) > latest)
    throw badRow('a number is none');
  if (executable !== 0 && executable !== 1) throw badRow('a row has another form');
  let reason = checkPath(path);
  if (reason === null && windowsNames) reason = windowsReason(path);
  if (kind === 'f') {
    if (!/^[0-9a-f]{64}$/.test(last)) throw badRow('a hash is none');
    const entry = {
      kind: 'file',
      size,
      modifiedAt: at as number,
      executable: executable === 1,
      hash: last,
      target: null,
    } as const;
    return { path, entry, reason };
  }
  const plain = { size: 0, modifiedAt: 0, executable: false } as const;
  if (kind === 'd') return { path, entry: { ...plain, kind: 'directory', hash: '', target: null }, reason };
  if (kind !== 'l') throw badRow('a kind is none');
  if (reason === null && !linkStaysInside(path, last)) reason = 'link-leads-out';
  const hash = createHash('sha256').update(last).digest('hex');
  return { path, entry: { ...plain, kind: 'link', hash, target: last }, reason };
}

function windowsReason(path: string): UnusableReason | null {
  for (const name of path.split('/')) {
    const reason = checkWindowsName(name);
    if (reason !== null) return reason;
  }
  return null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSame(a: Entry, b: Entry): boolean {
  return (
    a.hash === b.hash &&
    a.kind === b.kind &&
    a.size === b.size &&
    a.modifiedAt === b.modifiedAt &&
    a.executable === b.executable &&
    a.target === b.target
  );
}

function badRow(details: string): SpecboardError {
  return new SpecboardError(
    'protocol',
    'The sandbox told of files in a form that SpecBoard does not understand.',
    {
      kept: 'Nothing was changed.',
      hint: 'Sync again. If it stays so, a program in the sandbox may interfere with the sync.',
      details,
    },
  );
}
