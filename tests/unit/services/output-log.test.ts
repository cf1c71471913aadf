import { describe, expect, test } from 'vitest';
import { OutputLog, outputLimits, sizeOf } from '../../../src-main/services/output-log.ts';
import type { OutputEvent, StoredOutput } from '../../../src-shared/domain/execution.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A table in memory: what was committed, in order. */
class MemoryTable {
  items: StoredOutput[] = [];
  commits = 0;
  fail: Error | null = null;
  append(_id: string, items: readonly StoredOutput[]): void {
    if (this.fail) throw this.fail;
    this.items.push(...items);
    this.commits += 1;
  }
  readOutput(_id: string, fromSeq: number, maxBytes: number) {
    const items: StoredOutput[] = [];
    let bytes = 0;
    for (const item of this.items.slice(fromSeq)) {
      if (bytes >= maxBytes) break;
      items.push(item);
      bytes += sizeOf(item.event);
    }
    const next = fromSeq + items.length;
    return { items, next: next < this.items.length ? next : null };
  }
}

const text = (value: string, stream: 'stdout' | 'stderr' = 'stdout'): OutputEvent => ({
  type: 'text',
  stream,
  bytes: new TextEncoder().encode(value),
});
const block = (bytes: number): OutputEvent => ({
  type: 'text',
  stream: 'stdout',
  bytes: new Uint8Array(bytes),
});
const joined = (items: readonly StoredOutput[]) =>
  items
    .map(({ event }) => (event.type === 'text' ? Buffer.from(event.bytes).toString() : event.type))
    .join('|');
const turn = () => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const clock = new FakeClock();
  const table = new MemoryTable();
  const failures: unknown[] = [];
  const log = new OutputLog({ executionId: 'e', table, clock, onFailure: (error) => failures.push(error) });
  return { clock, table, log, failures };
}

describe('storing', () => {
  test('the first piece is stored at once, later ones in batches, neighbours of one stream merged', async () => {
    const { clock, table, log } = setUp();
    log.write(text('a'));
    await clock.advance(0);
    expect(joined(table.items)).toBe('a');
    log.write(text('b'));
    log.write(text('c'));
    log.write(text('d', 'stderr'));
    log.write(text('e'));
    await clock.advance(outputLimits.flushMs - 1);
    expect(table.commits).toBe(1);
    await clock.advance(1);
    expect(joined(table.items)).toBe('a|bc|d|e');
    expect(table.items.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
  });

  test('close stores what waits and leaves no timer', () => {
    const { clock, table, log } = setUp();
    log.write(text('last words'));
    log.close();
    expect(joined(table.items)).toBe('last words');
    expect(clock.pending).toBe(0);
    expect(log.totals).toEqual({ outputBytes: 10, outputCount: 1 });
  });

  test('a database that refuses is reported once, and nothing is shown that was not stored', async () => {
    const { clock, table, log, failures } = setUp();
    table.fail = new Error('disk full');
    log.write(text('x'));
    await clock.advance(0);
    log.write(text('y'));
    log.close();
    expect(failures).toHaveLength(1);
    const seen = await Array.fromAsync(
      log.follow(0, { patient: true, signal: new AbortController().signal }),
    );
    expect(seen).toEqual([]);
  });
});

describe('following', () => {
  test('a follower sees everything in order, from any position, and ends with the execution', async () => {
    const { clock, log } = setUp();
    log.write(text('one'));
    await clock.advance(0);
    const all = Array.fromAsync(log.follow(0, { patient: true, signal: new AbortController().signal }));
    log.write({ type: 'notice', level: 'info', text: 'n' });
    log.write(text('two'));
    await clock.advance(outputLimits.flushMs);
    log.close();
    expect(joined((await all).flat())).toBe('one|notice|two');
    const rest = await Array.fromAsync(
      log.follow(1, { patient: true, signal: new AbortController().signal }),
    );
    expect(joined(rest.flat())).toBe('notice|two');
  });

  test('a follower is never shown what is not stored yet', async () => {
    const { clock, table, log } = setUp();
    const seen: StoredOutput[] = [];
    const reading = (async () => {
      for await (const items of log.follow(0, { patient: true, signal: new AbortController().signal })) {
        for (const item of items) expect(table.items).toContain(item);
        seen.push(...items);
      }
    })();
    for (let i = 0; i < 50; i += 1) {
      log.write(text(`${i} `));
      await clock.advance(7);
    }
    log.close();
    await reading;
    expect(joined(seen).replaceAll('|', '')).toBe(Array.from({ length: 50 }, (_, i) => `${i} `).join(''));
  });

  test('aborting a follower ends it and frees who waited for it', async () => {
    const { clock, log } = setUp();
    const stop = new AbortController();
    const reading = Array.fromAsync(log.follow(0, { patient: true, signal: stop.signal }));
    await turn();
    stop.abort();
    await reading;
    log.write(block(outputLimits.followerBytes * 2));
    expect(log.write(text('goes on'))).toBeUndefined();
    log.close();
    expect(clock.pending).toBe(0);
  });
});

describe('back-pressure', () => {
  const fill = (log: OutputLog) => {
    let held: undefined | Promise<void>;
    for (let bytes = 0; bytes <= outputLimits.followerBytes && !held; bytes += outputLimits.itemBytes) {
      held = log.write(block(outputLimits.itemBytes)) ?? undefined;
    }
    return held;
  };

  test('without a follower nothing is held back', () => {
    const { log } = setUp();
    expect(fill(log)).toBeUndefined();
    log.close();
  });

  test('a patient follower that is behind holds the sandbox back until it has read on', async () => {
    const { clock, log } = setUp();
    const reader = log.follow(0, { patient: true, signal: new AbortController().signal });
    const first = reader.next();
    let released = false;
    let held = fill(log);
    await first;
    held ??= fill(log);
    expect(held).toBeInstanceOf(Promise);
    held?.then(() => {
      released = true;
    });
    await clock.advance(60_000);
    expect(released).toBe(false);
    for (let i = 0; i < 100 && !released; i += 1) {
      await reader.next();
      await turn();
    }
    expect(released).toBe(true);
    log.close();
  });

  test('a follower that stands still holds the sandbox back for two seconds, then catches up from the database', async () => {
    const { clock, log, table } = setUp();
    const reader = log.follow(0, { patient: false, signal: new AbortController().signal });
    const first = reader.next();
    let held = fill(log);
    const seen = [...((await first).value ?? [])];
    held ??= fill(log);
    expect(held).toBeInstanceOf(Promise);
    await clock.advance(outputLimits.patienceMs);
    await held;
    expect(fill(log)).toBeUndefined();
    log.close();
    for await (const items of reader) seen.push(...items);
    expect(seen.map(({ seq }) => seq)).toEqual(table.items.map(({ seq }) => seq));
  });
});
