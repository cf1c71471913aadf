/** Terminals over the runner: a real shell behind a real pseudo-terminal. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DriverTerminal } from '../../src-main/drivers/driver.ts';
import { openRunnerTerminal, type RunnerTerminalOptions } from '../../src-main/runner/runner-terminal.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import {
  processesWith,
  python,
  startRunner,
  type TestRunner,
  uniqueSeconds,
  until,
} from '../support/runner.ts';

const never = new AbortController().signal;
let runner: TestRunner;
let folder: string;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sb-terminal-')));
  runner = await startRunner({ cwd: folder, env: { PS1: '$ ', HOME: folder } });
});
afterAll(async () => {
  await runner.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A terminal whose output is collected as it comes. */
class Screen {
  readonly terminal: DriverTerminal;
  readonly done: Promise<void>;
  bytes = Buffer.alloc(0);

  constructor(terminal: DriverTerminal) {
    this.terminal = terminal;
    this.done = (async () => {
      for await (const bytes of terminal.output) this.bytes = Buffer.concat([this.bytes, bytes]);
    })();
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }

  type(text: string | Uint8Array): Promise<void> {
    return this.terminal.write(Buffer.from(text));
  }

  shows(text: string | RegExp): Promise<boolean> {
    const found = () => (typeof text === 'string' ? this.text.includes(text) : text.test(this.text));
    return until(`the terminal shows ${text}`, () => found() || null).catch((error) => {
      throw new Error(`${error.message}; it shows ${JSON.stringify(this.text.slice(-500))}`);
    });
  }
}

async function open(options: Partial<RunnerTerminalOptions> = {}, from = runner): Promise<Screen> {
  return new Screen(await openRunnerTerminal(from.client, { cols: 80, rows: 24, ...options }, never));
}

test('what is typed is echoed and done, and the exit code comes back', async () => {
  const screen = await open();
  await screen.type('echo $((6 * 7))\n');
  await screen.shows(/[\r\n]42\r\n/);
  expect(screen.text).toContain('echo $((6 * 7))');
  await screen.type('exit 7\n');
  expect(await screen.terminal.ended).toEqual({ exitCode: 7 });
  await screen.done;
  await expect(screen.type('x')).rejects.toMatchObject({ code: 'gone' });
  await screen.terminal.resize({ cols: 10, rows: 10 });
  await screen.terminal.close();
});

test('a login shell in the working folder, with what programs in a terminal expect', async () => {
  const screen = await open({ env: { OF_THE_CALLER: "it's set" } });
  await screen.type('echo "[$0|$TERM|$OF_THE_CALLER|$(pwd)|$(tty)]"\n');
  await screen.shows(new RegExp(`\\[-\\w+\\|xterm-256color\\|it's set\\|${folder}\\|/dev/`));
  await screen.type('test -t 0 && test -t 1 && test -t 2 && exit 3\n');
  expect(await screen.terminal.ended).toEqual({ exitCode: 3 });
});

test('its size is known from the start, and a program hears of a new one', async () => {
  const screen = await open({ cols: 100, rows: 30 });
  await screen.type('stty size\n');
  await screen.shows(/[\r\n]30 100\r\n/);
  await screen.type(`trap 'echo "now $(stty size)"' WINCH; echo re""ady\n`);
  await screen.shows(/[\r\n]ready\r\n/);
  await screen.terminal.resize({ cols: 51, rows: 12 });
  await screen.type('\n'); // bash runs a trap before its next prompt
  await screen.shows('now 12 51');
  await screen.terminal.close();
});

test('Ctrl-C stops what runs and leaves the shell; Ctrl-D ends it', async () => {
  const screen = await open();
  const seconds = uniqueSeconds();
  await screen.type(`sleep ${seconds}\n`);
  await until('sleep runs', () => processesWith(`sleep\0${seconds}`).length > 0);
  await screen.type('\x03');
  await until('sleep ended', () => processesWith(`sleep\0${seconds}`).length === 0);
  await screen.shows(/\^C\s[\s\S]*\S/); // what is typed before the shell is back gets lost, as in any terminal
  await screen.type('echo co""de $?\n');
  await screen.shows(/code 130\r?\n[\s\S]*\S/);
  await screen.type('\x04');
  expect((await screen.terminal.ended).exitCode).toBe(0);
});

