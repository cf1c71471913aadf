/**
 * Searching stored output, however long it is: line by line as a terminal shows them (a carriage return starts a line again,
 * escape sequences are not text), a few megabytes a call.
 */
import type { OperationOutput } from '../../../src-shared/contract/operations.ts';
import type { OutputEvent } from '../../../src-shared/domain/execution.ts';
import type { OutputReader, Position } from './output-reader.ts';

type Found = OperationOutput<'executions.find'>;

const callBytes = 8 * 1_048_576;
const callMatches = 5000;
/** A line that is longer is searched in pieces of this size. */
const longestLine = 1_048_576;
const LF = 10;
const decoder = new TextDecoder();

/** What is searched for. */
export interface Wanted {
  text: string;
  matchCase: boolean;
}

/** See the contract. */
export function findIn(reader: OutputReader, executionId: string, wanted: Wanted, from: Position): Found {
  const needle = folded(wanted.text, wanted.matchCase);
  const matches: Position[] = [];
  let rest: { from: Position; bytes: Uint8Array; stream: string } | null = null;
  const look = (at: Position, bytes: Uint8Array) => {
    const count = occurrences(folded(shown(decoder.decode(bytes)), wanted.matchCase), needle);
    for (let i = 0; i < count; i += 1) matches.push(at);
  };
  const lookAtRest = () => {
    if (rest) look(rest.from, rest.bytes);
    rest = null;
  };
  let taken = 0;
  let seq: number | null = from.seq;
  let end = from;
  while (seq !== null) {
    const page: ReturnType<OutputReader['readOutput']> = reader.readOutput(executionId, seq, 1_048_576);
    for (const { seq: at, event } of page.items) {
      const skip: number = at === from.seq ? from.offset : 0;
      end = { seq: at + 1, offset: 0 };
      if (event.type !== 'text') {
        lookAtRest();
        if (skip > 0) continue;
        const count = occurrences(folded(wordsOf(event), wanted.matchCase), needle);
        for (let i = 0; i < count; i += 1) matches.push({ seq: at, offset: 0 });
        continue;
      }
      const { bytes } = event;
      taken += bytes.length;
      let open = rest as { from: Position; bytes: Uint8Array; stream: string } | null;
      if (open && open.stream !== event.stream) {
        lookAtRest();
        open = null;
      }
      const last = bytes.lastIndexOf(LF);
      // Most events have no match: one look at all of their lines is enough.
      const lines = last === -1 ? null : bytes.subarray(skip, last + 1);
      const worth =
        !lines ||
        open !== null ||
        folded(withoutEscapes(decoder.decode(lines)), wanted.matchCase).includes(needle);
      let start = skip;
      if (lines && worth) {
        while (start <= last) {
          const newline = bytes.indexOf(LF, start);
          const piece = bytes.subarray(start, newline);
          if (open) look(open.from, joined(open.bytes, piece));
          else look({ seq: at, offset: start }, piece);
          open = null;
          start = newline + 1;
        }
      } else if (lines) {
        start = last + 1;
      }
      const tail = bytes.subarray(start);
      rest = open
        ? { ...open, bytes: joined(open.bytes, tail) }
        : tail.length > 0
          ? { from: { seq: at, offset: start }, bytes: tail, stream: event.stream }
          : null;
      if ((rest?.bytes.length ?? 0) > longestLine) lookAtRest();
    }
    seq = page.next;
    if (seq !== null && (taken > callBytes || matches.length > callMatches)) {
      const open = rest as { from: Position } | null;
      const next = open?.from ?? { seq, offset: 0 };
      return { matches, next, end: next };
    }
  }
  const open = rest as { from: Position } | null;
  // The last line may still grow: the next search begins with it, so it is not counted twice by going on at `end`.
  const until = open?.from ?? end;
  lookAtRest();
  return { matches, next: null, end: until };
}

function occurrences(text: string, needle: string): number {
  let count = 0;
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) count += 1;
  return count;
}

function folded(text: string, matchCase: boolean): string {
  return matchCase ? text : text.toLowerCase();
}

/** A line without what was written over, and without escape sequences. */
function shown(line: string): string {
  const kept = line.endsWith('\r') ? line.slice(0, -1) : line;
  return withoutEscapes(kept.slice(kept.lastIndexOf('\r') + 1));
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function withoutEscapes(text: string): string {
  if (!text.includes('\u001b')) return text;
  return text
    .replace(/\u001b[\]PX^_][\s\S]*?(?:\u0007|\u001b\\|$)/g, '')
    .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\^_a-z])/g, '');
}

function wordsOf(event: Exclude<OutputEvent, { type: 'text' }>): string {
  switch (event.type) {
    case 'rich': {
      const plain = event.data['text/plain'];
      return typeof plain === 'string' ? plain : '';
    }
    case 'error':
      return `${event.error.name}: ${event.error.value}\n${event.error.traceback}`;
    case 'notice':
      return event.text;
    case 'gap':
      return event.reason;
  }
}
