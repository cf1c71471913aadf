/**
 * Random histories of two real folders with the real engine, the real helper and a real database: whatever breaks, after two further
 * syncs both sides agree or differ by exactly the conflicts that wait, every version that anybody ever had is on a side or in the
 * history, and what is excluded is as its owner left it. A failing history prints its seed: SPECBOARD_SEED=<seed> repeats it alone;
 * SPECBOARD_SYNC_RUNS=<n> runs n times as many.
 */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../support/random.ts';
import { ForkPort, ForkServer, noFaults } from '../support/sync/fork-port.ts';
import { MemoryManifestStore } from '../support/sync/memory-manifest-store.ts';
import { type EditKind, type FolderEdit, oddNames } from '../support/sync/random-edits.ts';
import { RealHistory } from '../support/sync/real-history.ts';

/** In memory where that can be had: thousands of files are synced to the disk one by one. */
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const base = realpathSync(mkdtempSync(join(place, 'sb-histories-')));
const server = new ForkServer();
const kit = readFileSync(join(import.meta.dirname, '../../resources/synckit.py'));
afterAll(() => {
  server[Symbol.dispose]();
  rmSync(base, { recursive: true, force: true });
});

const kinds: EditKind[] = [
  ...(['write', 'write', 'write', 'write', 'large', 'large', 'patch', 'patch'] as const),
  ...(['append', 'delete', 'delete', 'move', 'move', 'folder', 'link', 'mode'] as const),
];

async function history(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const of = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const names = [of(oddNames), of(oddNames), ...oddNames.slice(0, 6), 'keep.log', 'dir/keep.log'];
  let edits = seed % 1000;
  const edit = (): FolderEdit => ({ kind: of(kinds), path: of(names), to: of(names), by: ++edits });
  const side = () => of(['local', 'remote'] as const);

  const root = join(base, String(seed));
  const home = join(root, 'home');
  const port = new ForkPort(server, home);
  const rootId = `h${seed}`;
  await using world = new RealHistory({
    ...{
      rootId,
      local: join(root, 'local'),
      remote: join(home, 'project'),
      remoteRoot: join(home, 'project'),
    },
    ...{ data: join(root, 'data'), remoteState: join(home, '.specboard-sync', rootId), port, kit },
    store: new MemoryManifestStore(),
  });
  const story: string[] = [];
  try {
    const rounds = 1 + below(5);
    for (let round = 0; round < rounds; round += 1) {
      for (let count = below(6); count > 0; count -= 1) {
        const change = { side: side(), edit: edit() };
        story.push(JSON.stringify(change));
        world.edit(change.side, change.edit);
      }
      const meanwhile = below(3) === 0 ? { at: below(12), side: side(), edit: edit() } : null;
      const makeIt = (at: number): void => {
        if (meanwhile?.at === at) world.edit(meanwhile.side, meanwhile.edit);
      };
      const kind = of(['nothing', 'app', 'app', 'helper', 'helper', 'link'] as const);
      const at = below(kind === 'link' ? 5 : 14);
      story.push(JSON.stringify({ sync: kind, at, meanwhile }));
      port.begin({
        ...{
          cutFrom: kind === 'link' ? at : -1,
          isLate: below(2) === 0,
          crashAt: kind === 'helper' ? at + 1 : 0,
        },
        before: meanwhile?.side === 'local' ? makeIt : () => {},
      });
      await world.sync({
        appAt: kind === 'app' ? at : -1,
        onStep: meanwhile?.side === 'remote' ? makeIt : () => {},
      });
      world.note();
      expect(world.lost(), 'lost').toBe(null);
    }
    port.begin(noFaults);
    await world.sync();
    const last = await world.sync();
    if (last?.outcome !== 'done')
      throw new Error(`the last sync: ${JSON.stringify(last?.problem ?? last?.halt)}`);
    expect(world.lost(), 'lost').toBe(null);
    expect(world.touched(), 'excluded').toEqual([]);
    expect(world.apart(last), 'apart').toEqual([]);
    const settled = world.shown();
    const further = await world.sync();
    expect(world.shown(), 'a further sync').toBe(settled);
    expect(further?.summary, 'a further sync').toMatchObject({ uploaded: 0, downloaded: 0 });
  } catch (error) {
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`SPECBOARD_SEED=${seed}\n${story.join('\n')}\n${told}`);
  }
  rmSync(root, { recursive: true, force: true });
}

const wanted = process.env.SPECBOARD_SEED;
const runs = 40 * Number(process.env.SPECBOARD_SYNC_RUNS ?? 1);

describe('histories', () => {
  test.each(Array.from({ length: wanted ? 1 : 12 }, (_, at) => at))('group %s', async (group) => {
    const start = wanted ? Number(wanted) : 1_000_000 * (group + 1) + (Date.now() % 900_000);
    for (let at = 0; at < (wanted ? 1 : runs); at += 1) await history(start + at);
  });
});
