/** Two-way sync through the service, with the Local driver and all real parts: the way of a pair of folders through its life. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChosenFolders } from '../../src-main/app/chosen-folders.ts';
import type { Core } from '../../src-main/app/create-core.ts';
import { createSyncHandlers } from '../../src-main/app/handlers/sync-handlers.ts';
import type { CycleResult } from '../../src-main/sync/cycle/cycle-types.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import { defaultSyncExclusions, syncPlanSchema, syncRootSchema } from '../../src-shared/domain/sync.ts';
import { eventually, openTestCore, temporaryFolder } from '../support/test-core.ts';

let core: Core;
let close: () => Promise<void>;
let home: ReturnType<typeof temporaryFolder>;
let profileId: string;
/** The two folders. */
let here: string;
let there: string;
let rootId: string;

beforeAll(async () => {
  home = temporaryFolder();
  here = join(home.path, 'project');
  mkdirSync(here);
  ({ core, close } = await openTestCore({ kind: 'desktop' }));
  profileId = core.profiles.default().id;
  await connect();
});
afterAll(async () => {
  await close();
  home.remove();
});

async function connect(): Promise<string> {
  const session = await core.connect(profileId, { consent: true });
  there = join(String(session.metadata.folder), 'project');
  return session.id;
}

const put = (folder: string, path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const read = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8');
const page = { offset: 0, limit: 500 };
const root = () => core.sync.get(rootId);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'fine',
    (error: unknown) => toProblem(error).code,
  );

async function run(change: { confirmed?: boolean; checksum?: boolean } = {}): Promise<CycleResult> {
  const { finished } = await core.sync.begin(rootId, { confirmed: false, checksum: false, ...change });
  return finished;
}

/** Every file of a folder with its text. */
function tree(folder: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) Object.assign(found, tree(folder, path));
    else found[path] = read(folder, path);
  }
  return found;
}

test('a pair is made, planned, asked about, and copied', async () => {
  put(here, 'src/main.py', 'print(1)\n');
  put(here, 'run.sh', '#!/bin/sh\n');
  chmodSync(join(here, 'run.sh'), 0o755);
  put(here, 'node_modules/x.js', 'x');
  put(here, 'debug.log', 'log');
  put(here, '.gitignore', '*.log\n');
  put(there, 'result.csv', 'a,b\n');
  const input = { profileId, localPath: here, remotePath: 'project', mode: 'two-way' } as const;
  const added = core.sync.add(input);
  rootId = added.id;
  expect(syncRootSchema.parse(added)).toMatchObject({ localPath: here, state: 'idle', files: 0 });
  expect(() => core.sync.add({ ...input, remotePath: 'other' })).toThrow(/is synced with/);
  expect(() => core.sync.add({ ...input, localPath: join(here, 'src') })).toThrow(/lies in/);

  const plan = await core.sync.plan(rootId, page);
  expect(syncPlanSchema.parse(plan)).toMatchObject({
    ...{ upload: { files: 3, bytes: 25 }, download: { files: 1, bytes: 4 }, conflicts: 0, excluded: 2 },
    halt: { reason: 'first-sync', answers: ['go-on'] },
  });
  expect(plan.items.find(({ path }) => path === 'result.csv')?.action).toBe('download');
  expect(existsSync(join(there, 'run.sh'))).toBe(false);
  const all = core.sync.files(rootId, { ...page, show: 'excluded', search: '' }).items;
  expect(all.map(({ path, why }) => [path, why])).toEqual([
    ['debug.log', '.gitignore, line 1: *.log'],
    ['node_modules', 'defaults: node_modules/'],
  ]);
  expect(await core.sync.why(rootId, 'src/deep/a.log')).toMatchObject({ source: '.gitignore', line: 1 });
  expect(await core.sync.why(rootId, 'src/main.py')).toBeNull();

  expect(await run()).toMatchObject({ outcome: 'waiting', halt: { reason: 'first-sync' } });
  expect(root()).toMatchObject({ state: 'waiting', halt: { reason: 'first-sync' } });
  expect(await codeOf(core.sync.answer(rootId, 'start-over'))).toBe('conflict');
  const { finished } = await core.sync.answer(rootId, 'go-on');
  expect(await finished).toMatchObject({ outcome: 'done', summary: { uploaded: 3, downloaded: 1 } });
  expect(tree(there)).toEqual({
    '.gitignore': '*.log\n',
    'result.csv': 'a,b\n',
    'run.sh': '#!/bin/sh\n',
    'src/main.py': 'print(1)\n',
  });
  expect(statSync(join(there, 'run.sh')).mode & 0o100).toBe(0o100);
  expect(read(here, 'result.csv')).toBe('a,b\n');
  expect(root()).toMatchObject({ state: 'idle', files: 4, problem: null, halt: null, last: { uploaded: 3 } });
  expect(core.hub.current.syncs).toEqual([root()]);
});

