/** The store behind the output view: lines, returns, colours, folding, and a bounded tail. */
import { describe, expect, test } from 'vitest';
import { LineBuffer, maxLineBytes } from '../../src-renderer/stores/output/line-buffer.ts';
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
    expect(rowsOf(buffer, 4, 0, 99).map((row) => row.spans.map((span) => span.text).join(''))).toEqual([
      'abcd',
      'efgh',
      'ij',
      'äöüä',
      'öü',
      '日本',
      '語',
      'red',
    ]);
    expect(buffer.rowCount).toBe(8);
  });

  test('colours go on over rows and lines until they are reset', () => {
    const buffer = bufferOf('\u001b[32mgreen\nstill\u001b[0m\nplain\n');
    buffer.setColumns(3);
    const classes = rowsOf(buffer, 3, 0, 99).map((row) => row.spans[0]?.className ?? '');
    expect(classes).toEqual(['ansi-green-fg', 'ansi-green-fg', 'ansi-green-fg', 'ansi-green-fg', '', '']);
  });

  test('every row is found again, also after a change of the width', () => {
    const buffer = bufferOf(...Array.from({ length: 20_000 }, (_, i) => `${i} ${'x'.repeat(i % 50)}\n`));
    for (const columns of [Number.POSITIVE_INFINITY, 20, 7]) {
      buffer.setColumns(columns);
      const total = buffer.rowCount;
      expect(rowsOf(buffer, columns, 0, total + 10)).toHaveLength(total);
      const middle = Math.floor(total / 2);
      const [first] = rowsOf(buffer, columns, middle, middle + 1);
      expect(first).toEqual(rowsOf(buffer, columns, 0, total)[middle]);
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

test('the oldest segment goes in one step, and what is left is right', () => {
  const buffer = bufferOf(...Array.from({ length: 30_000 }, (_, i) => `line ${i}\n`));
  buffer.setColumns(80);
  const before = buffer.lineCount;
  const freed = buffer.dropOldest();
  expect(freed).toBeGreaterThan(0);
  expect(buffer.droppedLines + buffer.lineCount).toBe(before);
  expect(buffer.droppedRows).toBe(buffer.droppedLines);
  expect(decoder.decode(buffer.line(0)?.bytes)).toBe(`line ${buffer.droppedLines}`);
  expect(decoder.decode(buffer.line(buffer.lineCount - 1)?.bytes)).toBe('line 29999');
  while (buffer.dropOldest() > 0) expect(buffer.rowCount).toBe(buffer.lineCount);
  expect(buffer.lineCount).toBeGreaterThan(0);
});
