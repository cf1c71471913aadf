/**
 * Random edits on both sides, cycles cut off anywhere, edits in the middle of them: nothing is ever lost, both sides agree within
 * two clean cycles or differ by exactly the conflicts that wait, and a further cycle changes nothing. The last tests build mistakes
 * in and prove that this would be noticed.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SyncMode } from '../../../src-shared/domain/sync.ts';
import { type Edit, type Fault, ModelWorld } from '../../support/sync/model-world.ts';

const paths = ['a', 'b', 'a/x', 'a/y', 'a/x/z', 'c', 'a-b'];
const path = fc.constantFrom(...paths);
const edit: fc.Arbitrary<Edit> = fc.record({
  side: fc.constantFrom('local' as const, 'remote' as const),
  path,
  kind: fc.constantFrom('write', 'write', 'write', 'delete', 'move', 'same', 'folder', 'link', 'mode'),
  to: path,
});
const step = fc.record({
  edits: fc.array(edit, { maxLength: 5 }),
  crashAt: fc.option(fc.nat({ max: 16 }), { nil: -1 }),
  during: fc.array(fc.record({ at: fc.nat({ max: 12 }), edit }), { maxLength: 2 }),
});
type Step = { edits: Edit[]; crashAt: number; during: { at: number; edit: Edit }[] };

function runCycle(world: ModelWorld, { crashAt, during }: Pick<Step, 'crashAt' | 'during'>): void {
  const cycle = world.cycle();
  for (let at = 0; cycle.next().done !== true; at += 1) {
    for (const { at: when, edit: change } of during) if (when === at) world.edit(change);
    if (at === crashAt) return;
  }
}

const clean = { crashAt: -1, during: [] };

function holds(steps: Step[], mode: SyncMode, fault: Fault): void {
  const world = new ModelWorld(mode, fault);
  for (const { edits, ...rest } of steps) {
    for (const change of edits) world.edit(change);
    runCycle(world, rest);
    if (world.lost()) throw new Error(`lost ${world.lost()}`);
  }
  const source = mode === 'upload' || mode === 'mirror-upload' ? 'local' : 'remote';
  const before = [...world.trees[source]];
  runCycle(world, clean);
  runCycle(world, clean);
  if (world.lost()) throw new Error(`lost ${world.lost()}`);
  if (mode !== 'two-way') expect([...world.trees[source]], 'the source of a one-way mode').toEqual(before);
  if (mode === 'two-way' || mode.startsWith('mirror')) expect(world.apart(), 'apart').toEqual([]);
  if (mode.startsWith('mirror')) expect(world.conflicts).toEqual([]);
  const settled = world.snapshot();
  runCycle(world, clean);
  expect(world.snapshot(), 'a further cycle').toBe(settled);
}

function check(mode: SyncMode, fault: Fault, runs: number): void {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) =>
      holds(steps as Step[], mode, fault),
    ),
    { numRuns: runs, ...(process.env.SPECBOARD_SEED ? { seed: Number(process.env.SPECBOARD_SEED) } : {}) },
  );
}

const scale = Number(process.env.SPECBOARD_SYNC_RUNS ?? 1);

describe('random edits, crashes and interruptions', () => {
  test.each(['two-way', 'upload', 'download', 'mirror-upload', 'mirror-download'] as const)('%s', (mode) => {
    check(mode, 'none', (mode === 'two-way' ? 3000 : 600) * scale);
  });
});

describe('a mistake is noticed', () => {
  test.each(['commit-first', 'no-precondition', 'no-history', 'two-step'] as const)('%s', (fault) => {
    expect(() => check('two-way', fault, 3000)).toThrow(/Property failed/);
  });
});
