/** A program that keeps two folders the same, as the benchmark uses it. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** What one sync took. */
export interface Figures {
  readonly ms: number;
  /** Bytes both ways. */
  readonly bytes: number;
  /** Round trips that are requests; only ours has them. */
  readonly requests?: number;
}

/** Two folders and the program between them. Dispose it: what it started ends. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  readonly local: string;
  readonly remote: string;
  /** What changed less than this ago may be taken for unchanged (rsync, Unison: whole seconds), or is hashed again (ours): measurements begin at rest. */
  readonly restMs: number;
  /** Makes both the same. Programs that go one way need to be told which. */
  sync(direction: 'up' | 'down'): Promise<Figures>;
  /** Forgets what it knows of the two folders, which are empty now. */
  forget(): Promise<void>;
}

/** A port that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** No sync of the benchmark takes so long, unless something hangs. */
export const mostMs = 120_000;

/** Runs a program to its end; its output and ms. Throws where it fails, or takes longer than `limitMs` (it is ended then). */
export async function runProgram(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  limitMs = mostMs,
): Promise<{ output: string; ms: number }> {
  const start = performance.now();
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += String(bytes)));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${output.slice(-2000)}`);
  return { output, ms: performance.now() - start };
}

/** Starts a server that stays, and waits until its port answers. */
export async function startServer(
  command: string,
  args: readonly string[],
  port: number,
  env: Record<string, string> = {},
): Promise<AsyncDisposable> {
  const child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const { connect } = await import('node:net');
  for (let tries = 0; ; tries++) {
    const answers = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (answers) break;
    if (tries > 200 || child.exitCode !== null) throw new Error(`${command} did not start.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

/** Whether a program can be found. */
export async function isInstalled(command: string): Promise<boolean> {
  return runProgram('sh', ['-c', `command -v ${command}`]).then(
    () => true,
    () => false,
  );
}
