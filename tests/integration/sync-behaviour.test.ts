/**
 * What a person relies on, one sentence a test, with the real sides: modes, decisions, what is carried and what is refused, what
 * changes in the middle, sandboxes that are other ones. The helper runs in forks of a loaded one.
 */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localJobs } from '../../src-main/sync/local/jobs.ts';
import { type RunLocalJob, runHere } from '../../src-main/sync/local/run-job.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { SyncAnswer, SyncHalt, SyncMode } from '../../src-shared/domain/sync.ts';
import { ForkPort, ForkServer } from '../support/sync/fork-port.ts';
import { RealWorld, treeOf, write } from '../support/sync/real-world.ts';

const server = new ForkServer();
afterAll(() => server[Symbol.dispose]());
const here = runHere(localJobs);

let world: RealWorld;
/** Called before a job of this computer's side. */
let beforeJob: (name: string) => void;
beforeEach(() => {
  beforeJob = () => {};
  const run: RunLocalJob = (name, ...rest) => {
    beforeJob(name);
    return here(name, ...rest);
  };
  world = new RealWorld({ run, port: (home) => new ForkPort(server, home) });
});
afterEach(() => world.dispose());

const answer = (reason: SyncHalt['reason'], said: SyncAnswer) => ({ answers: new Map([[reason, said]]) });

async function clean(more: Parameters<RealWorld['run']>[0] = {}): Promise<void> {
  expect(await world.run(more)).toMatchObject({ outcome: 'done', halt: null, postponed: [], unusable: [] });
}

async function expectSame(): Promise<void> {
  expect(await treeOf(world.remote)).toEqual(await treeOf(world.local));
}

/** Texts of files, by path; links are not followed. */
function texts(folder: string, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    if (entry.name.startsWith('.specboard')) continue;
    if (entry.isFile()) found[prefix + entry.name] = readFileSync(file, 'utf8');
    else if (entry.isDirectory()) Object.assign(found, texts(file, `${prefix}${entry.name}/`));
  }
  return found;
}

describe('one way', () => {
  const modes: [SyncMode, 'local' | 'remote'][] = [
    ['upload', 'local'],
    ['download', 'remote'],
  ];

  test.each(modes)('%s: the source spreads, what the target did itself stays', async (mode, side) => {
    const [source, target] = side === 'local' ? [world.local, world.remote] : [world.remote, world.local];
    for (const name of ['edited', 'gone', 'theirs', 'theirs-gone', 'both', 'gone-edited'])
      write(source, name, 'old');
    await clean({ mode });
    await expectSame();
    write(source, 'edited', 'new');
    write(source, 'both', 'source');
    write(source, 'folder/new', 'new');
    rmSync(join(source, 'gone'));
    rmSync(join(source, 'gone-edited'));
    write(target, 'theirs', 'target');
    write(target, 'both', 'target');
    write(target, 'gone-edited', 'target');
    write(target, 'own', 'target');
    rmSync(join(target, 'theirs-gone'));
    const result = await world.run({ mode });
    expect(result.conflicts?.map(({ path }) => path)).toEqual(['both']);
    const sourceNow = {
      edited: 'new',
      both: 'source',
      'folder/new': 'new',
      theirs: 'old',
      'theirs-gone': 'old',
    };
    expect(texts(source)).toEqual(sourceNow);
    expect(texts(target)).toEqual({
      ...{ edited: 'new', both: 'target', 'folder/new': 'new' },
      ...{ theirs: 'target', 'gone-edited': 'target', own: 'target' },
    });
    expect((await world.run({ mode })).didSomething).toBe(false);
    // The conflict is decided for the source.
    const [conflict] = result.conflicts ?? [];
    if (!conflict) throw new Error('no conflict');
    const { local, remote } = conflict;
    await clean({ mode, resolutions: new Map([['both', { choice: side, local, remote }]]) });
    expect(texts(target)['both']).toBe('source');
  });

  test.each([
    ['mirror-upload', 'local'],
    ['mirror-download', 'remote'],
  ] as [SyncMode, 'local' | 'remote'][])(
    '%s: the target becomes the source, after a question',
    async (mode, side) => {
      const [source, target] = side === 'local' ? [world.local, world.remote] : [world.remote, world.local];
      write(source, 'a', 'old');
      write(target, 'theirs/deep', 'target');
      symlinkSync('theirs', join(target, 'link'));
      const asked = await world.run({ mode });
      expect(asked).toMatchObject({ outcome: 'waiting', halt: { reason: 'mirror-deletes', count: 2 } });
      expect(existsSync(join(target, 'theirs/deep'))).toBe(true);
      await clean({ mode, ...answer('mirror-deletes', 'go-on') });
      await expectSame();
      expect(texts(target)).toEqual({ a: 'old' });
      write(source, 'a', 'new');
      write(target, 'a', 'changed by the target');
      expect((await world.run({ mode })).halt?.reason).toBe('mirror-deletes');
      await clean({ mode, ...answer('mirror-deletes', 'go-on') });
      expect(texts(target)).toEqual({ a: 'new' });
      const kept = world.store.kept
        .filter(({ side: of }) => of !== side)
        .map(({ path, why }) => `${path} ${why}`);
      expect(kept.sort()).toEqual(['a replaced', 'link deleted', 'theirs/deep deleted']);
    },
  );
});

