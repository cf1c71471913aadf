/** What the window keeps of an execution: order, gaps, a bounded tail, paints at ten a second. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultLimits, ExecutionOutput } from '../../src-renderer/stores/output/execution-output.ts';
import { FlushClock, flushInterval } from '../../src-renderer/stores/output/flush-clock.ts';
import type { OutputEvent, StoredOutput } from '../../src-shared/domain/execution.ts';

const encoder = new TextEncoder();
const text = (value: string): OutputEvent => ({
  type: 'text',
  stream: 'stdout',
  bytes: encoder.encode(value),
});
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

  test('a long text keeps its tail and says how much is elsewhere', () => {
    const output = new ExecutionOutput({ bytes: 2_000_000, rows: 100_000, parts: 50 }, () => {});
    const line = `${'x'.repeat(99)}\n`;
    for (let seq = 0; seq < 100; seq += 1) output.append([stored(seq, text(line.repeat(1000)))]);
    expect(output.totalBytes).toBe(10_000_000);
    expect(output.keptBytes).toBeLessThanOrEqual(2_000_000);
    expect(output.keptBytes).toBeGreaterThan(1_500_000);
    // Newlines are not stored: what is kept and what was dropped add up to the text without them.
    expect(output.keptBytes + output.droppedBytes).toBe(9_900_000);
  });

  test('a flood of rich values keeps the latest', () => {
    const output = new ExecutionOutput({ ...defaultLimits, parts: 10 }, () => {});
    for (let seq = 0; seq < 1000; seq += 1) {
      output.append([stored(seq, { type: 'rich', role: 'display', data: { 'text/plain': String(seq) } })]);
    }
    expect(output.parts).toHaveLength(10);
    expect(output.text().split('\n').at(-1)).toBe('999');
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
