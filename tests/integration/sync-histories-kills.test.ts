/**
 * Histories that break for real: SpecBoard is a process that is killed (SIGKILL) in the middle of a cycle, with its database; the
 * helper is a process that is killed from outside; a disk of either side is full. See sync-histories.test.ts for what must be true.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { SandboxPort } from '../../src-main/sync/remote/sandbox-port.ts';
import { processesWith, until } from '../support/runner.ts';
import { ForkPort, ForkServer, noFaults } from '../support/sync/fork-port.ts';
import { openHistoryDatabase } from '../support/sync/history-database.ts';
import type { KillOrder } from '../support/sync/kill-cycle.ts';
import { MemoryManifestStore } from '../support/sync/memory-manifest-store.ts';
import { processPort } from '../support/sync/process-port.ts';
import { Chance, checkNow, historiesFolder, kit, seedsOf, settle } from '../support/sync/random-history.ts';
import { RealHistory } from '../support/sync/real-history.ts';
import { kitFile } from '../support/synckit.ts';

const base = historiesFolder();
/** Enough histories that what they are about must have happened in some of them. */
const isWhole = !process.env.SPECBOARD_SEED && Number(process.env.SPECBOARD_SYNC_RUNS ?? 1) >= 1;
const server = new ForkServer();
const ends: (() => void)[] = [];
afterAll(() => {
  server[Symbol.dispose]();
  for (const end of ends) end();
  rmSync(base, { recursive: true, force: true });
});

/** Folders of a history. */
function places(root: string, rootId: string) {
  const home = join(root, 'home');
  const remote = join(home, 'project');
  const place = { rootId, local: join(root, 'local'), remote, remoteRoot: remote, data: join(root, 'data') };
  return { home, place: { ...place, remoteState: [join(home, '.specboard-sync', rootId)], kit } };
}

/** As `seedsOf`; the one that is asked for belongs to the test whose seeds begin like it (any small one to the first). */
function seedsHere(group: number, count: number): number[] {
  const wanted = Number(process.env.SPECBOARD_SEED ?? 0);
  if (wanted === 0) return seedsOf(group, count);
  return Math.max(0, Math.floor(wanted / 1_000_000) - 1) === group ? [wanted] : [];
}

/** Some edits on both sides. */
function editSome(world: RealHistory, chance: Chance): string[] {
  return Array.from({ length: 2 + chance.below(5) }, () => {
    const [side, edit] = [chance.side(), chance.edit()];
    world.edit(side, edit);
    return JSON.stringify({ side, edit });
  });
}

async function told(seed: number, story: readonly unknown[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`SPECBOARD_SEED=${seed}\n${story.map((one) => JSON.stringify(one)).join('\n')}\n${text}`);
  }
}

const program = join(import.meta.dirname, '../support/sync/kill-cycle.ts');

