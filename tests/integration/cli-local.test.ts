/** The command line as a person uses it, on this computer: real processes, real Python, exit codes, streams, Ctrl-C. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, startCli } from '../support/cli.ts';
import { eventually, temporaryFolder } from '../support/test-core.ts';

let home: string;
let remove: () => void;
beforeAll(() => {
  ({ path: home, remove } = temporaryFolder());
});
afterAll(() => remove());
/** Where this machine has no sandbox, tests agree to run without; the sandbox itself has tests of its own. */
const run = (args: string[], input?: string) =>
  runCli(home, ['run', '--allow-unisolated', ...args], input === undefined ? {} : { input });
const jsonLines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, never>);

describe('run', () => {
  test("specboard run -c 'print(6*7)' prints 42 with the default profile, and nothing else", async () => {
    const result = await run(['-c', 'print(6*7)']);
    expect(result).toMatchObject({ code: 0, stdout: '42\n' });
  });

  test('the last value is shown; stdout and stderr are kept apart', async () => {
    const result = await run(['-c', 'import sys\nprint("out")\nprint("err", file=sys.stderr)\n[1, 2]']);
    expect(result.stdout).toBe('out\n[1, 2]\n');
    expect(result.stderr).toContain('err');
    expect(result.stderr).not.toContain('out\n');
  });

  test('a file, standard input, and shell by file name or --lang', async () => {
    const file = join(home, 'script.sh');
    writeFileSync(file, 'echo from a file; exit 7\n');
    expect(await run([file])).toMatchObject({ code: 7, stdout: 'from a file\n' });
    expect(await run(['-'], 'print("piped")')).toMatchObject({ code: 0, stdout: 'piped\n' });
    expect(await run([], 'print("piped without a dash")')).toMatchObject({
      code: 0,
      stdout: 'piped without a dash\n',
    });
    expect(await run(['--lang', 'sh', '-c', 'kill -TERM $$'])).toMatchObject({ code: 143 });
  });

  test('code that fails gives 1 and the traceback, without a line of ours in it', async () => {
    const result = await run(['-c', 'def f():\n    return 1 / 0\nf()']);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('ZeroDivisionError: division by zero');
    expect(result.stderr).toContain('line 2, in f');
    expect(result.stderr).not.toContain('runner.py');
  });

  test('a deadline stops the code and says so', async () => {
    const result = await run(['--timeout', '1', '-c', 'while True: pass']);
    expect(result).toMatchObject({ code: 1 });
    expect(result.stderr).toContain('the deadline passed');
  });

  test('bytes arrive as they were written', async () => {
    const running = await startCli(home, [
      'run',
      '--allow-unisolated',
      '--lang',
      'sh',
      '-c',
      "printf '\\377\\000\\303\\251'",
    ]);
    running.child.stdout.removeAllListeners('data').setEncoding('latin1' as never);
    const parts: string[] = [];
    running.child.stdout.on('data', (part: string) => parts.push(part));
    await running.done;
    expect(parts.join('')).toBe('\u00ff\u0000\u00c3\u00a9');
  });

  test('--json gives started, output and result as lines, and no words', async () => {
    const result = await run(['--json', '-c', 'print("hi"); 6 * 7']);
    const lines = jsonLines(result.stdout);
    expect(lines.map(({ type }) => type)).toEqual(['started', 'output', 'output', 'result']);
    expect(lines[1]).toMatchObject({ event: { type: 'text', stream: 'stdout', text: 'hi\n' } });
    expect(lines[2]).toMatchObject({ event: { type: 'rich', data: { 'text/plain': '42' } } });
    expect(lines[3]).toMatchObject({ result: { state: 'succeeded' } });
  });

  test.skipIf(process.platform === 'win32')(
    'Ctrl-C cancels the code, ends the session and gives 130',
    async () => {
      const running = await startCli(home, [
        'run',
        '--allow-unisolated',
        '-c',
        'import time\nprint("up", flush=True)\ntime.sleep(600)',
      ]);
      await eventually('the code runs', () => running.stdout().includes('up'));
      running.child.kill('SIGINT');
      const result = await running.done;
      expect(result.code).toBe(130);
      expect(result.stderr).toContain('Cancelled');
    },
  );

  test.skipIf(process.platform === 'win32')('Ctrl-C twice kills code that ignores the first', async () => {
    const code =
      'import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint("up", flush=True)\nwhile True: pass';
    const running = await startCli(home, ['run', '--allow-unisolated', '-c', code]);
    await eventually('the code runs', () => running.stdout().includes('up'));
    running.child.kill('SIGINT');
    running.child.kill('SIGINT');
    expect(await running.done).toMatchObject({ code: 130 });
  });

  test('a reader that leaves early (head) ends the code quietly', async () => {
    const running = await startCli(home, ['run', '--allow-unisolated', '--lang', 'sh', '-c', 'yes']);
    await eventually('output flows', () => running.stdout().length > 100_000);
    running.child.stdout.destroy();
    const result = await running.done;
    expect(result.stderr).not.toMatch(/EPIPE|at .*\.js:\d+/);
  });

  test('--keep is refused where a session cannot be kept', async () => {
    const result = await run(['--keep', '-c', '1']);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('cannot be kept');
  });
});

