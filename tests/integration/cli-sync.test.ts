/** `specboard sync` as a person and a script use it: the real command, on this computer, with a sandbox whose folder stays. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli, startCli } from '../support/cli.ts';
import { startOnTerminal } from '../support/cli-terminal.ts';
import { eventually, openTestCore, temporaryFolder } from '../support/test-core.ts';

let home: ReturnType<typeof temporaryFolder>;
let data: string;
let here: string;
let there: string;

beforeAll(async () => {
  home = temporaryFolder();
  data = join(home.path, 'data');
  here = join(home.path, 'project');
  there = join(home.path, 'box', 'project');
  for (const folder of [data, here, join(home.path, 'box')]) mkdirSync(folder);
  const { core, close } = await openTestCore({ dataFolder: data });
  const settings = { folder: join(home.path, 'box'), allowUnisolated: true };
  core.profiles.create({ name: 'Box', driverType: 'local', settings });
  await close();
});
afterAll(() => home.remove());

const sync = (...args: string[]) => runCli(data, ['sync', ...args]);
const put = (folder: string, path: string, text: string) => writeFileSync(join(folder, path), text);
const read = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8');
const jsonOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('add, plan, run: nothing is changed before somebody agreed', async () => {
  expect(await sync('status')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('No folders are synced'),
  });
  put(here, 'a.txt', 'one\n');
  put(here, 'secret.log', 'x\n');
  const added = await sync('add', here, 'Box:project', '--exclude', '*.log', '*.tmp');
  expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{8}\n$/) });
  expect(await sync('add', here, 'Box:other')).toMatchObject({ code: 2 });
  expect(await sync('add', here, 'Nobody:other')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There are: '),
  });

  const asked = await sync('run');
  expect(asked.code).toBe(4);
  expect(asked.stdout).toContain('up  a.txt  4 B');
  expect(asked.stdout).toContain('1 file up (4 B); 1 excluded.');
  expect(asked.stderr).toContain('--yes');
  expect(existsSync(there)).toBe(false);

  const person = await startOnTerminal(data, ['sync', 'run']);
  await person.until('Sync now? [y/N]');
  person.type('y\r');
  expect(await person.done).toMatchObject({ code: 0 });
  expect(person.screen()).toContain('1 up');
  expect(read(there, 'a.txt')).toBe('one\n');
  const why = await sync('status', join(here, 'secret.log'));
  expect(why).toMatchObject({ code: 0, stdout: 'secret.log is left out by profile: *.log\n' });
  symlinkSync(home.path, join(here, 'out'));
  expect((await sync('status', join(here, 'out'))).stdout).toBe(
    'out was not synced yet; no rule leaves it out\n',
  );
  expect((await sync('status')).stdout).toContain('Box:project');
});

test('conflicts give exit code 4, are listed, and decided; kept copies come back', async () => {
  put(here, 'a.txt', 'here\n');
  put(there, 'a.txt', 'there\n');
  put(there, 'b.txt', 'new\n');
  const ran = await sync('run');
  expect(ran).toMatchObject({ code: 4, stdout: expect.stringContaining('1 down, 1 conflict') });
  const listed = await sync('resolve');
  expect(listed).toMatchObject({ code: 4, stdout: expect.stringContaining('a.txt  changed on both sides') });
  expect(await sync('resolve', 'b.txt', '--use', 'local')).toMatchObject({ code: 2 });
  put(home.path, 'merged', 'both\n');
  const decided = await sync('resolve', 'a.txt', join(home.path, 'merged'), '--use', 'merged');
  expect(decided).toMatchObject({ code: 0, stderr: expect.stringContaining('1 conflict decided, 0 left') });
  expect([read(here, 'a.txt'), read(there, 'a.txt')]).toEqual(['both\n', 'both\n']);

  const [history] = jsonOf((await sync('history', '--json')).stdout);
  expect(history.runs.map(({ trigger }: { trigger: string }) => trigger)).toEqual([
    'resolve',
    'asked',
    'asked',
  ]);
  const hash = createHash('sha256').update('there\n').digest('hex');
  const copy = history.kept.find(({ version }: { version: { hash: string } }) => version.hash === hash);
  expect(await sync('history', '--restore', copy.id.slice(0, 8))).toMatchObject({ code: 0 });
  expect(read(here, 'a.txt')).toBe('there\n');
});

test('watch brings edits over until Ctrl-C', async () => {
  const watching = await startCli(data, ['sync', 'watch']);
  await eventually('that it watches', () => watching.stderr().includes('Watching'));
  put(here, 'watched.txt', 'w\n');
  await eventually('the edit there', () => existsSync(join(there, 'watched.txt')));
  await eventually('the line', () => watching.stdout().includes('1 up'));
  const meanwhile = await sync('run', here);
  expect(meanwhile).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Another SpecBoard syncs these folders now'),
  });
  watching.child.kill('SIGINT');
  expect(await watching.done).toMatchObject({ code: 0 });
});

test('a run that is killed in the middle leaves whole files, and the next one finishes', async () => {
  const names = Array.from({ length: 40 }, (_, n) => `${n}.bin`);
  for (const name of names) writeFileSync(join(here, name), randomBytes(250_000));
  const running = await startCli(data, ['sync', 'run']);
  await eventually(
    'that it began',
    () => readdirSync(there).some((name) => name.endsWith('.bin')) || running.child.exitCode !== null,
  );
  running.child.kill('SIGKILL');
  await running.done;
  for (const name of readdirSync(there).filter((one) => one.endsWith('.bin')))
    expect(readFileSync(join(there, name)).equals(readFileSync(join(here, name)))).toBe(true);
  const again = await sync('run', '--json');
  expect(jsonOf(again.stdout).at(-1)).toMatchObject({ outcome: 'done', conflicts: 0 });
  for (const name of names)
    expect(readFileSync(join(there, name)).equals(readFileSync(join(here, name)))).toBe(true);
  expect(await sync('remove', here)).toMatchObject({ code: 0 });
  expect(existsSync(join(here, 'a.txt'))).toBe(true);
});

test('a sandbox that cannot be kept: it says what is gone, and does not offer to keep it', async () => {
  const { core, close } = await openTestCore({ dataFolder: data });
  const settings = { allowUnisolated: true };
  const { id: profileId } = core.profiles.create({ name: 'Passing', driverType: 'local', settings });
  core.sync.add({ profileId, localPath: join(home.path, 'box'), remotePath: 'box', mode: 'upload' });
  await close();
  const ran = await sync('run', '--yes');
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('what was synced there is gone with it. A profile with a working folder');
  expect(ran.stderr).not.toContain('--keep');
});