test('closing it ends the shell and everything it started, also what left its session', async () => {
  const screen = await open();
  const seconds = uniqueSeconds();
  const all = ['&', '& disown', '</dev/null >/dev/null 2>&1 &'].map((end) => `sleep ${seconds} ${end}`);
  await screen.type(
    `${all.join('\n')}\nsetsid sleep ${seconds} &\n(setsid nohup sleep ${seconds} >/dev/null 2>&1 &)\n`,
  );
  await screen.type(`trap '' HUP TERM; sleep ${seconds}\n`);
  await until('all of them run', () => processesWith(`sleep\0${seconds}`).length === 6);
  await screen.terminal.close();
  expect(processesWith(`sleep\0${seconds}`)).toEqual([]);
  expect(await screen.terminal.ended).toEqual({ exitCode: null, reason: 'It was closed.' });
  await screen.done;
  await screen.terminal.close();
});

test('what the shell leaves behind is ended with it', async () => {
  const screen = await open();
  const seconds = uniqueSeconds();
  await screen.type(`nohup sleep ${seconds} >/dev/null 2>&1 &\n`);
  await until('it runs', () => processesWith(`sleep\0${seconds}`).length === 1);
  await screen.type('exit\n');
  await screen.terminal.ended;
  expect(processesWith(`sleep\0${seconds}`)).toEqual([]);
});

test('a shell that is killed says by what', async () => {
  const screen = await open();
  await screen.type('kill -9 $$\n');
  expect(await screen.terminal.ended).toEqual({ exitCode: null, reason: 'It was ended by SIGKILL.' });
});

test('a megabyte at once arrives whole, and the last of it before the end', async () => {
  const screen = await open({
    argv: [python, '-c', 'import sys\nfor n in range(120000): print("%08d" % n)\nsys.exit(5)'],
  });
  expect(await screen.terminal.ended).toEqual({ exitCode: 5 });
  await screen.done;
  expect(screen.text).toBe(
    Array.from({ length: 120_000 }, (_, n) => `${String(n).padStart(8, '0')}\r\n`).join(''),
  );
});

test('a slow reader holds the program back and gets all of it', async () => {
  const flag = join(folder, 'written');
  const code = `import sys, os\nfor n in range(400):\n  sys.stdout.write("x" * 9999 + "\\n"); sys.stdout.flush()\n  os.truncate(${JSON.stringify(flag)}, n)`;
  writeFileSync(flag, '');
  const terminal = await openRunnerTerminal(
    runner.client,
    { cols: 80, rows: 24, argv: [python, '-c', code] },
    never,
  );
  const reader = terminal.output[Symbol.asyncIterator]();
  let size = (await reader.next()).value.length;
  // Other work goes on; a program that was not held back would be done long before.
  for (let n = 0; n < 20; n += 1) await runner.client.ping();
  expect((await runner.shell(`wc -c < ${flag}`)).stdout.trim()).not.toBe('399');
  for (let next = await reader.next(); !next.done; next = await reader.next()) size += next.value.length;
  expect(size).toBe(400 * 10_001);
  expect(await terminal.ended).toEqual({ exitCode: 0 });
});

test('closing does not wait for a reader that reads nothing', async () => {
  const terminal = await openRunnerTerminal(
    runner.client,
    { cols: 80, rows: 24, argv: [python, '-c', 'while True: print("x" * 1000)'] },
    never,
  );
  await terminal.close();
  expect((await terminal.ended).exitCode).toBeNull();
});

