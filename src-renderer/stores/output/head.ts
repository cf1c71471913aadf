/** The beginning of an output that was not read: main's outline of it as parts whose bytes come when they are looked at. */
import type { OperationOutput } from '../../../src-shared/contract/operations.ts';
import type { Position, Remembered } from './pieces.ts';

/** A page of text, or an event of another kind, as main outlines it. */
export type OutlineEntry = OperationOutput<'executions.outline'>['entries'][number];

/** A part that is only remembered. */
export type HeadPart = { seq: number; bytes: number } & (
  | { kind: 'text'; pieces: Omit<Remembered, 'bytes' | 'rows'>[]; end: Position }
  | { kind: 'shelved'; what: string }
);

/** Parts out of an outline, at most `limit` of them, the latest; `folded`: bytes of those that had no room. */
export function headParts(
  entries: readonly OutlineEntry[],
  limit: number,
): { parts: HeadPart[]; folded: number } {
  const parts: HeadPart[] = [];
  for (const entry of entries) {
    const last = parts.at(-1);
    if (entry.kind === 'other') {
      if (last?.kind === 'text') last.end = { seq: entry.seq, offset: 0 };
      parts.push({ kind: 'shelved', seq: entry.seq, bytes: entry.bytes, what: entry.what });
      continue;
    }
    const from = { seq: entry.seq, offset: entry.offset };
    const piece = { used: entry.bytes, count: entry.lines, from, style: '', continued: entry.continued };
    if (last?.kind === 'text') {
      last.pieces.push(piece);
      last.bytes += entry.bytes;
    } else {
      // An end is set by what follows; text that ends the outline goes on in the part that was read.
      parts.push({ kind: 'text', seq: entry.seq, bytes: entry.bytes, pieces: [piece], end: from });
    }
  }
  const kept = limit > 0 ? parts.slice(-limit) : [];
  const folded = parts.slice(0, parts.length - kept.length).reduce((sum, { bytes }) => sum + bytes, 0);
  return { parts: kept, folded };
}
