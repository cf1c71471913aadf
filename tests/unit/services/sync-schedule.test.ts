/** When a watched root is synced, and which files rest: with a clock that the test moves. */
import { expect, test } from 'vitest';
import { BusyPaths } from '../../../src-main/services/sync/busy-paths.ts';
import { WatchSchedule } from '../../../src-main/services/sync/watch-schedule.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function scheduled(): {
  clock: FakeClock;
  runs: number[];
  schedule: WatchSchedule;
  cycle: (end?: Ended) => void;
} {
  const clock = new FakeClock();
  const from = clock.now();
  const runs: number[] = [];
  const schedule = new WatchSchedule({
    clock,
    run: () => {
      runs.push(clock.now() - from);
      schedule.began();
    },
  });
  return { clock, runs, schedule, cycle: (end = 'changed') => schedule.ended(end) };
}
type Ended = Parameters<WatchSchedule['ended']>[0];

test('a cycle at once; then 80 ms after a burst of changes is over, 1 s after its beginning at the latest', async () => {
  const { clock, runs, schedule, cycle } = scheduled();
  schedule.start();
  expect(runs).toEqual([0]);
  cycle();
  for (let n = 0; n < 3; n += 1) {
    schedule.changed();
    await clock.advance(50);
  }
  expect(runs).toEqual([0]);
  await clock.advance(30);
  expect(runs).toEqual([0, 180]);
  cycle();
  for (let n = 0; n < 30; n += 1) {
    schedule.changed();
    await clock.advance(50);
  }
  expect(runs.at(2)).toBe(1180);
  schedule.dispose();
  expect(clock.pending).toBe(0);
});

test('what changes during a cycle is synced after it; nothing runs twice at a time', async () => {
  const { clock, runs, schedule, cycle } = scheduled();
  schedule.start();
  schedule.changed();
  schedule.answered();
  await clock.advance(500);
  expect(runs).toEqual([0]);
  cycle();
  expect(runs).toEqual([0, 500]);
  cycle();
  schedule.answered();
  expect(runs).toEqual([0, 500, 500]);
  schedule.dispose();
});

test('everything is looked at once a minute, whatever the watchers say', async () => {
  const { clock, runs, schedule, cycle } = scheduled();
  schedule.start();
  cycle('same');
  await clock.advance(60_000);
  cycle('same');
  await clock.advance(60_000);
  expect(runs).toEqual([0, 60_000, 120_000]);
  schedule.dispose();
});

test('after failures later and later up to a minute, whatever changes; at once when the link is back', async () => {
  const { clock, runs, schedule, cycle } = scheduled();
  schedule.start();
  const gaps: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    cycle('failed');
    const before = clock.now();
    schedule.changed();
    schedule.answered();
    const count = runs.length;
    for (let ms = 0; runs.length === count && ms < 100; ms += 1) await clock.advance(1000);
    gaps.push(clock.now() - before);
  }
  expect(gaps).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  cycle('failed');
  const count = runs.length;
  schedule.now();
  expect(runs.length).toBe(count + 1);
  cycle('failed');
  await clock.advance(1000);
  expect(runs.length).toBe(count + 2);
  schedule.dispose();
});

test('changes that are none are heard once a second; a question stops everything until it is answered', async () => {
  const { clock, runs, schedule, cycle } = scheduled();
  schedule.start();
  for (let n = 0; n < 20; n += 1) {
    cycle('same');
    schedule.answered();
    await clock.advance(100);
  }
  expect(runs.length).toBeLessThan(7);
  await clock.advance(2000);
  schedule.pause();
  const count = runs.length;
  schedule.changed();
  await clock.advance(200_000);
  expect(runs.length).toBe(count);
  schedule.began();
  cycle('changed');
  schedule.changed();
  await clock.advance(80);
  expect(runs.length).toBe(count + 1);
  schedule.dispose();
});

test('a path that is synced more than twenty times within a minute rests for ten seconds, for as long as it goes on', () => {
  const busy = new BusyPaths();
  // Somebody who saves every three seconds, for hours.
  for (let n = 0; n < 1000; n += 1) busy.noteSynced(['source'], n * 3000);
  expect(busy.resting(3_000_000).size).toBe(0);
  const from = 3_000_000;
  for (let n = 0; n < 20; n += 1) busy.noteSynced(['log', `other${n}`], from + n * 200);
  expect(busy.resting(from + 4000).size).toBe(0);
  busy.noteSynced(['log'], from + 4000);
  expect([...busy.resting(from + 4001)]).toEqual(['log']);
  expect(busy.nextAt(from + 4001)).toBe(from + 14_000);
  expect(busy.resting(from + 14_000).size).toBe(0);
  // It changed while it rested: it rests again. One that did not is free.
  busy.noteSynced(['log'], from + 14_000);
  expect([...busy.resting(from + 14_001)]).toEqual(['log']);
  busy.noteSynced([], from + 24_000);
  expect(busy.nextAt(from + 24_000)).toBeNull();
  busy.noteSynced(['log'], from + 80_000);
  expect(busy.resting(from + 80_001).size).toBe(0);
});
