/** Runs the built command line as a person does: a process of its own, with its own data folder. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildIfStale } from '../../tools/build.ts';
import { canaryOf } from '../setup/canary.ts';

const root = join(import.meta.dirname, '../..');

/** What a command said and how it ended. */
export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command that runs. */
export interface RunningCli {
  child: ChildProcessWithoutNullStreams;
  stdout: () => string;
  stderr: () => string;
  done: Promise<CliResult>;
}

/** What a command gets: its own data folder, no keyring, no keys of the person who runs the tests. */
export function cliEnvironment(
  dataFolder: string,
  env: Record<string, string | undefined> = {},
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DBUS_SESSION_BUS_ADDRESS: undefined,
    XDG_RUNTIME_DIR: undefined,
    E2B_API_KEY: undefined,
    DAYTONA_API_KEY: undefined,
    SPECBOARD_HOME: dataFolder,
    ...env,
  };
}

/** Starts `specboard ...args`. Without a D-Bus session there is no keyring; a test that wants one brings its environment. */
export async function startCli(
  dataFolder: string,
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<RunningCli> {
  await buildIfStale();
  const child = spawn(process.execPath, [join(root, 'bin/specboard.mjs'), ...args], {
    env: cliEnvironment(dataFolder, env),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  const done = new Promise<CliResult>((resolve, reject) =>
    child.once('close', (code) => {
      const secret = canaryOf(process.env);
      if (stdout.includes(secret) || stderr.includes(secret)) reject(new Error('A secret was printed.'));
      else resolve({ code, stdout, stderr });
    }),
  );
  return { child, stdout: () => stdout, stderr: () => stderr, done };
}

/** Runs `specboard ...args` to its end, with `input` as standard input. */
export async function runCli(
  dataFolder: string,
  args: readonly string[],
  options: { input?: string; env?: Record<string, string | undefined> } = {},
): Promise<CliResult> {
  const running = await startCli(dataFolder, args, options.env);
  running.child.stdin.end(options.input ?? '');
  return running.done;
}