test('two at once do not hear each other', async () => {
  const [one, two] = await Promise.all([open(), open()]);
  await Promise.all([one.type('echo "<"one">"\n'), two.type('echo "<"two">"\n')]);
  await Promise.all([one.shows('<one>'), two.shows('<two>')]);
  expect(one.text).not.toContain('<two>');
  await one.terminal.close();
  await two.type('echo "<"still">"\n');
  await two.shows('<still>');
  await two.terminal.close();
});

test('bytes go both ways as they are, and text by characters', async () => {
  const code =
    'import os, sys, tty\ntty.setraw(0)\nos.write(1, b"ready")\nwhile True:\n  data = os.read(0, 1000)\n  os.write(1, data)\n  if b"\\x04" in data: break';
  const raw = await open({ argv: [python, '-c', code] });
  await raw.shows('ready');
  const all = Buffer.from([...Array(256).keys()].filter((n) => n !== 4));
  await raw.type(all);
  await until('all bytes are back', () => raw.bytes.length === 5 + 255);
  expect([...raw.bytes.subarray(5)]).toEqual([...all]);
  await raw.type([4] as unknown as Uint8Array);
  await raw.terminal.ended;

  const screen = await open({ argv: ['/bin/cat'] });
  await screen.type('naïve €');
  await screen.type('\x7f'); // backspace takes the whole character
  await screen.type('😀\n');
  await screen.shows('\nnaïve 😀\r\n');
  await screen.terminal.close();
});

test('a large paste arrives whole', async () => {
  const code =
    'import os, tty\ntty.setraw(0)\nos.write(1, b"ready")\nleft = 1000000\nwhile left: left -= len(os.read(0, 65536))\nos.write(1, b"all")';
  const screen = await open({ argv: [python, '-c', code] });
  await screen.shows('ready');
  await screen.type(Buffer.alloc(1_000_000, 'p'));
  await screen.shows('all');
  expect(await screen.terminal.ended).toEqual({ exitCode: 0 });
});

test('a folder or a program that is not there is said, and an abort leaves nothing', async () => {
  const problem = (options: Partial<RunnerTerminalOptions>, signal = never) =>
    openRunnerTerminal(runner.client, { cols: 80, rows: 24, ...options }, signal).then(
      () => null,
      (error) => (error instanceof SpecboardError ? error.code : error),
    );
  expect(await problem({ cwd: '/no/such/folder' })).toBe('not-found');
  expect(await problem({ argv: ['no-such-program-here'] })).toBe('not-found');
  expect(await problem({}, AbortSignal.abort())).toBe('cancelled');
  const before = (await runner.client.metrics()).processes;
  const controller = new AbortController();
  const opening = problem({ argv: ['sleep', String(uniqueSeconds())] }, controller.signal);
  controller.abort();
  expect(await opening).toBe('cancelled');
  expect((await runner.client.metrics()).processes).toBe(before);
});

test('the end of the session ends it, with the reason', async () => {
  const own = await startRunner({ cwd: folder });
  const screen = await open({}, own);
  await own.stop();
  expect(await screen.terminal.ended).toEqual({ exitCode: null, reason: 'The session was ended.' });
  await screen.done;
  await expect(screen.type('x')).rejects.toMatchObject({ code: 'gone' });
  await screen.terminal.close();
});

test('a system without terminals says so', async () => {
  const own = await startRunner({ options: { portable: true } });
  await expect(open({}, own)).rejects.toMatchObject({ code: 'unsupported' });
  await own.stop();
});

test('cells and commands run beside it, and a cancelled one does not end it', async () => {
  const screen = await open();
  const seconds = uniqueSeconds();
  await screen.type(`sleep ${seconds}\n`);
  await until('sleep runs', () => processesWith(`sleep\0${seconds}`).length > 0);
  const controller = new AbortController();
  const cell = runner.run('import time\ntime.sleep(1000)', {}, controller.signal);
  controller.abort();
  expect((await cell).result.state).toBe('cancelled');
  await runner.client.reset();
  expect((await runner.run('1 + 1')).value).toBe('2');
  expect(processesWith(`sleep\0${seconds}`)).toHaveLength(1);
  await screen.terminal.close();
});
