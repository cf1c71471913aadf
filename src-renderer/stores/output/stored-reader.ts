/** Reads stored output from main: a range of text, as it came. */
import type { StoredOutput } from '../../../src-shared/domain/execution.ts';
import type { OutlineEntry } from './head.ts';
import type { Origin, TextStream } from './line-buffer.ts';
import type { Position } from './pieces.ts';

/** What main answers about one execution's output. */
export interface Reader {
  read(fromSeq: number, maxBytes: number): Promise<{ items: StoredOutput[]; next: number | null }>;
  outline(from: Position, to: Position): Promise<{ entries: OutlineEntry[]; next: Position | null }>;
}

/** Text and where it was. */
export interface StoredText {
  bytes: Uint8Array;
  stream: TextStream;
  origin: Origin;
}

const pageBytes = 524_288;
/** Longest range read at once: a line that was written over millions of times is not worth more. */
const mostBytes = 16 * 1_048_576;

/** The text from `from` to `to` (excluded; null: the end of what is stored). */
export async function readTexts(reader: Reader, from: Position, to: Position | null): Promise<StoredText[]> {
  const texts: StoredText[] = [];
  let next: number | null = from.seq;
  let taken = 0;
  while (next !== null && taken < mostBytes) {
    const page: { items: StoredOutput[]; next: number | null } = await reader.read(next, pageBytes);
    for (const { seq, at, event } of page.items) {
      if (to && (seq > to.seq || (seq === to.seq && to.offset === 0))) return texts;
      if (event.type !== 'text') return texts;
      const start = seq === from.seq ? from.offset : 0;
      const end = to && seq === to.seq ? to.offset : event.bytes.length;
      taken += end - start;
      texts.push({
        bytes: event.bytes.subarray(start, end),
        stream: event.stream,
        origin: { seq, offset: start, at },
      });
    }
    next = page.next;
  }
  return texts;
}
