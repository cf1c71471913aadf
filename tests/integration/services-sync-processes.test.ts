/** Syncs that are cut short and syncs that meet: another process, a disconnect and a quit in the middle of a cycle. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Core } from '../../src-main/app/create-core.ts';
import type { CycleResult } from '../../src-main/sync/cycle/cycle-types.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import { eventually, openTestCore, temporaryFolder } from '../support/test-core.ts';

let home: ReturnType<typeof temporaryFolder>;
let here: string;
/** The sandbox's folder: the profile's own, so that it stays. */
let there: string;
const open: Core[] = [];

beforeEach(() => {
  home = temporaryFolder();
  here = join(home.path, 'project');
  for (const folder of [here, join(home.path, 'data'), join(home.path, 'box')]) mkdirSync(folder);
  there = join(home.path, 'box', 'project');
});
afterEach(async () => {
  for (const core of open.splice(0)) await core.dispose();
  home.remove();
});

/** A process: a core of its own on the one data folder. */
async function start(kind: 'desktop' | 'cli' = 'desktop'): Promise<{ core: Core; sessionId: string }> {
  const { core } = await openTestCore({ dataFolder: join(home.path, 'data'), kind });
  open.push(core);
  const settings = { folder: join(home.path, 'box') };
  const profile =
    core.profiles.list().find(({ name }) => name === 'Box') ??
    core.profiles.create({ name: 'Box', driverType: 'local', settings });
  const session = await core.connect(profile.id, { consent: true });
  return { core, sessionId: session.id };
}

function add(core: Core): string {
  const profileId = core.profiles.list().find(({ name }) => name === 'Box')?.id ?? '';
  return core.sync.add({ profileId, localPath: here, remotePath: 'project', mode: 'two-way' }).id;
}

/** Bytes that do not compress, so that there is time in the middle. */
function fill(files: number, bytes: number): void {
  for (let n = 0; n < files; n += 1) writeFileSync(join(here, `${n}.bin`), randomBytes(bytes));
}

async function run(core: Core, rootId: string): Promise<CycleResult> {
  const { finished } = await core.sync.begin(rootId, { confirmed: true, checksum: false });
  return finished;
}

function hashes(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    );
}

/** Resolves once the cycle moves files. */
async function inTheMiddle(core: Core, rootId: string): Promise<void> {
  await eventually('the middle of the cycle', () => {
    const stage = core.sync.get(rootId).progress?.stage;
    return stage === 'transferring' || stage === 'applying';
  });
}

test('one process at a time: the other one is told, sees it, and can go on when the first is done or dead', async () => {
  writeFileSync(join(here, 'a.txt'), 'a');
  const { core: first } = await start();
  const rootId = add(first);
  expect(await run(first, rootId)).toMatchObject({ outcome: 'done' });
  await first.sync.watch(rootId, true);
  await eventually(
    'that it is watched',
    () => first.db.syncRoots.locks().length === 1 && first.sync.get(rootId).state === 'idle',
  );

  const { core: second } = await start('cli');
  // A command that connects the profile for something else does not begin to sync.
  expect(second.sync.list()).toMatchObject([{ id: rootId, elsewhere: true, state: 'idle', files: 1 }]);
  for (const work of [run(second, rootId), second.sync.plan(rootId, { offset: 0, limit: 1 })]) {
    expect(await work.catch((error: unknown) => toProblem(error))).toMatchObject({ code: 'conflict' });
  }
  await first.sync.watch(rootId, false);
  writeFileSync(join(here, 'b.txt'), 'b');
  expect(await run(second, rootId)).toMatchObject({ outcome: 'done', summary: { uploaded: 1 } });
  // The first one works with what the second one stored, and would not bring anything back.
  expect(await run(first, rootId)).toMatchObject({ outcome: 'done', didSomething: false });
  await eventually('that the window shows it', () => first.hub.current.syncs[0]?.files === 2);

  // A process that died holds nothing.
  const gone = {
    id: 'nobody',
    pid: 2 ** 22 + 1,
    startToken: '1',
    startedAt: 1,
    heartbeatAt: Date.now(),
    kind: 'cli' as const,
  };
  first.db.instances.insert(gone);
  expect(
    first.db.syncRoots.lock(rootId, 'nobody', { now: Date.now(), until: Date.now() + 60_000 }, () => true),
  ).toBe(true);
  expect(second.sync.list()).toMatchObject([{ elsewhere: false }]);
  expect(await run(second, rootId)).toMatchObject({ outcome: 'done' });
});

test('a disconnect in the middle of a cycle tears nothing, and the next session goes on', async () => {
  fill(30, 250_000);
  const { core, sessionId } = await start();
  const rootId = add(core);
  const { finished } = await core.sync.begin(rootId, { confirmed: true, checksum: false });
  await inTheMiddle(core, rootId);
  await core.sessions.disconnect(sessionId);
  expect(['cancelled', 'failed']).toContain((await finished).outcome);
  expect(core.sync.get(rootId)).toMatchObject({ state: 'offline', progress: null });
  const whole = new Set(hashes(here));
  for (const one of hashes(there)) expect(whole).toContain(one);

  await core.connect(core.profiles.list().find(({ name }) => name === 'Box')?.id ?? '', { consent: true });
  expect(await run(core, rootId)).toMatchObject({ outcome: 'done', summary: { conflicts: 0 } });
  expect(hashes(there)).toEqual(hashes(here));
});

test('quitting in the middle takes a few seconds at most; stopping keeps what is done', async () => {
  fill(30, 250_000);
  const { core } = await start();
  const rootId = add(core);
  const { finished } = await core.sync.begin(rootId, { confirmed: true, checksum: false });
  await inTheMiddle(core, rootId);
  await core.sync.stop(rootId);
  expect(await finished).toMatchObject({ outcome: 'cancelled', problem: null });
  expect(core.sync.get(rootId)).toMatchObject({ state: 'idle', problem: null });

  const second = await core.sync.begin(rootId, { confirmed: true, checksum: false });
  await inTheMiddle(core, rootId);
  const startedAt = performance.now();
  await core.dispose();
  expect(performance.now() - startedAt).toBeLessThan(6000);
  expect(await second.finished).toMatchObject({ outcome: 'cancelled' });

  const { core: later } = await start();
  expect(later.db.syncRoots.locks()).toEqual([]);
  expect(await run(later, rootId)).toMatchObject({ outcome: 'done', summary: { conflicts: 0 } });
  expect(hashes(there)).toEqual(hashes(here));
});