/** Runs it to its end, which may be its death. */
function killedCycle(order: KillOrder): Promise<'killed' | string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: 60_000, killSignal: 'SIGTERM' } as const;
    execFile(process.execPath, [program, JSON.stringify(order)], options, (error, stdout, stderr) => {
      if (error?.signal === 'SIGKILL') resolve('killed');
      else if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
}

test('SpecBoard is killed', { timeout: 86_400_000 }, async () => {
  let killed = 0;
  const lane = async (seeds: readonly number[]) => {
    for (const seed of seeds) {
      const { home, place } = places(join(base, `app-${seed}`), `k${seed}`);
      const chance = new Chance(seed);
      mkdirSync(place.data, { recursive: true });
      const { db, store } = await openHistoryDatabase(place);
      const port = new ForkPort(server, home);
      await using world = new RealHistory({ ...place, port, store });
      const story: unknown[] = [];
      await told(seed, story, async () => {
        for (let round = 0; round < 4; round += 1) {
          story.push(...editSome(world, chance));
          const what = chance.of(['step', 'step', 'request'] as const);
          const at = { what, number: chance.below(what === 'step' ? 14 : 6), after: chance.below(2) === 0 };
          story.push(at);
          // The process before it must not know what this one does.
          await world.restart();
          const { kit: _, ...pair } = place;
          const cycle = `killed-${seed}-${round}`;
          const end = await killedCycle({ ...pair, home, kitFile, cycle, at });
          // The helper does not die with it: what it was asked for goes on.
          await until('the helper is through', () => processesWith(home).length === 0);
          if (end === 'killed') killed += 1;
          else expect(end).toBe('done');
          checkNow(world);
        }
        await settle(world);
      });
      db.close();
    }
  };
  const seeds = seedsHere(0, 7);
  await Promise.all([0, 1].map((half) => lane(seeds.filter((_, at) => at % 2 === half))));
  // Kills that all came too late would prove nothing.
  if (isWhole) expect(killed).toBeGreaterThan(0);
});

/** Its helper is killed after a part of the time that the last request took; `killed` counts those that this was in time for. */
function killingPort(home: string, chance: Chance): SandboxPort & { isOn: boolean; killed: number } {
  const plain = processPort(home);
  let usualMs = 60;
  let number = 0;
  const port = {
    ...plain,
    isOn: true,
    killed: 0,
    async run(...[command, output, signal]: Parameters<SandboxPort['run']>) {
      if (!port.isOn || chance.below(3) > 0) {
        const start = performance.now();
        const code = await plain.run(command, output, signal);
        usualMs = performance.now() - start;
        return code;
      }
      const file = join(home, `pid-${++number}`);
      const timer = setTimeout(() => {
        try {
          // The whole group: the shell and what it started.
          process.kill(-Number(readFileSync(file, 'utf8')), 'SIGKILL');
        } catch {
          // It did not begin yet, or ended by itself.
        }
      }, chance.random() * usualMs);
      const code = await plain.run(`echo $$ > ${file}; ${command}`, output, signal);
      clearTimeout(timer);
      if (code === null) port.killed += 1;
      return code;
    },
  };
  return port;
}

test('the helper is killed', { timeout: 86_400_000 }, async () => {
  let killed = 0;
  for (const seed of seedsHere(1, 6)) {
    const { home, place } = places(join(base, `helper-${seed}`), `k${seed}`);
    const chance = new Chance(seed);
    const port = killingPort(home, chance);
    await using world = new RealHistory({ ...place, port, store: new MemoryManifestStore() });
    const story: unknown[] = [];
    await told(seed, story, async () => {
      for (let round = 0; round < 3; round += 1) {
        story.push(...editSome(world, chance));
        await world.sync();
        checkNow(world);
      }
      port.isOn = false;
      await settle(world);
    });
    killed += port.killed;
  }
  if (isWhole) expect(killed).toBeGreaterThan(0);
});

/** A volume of its own; null where this process may not mount one. */
function smallDisk(path: string, kilobytes: number): { grow: () => void } | null {
  mkdirSync(path, { recursive: true });
  const mount = (options: string) =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]).status === 0;
  if (!mount(`size=${kilobytes}k`)) return null;
  ends.push(() => spawnSync('umount', ['-l', path]));
  return { grow: () => expect(mount('remount,size=64m')).toBe(true) };
}

test.each(['local', 'remote'] as const)('the disk is full: %s', { timeout: 86_400_000 }, async (side) => {
  let full = 0;
  for (const seed of seedsHere(side === 'local' ? 2 : 3, 5)) {
    const chance = new Chance(seed);
    const root = join(base, `disk-${side}-${seed}`);
    const { home, place } = places(root, `d${seed}`);
    const small = side === 'local' ? join(root, 'small') : home;
    const disk = smallDisk(small, 200 + chance.below(200));
    if (!disk) {
      // Only root can: nothing is tried then, and that is said.
      process.stdout.write('A full disk was not tried: this process may not mount one.\n');
      return;
    }
    const port = new ForkPort(server, home);
    port.begin(noFaults);
    const own = side === 'local' ? { local: join(small, 'local'), data: join(small, 'data') } : {};
    await using world = new RealHistory({
      ...place,
      ...own,
      port,
      store: new MemoryManifestStore(),
      idle: () => port.idle(),
    });
    const story: unknown[] = [];
    const other = side === 'local' ? 'remote' : 'local';
    await told(seed, story, async () => {
      for (let round = 0; round < 4; round += 1) {
        for (let count = 2 + chance.below(4); count > 0; count -= 1) {
          // Where there is room people make large files; where there is none they make small ones, as far as they can.
          const large = {
            ...chance.edit(),
            kind: chance.of(['large', 'large', 'large', 'large', 'patch', 'delete', 'move'] as const),
          };
          story.push({ large });
          world.edit(other, large);
        }
        const edit = { ...chance.edit(), kind: chance.of(['write', 'delete', 'move', 'mode'] as const) };
        story.push({ edit });
        world.edit(side, edit);
        const result = await world.sync();
        const problem = result?.problem ?? result?.halt;
        story.push({ outcome: result?.outcome, problem });
        if (result?.problem) {
          expect(result.problem.code).toBe('no-space');
          full += 1;
        }
        checkNow(world);
      }
      disk.grow();
      await settle(world);
    });
  }
  if (isWhole) expect(full).toBeGreaterThan(0);
});
