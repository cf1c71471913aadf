/** Models of the shell in Node: readings as columns and tables, facts of a session, what is remembered. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sessionFacts } from '../../src-renderer/features/inspector/session-facts.ts';
import {
  axisEnd,
  gapMs,
  knows,
  lastMinutes,
  summarize,
  tableRows,
  toColumns,
} from '../../src-renderer/features/metrics/metrics-model.ts';
import { roughTime } from '../../src-renderer/messages/sidebar.ts';
import { LayoutMemory, writeAfter } from '../../src-renderer/stores/layout-memory.ts';
import { keptMs, MetricsFeeds } from '../../src-renderer/stores/metrics-feeds.ts';
import type { DriverManifest } from '../../src-shared/domain/driver-manifest.ts';
import type { MetricsSample } from '../../src-shared/domain/metrics.ts';
import { type Session, sessionSchema } from '../../src-shared/domain/session.ts';
import { manifests } from '../support/scenario/manifests.ts';

function sample(at: number, patch: Partial<MetricsSample> = {}): MetricsSample {
  return {
    ...{ at, elapsedMs: at, cpuPercent: 50, cpuCount: 2, memoryUsed: 100, memoryTotal: 1000 },
    ...{ diskUsed: null, diskTotal: null, processes: 3, networkReceived: null, networkSent: null },
    ...patch,
  };
}

describe('readings', () => {
  test('counters become rates; a counter that begins anew, or was not known before, gives none', () => {
    const { received, sent } = toColumns([
      sample(0, { networkReceived: 1000 }),
      sample(2000, { networkReceived: 5000, networkSent: 10 }),
      sample(4000, { networkReceived: 200, networkSent: 30 }),
      sample(6000, { networkReceived: null, networkSent: 30 }),
    ]);
    expect(received).toEqual([null, 2000, null, null]);
    expect(sent).toEqual([null, null, 10, 0]);
  });

  test('a pause breaks the lines, and no rate is made over it', () => {
    const columns = toColumns([
      sample(0, { networkSent: 0 }),
      sample(gapMs + 1, { networkSent: 9000 }),
      sample(gapMs + 2001, { networkSent: 9100 }),
    ]);
    expect(columns.at).toEqual([0, 1, gapMs + 1, gapMs + 2001]);
    expect(columns.cpu).toEqual([50, null, 50, 50]);
    expect(columns.sent).toEqual([null, null, null, 50]);
  });

  test('what is shown is the last minutes and one row before', () => {
    const columns = toColumns(Array.from({ length: 400 }, (_, n) => sample(n * 2000)));
    const until = 399 * 2000;
    expect(lastMinutes(columns, 1, until).at.slice(0, 2)).toEqual([until - 62_000, until - 60_000]);
    expect(lastMinutes(columns, 5, until).at).toHaveLength(152);
    expect(lastMinutes(columns, 60, until).at).toHaveLength(400);
    expect(lastMinutes(toColumns([]), 5, 0).at).toEqual([]);
  });

  test('the table has means of pieces of the time, the newest first, and no empty rows', () => {
    const columns = toColumns(Array.from({ length: 20 }, (_, n) => sample(n * 2000, { cpuPercent: n })));
    const rows = tableRows(columns, 5);
    expect(rows.map(({ at, cpu }) => [at, cpu])).toEqual([
      [38_000, 17],
      [28_000, 12],
      [18_000, 7],
      [8_000, 2],
    ]);
    expect(tableRows(toColumns([sample(0), sample(gapMs * 3)]), 1)).toHaveLength(2);
  });

  test('what a driver never says is known as unknown; summaries and axes', () => {
    const columns = toColumns([sample(0, { cpuPercent: 150 }), sample(2000)]);
    expect([knows(columns, 'cpu'), knows(columns, 'disk'), knows(columns, 'network')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(summarize(columns.cpu)).toEqual({ latest: 50, mean: 100, greatest: 150 });
    expect(summarize(columns.disk)).toBeNull();
    expect(axisEnd('cpu', columns, undefined)).toBe(200);
    // Of 64 GB, 100 bytes would be no line at all: then the axis follows what is used.
    expect(axisEnd('memory', columns, sample(0, { memoryTotal: 64 * 1024 ** 3 }))).toBe(1_048_576);
    expect(axisEnd('memory', columns, sample(0, { memoryTotal: 2_000_000 }))).toBe(2_000_000);
  });
});

describe('a feed', () => {
  test('is one stream for all who use it, starts with what main kept, and ends with the last user', async () => {
    const opened: { push: (samples: MetricsSample[]) => void; closed: boolean }[] = [];
    const bridge = {
      open: (_name: string, _input: unknown, observer: { onData: (items: MetricsSample[]) => void }) => {
        const stream = { push: observer.onData, closed: false };
        opened.push(stream);
        return {
          done: new Promise(() => {}),
          cancel: () => {},
          close: () => Object.assign(stream, { closed: true }),
        };
      },
    };
    const feeds = new MetricsFeeds(bridge as never);
    const [first, second] = [feeds.use('s1'), feeds.use('s1')];
    expect(opened).toHaveLength(1);
    first();
    first();
    expect(opened[0]?.closed).toBe(false);
    second();
    await expect.poll(() => opened[0]?.closed).toBe(true);
    feeds.use('s1');
    expect(opened).toHaveLength(2);
    opened[1]?.push([sample(0), sample(2000)]);
    await expect.poll(() => feeds.store('s1').getState().samples).toHaveLength(2);
    opened[1]?.push([sample(keptMs + 1000)]);
    await expect
      .poll(() =>
        feeds
          .store('s1')
          .getState()
          .samples.map(({ at }) => at),
      )
      .toEqual([2000, keptMs + 1000]);
    feeds.keepOnly(new Set());
    expect(feeds.store('s1').getState().isOpen).toBe(true);
  });
});

describe('facts', () => {
  const session: Session = sessionSchema.parse({
    ...{ id: 's', profileId: 'p', profileName: 'Work', driverType: 'docker', status: 'active' },
    ...{ disconnecting: false, reason: { text: 'Connected' }, step: null, startedAt: 1, lastActivity: 2 },
    ...{ changedAt: 1, link: { state: 'live', since: 1, attempt: 0, nextAt: null } },
    ...{ endedAt: null, endsAt: null, isolation: 'container', warnings: [], keep: 'end' },
    metadata: { sandboxId: 'abc', image: 'python:3.13-slim', keeper: 'k', nonce: 'n' },
  });
  const docker = manifests.find(({ type }) => type === 'docker');
  const ids = (facts: { id: string }[]) => facts.map(({ id }) => id);

  test('come from the session, the profile and the manifest, and from no other metadata', () => {
    const settings = {
      memoryMb: 2048,
      cpus: 1.5,
      ports: ['8000', '127.0.0.1:9000:3000/tcp', 'x'],
      workingFolder: '/w',
    };
    const { facts, limits, ports } = sessionFacts(session, settings, docker, 10);
    expect(ids(facts)).toEqual([
      'driver',
      'image',
      'sandbox',
      'isolation',
      'folder',
      'started',
      'activity',
      'keep',
    ]);
    expect(facts.find(({ id }) => id === 'keep')?.value).toBe('Remove the container');
    expect(limits.map(({ label, value }) => [label, value])).toEqual([
      ['Memory', '2,048 MB'],
      ['Processors', '1.5'],
    ]);
    expect(ports).toEqual([8000, 3000]);
  });

  test('say what a disconnect does, and of a sandbox of somebody else that it is left', () => {
    const e2b = manifests.find(({ type }) => type === 'e2b') as DriverManifest;
    const keep = (metadata: Session['metadata']) =>
      sessionFacts({ ...session, keep: 'pause', metadata }, {}, e2b, 10).facts.find(
        ({ id }) => id === 'keep',
      );
    expect(keep({})?.value).toBe('Pause');
    expect(keep({ foreign: true })?.value).toBe('Left as it is');
    expect(sessionFacts({ ...session, status: 'error', endedAt: 9 }, null, undefined, 10).limits).toEqual([]);
  });
});

describe('layout', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is written once after the last change, with what others stored, and is at hand at once', () => {
    const written: unknown[] = [];
    const memory = new LayoutMemory(
      () => ({ editor: 40, sidebar: 200 }),
      (layout) => written.push(layout),
    );
    memory.set('sidebar', 200);
    expect(vi.getTimerCount()).toBe(0);
    for (const width of [210, 220, 230]) memory.set('sidebar', width);
    expect(memory.get('sidebar', 0)).toBe(230);
    expect(memory.get('unknown', 7)).toBe(7);
    vi.advanceTimersByTime(writeAfter);
    memory.flush();
    expect(written).toEqual([{ editor: 40, sidebar: 230 }]);
  });
});

test('time left is said to the minute', () => {
  expect([59_000, 60_000, 41 * 60_000, 125 * 60_000].map(roughTime)).toEqual([
    '< 1 min',
    '1 min',
    '41 min',
    '2 h 5 min',
  ]);
});
