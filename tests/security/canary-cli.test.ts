/**
 * The command line as a process of its own: a key from standard input or from the environment is in no output, no file of
 * the data folder or the temporary folder, and in no arguments or environment of anything it starts, whatever fails.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canaryOf, scanForCanary } from '../setup/canary.ts';
import { startCli } from '../support/cli.ts';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';
import { keyringEnv } from '../support/e2e/keyring-env.ts';
import { startKeyring, type TestKeyring, whyNoKeyring } from '../support/keyring.ts';
import { SecretSearch } from '../support/secret-search.ts';
import { temporaryFolder } from '../support/test-core.ts';

const secret = canaryOf(process.env);
let server: E2bServer;
let home: ReturnType<typeof temporaryFolder>;
let temporary: ReturnType<typeof temporaryFolder>;
let search: SecretSearch;
let env: Record<string, string | undefined>;
let processes: number;
let keyring: TestKeyring | undefined;

beforeEach(async () => {
  server = await startE2bServer();
  home = temporaryFolder();
  temporary = temporaryFolder();
  search = new SecretSearch(secret);
  // The tests' own environment may hold the run's canary; the command must have it from us alone.
  env = { TMPDIR: temporary.path, SPECBOARD_CANARY: undefined };
  processes = 0;
});
afterEach(async () => {
  await server.close();
  await keyring?.dispose();
  keyring = undefined;
  expect(search.places).toEqual([]);
  expect(scanForCanary([home.path, temporary.path], secret)).toEqual([]);
  // The logs are among what was searched.
  expect(readdirSync(join(home.path, 'logs')).length).toBeGreaterThan(0);
  home.remove();
  temporary.remove();
});

/** Runs a command; looks at it and all that it starts while it runs, and at what it said. `self`: at its environment too. */
async function specboard(args: string[], { input = '', self = true } = {}) {
  const running = await startCli(home.path, args, env);
  const watch = search.watchProcesses(running.child.pid ?? -1, { self });
  running.child.stdin.end(input);
  const result = await running.done;
  processes += watch.stop();
  return search.note(`output of ${args.slice(0, 3).join(' ')}`, result);
}

function failAll(status: number): () => void {
  return server.faults.add({
    match: { plane: 'control' },
    effect: { kind: 'reply', status, message: `X-API-KEY: ${secret} ${encodeURIComponent(`key=${secret}`)}` },
    times: Number.POSITIVE_INFINITY,
  });
}

const addresses = (url: string) => ['-d', 'e2b', '-s', `apiUrl=${url}`, '-s', `sandboxUrl=${url}`];

async function everythingThatFails(self: boolean): Promise<void> {
  const run = ['run', '-p', 'Cloud', '-c', 'print(6*7)'];
  for (const status of [401, 500]) {
    const undo = failAll(status);
    expect(await specboard(run, { self })).toMatchObject({ code: 3 });
    expect(await specboard([...run, '--json'], { self })).toMatchObject({ code: 3 });
    undo();
  }
  const failing = ['run', '-p', 'Cloud', '-c', 'import os; raise ValueError(dict(os.environ))'];
  expect(await specboard(failing, { self })).toMatchObject({ code: 1 });
  await specboard(['history', 'list', '--json'], { self });
  await specboard(['sessions', 'list', '--json'], { self });
  await specboard(['profiles', 'list', '--json'], { self });
}

test('a key from the environment of the command', async () => {
  await specboard(['profiles', 'add', 'Cloud', ...addresses(server.url)]);
  env = { ...env, E2B_API_KEY: secret };
  // Its own environment holds the key, as the person wanted; nothing that it starts does.
  const self = false;
  expect(await specboard(['run', '-p', 'Cloud', '-c', '6*7'], { self })).toMatchObject({ stdout: '42\n' });
  const local = ['run', '--lang', 'sh', '-c', 'env; tr "\\0" "\\n" < /proc/self/environ; sleep 0.1'];
  expect(await specboard(local, { self })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('PATH='),
  });
  await specboard(['doctor', '--json'], { self });
  await everythingThatFails(self);
  if (process.platform === 'linux') expect(processes).toBeGreaterThan(5);
});

describe.skipIf(whyNoKeyring() !== undefined)('with a real keyring', () => {
  test('a key from standard input, stored, used, refused, cleared', async () => {
    keyring = await startKeyring('unlocked');
    env = { ...env, ...keyringEnv(keyring) };
    await specboard(['profiles', 'add', 'Cloud', ...addresses(server.url)]);
    expect(await specboard(['credentials', 'set', 'Cloud'], { input: `${secret}\n` })).toMatchObject({
      code: 0,
    });
    // Given as an argument by mistake: it is not taken, and not repeated.
    const mistaken = await specboard(['credentials', 'set', 'Cloud', secret], { self: false });
    expect(mistaken).toMatchObject({ code: 2, stdout: '' });
    await specboard(['credentials', 'status', 'Cloud', '--json']);
    await specboard(['profiles', 'show', 'Cloud', '--json']);
    expect(await specboard(['run', '-p', 'Cloud', '-c', '6*7'])).toMatchObject({ code: 0, stdout: '42\n' });
    await everythingThatFails(true);
    await specboard(['doctor']);
    // The keyring keeps it encrypted, or it would be no keyring.
    expect(scanForCanary([String(keyring.env.HOME)], secret)).toEqual([]);
    expect(await specboard(['credentials', 'clear', 'Cloud'])).toMatchObject({ code: 0 });
    expect(await specboard(['run', '-p', 'Cloud', '-c', '1'])).toMatchObject({ code: 3 });
    expect(await specboard(['profiles', 'remove', 'Cloud', '--yes'])).toMatchObject({
      stderr: expect.any(String),
    });
  });
});