describe('decisions', () => {
  /** A conflict of each kind that there is a decision for, decided. */
  async function decided(choice: 'local' | 'remote' | 'both'): Promise<void> {
    const { local, remote } = world;
    const names = ['small', 'empty', 'gone-here', 'gone-there', 'kind'];
    for (const name of names) write(local, name, 'old');
    // More than one bundle, so that the second copy and what replaces it do not travel together.
    const large = [randomBytes(6e6), randomBytes(6e6)] as const;
    write(local, 'large', large[0]);
    await clean();
    write(local, 'small', 'here');
    write(remote, 'small', 'there');
    write(local, 'empty', 'not empty here');
    write(remote, 'empty', '');
    write(local, 'large', large[1]);
    write(remote, 'large', Buffer.concat([large[0], Buffer.from('there')]));
    rmSync(join(local, 'gone-here'));
    write(remote, 'gone-here', 'there');
    rmSync(join(remote, 'gone-there'));
    write(local, 'gone-there', 'here');
    rmSync(join(local, 'kind'));
    write(local, 'kind/inside', 'here');
    write(remote, 'kind', 'there');
    for (const [root, target] of [
      [local, 'small'],
      [remote, 'large'],
    ] as const)
      symlinkSync(target, join(root, 'link'));
    const { conflicts } = await world.run();
    expect(conflicts?.map(({ path }) => path).sort()).toEqual([...names, 'large', 'link'].sort());
    const resolutions = new Map(
      (conflicts ?? []).map(({ path, local, remote }) => {
        const canBeBoth = local && remote && local.kind === remote.kind;
        const taken = choice === 'both' && !canBeBoth ? 'local' : choice;
        return [path, { choice: taken, local, remote, bothName: `${path} (sandbox)` }] as const;
      }),
    );
    expect(await world.run({ resolutions })).toMatchObject({ outcome: 'done', conflicts: [], postponed: [] });
    await expectSame();
    expect((await world.run()).didSomething).toBe(false);
  }

  test("this computer's", async () => {
    await decided('local');
    const { large, ...rest } = texts(world.remote);
    expect(rest).toEqual({
      small: 'here',
      empty: 'not empty here',
      'gone-there': 'here',
      'kind/inside': 'here',
    });
    expect(readlinkSync(join(world.remote, 'link'))).toBe('small');
  });

  test("the sandbox's", async () => {
    await decided('remote');
    const { large, ...rest } = texts(world.local);
    expect(rest).toEqual({ small: 'there', empty: '', 'gone-here': 'there', kind: 'there' });
    expect(large?.endsWith('there')).toBe(true);
    expect(readlinkSync(join(world.local, 'link'))).toBe('large');
  });

  test('both', async () => {
    await decided('both');
    const { large, 'large (sandbox)': other, ...rest } = texts(world.local);
    expect(rest).toEqual({
      ...{ small: 'here', 'small (sandbox)': 'there', empty: 'not empty here', 'empty (sandbox)': '' },
      ...{ 'gone-there': 'here', 'kind/inside': 'here' },
    });
    expect([large?.endsWith('there'), other?.endsWith('there')]).toEqual([false, true]);
    expect(readlinkSync(join(world.local, 'link'))).toBe('small');
    expect(readlinkSync(join(world.local, 'link (sandbox)'))).toBe('large');
  });
});