describe('wrong use gives 2 and words', () => {
  test.each([
    [['nonsense'], 'unknown command'],
    [['run', 'missing.py'], 'there is no such file'],
    [['run', '-c', '1', '-p', 'nobody'], 'There is no profile "nobody"'],
    [['run', '-c', '1', '--lang', 'cobol'], 'python'],
    [['run', '-c', '1', '--timeout', 'soon'], 'Give seconds'],
    [['profiles', 'add', 'X', '-d', 'local', '--set', 'memoryMb=lots'], 'Enter a number of megabytes'],
    [['profiles', 'add', 'X', '-d', 'local', '--set', 'colour=red'], 'has no setting "colour"'],
    [['profiles', 'remove', 'This computer'], 'The last profile cannot be deleted'],
    [['history', 'show', 'ffffffff'], 'There is no execution'],
    [['sessions', 'end', 'ffffffff'], 'There is no session'],
  ])('specboard %j', async (args, words) => {
    const result = await runCli(home, args);
    expect(result.stderr).toContain(words);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    expect(result.code).toBe(2);
  });
});

describe('profiles, history, sessions, doctor', () => {
  test('profiles are added, shown, edited, made default and removed; settings are typed by the driver', async () => {
    const add = [
      'profiles',
      'add',
      'Netty',
      '-d',
      'local',
      '-s',
      'network=true',
      '-s',
      'memoryMb=512',
      '-s',
      'environment.GREETING=hi',
    ];
    expect(await runCli(home, add)).toMatchObject({ code: 0, stdout: 'Added "Netty".\n' });
    const shown = JSON.parse((await runCli(home, ['profiles', 'show', 'netty', '--json'])).stdout);
    expect(shown.settings).toMatchObject({ network: true, memoryMb: 512, environment: { GREETING: 'hi' } });
    expect(
      await runCli(home, [
        'run',
        '--allow-unisolated',
        '-p',
        'Netty',
        '-c',
        'import os; print(os.environ["GREETING"])',
      ]),
    ).toMatchObject({
      stdout: 'hi\n',
    });
    await runCli(home, ['profiles', 'edit', 'Netty', '--name', 'Renamed', '--unset', 'memoryMb']);
    expect(await runCli(home, ['profiles', 'default', 'Renamed'])).toMatchObject({ code: 0 });
    expect((await runCli(home, ['profiles', 'default'])).stdout).toBe('Renamed\n');
    expect(await runCli(home, ['profiles', 'remove', 'Renamed'])).toMatchObject({ code: 0 });
    expect((await runCli(home, ['profiles', 'default'])).stdout).toBe('This computer\n');
  });

  test('history keeps every execution with its output, after its sandbox is gone', async () => {
    await run(['-c', 'print("remember me")']);
    const [latest] = JSON.parse((await runCli(home, ['history', '--json'])).stdout) as {
      id: string;
      code: string;
    }[];
    expect(latest?.code).toBe('print("remember me")');
    const shown = await runCli(home, ['history', 'show', latest?.id.slice(0, 8) ?? '']);
    expect(shown).toMatchObject({ code: 0, stdout: 'remember me\n' });
    expect((await runCli(home, ['sessions', 'list'])).stdout).toContain('This computer');
    expect((await runCli(home, ['sessions', 'list', '--running'])).stdout).toBe('No sessions.\n');
  });

  test('doctor says what works here, in words and as JSON', async () => {
    const result = await runCli(home, ['doctor']);
    expect(result.code).toBe(0);
    for (const name of ['Python', 'Sandbox', 'Keyring', 'Docker', 'E2B', 'Desktop app'])
      expect(result.stdout).toContain(name);
    const checks = JSON.parse((await runCli(home, ['doctor', '--json'])).stdout) as {
      name: string;
      state: string;
    }[];
    expect(checks.find(({ name }) => name === 'Python')?.state).toBe('ok');
  });

  test('help for every command', async () => {
    for (const command of ['run', 'profiles', 'credentials', 'sessions', 'history', 'doctor']) {
      expect(await runCli(home, [command, '--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Usage: specboard'),
      });
    }
  });
});