test('edits go both ways; what is replaced or deleted is kept and comes back', async () => {
  put(here, 'src/main.py', 'print(2)\n');
  put(there, 'result.csv', 'a,b\n1,2\n');
  rmSync(join(there, 'run.sh'));
  expect(await run()).toMatchObject({
    outcome: 'done',
    summary: { uploaded: 1, downloaded: 1, deletedLocal: 1 },
  });
  expect(read(there, 'src/main.py')).toBe('print(2)\n');
  expect(read(here, 'result.csv')).toBe('a,b\n1,2\n');
  expect(existsSync(join(here, 'run.sh'))).toBe(false);

  const kept = core.sync.kept(rootId, { ...page, search: '' }).items;
  expect(
    kept.map(({ path, side, why, where, available }) => [path, side, why, where, available]).sort(),
  ).toEqual([
    ['result.csv', 'local', 'replaced', 'local', true],
    ['run.sh', 'local', 'deleted', 'local', true],
    ['src/main.py', 'remote', 'replaced', 'remote', true],
  ]);
  const idOf = (path: string) => kept.find((copy) => copy.path === path)?.id ?? '';
  await core.sync.restore(idOf('run.sh'));
  expect(statSync(join(here, 'run.sh')).mode & 0o100).toBe(0o100);
  await core.sync.restore(idOf('src/main.py'));
  expect(read(here, 'src/main.py')).toBe('print(1)\n');
  const again = core.sync.kept(rootId, { ...page, search: 'main' }).items;
  expect(again.map(({ why }) => why)).toEqual(['restored-over', 'replaced']);
  await core.sync.restore(again[0]?.id ?? '');
  expect(read(here, 'src/main.py')).toBe('print(2)\n');
  await run();
  expect(existsSync(join(there, 'run.sh'))).toBe(true);
  const { runs } = core.sync.history(rootId, page);
  expect(runs.map(({ trigger }) => trigger)).toEqual([
    'asked',
    'restore',
    'restore',
    'restore',
    'asked',
    'asked',
  ]);
});

