/** The command line on a real pseudo-terminal, driven as a person would: keys in, screen out. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { buildIfStale } from '../../tools/build.ts';
import { cliEnvironment } from './cli.ts';
import { eventually } from './test-core.ts';

const root = join(import.meta.dirname, '../..');

/** A command on a terminal. Whoever starts it waits for `done`, or calls `stop`. */
export interface TerminalCli {
  /** Everything it has shown. */
  screen: () => string;
  /** Waits until that is on the screen. */
  until: (text: string) => Promise<unknown>;
  type: (keys: string) => void;
  resize: (rows: number, cols: number) => void;
  /** Sends a signal to the command itself. */
  kill: (signal: NodeJS.Signals) => void;
  done: Promise<{ code: number | null; restored: boolean }>;
  stop: () => void;
}

/** Starts `specboard ...args` on a terminal of 30 rows and 100 columns. */
export async function startOnTerminal(
  dataFolder: string,
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<TerminalCli> {
  await buildIfStale();
  const command = [process.execPath, join(root, 'bin/specboard.mjs'), ...args];
  const child: ChildProcess = spawn('python3', [join(root, 'tests/support/pseudo_terminal.py'), ...command], {
    env: { ...cliEnvironment(dataFolder, env), TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  let screen = '';
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin?.on('error', () => {});
  const done = new Promise<{ code: number | null; restored: boolean }>((resolve) =>
    child.once('close', (code) => resolve({ code, restored: said === 'restored' })),
  );
  return {
    screen: () => screen,
    until: (text) =>
      eventually(`"${text}" on the screen`, () => screen.includes(text), 30_000).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${screen}`);
      }),
    type: (keys) => void child.stdin?.write(keys),
    resize: (rows, cols) => void (child.stdio[3] as Writable).write(`${rows} ${cols}\n`),
    // The helper passes it on.
    kill: (signal) => void child.kill(signal),
    done,
    stop: () => child.kill('SIGKILL'),
  };
}
