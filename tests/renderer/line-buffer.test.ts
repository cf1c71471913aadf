/** The store behind the output view: lines, returns, colours, folding, and a bounded tail. */
import { describe, expect, test } from 'vitest';
import { LineBuffer, type TextStream } from '../../src-renderer/stores/output/line-buffer.ts';
import { maxLineBytes } from '../../src-renderer/stores/output/pieces.ts';
import { rowsOf } from '../../src-renderer/stores/output/row.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function bufferOf(...chunks: string[]): LineBuffer {
  const buffer = new LineBuffer();
  for (const chunk of chunks) buffer.append(encoder.encode(chunk), 'stdout');
  return buffer;
}

function lines(buffer: LineBuffer): string[] {
  return Array.from({ length: buffer.lineCount }, (_, i) =>
    decoder.decode(buffer.line(i)?.bytes ?? new Uint8Array()),
  );
}

describe('lines', () => {
  test('chunks may end anywhere', () => {
    expect(lines(bufferOf('a', 'b\nc', '\n', '\nd'))).toEqual(['ab', 'c', '', 'd']);
  });

  test('a newline in Windows style is one newline, also when it is split', () => {
    expect(lines(bufferOf('a\r\nb\r', '\nc\r\n'))).toEqual(['a', 'b', 'c']);
  });

  test('a carriage return starts the line again', () => {
    expect(lines(bufferOf('10%\r50%', '\r100%\ndone\n'))).toEqual(['100%', 'done']);
    expect(lines(bufferOf('half\r', 'whole\n'))).toEqual(['whole']);
    expect(lines(bufferOf('kept\r'))).toEqual(['kept']);
  });

  test('a thousand steps of a progress bar stay one line', () => {
    const buffer = bufferOf(...Array.from({ length: 1000 }, (_, i) => `\rstep ${i}`));
    expect(lines(buffer)).toEqual(['step 999']);
    expect(buffer.byteLength).toBe('step 999'.length);
  });

  test('another stream starts a line of its own', () => {
    const buffer = bufferOf('out');
    buffer.append(encoder.encode('err\n'), 'stderr');
    buffer.append(encoder.encode('out2\n'), 'stdout');
    expect(lines(buffer)).toEqual(['out', 'err', 'out2']);
    expect(buffer.line(1)?.stream).toBe('stderr');
    expect(buffer.line(2)?.stream).toBe('stdout');
  });

  test('a 1 MB line goes on in continued lines and is copied as one', () => {
    const text = 'é'.repeat(524_288);
    const buffer = bufferOf(text, '\nnext\n');
    expect(buffer.lineCount).toBeGreaterThan(256);
    for (let i = 0; i < buffer.lineCount; i += 1) {
      const line = buffer.line(i);
      expect(line?.bytes.length).toBeLessThanOrEqual(maxLineBytes);
      expect(decoder.decode(line?.bytes)).not.toContain('\ufffd');
    }
    expect(buffer.text()).toBe(`${text}\nnext`);
  });
});

