/** What the window keeps of an execution: order, gaps, a bounded tail, paints at ten a second. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { outlineOf } from '../../src-main/services/output/outline.ts';
import type { OutputReader } from '../../src-main/services/output/output-reader.ts';
import { defaultLimits, ExecutionOutput } from '../../src-renderer/stores/output/execution-output.ts';
import { FlushClock, flushInterval } from '../../src-renderer/stores/output/flush-clock.ts';
import { rowsOf } from '../../src-renderer/stores/output/row.ts';
import type { Reader } from '../../src-renderer/stores/output/stored-reader.ts';
import type { OutputEvent, StoredOutput } from '../../src-shared/domain/execution.ts';

const encoder = new TextEncoder();
const text = (value: string): OutputEvent => ({
  type: 'text',
  stream: 'stdout',
  bytes: encoder.encode(value),
});
/** `count` lines from `from` on. */
const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `line ${from + i}\n`).join('');
const readerOf = (items: readonly StoredOutput[]): Reader => {
  const database: OutputReader = {
    readOutput: (_, fromSeq, maxBytes) => {
      let bytes = 0;
      const page = items.slice(fromSeq).filter(({ event }) => {
        const isRoom = bytes < maxBytes;
        bytes += event.type === 'text' ? event.bytes.length : 100;
        return isRoom;
      });
      const next = fromSeq + page.length;
      return { items: page, next: next < items.length ? next : null };
    },
  };
  return {
    read: async (fromSeq, maxBytes) => database.readOutput('', fromSeq, maxBytes),
    outline: async (from, to) => outlineOf(database, '', from, to),
  };
};
const stored = (seq: number, event: OutputEvent): StoredOutput => ({ seq, at: 0, event });

