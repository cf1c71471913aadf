/** What is measured: the same trees and edits for every program, one after the other. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender, Figures } from './contender.ts';
import { type BigEdit, editBig, editTree, noise } from './trees.ts';

/** How much of it. */
export interface Sizes {
  readonly files: number;
  readonly edits: number;
  readonly bigBytes: number;
  /** Repetitions of each measurement; its median counts. */
  readonly repeats: number;
  /** What is done to the large file, each way. */
  readonly changes: readonly BigEdit[];
}

/** By name of the situation, what each repetition took. */
export type Measured = Map<string, Figures[]>;

/** The situations, in their order, and what SpecBoard wants of each, as parts of what rsync takes in the same run. */
export const situations = {
  'first copy of 10,000 files': { wall: 2.5, wallDelayed: 1.3, bytes: 0.5 },
  'nothing changed': { wallDelayed: 0.25, requests: 1 },
  '100 of 10,000 files changed': { wallDelayed: 0.5, bytes: 0.8 },
  'up: 1 KB changed in 100 MB': { wallDelayed: 1, bytes: 0.1 },
  'up: 1 KB inserted at the start': { wallDelayed: 1, bytes: 0.1 },
  'up: 1 KB appended': { wallDelayed: 1, bytes: 0.1 },
  'down: 1 KB changed in 100 MB': { wallDelayed: 1.1, bytes: 0.75 },
  'down: 1 KB inserted at the start': { wallDelayed: 1.1, bytes: 0.75 },
  'down: 1 KB appended': { wallDelayed: 1.1, bytes: 0.75 },
  '100 MB file renamed': {},
} as const satisfies Record<string, Goal>;

/** See `situations`. */
export interface Goal {
  readonly wall?: number;
  readonly wallDelayed?: number;
  readonly bytes?: number;
  readonly requests?: number;
}

const changes: readonly [BigEdit, string][] = [
  ['middle', '1 KB changed in 100 MB'],
  ['start', '1 KB inserted at the start'],
  ['end', '1 KB appended'],
];

/** The small files. `tree`: a folder with them. What was measured stays where it fails later. */
export async function measureTree(
  contender: Contender,
  tree: string,
  sizes: Sizes,
  measured: Measured,
): Promise<void> {
  const add = adder(measured);
  cpSync(tree, contender.local, { recursive: true, preserveTimestamps: true });
  for (let round = 0; round < sizes.repeats; round++) {
    if (round > 0) {
      empty(contender.remote);
      await contender.forget();
    }
    add('first copy of 10,000 files', await contender.sync('up'));
  }
  expectSame(contender);
  await sleep(contender.restMs);
  await contender.sync('up');
  for (let round = 0; round < sizes.repeats + 2; round++) add('nothing changed', await contender.sync('up'));
  for (let round = 0; round < sizes.repeats; round++) {
    await sleep(contender.restMs);
    editTree(contender.local, sizes.files, sizes.edits, round);
    add('100 of 10,000 files changed', await contender.sync('up'));
  }
  expectSame(contender);
}

/** The large file. */
export async function measureBig(contender: Contender, sizes: Sizes, measured: Measured): Promise<void> {
  const add = adder(measured);
  writeFileSync(join(contender.local, 'big.bin'), noise(sizes.bigBytes, 3));
  await contender.sync('up');
  await sleep(contender.restMs);
  await contender.sync('up');
  let round = 0;
  for (const direction of ['up', 'down'] as const) {
    for (const [edit, what] of changes) {
      if (!sizes.changes.includes(edit)) continue;
      for (let repeat = 0; repeat < sizes.repeats; repeat++) {
        await sleep(contender.restMs);
        editBig(
          join(direction === 'up' ? contender.local : contender.remote, 'big.bin'),
          edit,
          round++,
          sizes.bigBytes,
        );
        add(`${direction}: ${what}`, await contender.sync(direction));
      }
      expectSame(contender);
    }
  }
  await sleep(contender.restMs);
  renameSync(join(contender.local, 'big.bin'), join(contender.local, 'other.bin'));
  add('100 MB file renamed', await contender.sync('up'));
  expectSame(contender);
}

function adder(measured: Measured): (what: keyof typeof situations | string, figures: Figures) => void {
  return (what, figures) => {
    const list = measured.get(what) ?? [];
    list.push(figures);
    measured.set(what, list);
  };
}

function empty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  mkdirSync(folder, { recursive: true });
}

/** A program that is fast because it does not do it is not measured. */
function expectSame({ name, local, remote }: Contender): void {
  try {
    execFileSync('diff', ['-r', '-q', '-x', '.specboard-sync', local, remote], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    throw new Error(`${name} left the two folders different.`, { cause: error });
  }
}
