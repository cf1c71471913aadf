/**
 * Random edits on both sides, before and during cycles that break, are cancelled or raced at random calls: no content is lost but
 * by the person, and two clean cycles later both sides differ exactly in the conflicts. The seed is in the failure.
 */
import { expect, test } from 'vitest';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { SyncAnswer, SyncHalt } from '../../../src-shared/domain/sync.ts';
import { CycleWorld } from '../../support/sync/cycle-world.ts';
import type { FakeTree } from '../../support/sync/fake-tree.ts';

const sequences = 400;
const names = ['a', 'b', 'c', 'd', 'd/a', 'd/b', 'd/e/f', 'g', 'g/h', 'long'];
const answers = new Map<SyncHalt['reason'], SyncAnswer>([['emptied', 'go-on']]);

/** Numbers that are the same for the same seed (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

class Person {
  readonly #random: (below: number) => number;
  readonly #world: CycleWorld;
  /** Contents that the person took away or replaced. */
  readonly gone = new Set<string>();
  #count = 0;

  constructor(world: CycleWorld, random: (below: number) => number) {
    this.#world = world;
    this.#random = random;
  }

  edit(): void {
    const { local, remote } = this.#world;
    const { tree } = this.#random(2) === 0 ? local : remote;
    const path = names[this.#random(names.length)] ?? 'a';
    // Names of a few contents come again: a rename, or the same edit on both sides.
    const text = this.#random(3) === 0 ? `shared ${this.#random(3)}` : `text ${++this.#count}`;
    const content = path === 'long' ? text.repeat(100) : text;
    const kinds = [
      () => {},
      () => {},
      () => tree.folder(path),
      () => tree.link(path, 'a'),
      () => tree.write(path, content, { executable: true }),
      () => tree.write(path, content),
      () => tree.write(path, content),
    ];
    this.#removing(tree, path, kinds[this.#random(kinds.length)] ?? (() => {}));
  }

  /** Whatever stood at the path, in it, or in the place of a folder above it, goes. */
  #removing(tree: FakeTree, path: string, then: () => void): void {
    const above = path.split('/').map((_, n, parts) => parts.slice(0, n + 1).join('/'));
    for (const [other, { entry }] of [...tree.nodes]) {
      const isAbove = above.includes(other) && (other === path || entry.kind !== 'directory');
      if (!isAbove && !other.startsWith(`${path}/`)) continue;
      if (entry.kind === 'file') this.gone.add(entry.hash);
      tree.nodes.delete(other);
    }
    for (const name of names) this.#world.touched.add(name);
    for (const name of ['d/e', ...above]) this.#world.touched.add(name);
    then();
  }
}

function contents({ local, remote }: CycleWorld): Set<string> {
  const found = new Set<string>();
  for (const { tree } of [local, remote])
    for (const { entry } of [...tree.nodes.values(), ...tree.kept.values()])
      if (entry.kind === 'file') found.add(entry.hash);
  return found;
}

/** One cycle with one disturbance, or none. */
async function disturbed(
  world: CycleWorld,
  person: Person,
  random: (below: number) => number,
): Promise<void> {
  const controller = new AbortController();
  const kind = random(5);
  const at = world.calls.names.length + 1 + random(14);
  const when = random(2) === 0 ? 'before' : 'after';
  world.calls.hooks[when] = (_call, n) => {
    if (n !== at) return;
    if (kind === 1) throw new SpecboardError('unreachable', 'It does not answer.');
    if (kind === 2) controller.abort();
    if (kind >= 3) for (let edits = random(3); edits >= 0; edits -= 1) person.edit();
  };
  const before = contents(world);
  await world.run({ answers }, controller.signal);
  const after = contents(world);
  for (const hash of before)
    if (!person.gone.has(hash)) expect(after.has(hash), 'a content is lost').toBe(true);
  world.restart();
}

/** Paths that differ, but conflicts, what is in them and the folders that have to stay for them. */
function differences({ local, remote }: CycleWorld, conflicts: readonly string[]): string[] {
  const paths = new Set([...local.tree.nodes.keys(), ...remote.tree.nodes.keys()]);
  const isIn = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
  const isOpen = (path: string) => conflicts.some((open) => isIn(path, open) || isIn(open, path));
  return [...paths].filter((path) => {
    const [here, there] = [local, remote].map(({ tree }) => tree.nodes.get(path)?.entry);
    const what = (entry: typeof here) => entry && `${entry.kind} ${entry.hash} ${entry.executable}`;
    return what(here) !== what(there) && !isOpen(path);
  });
}

async function sequence(seed: number): Promise<void> {
  const random = randomOf(seed);
  const world = new CycleWorld();
  const person = new Person(world, random);
  for (let rounds = 1 + random(4); rounds > 0; rounds -= 1) {
    for (let edits = random(6); edits > 0; edits -= 1) person.edit();
    await disturbed(world, person, random);
  }
  world.touched.clear();
  await world.run({ answers });
  const second = await world.run({ answers });
  expect(second.outcome).toBe('done');
  expect(second.postponed).toEqual([]);
  const conflicts = (second.conflicts ?? []).map(({ path }) => path);
  expect(differences(world, conflicts)).toEqual([]);
  const third = await world.run({ answers });
  expect(third.didSomething).toBe(false);
  expect(third.summary.requests).toBe(1);
  expect(world.local.openBundles).toBeLessThanOrEqual(1);
}

test(`${sequences} random sequences`, async () => {
  const first = Number(process.env['SPECBOARD_SEED'] ?? 1);
  for (let seed = first; seed < first + sequences; seed += 1) {
    try {
      await sequence(seed);
    } catch (error) {
      throw new Error(`SPECBOARD_SEED=${seed}`, { cause: error });
    }
  }
});
