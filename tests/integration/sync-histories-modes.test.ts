/**
 * Random histories of the modes that go one way: the source is never touched, the target's own changes stay or are in the history,
 * a mirror is the same as its source. See sync-histories.test.ts.
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

const modes = ['upload', 'download', 'mirror-upload', 'mirror-download'] as const;

test.each(modes)('%s', { timeout: 86_400_000 }, async (mode) => {
  // Of a wanted seed all four, because it says nothing of its mode.
  const seeds = process.env.SPECBOARD_SEED ? seedsOf(0, 1) : seedsOf(10 + modes.indexOf(mode), 40);
  for (const seed of seeds) await randomHistory(seed, { base, server, mode });
  expect(seeds.length).toBeGreaterThan(0);
});
