/** Readings of a session: one loop for all who look, the last hour for who comes later, nothing while nobody looks. */
import { expect, test } from 'vitest';
import { keptMs, MetricsService } from '../../../src-main/services/metrics.ts';
import type { SessionsService } from '../../../src-main/services/sessions.ts';
import type { MetricsSample } from '../../../src-shared/domain/metrics.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setUp(read?: () => Promise<Partial<MetricsSample>>, intervalMs = 2000) {
  const clock = new FakeClock();
  const ended = new AbortController();
  let readings = 0;
  const driver = {
    manifest: { capabilities: { metrics: true } },
    metrics: async () => {
      readings += 1;
      return { at: clock.now(), cpuPercent: readings, ...(await read?.()) };
    },
  };
  const live = () => ({
    session: { id: 's1', profileName: 'Work', startedAt: clock.now() - 1000 },
    driver,
    connection: {},
    ended: ended.signal,
  });
  const sessions = { live } as unknown as SessionsService;
  return {
    clock,
    ended,
    count: () => readings,
    metrics: new MetricsService({ sessions, clock, intervalMs }),
  };
}

/** Lets what waits run, then lets `ms` pass. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  await clock.advance(0);
  await clock.advance(ms);
}

test('two who look share one reading; who comes later gets what is kept at once', async () => {
  const { clock, metrics, count } = setUp();
  const first = new AbortController();
  const second = new AbortController();
  const one = metrics.watch('s1', first.signal);
  expect((await one.next()).value).toMatchObject([{ cpuPercent: 1, elapsedMs: 1000 }]);
  for (let n = 0; n < 3; n += 1) await pass(clock, 2000);
  const late = metrics.watch('s1', second.signal);
  expect((await late.next()).value).toHaveLength(4);
  expect((await one.next()).value).toHaveLength(3);
  const [a, b] = [one.next(), late.next()];
  await pass(clock, 2000);
  expect((await a).value).toEqual((await b).value);
  expect(count()).toBe(5);
  first.abort();
  second.abort();
  expect((await one.next()).done).toBe(true);
  expect((await late.next()).done).toBe(true);
  await pass(clock, 60_000);
  expect(count()).toBe(5);
});

test('what is older than an hour is dropped, and nothing is given twice', async () => {
  const { clock, metrics } = setUp(undefined, 200_000);
  const look = metrics.watch('s1', new AbortController().signal);
  const seen: number[] = [];
  for (let n = 0; n < 40; n += 1) {
    const next = look.next();
    await pass(clock, n === 0 ? 0 : 200_000);
    seen.push(...((await next).value ?? []).map(({ cpuPercent }: MetricsSample) => cpuPercent ?? -1));
  }
  expect(seen).toEqual([...seen.keys()].map((n) => n + 1));
  const late = (await metrics.watch('s1', new AbortController().signal).next()).value ?? [];
  expect(late.length).toBe(keptMs / 200_000);
  expect(late.at(-1)?.cpuPercent).toBe(40);
});

test('a reading that fails is skipped; the end of the session ends the stream', async () => {
  let fails = true;
  const { clock, metrics, ended } = setUp(async () => {
    if (fails) throw new Error('not now');
    return {};
  });
  const look = metrics.watch('s1', new AbortController().signal);
  const first = look.next();
  await pass(clock, 2000);
  fails = false;
  await pass(clock, 2000);
  expect((await first).value).toHaveLength(1);
  const end = look.next();
  ended.abort();
  expect((await end).done).toBe(true);
});