describe('what is carried, and what is refused', () => {
  test('time and bit both ways, also alone; links inside as links', async () => {
    const { local, remote } = world;
    for (const [root, name] of [
      [local, 'up'],
      [remote, 'down'],
    ] as const) {
      write(root, name, 'text', 0o755);
      utimesSync(join(root, name), 1_500_000_000.123, 1_500_000_000.123);
      symlinkSync(name, join(root, `link-${name}`));
      mkdirSync(join(root, `${name}-folder/deep`), { recursive: true });
      symlinkSync(`../../${name}`, join(root, `${name}-folder/deep/link`));
    }
    await clean();
    await expectSame();
    for (const [root, name] of [
      [remote, 'up'],
      [local, 'down'],
    ] as const) {
      expect(statSync(join(root, name)).mtimeMs).toBeCloseTo(1_500_000_000_123, -1);
      expect(statSync(join(root, name)).mode & 0o111).not.toBe(0);
      chmodSync(join(root, name), 0o644);
      expect(readlinkSync(join(root, `${name}-folder/deep/link`))).toBe(`../../${name}`);
    }
    await clean();
    await expectSame();
    for (const [root, name] of [
      [local, 'up'],
      [remote, 'down'],
    ] as const)
      expect(statSync(join(root, name)).mode & 0o111).toBe(0);
  });

  test('links that lead out and names that are no text are refused one by one, from both sides; the rest goes on', async () => {
    const { local, remote, folder } = world;
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'secret');
    for (const [root, name] of [
      [local, 'here'],
      [remote, 'there'],
    ] as const) {
      write(root, `fine-${name}`, name);
      symlinkSync(secret, join(root, `out-${name}`));
      mkdirSync(join(root, `in-${name}`));
      symlinkSync('../../secret', join(root, `in-${name}/up`));
      writeFileSync(Buffer.concat([Buffer.from(`${root}/bad-${name}-`), Buffer.from([0xff])]), 'x');
      execFileSync('mkfifo', [join(root, `pipe-${name}`)]);
    }
    const result = await world.run();
    expect(result.outcome).toBe('done');
    expect(
      result.unusable
        .map(({ path, side, reason }) => `${side} ${path.replace('\uFFFD', '?')} ${reason}`)
        .sort(),
    ).toEqual([
      'local bad-here-? name-not-text',
      'local in-here/up link-leads-out',
      'local out-here link-leads-out',
      'local pipe-here special-file',
      'remote bad-there-? name-not-text',
      'remote in-there/up link-leads-out',
      'remote out-there link-leads-out',
      'remote pipe-there special-file',
    ]);
    const names = ['fine-here', 'fine-there', 'in-here', 'in-there'];
    expect(readdirSync(local).filter((name) => names.includes(name))).toEqual(names);
    expect(readdirSync(remote).filter((name) => names.includes(name))).toEqual(names);
    expect(existsSync(join(remote, 'out-here')) || existsSync(join(local, 'out-there'))).toBe(false);
    expect((await world.run()).summary.requests).toBe(1);
  });

  test('what cannot be read or is something else now is never taken for deleted', async () => {
    const { local, remote } = world;
    for (const name of ['a', 'b', 'folder/c', 'folder/d']) write(local, name, name);
    await clean();
    for (const [root, name] of [
      [local, 'a'],
      [remote, 'b'],
    ] as const) {
      rmSync(join(root, name));
      execFileSync('mkfifo', [join(root, name)]);
    }
    rmSync(join(local, 'folder'), { recursive: true });
    mkdirSync(join(world.folder, 'outside'));
    symlinkSync(join(world.folder, 'outside'), join(local, 'folder'));
    expect((await world.run()).unusable).toHaveLength(3);
    expect(texts(remote)).toEqual({ a: 'a', 'folder/c': 'folder/c', 'folder/d': 'folder/d' });
    expect(texts(local)).toEqual({ b: 'b' });
  });
});

