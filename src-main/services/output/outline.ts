/** An outline of stored output: pages of lines, so that a window can show where it is in a million lines without reading them. */
import type { OperationOutput } from '../../../src-shared/contract/operations.ts';
import type { OutputEvent } from '../../../src-shared/domain/execution.ts';
import type { OutputReader, Position } from './output-reader.ts';

type Outline = OperationOutput<'executions.outline'>;
type Entry = Outline['entries'][number];

const pageBytes = 180_000;
const pageLines = 3500;
/** A line that is longer than this goes on in a page of its own. */
const longestLine = 1_048_576;
/** Read by one call: what is read blocks everything else. */
const callBytes = 16 * 1_048_576;
const LF = 10;

/** See the contract. */
export function outlineOf(reader: OutputReader, executionId: string, from: Position, to: Position): Outline {
  const entries: Entry[] = [];
  let page: (Entry & { kind: 'text' }) | null = null;
  const finish = () => {
    if (page && page.bytes > 0) entries.push({ ...page, lines: Math.max(1, page.lines) });
    page = null;
  };
  let taken = 0;
  let seq: number | null = from.seq;
  let continued = false;
  while (seq !== null) {
    const read: ReturnType<OutputReader['readOutput']> = reader.readOutput(executionId, seq, 1_048_576);
    for (const { seq: at, event } of read.items) {
      if (at > to.seq || (at === to.seq && to.offset === 0)) {
        finish();
        return { entries, next: null };
      }
      if (event.type !== 'text') {
        finish();
        continued = false;
        entries.push({ kind: 'other', seq: at, bytes: sizeOf(event), what: whatOf(event) });
        continue;
      }
      const { bytes } = event;
      let start = at === from.seq ? Math.min(from.offset, bytes.length) : 0;
      const end = at === to.seq ? Math.min(to.offset, bytes.length) : bytes.length;
      taken += end - start;
      while (start < end) {
        page ??= { kind: 'text', seq: at, offset: start, lines: 0, bytes: 0, continued };
        continued = false;
        const newline = bytes.indexOf(LF, start);
        const stop = newline === -1 || newline >= end ? end : newline + 1;
        page.bytes += stop - start;
        if (stop !== end || bytes[stop - 1] === LF) page.lines += 1;
        const atLineEnd = bytes[stop - 1] === LF;
        const isFull = page.bytes >= pageBytes || page.lines >= pageLines;
        if ((atLineEnd && isFull) || page.bytes >= longestLine) {
          continued = !atLineEnd;
          finish();
        }
        start = stop;
      }
    }
    seq = read.next;
    // The unfinished page is begun again by the next call.
    if (taken > callBytes && seq !== null && entries.length > 0) {
      const open = page as Position | null;
      return { entries, next: open ? { seq: open.seq, offset: open.offset } : { seq, offset: 0 } };
    }
  }
  finish();
  return { entries, next: null };
}

function whatOf(event: OutputEvent): string {
  return event.type === 'rich' ? (Object.keys(event.data)[0] ?? 'rich') : event.type;
}

function sizeOf(event: OutputEvent): number {
  return event.type === 'rich' ? JSON.stringify(event.data).length : 128;
}