describe('parts', () => {
  test('text runs together, everything else is a part of its own, in order', () => {
    const output = new ExecutionOutput(defaultLimits, () => {});
    output.append([
      stored(0, text('a\n')),
      stored(1, text('b\n')),
      stored(2, { type: 'notice', level: 'info', text: 'n' }),
      stored(3, text('c\n')),
      stored(4, { type: 'rich', role: 'result', data: { 'text/plain': '42' } }),
    ]);
    expect(output.parts.map(({ kind }) => kind)).toEqual(['text', 'notice', 'text', 'rich']);
    expect(output.text()).toBe('a\nb\nn\nc\n42');
  });

  test('events seen before are dropped, missing ones become a gap', () => {
    const output = new ExecutionOutput(defaultLimits, () => {});
    output.append([stored(0, text('a')), stored(1, text('b'))]);
    output.append([stored(0, text('a')), stored(1, text('b')), stored(2, text('c'))]);
    expect(output.text()).toBe('abc');
    output.append([stored(5, text('f'))]);
    expect(output.parts.map(({ kind }) => kind)).toEqual(['text', 'gap', 'text']);
    expect(output.nextSeq).toBe(6);
  });

  test('a long text takes bounded memory and stays reachable from the first line on', async () => {
    const items = Array.from({ length: 100 }, (_, seq) => stored(seq, text(numbered(seq * 1000, 1000))));
    const output = new ExecutionOutput({ bytes: 2_000_000, parts: 50 }, () => {}, readerOf(items));
    for (const item of items) output.append([item]);
    output.setState('complete');
    expect(output.keptBytes).toBeLessThanOrEqual(2_000_000);
    expect(output.droppedBytes).toBe(0);
    expect(output.isWhole).toBe(false);
    const [part] = output.parts;
    if (part?.kind !== 'text') throw new Error('no text');
    const { buffer } = part;
    expect(buffer.rowCount).toBe(100_000);
    for (const row of [0, 50_000, 99_999]) {
      const at = buffer.locate(row);
      if (at?.line === -1) await output.fill(buffer, at.piece);
      expect(rowsOf(buffer, { columns: 80 }, row, row + 1)[0]?.spans[0]?.text).toBe(`line ${row}`);
      expect(output.keptBytes).toBeLessThanOrEqual(2_000_000);
    }
    output.release();
    expect(output.keptBytes).toBe(0);
    expect(buffer.rowCount).toBe(100_000);
  });

  test('what was not read at first is outlined, lines whole where the reading began', async () => {
    const items = [
      ...Array.from({ length: 30 }, (_, seq) => stored(seq, text(numbered(seq * 1000, 1000).slice(0, -3)))),
      stored(30, { type: 'rich', role: 'display', data: { 'image/png': 'AAAA' } }),
      ...Array.from({ length: 30 }, (_, i) =>
        stored(31 + i, text(numbered((30 + i) * 1000, 1000).slice(0, -3))),
      ),
    ];
    const whole = new ExecutionOutput({ bytes: 99_000_000, parts: 50 }, () => {});
    whole.append(items);
    const output = new ExecutionOutput({ bytes: 99_000_000, parts: 50 }, () => {}, readerOf(items));
    output.startAt(50, 1000);
    output.append(items.slice(50));
    output.setState('complete');
    await output.loadHead();
    expect(output.droppedBytes).toBe(0);
    expect(output.parts.map(({ kind }) => kind)).toEqual(['text', 'shelved', 'text']);
    for (const part of output.parts) {
      if (part.kind === 'shelved') await output.unshelve(part.id);
      if (part.kind !== 'text') continue;
      for (let n = 0; n < part.buffer.pieceCount; n += 1) await output.fill(part.buffer, n);
    }
    expect(output.parts.map(({ kind }) => kind)).toEqual(['text', 'rich', 'text']);
    expect(output.text()).toBe(whole.text());
  });

  test('a flood of rich values keeps the latest', () => {
    const output = new ExecutionOutput({ ...defaultLimits, parts: 10 }, () => {});
    for (let seq = 0; seq < 1000; seq += 1) {
      output.append([stored(seq, { type: 'rich', role: 'display', data: { 'text/plain': String(seq) } })]);
    }
    expect(output.parts).toHaveLength(10);
    expect(output.droppedBytes).toBeGreaterThan(900);
    expect(output.text().split('\n').at(-1)).toBe('999');
  });

  test('large values are put away, oldest first, and come back', async () => {
    const items = Array.from({ length: 10 }, (_, seq) =>
      stored(seq, { type: 'rich', role: 'display', data: { 'image/png': String(seq).repeat(500_000) } }),
    );
    const output = new ExecutionOutput({ bytes: 2_000_000, parts: 50 }, () => {}, readerOf(items));
    output.append(items);
    expect(output.parts.filter(({ kind }) => kind === 'rich')).toHaveLength(4);
    const [first] = output.parts;
    await output.unshelve(first?.id ?? 0);
    expect(output.parts[0]).toMatchObject({ kind: 'rich', seq: 0 });
  });
});

describe('flush clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('the first bytes are painted at once, the rest ten times a second', () => {
    const clock = new FlushClock();
    vi.advanceTimersByTime(1000);
    const output: ExecutionOutput = new ExecutionOutput(defaultLimits, () => clock.request(output));
    let paints = 0;
    output.subscribe(() => {
      paints += 1;
    });
    output.append([stored(0, text('a'))]);
    vi.advanceTimersByTime(0);
    expect(paints).toBe(1);
    for (let ms = 1; ms <= 1000; ms += 1) {
      output.append([stored(ms, text('x'))]);
      vi.advanceTimersByTime(1);
    }
    expect(paints).toBe(1 + 1000 / flushInterval);
  });

  test('a sender that is far ahead of the paints waits for the next one', async () => {
    const clock = new FlushClock();
    clock.request({ flush: () => {} });
    vi.advanceTimersByTime(0);
    clock.request({ flush: () => {} });
    let acks = 0;
    const count = () => {
      acks += 1;
    };
    for (let i = 0; i < 8; i += 1) void clock.taken(1_048_576).then(count);
    await vi.waitFor(() => expect(acks).toBe(4));
    vi.advanceTimersByTime(flushInterval);
    await vi.waitFor(() => expect(acks).toBe(8));
  });
});
