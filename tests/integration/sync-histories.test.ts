/**
 * Random histories of two real folders with the real engine and the real helper: whatever breaks, whatever is decided or left out,
 * after two further syncs both sides agree or differ by exactly the conflicts that wait, every version that anybody ever had is on a
 * side or in the history, no version leaves both sides unless a person replaced it, and what is left out is as its owner left it. A
 * failing history prints its seed: SPECBOARD_SEED=<seed> repeats it alone; SPECBOARD_SYNC_RUNS=<n> runs n times as many.
 */
import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { ForkServer } from '../support/sync/fork-port.ts';
import { historiesFolder, randomHistory, seedsOf } from '../support/sync/random-history.ts';

const base = historiesFolder();
const server = new ForkServer();
afterAll(() => {
  server[Symbol.dispose]();
  rmSync(base, { recursive: true, force: true });
});

const groups = Array.from({ length: 10 }, (_, group) => group);

test.each(groups)('two ways, group %s', { timeout: 86_400_000 }, async (group) => {
  const seeds = seedsOf(group, 32);
  for (const seed of seeds) await randomHistory(seed, { base, server });
  expect(seeds.length + Number(process.env.SPECBOARD_SEED !== undefined)).toBeGreaterThan(0);
});
