/** The command line with Daytona: the real SDK as the build bundles it, against the test server. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../tools/build.ts';
import { runCli } from '../support/cli.ts';
import { type DaytonaServer, startDaytonaServer } from '../support/daytona-server/server.ts';
import { temporaryFolder } from '../support/test-core.ts';

const root = resolve(import.meta.dirname, '../..');
let home: string;
let remove: () => void;
let server: DaytonaServer;
beforeAll(async () => {
  ({ path: home, remove } = temporaryFolder());
  server = await startDaytonaServer();
  const set = ['-s', `apiUrl=${server.url}`];
  expect(await runCli(home, ['profiles', 'add', 'Cloud', '-d', 'daytona', ...set])).toMatchObject({
    code: 0,
  });
});
afterAll(async () => {
  await server.close();
  remove();
});
const withKey = () => ({ DAYTONA_API_KEY: server.apiKey });

test('a key from the environment: Python, shell, exit codes, and the sandbox is deleted', async () => {
  expect(await runCli(home, ['run', '-p', 'Cloud', '-c', 'print(6*7)'], { env: withKey() })).toMatchObject({
    code: 0,
    stdout: '42\n',
  });
  const shell = ['run', '-p', 'Cloud', '--lang', 'sh', '-c', 'echo hi; exit 5'];
  expect(await runCli(home, shell, { env: withKey() })).toMatchObject({ code: 5, stdout: 'hi\n' });
  expect(server.sandboxes()).toEqual([]);
});

test('no key and a wrong key give 3, and words that say what to do', async () => {
  const none = await runCli(home, ['run', '-p', 'Cloud', '-c', '1'], { env: { DAYTONA_API_KEY: undefined } });
  expect(none.code).toBe(3);
  expect(none.stderr).toContain('DAYTONA_API_KEY');
  const wrong = await runCli(home, ['run', '-p', 'Cloud', '-c', '1'], {
    env: { DAYTONA_API_KEY: 'dtn_wrong_0f1e' },
  });
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toContain('refused the API key');
  expect(wrong.stderr).not.toContain('dtn_wrong_0f1e');
});

test('--keep leaves the sandbox running, and --session goes on in it with its variables', async () => {
  const kept = await runCli(home, ['run', '-p', 'Cloud', '--keep', '-c', 'kept_value = 7'], {
    env: withKey(),
  });
  expect(kept.code).toBe(0);
  expect(server.sandboxes()).toHaveLength(1);
  const [session] = JSON.parse((await runCli(home, ['sessions', 'list', '-r', '--json'])).stdout) as {
    id: string;
  }[];
  const again = ['run', '--session', session?.id ?? '', '-c', 'kept_value'];
  const look = ['files', 'ls', '--session', session?.id ?? ''];
  expect(await runCli(home, look, { env: withKey() })).toMatchObject({ code: 0 });
  // The same id, though the look was a session of its own.
  expect(await runCli(home, [...again, '--keep'], { env: withKey() })).toMatchObject({
    code: 0,
    stdout: '7\n',
  });
  const end = ['sessions', 'end', session?.id ?? ''];
  expect(await runCli(home, end, { env: withKey() })).toMatchObject({ code: 0 });
  expect(server.sandboxes()).toEqual([]);
});

test('a profile that stops its sandboxes says so, and what can be done with this one', async () => {
  const stops = ['-s', `apiUrl=${server.url}`, '-s', 'onDisconnect=pause'];
  await runCli(home, ['profiles', 'add', 'Stops', '-d', 'daytona', ...stops]);
  const { code, stderr } = await runCli(home, ['run', '-p', 'Stops', '-c', '1'], { env: withKey() });
  expect(code).toBe(0);
  expect(stderr).toContain('the sandbox is stopped. Go on in it with --session');
  const end = /specboard (sessions end \S+)/.exec(stderr)?.[1]?.split(' ') ?? [];
  expect(await runCli(home, end, { env: withKey() })).toMatchObject({ code: 0 });
  expect(server.sandboxes()).toEqual([]);
});

test('the build alone, in a folder without the SDK: it is loaded, and nothing around it is believed', async () => {
  await buildIfStale();
  const alone = join(home, 'alone');
  // What a package has: no SDK, and the two parts that are not bundled.
  cpSync(join(root, 'dist/main'), join(alone, 'dist/main'), { recursive: true });
  for (const folder of ['resources', 'migrations'])
    cpSync(join(root, folder), join(alone, folder), { recursive: true });
  cpSync(join(root, 'package.json'), join(alone, 'package.json'));
  mkdirSync(join(alone, 'node_modules'));
  for (const name of ['better-sqlite3', 'keytar'])
    symlinkSync(join(root, 'node_modules', name), join(alone, 'node_modules', name), 'dir');
  // A folder that somebody prepared: the SDK by itself would send telemetry, or the key, where this says.
  const trap = join(home, 'trap');
  mkdirSync(trap);
  const lies = [
    'DAYTONA_API_URL=http://127.0.0.1:9/api',
    'DAYTONA_OTEL_ENABLED=true',
    'DAYTONA_TARGET=nowhere',
  ];
  for (const name of ['.env', '.env.local']) writeFileSync(join(trap, name), `${lies.join('\n')}\n`);
  const args = ['run', '-p', 'Cloud', '-c', 'print("loaded")'];
  const child = spawn(process.execPath, [join(alone, 'dist/main/cli.js'), ...args], {
    cwd: trap,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      SPECBOARD_HOME: home,
      VERCEL: '1',
      DAYTONA_OTEL_ENABLED: 'true',
      DAYTONA_SERVER_URL: 'http://127.0.0.1:9/api',
      ...withKey(),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  let problems = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problems += text;
  });
  const code = await new Promise((done) => child.once('close', done));
  expect({ code, said, problems }).toMatchObject({ code: 0, said: 'loaded\n' });
  expect(problems).not.toMatch(/warn|telemetry|dotenv/i);
  expect(server.sandboxes()).toEqual([]);
});
