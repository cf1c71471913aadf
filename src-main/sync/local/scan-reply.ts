/** A scan on its way from the worker to the main thread: columns, and only what is not as in the scan that is remembered there. */
import { freeAll } from '../free-bytes.ts';
import type { ExclusionRules } from '../rules/exclusion-rules.ts';
import type { Entry, Excluded, Unusable } from '../types.ts';
import { rowKinds, type ScanRows } from './scan-rows.ts';

/** Rows in columns. */
export interface RowColumns {
  /** One after the other, with NUL between. */
  readonly paths: string;
  readonly count: number;
  readonly flags: Uint8Array;
  /** Size and time in turn. */
  readonly numbers: Float64Array;
  readonly hashes: Uint8Array;
  /** Of links, by row. */
  readonly targets: readonly (readonly [number, string])[];
}

/** What a scan found. */
export interface ScanReply extends RowColumns {
  readonly id: string;
  /** The scan to which `gone` and the rows are the difference; null: the rows are everything. */
  readonly base: string | null;
  readonly gone: readonly string[];
  readonly unusable: Unusable[];
  readonly excluded: Excluded[];
  readonly excludedCount: number;
  readonly rules: ExclusionRules;
  /** Files that were read. */
  readonly hashed: number;
}

/** These rows; null: all. */
export function packReply(rows: ScanRows, which: readonly number[] | null): RowColumns {
  const count = which === null ? rows.count : which.length;
  const flags = new Uint8Array(count);
  const numbers = new Float64Array(count * 2);
  const hashes = new Uint8Array(count * 32);
  const targets: [number, string][] = [];
  for (let to = 0; to < count; to += 1) {
    const row = which === null ? to : (which[to] ?? 0);
    flags[to] = rows.flags[row] ?? 0;
    numbers[to * 2] = rows.size(row);
    numbers[to * 2 + 1] = rows.modifiedAt(row);
    hashes.set(rows.hash(row), to * 32);
    const target = rows.targets.get(row);
    if (target !== undefined) targets.push([to, target]);
  }
  const paths = (which === null ? rows.paths : which.map((row) => rows.paths[row] ?? '')).join('\0');
  return { paths, count, flags, numbers, hashes, targets };
}

/**
 * The tree after a scan: `before` itself where nothing changed. Entries that are as they were are the same objects. The reply is
 * read once: its memory is given back.
 */
export function readReply(reply: ScanReply, before: Map<string, Entry>): Map<string, Entry> {
  if (reply.base !== null && reply.count === 0 && reply.gone.length === 0) return before;
  const entries = reply.base === null ? new Map<string, Entry>() : new Map(before);
  for (const path of reply.gone) entries.delete(path);
  const paths = reply.count === 0 ? [] : reply.paths.split('\0');
  const targets = new Map(reply.targets);
  const hashes = Buffer.from(reply.hashes.buffer, reply.hashes.byteOffset, reply.hashes.byteLength);
  for (let row = 0; row < paths.length; row += 1) {
    const path = paths[row] ?? '';
    const kind = rowKinds[((reply.flags[row] ?? 0) & 3) as 0 | 1 | 2];
    const entry: Entry = {
      kind,
      size: reply.numbers[row * 2] ?? 0,
      modifiedAt: reply.numbers[row * 2 + 1] ?? 0,
      executable: kind === 'file' && ((reply.flags[row] ?? 0) & 4) !== 0,
      hash: kind === 'directory' ? '' : hashes.toString('hex', row * 32, row * 32 + 32),
      target: targets.get(row) ?? null,
    };
    const old = before.get(path);
    entries.set(path, old !== undefined && isSame(old, entry) ? old : entry);
  }
  freeAll(reply);
  return entries;
}

function isSame(a: Entry, b: Entry): boolean {
  return (
    a.kind === b.kind &&
    a.size === b.size &&
    a.modifiedAt === b.modifiedAt &&
    a.executable === b.executable &&
    a.hash === b.hash &&
    a.target === b.target
  );
}