describe('in the middle', () => {
  test('a file that changes between look and way is taken as it is then, in the same cycle', async () => {
    const { local, remote } = world;
    for (const name of ['up', 'up-new', 'down', 'down-new'])
      write(name.startsWith('up') ? local : remote, name, '1');
    let n = 0;
    beforeJob = (name) => {
      if (name !== 'localPack' || n++ > 0) return;
      for (const file of ['up', 'up-new']) write(local, file, 'changed here');
      for (const file of ['down', 'down-new']) write(remote, file, 'changed there');
    };
    await clean();
    expect(n).toBeGreaterThan(1);
    await expectSame();
    expect(texts(local)).toMatchObject({ 'up-new': 'changed here', 'down-new': 'changed there' });
  });

  test('a folder becomes a link that leads out: nothing is written or read there', async () => {
    const { local, remote, folder } = world;
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'up'), 'outside');
    write(local, 'd/up', 'old');
    write(local, 'e/down', 'old');
    await clean();
    write(local, 'd/up', 'new');
    write(local, 'd/new', 'new');
    write(remote, 'e/down', 'new');
    write(remote, 'e/new', 'new');
    beforeJob = (name) => {
      if (name !== 'localPack') return;
      beforeJob = () => {};
      for (const [root, name] of [
        [remote, 'd'],
        [local, 'e'],
      ] as const) {
        renameSync(join(root, name), join(folder, `moved-${name}`));
        symlinkSync(outside, join(root, name));
      }
    };
    const result = await world.run();
    expect(result.unusable.map(({ side, path, reason }) => `${side} ${path} ${reason}`).sort()).toEqual([
      'local e link-leads-out',
      'remote d link-leads-out',
    ]);
    expect(texts(outside)).toEqual({ up: 'outside' });
  });

  test('a large download that broke goes on where it was', async () => {
    const { local, remote } = world;
    write(remote, 'down.bin', randomBytes(36e6));
    let gets = 0;
    world.onRequest = (what, when) => {
      if (what === 'get' && when === 'before' && ++gets > 3)
        throw new SpecboardError('gone', 'The sandbox is gone.');
    };
    expect((await world.run()).outcome).toBe('failed');
    await world.restart();
    const { outcome, summary } = await world.run();
    expect([outcome, existsSync(join(local, 'down.bin'))]).toEqual(['done', true]);
    expect(summary.bytesDown).toBeLessThan(20e6);
    await expectSame();
  });
});

describe('another sandbox, another folder', () => {
  async function synced(): Promise<void> {
    for (const name of ['a', 'b', 'c/d']) write(world.local, name, name);
    await clean();
  }

  test('one that was made anew asks, and is brought to the same state', async () => {
    await synced();
    rmSync(join(world.folder, 'home'), { recursive: true });
    mkdirSync(join(world.folder, 'home'));
    expect(await world.run()).toMatchObject({ outcome: 'waiting', halt: { reason: 'new-sandbox' } });
    expect(texts(world.local)).toEqual({ a: 'a', b: 'b', 'c/d': 'c/d' });
    await clean(answer('new-sandbox', 'start-over'));
    await expectSame();
    expect((await world.run()).didSomething).toBe(false);
  });

  test('one that went back in time asks; what differs then waits, nothing is deleted', async () => {
    const { folder, local, remote } = world;
    await synced();
    cpSync(join(folder, 'home'), join(folder, 'snapshot'), { recursive: true, preserveTimestamps: true });
    write(local, 'a', 'newer');
    write(local, 'e', 'new');
    rmSync(join(local, 'b'));
    await clean();
    rmSync(join(folder, 'home'), { recursive: true });
    renameSync(join(folder, 'snapshot'), join(folder, 'home'));
    await world.restart();
    expect(await world.run()).toMatchObject({ outcome: 'waiting', halt: { reason: 'went-back' } });
    const merged = await world.run(answer('went-back', 'start-over'));
    expect(merged.conflicts?.map(({ path }) => path)).toEqual(['a']);
    expect(texts(remote)).toEqual({ a: 'a', b: 'b', 'c/d': 'c/d', e: 'new' });
    expect(texts(local)).toEqual({ a: 'newer', b: 'b', 'c/d': 'c/d', e: 'new' });
  });

  test('an emptied folder asks on either side, and is filled again; one that is gone waits', async () => {
    for (const side of ['local', 'remote'] as const) {
      await synced();
      const root = world[side];
      for (const name of ['a', 'b', 'c']) rmSync(join(root, name), { recursive: true });
      expect(await world.run()).toMatchObject({ outcome: 'waiting', halt: { reason: 'emptied', side } });
      await clean(answer('emptied', 'restore'));
      expect(texts(root)).toEqual({ a: 'a', b: 'b', 'c/d': 'c/d' });
      await expectSame();
    }
    renameSync(world.local, `${world.local}-moved`);
    expect(await world.run()).toMatchObject({ outcome: 'waiting', halt: { reason: 'local-missing' } });
    mkdirSync(world.local);
    expect(await world.run()).toMatchObject({ outcome: 'waiting', halt: { reason: 'local-replaced' } });
    expect(Object.keys(texts(world.remote))).toHaveLength(3);
  });
});
