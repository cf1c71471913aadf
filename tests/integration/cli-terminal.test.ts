/** `specboard terminal` on a real pseudo-terminal, with a shell in the sandbox of this computer; and the ways in which it is refused. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { startOnTerminal, type TerminalCli } from '../support/cli-terminal.ts';
import { temporaryFolder } from '../support/test-core.ts';

let folder: ReturnType<typeof temporaryFolder>;
let running: TerminalCli | undefined;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  running?.stop();
  await running?.done;
  running = undefined;
  folder.remove();
});

async function openTerminal(...args: string[]): Promise<TerminalCli> {
  running = await startOnTerminal(folder.path, ['terminal', '--allow-unisolated', ...args]);
  await running.until('leaves from here');
  return running;
}

/** Types a command and waits for what it says; the mark is computed, so that the echo of the keys is not taken for it. */
let marks = 0;
async function say(terminal: TerminalCli, command: string): Promise<void> {
  marks += 1;
  terminal.type(`${command}; echo mark$((${marks}+1000))\r`);
  await terminal.until(`mark${marks + 1000}`);
}

describe.skipIf(process.platform === 'win32')('on a terminal', () => {
  test('keys go to the shell, its size is that of this terminal and follows it, Ctrl-C interrupts what runs there', async () => {
    const terminal = await openTerminal();
    await say(terminal, 'stty size');
    expect(terminal.screen()).toMatch(/30 100/);
    terminal.resize(40, 120);
    // The size arrives when it arrives: ask until it has.
    terminal.type('until [ "$(stty size)" = "40 120" ]; do sleep 0.1; done; echo resized$((1+1))\r');
    await terminal.until('resized2');
    terminal.type('echo begun$((1+1)); sleep 1000\r');
    await terminal.until('begun2');
    terminal.type('\x03');
    await say(terminal, 'true');
    terminal.type('exit 7\r');
    expect(await terminal.done).toEqual({ code: 7, restored: true });
  });

  test('Enter ~ . leaves from here, also where the shell does not listen; nothing of it stays', async () => {
    const terminal = await openTerminal();
    terminal.type("trap '' INT HUP TERM; echo deaf$((1+1)); sleep 1000\r");
    await terminal.until('deaf2');
    terminal.type('\r~.');
    expect(await terminal.done).toEqual({ code: 0, restored: true });
    const sessions = JSON.parse((await runCli(folder.path, ['sessions', '--json'])).stdout) as {
      status: string;
    }[];
    expect(sessions.map(({ status }) => status)).toEqual(['disconnected']);
  });

  test('asked to end, it ends and puts the terminal back', async () => {
    const terminal = await openTerminal();
    await say(terminal, 'true');
    terminal.kill('SIGTERM');
    expect(await terminal.done).toEqual({ code: 130, restored: true });
  });
});

test('without a terminal here it says so, and starts nothing', async () => {
  const refused = await runCli(folder.path, ['terminal']);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('standard input and output are not one');
  const sessions = JSON.parse((await runCli(folder.path, ['sessions', '--json'])).stdout) as unknown[];
  expect(sessions).toEqual([]);
});