describe('rows', () => {
  test('a line is folded at the width, by columns and not by bytes', () => {
    const buffer = bufferOf('abcdefghij\n', 'äöüäöü\n', '日本語\n', '\u001b[31mred\u001b[0m\n');
    buffer.setColumns(4);
    expect(
      rowsOf(buffer, { columns: 4 }, 0, 99).map((row) => row.spans.map((span) => span.text).join('')),
    ).toEqual(['abcd', 'efgh', 'ij', 'äöüä', 'öü', '日本', '語', 'red']);
    expect(buffer.rowCount).toBe(8);
  });

  test('colours go on over rows and lines until they are reset', () => {
    const buffer = bufferOf('\u001b[32mgreen\nstill\u001b[0m\nplain\n');
    buffer.setColumns(3);
    const classes = rowsOf(buffer, { columns: 3 }, 0, 99).map((row) => row.spans[0]?.className ?? '');
    expect(classes).toEqual(['ansi-green-fg', 'ansi-green-fg', 'ansi-green-fg', 'ansi-green-fg', '', '']);
  });

  test('every row is found again, also after a change of the width', () => {
    const buffer = bufferOf(...Array.from({ length: 20_000 }, (_, i) => `${i} ${'x'.repeat(i % 50)}\n`));
    for (const columns of [Number.POSITIVE_INFINITY, 20, 7]) {
      buffer.setColumns(columns);
      const total = buffer.rowCount;
      expect(rowsOf(buffer, { columns }, 0, total + 10)).toHaveLength(total);
      const middle = Math.floor(total / 2);
      const [first] = rowsOf(buffer, { columns }, middle, middle + 1);
      expect(first).toEqual(rowsOf(buffer, { columns }, 0, total)[middle]);
      expect(buffer.locate(total)).toBeUndefined();
    }
  });

  test('the open line counts, and its rows grow with it', () => {
    const buffer = bufferOf('abc');
    buffer.setColumns(4);
    expect(buffer.rowCount).toBe(1);
    buffer.append(encoder.encode('defghi'), 'stdout');
    expect(buffer.rowCount).toBe(3);
    buffer.append(encoder.encode('\n'), 'stdout');
    expect(buffer.rowCount).toBe(3);
  });
});

describe('what is not in memory', () => {
  const pieceOf = (from: number) => {
    let text = '';
    for (let n = from; n < from + 500; n += 1) text += `line ${n} \u001b[${31 + (n % 5)}mcoloured\u001b[0m\n`;
    return encoder.encode(text);
  };
  const pieces = Array.from({ length: 44 }, (_, i) => pieceOf(i * 500));
  const stored = (buffer: LineBuffer, number: number) => {
    const { from, to } = buffer.rangeOf(number) ?? { from: { seq: 0, offset: 0 }, to: null };
    return pieces.flatMap((bytes, seq) => {
      if (seq < from.seq || (to && (seq > to.seq || (seq === to.seq && to.offset === 0)))) return [];
      const start = seq === from.seq ? from.offset : 0;
      const end = to && seq === to.seq ? to.offset : bytes.length;
      const stream: TextStream = 'stdout';
      return [{ bytes: bytes.subarray(start, end), stream, origin: { seq, offset: start, at: seq + 1 } }];
    });
  };
  const longBuffer = () => {
    const buffer = new LineBuffer();
    buffer.setColumns(12);
    for (const [seq, bytes] of pieces.entries())
      buffer.append(bytes, 'stdout', { seq, offset: 0, at: seq + 1 });
    return buffer;
  };

  test('segments go and come back, and every row is what it was', () => {
    const buffer = longBuffer();
    const total = buffer.rowCount;
    const shown = () => JSON.stringify(rowsOf(buffer, { columns: 12 }, 0, total));
    const before = shown();
    expect(buffer.pieceCount).toBeGreaterThan(4);
    let freed = 0;
    while (buffer.releaseOldest() > 0) freed += 1;
    expect(freed).toBe(buffer.pieceCount - 1);
    expect(buffer.rowCount).toBe(total);
    expect(rowsOf(buffer, { columns: 12 }, 0, 3).map(({ kind }) => kind)).toEqual(['away', 'away', 'away']);
    for (let number = 0; number < buffer.pieceCount; number += 1) buffer.fill(number, stored(buffer, number));
    expect(shown() === before).toBe(true);
    expect(buffer.shifts.every(({ delta }) => delta === 0)).toBe(true);
  });

  test('the least used one goes first, the one that is written never', () => {
    const buffer = longBuffer();
    rowsOf(buffer, { columns: 12 }, 0, 10);
    while (buffer.memory > 800_000) buffer.releaseOldest();
    expect(buffer.piece(0)?.bytes).toBeTruthy();
    expect(buffer.piece(1)?.bytes).toBeNull();
    expect(buffer.piece(buffer.pieceCount - 1)?.bytes).toBeTruthy();
  });

  test('a guess about what was never read is put right when it is read', () => {
    const buffer = new LineBuffer();
    buffer.setColumns(12);
    const last = pieces.at(-1) ?? new Uint8Array();
    buffer.append(last, 'stdout', { seq: 43, offset: 0, at: 1 });
    const tail = buffer.rowCount;
    buffer.prepend([{ used: 100, count: 400, from: { seq: 0, offset: 0 }, style: '', continued: false }]);
    expect(buffer.rowCount).toBe(tail + 400);
    buffer.fill(0, stored(buffer, 0));
    expect(buffer.rowCount).toBe(longBuffer().rowCount);
    expect(buffer.shifts.at(-1)).toEqual({ row: 400, delta: buffer.rowCount - tail - 400 });
    expect(rowsOf(buffer, { columns: 12 }, 0, 1)[0]?.spans[0]?.text).toBe('line 0 ');
  });
});