test('conflicts wait, are shown, and are decided in each way; the other copy is kept', async () => {
  const names = ['local', 'remote', 'both', 'merged'] as const;
  for (const name of names) put(here, `${name}.txt`, `base ${name}\n`);
  put(here, 'gone.txt', 'base\n');
  // What both came from is still there under another name.
  put(here, 'twin.txt', 'base merged\n');
  await run();
  for (const name of names) {
    put(here, `${name}.txt`, `here ${name}\n`);
    put(there, `${name}.txt`, `there ${name}\n`);
  }
  rmSync(join(here, 'gone.txt'));
  put(there, 'gone.txt', 'edited\n');
  put(here, 'other.txt', 'goes on\n');
  expect(await run()).toMatchObject({ outcome: 'done', summary: { uploaded: 1, conflicts: 5 } });
  expect(read(there, 'other.txt')).toBe('goes on\n');
  expect(root().conflicts).toBe(5);
  const conflicts = core.sync.conflicts(rootId);
  expect(conflicts.map(({ path, kind }) => [path, kind])).toEqual([
    ['both.txt', 'both-changed'],
    ['gone.txt', 'changed-deleted'],
    ...['local', 'merged', 'remote'].map((name) => [`${name}.txt`, 'both-changed']),
  ]);
  const idOf = (path: string) => conflicts.find((conflict) => conflict.path === path)?.id ?? '';
  expect(await core.sync.conflict(idOf('merged.txt'))).toMatchObject({
    ...{ base: 'base merged\n', local: 'here merged\n', remote: 'there merged\n', note: null },
  });
  // What travelled is remembered: nothing else has it any more.
  expect(await core.sync.conflict(idOf('both.txt'))).toMatchObject({ base: 'base both\n' });
  expect(await codeOf(core.sync.resolve([idOf('gone.txt')], 'both'))).toBe('invalid');
  for (const name of ['local', 'remote', 'both'] as const)
    await core.sync.resolve([idOf(`${name}.txt`)], name);
  await core.sync.resolve([idOf('merged.txt')], 'merged', 'merged\n');
  await core.sync.resolve([idOf('gone.txt')], 'remote');
  expect(core.sync.conflicts(rootId)).toEqual([]);
  expect(await codeOf(core.sync.resolve([idOf('gone.txt')], 'local'))).toBe('conflict');
  const bothName = conflicts.find(({ path }) => path === 'both.txt')?.bothName ?? '';
  expect(tree(here)).toMatchObject({
    ...{ 'local.txt': 'here local\n', 'remote.txt': 'there remote\n', 'merged.txt': 'merged\n' },
    ...{ 'both.txt': 'here both\n', [bothName]: 'there both\n', 'gone.txt': 'edited\n' },
  });
  const { 'debug.log': _log, 'node_modules/x.js': _x, ...synced } = tree(here);
  expect(tree(there)).toEqual(synced);
  const kept = core.sync.kept(rootId, { ...page, search: '.txt' }).items;
  const unchosen = kept.filter(({ why }) => why === 'not-chosen').map(({ path, where }) => [path, where]);
  expect(unchosen.sort()).toEqual([
    ['both.txt', 'remote'],
    ...[
      ['local.txt', 'local'],
      ['merged.txt', 'local'],
      ['merged.txt', 'local'],
      ['remote.txt', 'local'],
    ],
  ]);
});

test('a side that changed after it was shown is not decided about', async () => {
  put(here, 'local.txt', 'here again\n');
  put(there, 'local.txt', 'there again\n');
  await run();
  const [conflict] = core.sync.conflicts(rootId);
  put(there, 'local.txt', 'there later\n');
  expect(await codeOf(core.sync.conflict(conflict?.id ?? ''))).toBe('conflict');
  expect(await codeOf(core.sync.resolve([conflict?.id ?? ''], 'local'))).toBe('conflict');
  expect(read(there, 'local.txt')).toBe('there later\n');
  const [now] = core.sync.conflicts(rootId);
  expect(now?.id).not.toBe(conflict?.id);
  await core.sync.resolve([now?.id ?? ''], 'remote');
  expect(read(here, 'local.txt')).toBe('there later\n');
});

test.each([
  ['here', 'debug.log', 'remote'],
  ['there', 'debug.log', 'local'],
  // Nobody looks into this one: that it is there shows when the folder is to go.
  ['there', 'node_modules/x.js', 'local'],
] as const)(
  'a file chosen over a folder (%s) that holds what is left out (%s): it is said why not, and waits',
  async (side, leftOut, choice) => {
    const [folder, other] = side === 'here' ? [here, there] : [there, here];
    const name = `shape-${side}-${leftOut.length}`;
    put(here, name, 'base\n');
    await run();
    rmSync(join(folder, name));
    put(folder, `${name}/a.txt`, 'in it\n');
    put(folder, `${name}/${leftOut}`, 'left out\n');
    put(other, name, 'a file still\n');
    await run();
    const waiting = () => core.sync.conflicts(rootId);
    const [{ id = '' } = {}] = waiting();
    const told = await core.sync.resolve([id], choice).then(
      () => null,
      (error: unknown) => toProblem(error),
    );
    expect(told?.code).toBe('conflict');
    expect(told?.message).toMatch(`The folder ${name}`);
    expect(read(folder, `${name}/${leftOut}`)).toBe('left out\n');
    expect(read(other, name)).toBe('a file still\n');
    // Nothing was done by halves, or it is in the history; either way it waits still, also after the next sync.
    const [{ id: now = '' } = {}] = waiting();
    if (leftOut === 'debug.log') {
      expect(now).toBe(id);
      expect(read(folder, `${name}/a.txt`)).toBe('in it\n');
    } else expect(core.sync.kept(rootId, { ...page, search: `${name}/a.txt` }).items).toHaveLength(1);
    await run();
    expect(waiting().map((one) => [one.id, one.path, one.kind])).toEqual([[now, name, 'type']]);
    rmSync(join(folder, name, leftOut.split('/')[0] ?? ''), { recursive: true });
    await core.sync.resolve([now], choice);
    expect(waiting()).toEqual([]);
    expect(read(folder, name)).toBe('a file still\n');
  },
);

