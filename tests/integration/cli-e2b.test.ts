/** The command line with E2B: the real SDK against the test server, keys from standard input and from the environment. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';
import { startKeyring } from '../support/keyring.ts';
import { temporaryFolder } from '../support/test-core.ts';

let home: string;
let remove: () => void;
let server: E2bServer;
beforeAll(async () => {
  ({ path: home, remove } = temporaryFolder());
  server = await startE2bServer();
  const set = ['-s', `apiUrl=${server.url}`, '-s', `sandboxUrl=${server.url}`];
  expect(await runCli(home, ['profiles', 'add', 'Cloud', '-d', 'e2b', ...set])).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await server.close();
  remove();
});
const withKey = () => ({ E2B_API_KEY: server.apiKey });

test('a key from the environment: Python, shell, exit codes, and the sandbox is ended', async () => {
  expect(await runCli(home, ['run', '-p', 'Cloud', '-c', 'print(6*7)'], { env: withKey() })).toMatchObject({
    code: 0,
    stdout: '42\n',
  });
  const shell = await runCli(home, ['run', '-p', 'Cloud', '--lang', 'sh', '-c', 'echo hi; exit 5'], {
    env: withKey(),
  });
  expect(shell).toMatchObject({ code: 5, stdout: 'hi\n' });
  expect(server.sandboxes().filter(({ state }) => state === 'running')).toEqual([]);
});

test('no key, a wrong key and no server each give 3, and words that say what to do', async () => {
  const none = await runCli(home, ['run', '-p', 'Cloud', '-c', '1']);
  expect(none.code).toBe(3);
  expect(none.stderr).toContain('has no API key yet');
  expect(none.stderr).toContain('E2B_API_KEY');
  const wrong = await runCli(home, ['run', '-p', 'Cloud', '-c', '1'], {
    env: { E2B_API_KEY: 'e2b_wrong_0f1e' },
  });
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toContain('refused the API key');
  expect(wrong.stderr).not.toContain('e2b_wrong_0f1e');
  const closed = ['-s', 'apiUrl=http://127.0.0.1:9', '-s', 'sandboxUrl=http://127.0.0.1:9'];
  await runCli(home, ['profiles', 'add', 'Nowhere', '-d', 'e2b', ...closed]);
  const nowhere = await runCli(home, ['run', '-p', 'Nowhere', '-c', '1'], { env: withKey() });
  expect(nowhere.code).toBe(3);
  expect(nowhere.stderr).not.toMatch(/ECONNREFUSED|\n\s+at /);
});

test('--keep leaves the sandbox running, --session goes on in it, sessions list shows it, sessions end ends it', async () => {
  const kept = await runCli(home, ['run', '-p', 'Cloud', '--keep', '-c', 'print("kept"); kept_value = 7'], {
    env: withKey(),
  });
  expect(kept).toMatchObject({ code: 0, stdout: 'kept\n' });
  expect(server.sandboxes().filter(({ state }) => state === 'running')).toHaveLength(1);
  const [session] = JSON.parse((await runCli(home, ['sessions', 'list', '-r', '--json'])).stdout) as {
    id: string;
  }[];
  expect(kept.stderr).toContain(session?.id ?? 'no session');
  const again = ['run', '--session', session?.id.slice(0, 8) ?? '', '--keep', '-c', 'kept_value'];
  expect(await runCli(home, again, { env: withKey() })).toMatchObject({ code: 0, stdout: '7\n' });
  const [newer, ...others] = JSON.parse(
    (await runCli(home, ['sessions', 'list', '-r', '--json'])).stdout,
  ) as { id: string }[];
  expect(others).toEqual([]);
  expect(await runCli(home, ['sessions', 'end', newer?.id ?? ''], { env: withKey() })).toMatchObject({
    code: 0,
  });
  expect(server.sandboxes().filter(({ state }) => state === 'running')).toEqual([]);
  expect((await runCli(home, ['sessions', 'list', '-r'])).stdout).toBe('No sessions.\n');
});

test.skipIf(process.platform !== 'linux')(
  'a key is stored in the keyring from standard input, used, and cleared',
  async () => {
    const keyring = await startKeyring('unlocked');
    try {
      const env = { ...keyring.env };
      const set = await runCli(home, ['credentials', 'set', 'Cloud'], { input: `${server.apiKey}\n`, env });
      expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('Stored the API key') });
      expect((await runCli(home, ['credentials', 'status', 'Cloud'], { env })).stdout).toContain(
        'in the keyring',
      );
      expect(await runCli(home, ['run', '-p', 'Cloud', '-c', '6*7'], { env })).toMatchObject({
        code: 0,
        stdout: '42\n',
      });
      expect(await runCli(home, ['credentials', 'clear', 'Cloud'], { env })).toMatchObject({ code: 0 });
      expect((await runCli(home, ['credentials', 'status', 'Cloud'], { env })).stdout).toContain('not set');
    } finally {
      await keyring.dispose();
    }
  },
);

test('without a keyring, credentials set says which part is missing and what else there is', async () => {
  const result = await runCli(home, ['credentials', 'set', 'Cloud'], { input: server.apiKey });
  expect(result.code).toBe(3);
  expect(result.stderr).toMatch(/keyring|D-Bus/);
  expect(result.stderr).toContain('E2B_API_KEY');
});

test('sync goes on in the sandbox that was kept: what was synced is known there', async () => {
  const folder = temporaryFolder();
  const here = join(folder.path, 'project');
  mkdirSync(here);
  writeFileSync(join(here, 'a.txt'), 'one');
  const sync = (...args: string[]) => runCli(home, ['sync', ...args, '--json'], { env: withKey() });
  expect(await sync('add', here, 'Cloud:project')).toMatchObject({ code: 0 });
  expect(await sync('run', '--yes', '--keep')).toMatchObject({ code: 0 });
  writeFileSync(join(here, 'b.txt'), 'two');
  const again = await sync('run');
  expect(again.code).toBe(0);
  expect(JSON.parse(again.stdout.trim())).toMatchObject({
    outcome: 'done',
    summary: { uploaded: 1 },
    halt: null,
  });
  const running = server.sandboxes().filter(({ state }) => state === 'running');
  expect(running).toHaveLength(1);
  const [session] = JSON.parse((await runCli(home, ['sessions', 'list', '-r', '--json'])).stdout);
  expect(await runCli(home, ['sessions', 'end', session.id], { env: withKey() })).toMatchObject({ code: 0 });
  folder.remove();
});
