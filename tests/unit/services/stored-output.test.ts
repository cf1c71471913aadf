/** Stored output looked at in pieces: the outline, the search, and values as files. */
import { describe, expect, test } from 'vitest';
import { findIn } from '../../../src-main/services/output/find.ts';
import { outlineOf } from '../../../src-main/services/output/outline.ts';
import type { OutputReader, Position } from '../../../src-main/services/output/output-reader.ts';
import { valueFile } from '../../../src-main/services/output/value-file.ts';
import type { OutputEvent, StoredOutput } from '../../../src-shared/domain/execution.ts';

const encoder = new TextEncoder();
const text = (value: string, stream: 'stdout' | 'stderr' = 'stdout'): OutputEvent => ({
  type: 'text',
  stream,
  bytes: encoder.encode(value),
});
const rich: OutputEvent = {
  type: 'rich',
  role: 'result',
  data: { 'image/png': 'AAEC', 'text/plain': 'a needle' },
};

function readerOf(events: readonly OutputEvent[]): OutputReader {
  const items = events.map((event, seq): StoredOutput => ({ seq, at: seq, event }));
  return {
    readOutput: (_, fromSeq, maxBytes) => {
      const page: StoredOutput[] = [];
      let bytes = 0;
      for (const item of items.slice(fromSeq)) {
        bytes += item.event.type === 'text' ? item.event.bytes.length : 100;
        if (bytes > maxBytes && page.length > 0) return { items: page, next: item.seq };
        page.push(item);
      }
      return { items: page, next: null };
    },
  };
}

const start: Position = { seq: 0, offset: 0 };

describe('outline', () => {
  test('pages cover everything, once, and begin with a line', () => {
    const events = Array.from({ length: 400 }, (_, i) => text(`${`row ${i} `.repeat(1500)}\nhalf `));
    events.splice(200, 0, rich);
    const reader = readerOf(events);
    const entries: ReturnType<typeof outlineOf>['entries'] = [];
    let from: Position | null = start;
    let calls = 0;
    while (from) {
      const page: ReturnType<typeof outlineOf> = outlineOf(reader, 'x', from, { seq: 390, offset: 3 });
      entries.push(...page.entries);
      from = page.next;
      calls += 1;
    }
    const all = events
      .slice(0, 390)
      .reduce((sum, event) => sum + (event.type === 'text' ? event.bytes.length : 0), 3);
    expect(entries.reduce((sum, entry) => sum + (entry.kind === 'text' ? entry.bytes : 0), 0)).toBe(all);
    expect(entries.filter(({ kind }) => kind === 'other')).toMatchObject([{ seq: 200, what: 'image/png' }]);
    for (const entry of entries) {
      if (entry.kind !== 'text' || entry.offset === 0) continue;
      const event = events[entry.seq];
      if (event?.type === 'text') expect(event.bytes[entry.offset - 1]).toBe(10);
    }
    expect(calls).toBe(1);
  });

  test('a call ends, and the next goes on where it ended', () => {
    const piece = text('x'.repeat(99).concat('\n').repeat(600));
    const reader = readerOf(Array.from({ length: 700 }, () => piece));
    const first = outlineOf(reader, 'x', start, { seq: 700, offset: 0 });
    expect(first.next).not.toBeNull();
    const rest = outlineOf(reader, 'x', first.next ?? start, { seq: 700, offset: 0 });
    const lines = [...first.entries, ...rest.entries].reduce(
      (sum, entry) => sum + (entry.kind === 'text' ? entry.lines : 0),
      0,
    );
    expect(lines).toBeLessThanOrEqual(700 * 600);
    expect(outlineOf(reader, 'x', { seq: 650, offset: 0 }, { seq: 700, offset: 0 }).next).toBeNull();
  });

  test('a line without an end is cut', () => {
    const { entries } = outlineOf(
      readerOf(Array.from({ length: 40 }, () => text('y'.repeat(65_536)))),
      'x',
      start,
      { seq: 40, offset: 0 },
    );
    expect(entries).toMatchObject([{ continued: false }, { continued: true }, { continued: true }]);
  });
});

describe('find', () => {
  const find = (events: OutputEvent[], wanted: string, matchCase = false, from = start) =>
    findIn(readerOf(events), 'x', { text: wanted, matchCase }, from);

  test('over events, colours and both streams; where a line begins', () => {
    const events = [
      text('one\nnee'),
      text('dle \u001b[31mNEE\u001b[0mdle\n'),
      text('err needle', 'stderr'),
      text('x\n'),
      rich,
    ];
    expect(find(events, 'needle').matches).toEqual([
      { seq: 0, offset: 4 },
      { seq: 0, offset: 4 },
      { seq: 2, offset: 0 },
      { seq: 4, offset: 0 },
    ]);
    expect(find(events, 'NEE', true).matches).toEqual([{ seq: 0, offset: 4 }]);
  });

  test('what was written over is not found', () => {
    expect(find([text('step 1\rstep 2\r\nstep 3\n')], 'step').matches).toHaveLength(2);
    expect(find([text('step 1\rstep 2\n')], 'step 1').matches).toEqual([]);
  });

  test('goes on where it ended, also in the line that was not finished', () => {
    const events = [text('a needle\nhalf nee'), text('dle\nend\n')];
    const first = find(events.slice(0, 1), 'needle');
    expect(first).toEqual({ matches: [{ seq: 0, offset: 0 }], next: null, end: { seq: 0, offset: 9 } });
    expect(find(events, 'needle', false, first.end).matches).toEqual([{ seq: 0, offset: 9 }]);
  });

  test('a call reads a few megabytes', () => {
    const events = Array.from({ length: 300 }, () => text(`${'z'.repeat(65_000)}\nneedle\n`));
    let from: Position | null = start;
    let count = 0;
    let calls = 0;
    while (from) {
      const page: ReturnType<typeof findIn> = find(events, 'needle', false, from);
      count += page.matches.length;
      from = page.next;
      calls += 1;
    }
    expect([count, calls]).toEqual([300, 3]);
  });
});

test('a value is a file of its type; there is none for what is not stored', () => {
  const item: StoredOutput = { seq: 0, at: 0, event: rich };
  expect(valueFile(item, 'image/png')).toEqual({
    bytes: Buffer.from([0, 1, 2]),
    extension: 'png',
    kind: 'PNG images',
  });
  expect(valueFile(item, 'text/plain').extension).toBe('txt');
  for (const type of ['text/html', 'constructor', '__proto__'])
    expect(() => valueFile(item, type)).toThrow('no such value');
  expect(() => valueFile(undefined, 'image/png')).toThrow('no such value');
});