test('what came from the sandbox is remembered too, for the comparison of a later conflict', async () => {
  put(there, 'from-there.txt', 'made there\n');
  await run();
  put(here, 'from-there.txt', 'here\n');
  put(there, 'from-there.txt', 'there\n');
  await run();
  const [conflict] = core.sync.conflicts(rootId);
  expect(await core.sync.conflict(conflict?.id ?? '')).toMatchObject({
    ...{ base: 'made there\n', local: 'here\n', remote: 'there\n' },
  });
  await core.sync.resolve([conflict?.id ?? ''], 'merged', 'merged\n');
  expect([read(here, 'from-there.txt'), read(there, 'from-there.txt')]).toEqual(['merged\n', 'merged\n']);
});

test('a copy does not come back where something stands that is none of the sync, and says what', async () => {
  put(here, 'deep/down/x.txt', 'one\n');
  await run();
  rmSync(join(here, 'deep'), { recursive: true });
  await run();
  const [copy] = core.sync.kept(rootId, { ...page, search: 'down/x.txt' }).items;
  const restore = () => core.sync.restore(copy?.id ?? '');
  const message = () =>
    restore().then(
      () => 'fine',
      (error: unknown) => toProblem(error).message,
    );
  put(here, 'deep', 'a file\n');
  expect(await message()).toBe('deep is no folder now, so that nothing can be in it.');
  rmSync(join(here, 'deep'));
  put(here, 'deep/down/x.txt/inner', 'x');
  expect(await message()).toBe('There is a folder deep/down/x.txt now.');
  rmSync(join(here, 'deep'), { recursive: true });
  put(here, 'deep/down/x.txt', 'left out\n');
  const { exclusions } = root();
  core.sync.update(rootId, { exclusions: { ...exclusions, patterns: ['x.txt'] } });
  expect(await message()).toBe('There is a deep/down/x.txt that takes no part in the sync.');
  expect(read(here, 'deep/down/x.txt')).toBe('left out\n');
  core.sync.update(rootId, { exclusions });
  rmSync(join(here, 'deep'), { recursive: true });
  expect(await message()).toBe('fine');
  expect(read(here, 'deep/down/x.txt')).toBe('one\n');
  await run();
});

test('watching brings edits over by itself, from either side, and after a cell has run', async () => {
  await core.sync.watch(rootId, true);
  await eventually('the first cycle of the watch', () => root().state === 'idle' && root().watching);
  await eventually('quiet', () => root().state === 'idle');
  put(here, 'watched.txt', 'from here\n');
  await eventually('the edit there', () => existsSync(join(there, 'watched.txt')));
  put(there, 'answer.txt', 'from there\n');
  await eventually('the edit here', () => existsSync(join(here, 'answer.txt')));
  const { id: sessionId } = core.hub.current.sessions[0] ?? { id: '' };
  await core.executions.run({ sessionId, language: 'shell', code: 'echo cell > project/cell.txt' }).done;
  await eventually('what the cell wrote', () => existsSync(join(here, 'cell.txt')));
  expect(core.hub.current.syncs[0]).toMatchObject({ watching: true, problem: null });
  await core.sync.watch(rootId, false);
  expect(root()).toMatchObject({ watching: false, state: 'idle' });
});