describe('progress bars that move the cursor', () => {
  test('two bars stay two lines, and what follows is below them', () => {
    const buffer = bufferOf('start\n', 'a 0%\nb 0%\n');
    for (let n = 1; n <= 100; n += 1)
      buffer.append(encoder.encode(`\u001b[2A\u001b[2Ka ${n}%\n\u001b[2Kb ${n}%\n`), 'stdout');
    buffer.append(encoder.encode('done\n'), 'stdout');
    expect(lines(buffer).map((line) => line.replaceAll('\u001b[2K', ''))).toEqual([
      'start',
      'a 100%',
      'b 100%',
      'done',
    ]);
  });

  test('a bar below another is not lost when the cursor goes up', () => {
    const buffer = bufferOf(
      'one 0%',
      '\n\rtwo 0%\u001b[A',
      '\rone 50%',
      '\n\rtwo 50%\u001b[A',
      '\rone 100%\n\n',
    );
    expect(lines(buffer)).toEqual(['one 100%', 'two 50%']);
  });

  test('column 1 is a carriage return; erasing below drops lines', () => {
    expect(lines(bufferOf('half\u001b[1Gwhole\n'))).toEqual(['whole']);
    expect(lines(bufferOf('a\nb\nc\n\u001b[3A\u001b[Jx\n'))).toEqual(['x']);
  });

  test('going up further than there is ends at the first line', () => {
    expect(lines(bufferOf('a\n\u001b[99Ab\n'))).toEqual(['b']);
  });
});

test('a long line shows its beginning and an offer, until it is asked for', () => {
  const buffer = bufferOf(`${'x'.repeat(20_000)}\nnext\n`);
  const rows = () => rowsOf(buffer, { columns: Number.POSITIVE_INFINITY }, 0, 99);
  expect(rows().map(({ kind }) => kind)).toEqual(['text', 'more', 'text', 'text']);
  expect(buffer.rowCount).toBe(4);
  buffer.setUnfolded(true);
  expect(rows().map(({ kind }) => kind)).toEqual(['text', 'text', 'text', 'text', 'text', 'text']);
});

test('links and matches are found over the fold, and only https', () => {
  const buffer = bufferOf('see https://example.com/a/b?c=d(e). and http://x.y or javascript:z\n');
  const rows = rowsOf(buffer, { columns: 20, find: 'EXAMPLE.com/A' }, 0, 9);
  const linked = rows.flatMap(({ spans }) => spans.filter(({ link }) => link !== undefined));
  expect(linked.map(({ text }) => text).join('')).toBe('https://example.com/a/b?c=d(e)');
  expect(new Set(linked.map(({ link }) => link))).toEqual(new Set(['https://example.com/a/b?c=d(e)']));
  const matched = rows.flatMap(({ spans }) => spans.filter(({ match }) => match));
  expect(matched.map(({ text }) => text).join('')).toBe('example.com/a');
});
