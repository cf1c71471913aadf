/**
 * The process dies at every step of an apply: afterwards no name is empty whose old content is kept, and a second try ends it. For
 * most steps the disk as it is at that moment is copied, which is what a killed process leaves; at some a process is really killed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ApplyItem } from '../../src-main/sync/types.ts';
import { fileEntry, LocalWorld, linkEntry, put } from '../support/sync/local-world.ts';

const program = join(import.meta.dirname, '../support/sync/crash-apply.ts');
const contents = ['new a', 'new b', 'new c'];
const before = { 'a.txt': 'old a', 'c.txt': 'old c', 'gone.txt': 'old gone', 'l.txt': 'old l' };
const items: ApplyItem[] = [
  put('a.txt', 'new a', fileEntry('old a')),
  put('b.txt', 'new b', null),
  { do: 'directory', path: 'c.txt', over: fileEntry('old c') },
  put('c.txt/c', 'new c', null),
  { do: 'link', path: 'l.txt', entry: linkEntry('b.txt'), over: fileEntry('old l') },
  { do: 'remove', path: 'gone.txt', over: fileEntry('old gone') },
];

/** What must be true of what a crash at this step left. */
async function checkAfter(base: string, name: string): Promise<void> {
  await using world = new LocalWorld({ base });
  await world.side.recover();
  const left = await world.side.leftCopies();
  // Everything that was there is under its name, or a copy that recover tells of.
  for (const [path, content] of Object.entries(before)) {
    const isThere = existsSync(world.path(path)) && safeRead(world.path(path)) === content;
    const copies = left.filter((copy) => copy.path === path).map((copy) => world.readKept(copy.name));
    expect(isThere || copies.includes(content), `${path} after a crash at "${name}"`).toBe(true);
    // Only what is meant to go is not there at all.
    if (path !== 'gone.txt') expect(existsSync(world.path(path)), `${path} after "${name}"`).toBe(true);
  }
  const names = readdirSync(world.root).sort();
  for (const one of names) expect(['a.txt', 'b.txt', 'c.txt', 'gone.txt', 'l.txt']).toContain(one);

  // The next cycle looks again, stages again and comes to the end; what is there by now is done.
  const { entries } = await world.scan();
  const again = items.map((item): ApplyItem => {
    const over = entries.get(item.path) ?? null;
    if (item.do === 'remove') return item;
    return {
      ...item,
      over: over?.kind === 'directory' && item.do === 'directory' ? null : over,
    } as ApplyItem;
  });
  const results = await world.apply(again, contents, 'second');
  expect(
    results.map(({ result }) => result),
    `after "${name}"`,
  ).toEqual(items.map(() => 'done'));
  expect([world.read('a.txt'), world.read('b.txt'), world.read('c.txt/c'), world.read('l.txt')]).toEqual([
    'new a',
    'new b',
    'new c',
    'new b',
  ]);
  expect(existsSync(world.path('gone.txt'))).toBe(false);
  expect(readdirSync(join(world.state, 'tmp'))).toEqual([]);
}

function safeRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Files that changed a moment ago, and such that did not. */
const shifts = { fresh: -60_000, settled: 60_000 };

test.for(Object.entries(shifts))('at every step (%s)', async ([kind, shift]) => {
  const copies = mkdtempSync(join(tmpdir(), 'specboard-crash-'));
  try {
    const names: string[] = [];
    await using world = new LocalWorld();
    world.clock.shift = shift;
    world.write(before);
    for (const content of contents) await world.stage(content);
    world.step = (name) => {
      spawnSync('cp', ['-a', world.base, join(copies, String(names.length))]);
      names.push(name);
    };
    const results = await world.apply(items, [], 'crashed');
    expect(results.map(({ result }) => result)).toEqual(items.map(() => 'done'));
    for (const [number, name] of names.entries()) await checkAfter(join(copies, String(number)), name);
    expect(names).toEqual(
      expect.arrayContaining([
        ...['begin', 'prepared', 'put a.txt', 'put-new', 'put-new-linked', 'away-journalled', 'away-moved'],
        ...['away-put', 'remove', 'remove-moved', 'applied'],
        ...(kind === 'settled' ? ['linked', 'renamed'] : []),
      ]),
    );
    expect(names.length).toBeGreaterThan(20);
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
});

test('killed for real', async () => {
  for (const [step, shift] of [
    ['away-moved', shifts.fresh],
    ['linked', shifts.settled],
  ] as const) {
    const base = mkdtempSync(join(tmpdir(), 'specboard-crash-'));
    mkdirSync(join(base, 'root'));
    const world = new LocalWorld({ base });
    world.write(before);
    const args = [base, step, String(shift), JSON.stringify(items), JSON.stringify(contents)];
    const { signal, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
    expect([signal, stderr]).toEqual(['SIGKILL', '']);
    await checkAfter(base, step);
  }
});