test('without a session it is offline; a new sandbox of the profile is brought to the same state', async () => {
  await core.sync.watch(rootId, true);
  const [session] = core.hub.current.sessions;
  await core.sessions.disconnect(session?.id ?? '');
  expect(root()).toMatchObject({ state: 'offline', sessionId: null, watching: true });
  expect(await codeOf(run())).toBe('unavailable');
  put(here, 'meanwhile.txt', 'x\n');
  await connect();
  // Copies that the old sandbox kept are not looked for in the new one.
  const far = core.sync.kept(rootId, { ...page, search: '' }).items.find(({ where }) => where === 'remote');
  expect(far?.available).toBe(false);
  expect(await codeOf(core.sync.restore(far?.id ?? ''))).toBe('unavailable');
  expect(existsSync(there)).toBe(false);
  await eventually('the question', () => root().state === 'waiting');
  expect(root().halt).toMatchObject({ reason: 'new-sandbox', answers: ['start-over'] });
  const { finished } = await core.sync.answer(rootId, 'start-over');
  expect(await finished).toMatchObject({ outcome: 'done' });
  const { 'debug.log': _log, 'node_modules/x.js': _x, ...synced } = tree(here);
  expect(tree(there)).toEqual(synced);
  put(here, 'after.txt', 'y\n');
  await eventually('that it is watched again', () => existsSync(join(there, 'after.txt')));
  await core.sync.watch(rootId, false);
});

test('a mirror shows what it takes away before it does; exclusions count from the next cycle', async () => {
  put(there, 'extra.txt', 'only there\n');
  core.sync.update(rootId, { mode: 'mirror-upload' });
  const plan = await core.sync.plan(rootId, page);
  expect(plan.warnings[0]).toBe(
    'This mirror deletes 1 file and replaces 0 files in the sandbox. They stay in the sync history for 30 days.',
  );
  expect(await run()).toMatchObject({ outcome: 'waiting', halt: { reason: 'first-sync' } });
  // Who agrees to that plan agrees to its warning; what comes later is asked about.
  expect(await run({ confirmed: true })).toMatchObject({ outcome: 'done', summary: { deletedRemote: 1 } });
  put(there, 'extra.txt', 'again\n');
  expect(await run({ confirmed: true })).toMatchObject({
    outcome: 'waiting',
    halt: { reason: 'mirror-deletes' },
  });
  const { finished } = await core.sync.answer(rootId, 'go-on');
  expect(await finished).toMatchObject({ outcome: 'done', summary: { deletedRemote: 1 } });
  core.sync.update(rootId, {
    mode: 'two-way',
    exclusions: { ...defaultSyncExclusions, patterns: ['*.txt'] },
  });
  put(here, 'after.txt', 'changed\n');
  expect(await run()).toMatchObject({ outcome: 'done', summary: { uploaded: 0 } });
  expect(read(there, 'after.txt')).toBe('y\n');
});

test('a window pairs no folder that its person did not choose', async () => {
  const folders = new ChosenFolders(core);
  const handlers = createSyncHandlers(core, folders);
  // Not the newest of its profile: the pair belongs to the one in which it was made.
  const sessionId = root().sessionId ?? '';
  await core.connect(profileId, { consent: true });
  const localPath = join(home.path, 'other');
  mkdirSync(localPath);
  const add = async () =>
    handlers['sync.add']({ sessionId, localPath, remotePath: 'other', mode: 'upload' }, {
      windowId: 1,
    } as never);
  expect(await codeOf(add())).toBe('invalid');
  folders.remember(localPath);
  const other = await add();
  expect(other).toMatchObject({ localPath, profileId, mode: 'upload', sessionId });
  await core.sync.remove(other.id);
});

test('a pair that is taken apart leaves the files and nothing else', async () => {
  await core.sync.remove(rootId);
  expect(core.hub.current.syncs).toEqual([]);
  expect(readdirSync(join(core.diagnostics.dataFolder, 'sync-agreed'))).toEqual([]);
  expect(existsSync(join(here, 'src/main.py')) && existsSync(join(there, 'src/main.py'))).toBe(true);
  expect(await codeOf(run())).toBe('not-found');
});
