/** A sandbox that is nothing but processes and a folder of this computer: for tests and the benchmark of the sync. */
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { SandboxPort } from '../../../src-main/sync/remote/sandbox-port.ts';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';

/** Commands run in `home` by sh, with nothing of this process's environment but PATH. */
export function processPort(home: string): SandboxPort {
  return {
    run(command, output, signal) {
      const child = spawn('sh', ['-c', command], {
        cwd: home,
        env: { HOME: home, PATH: process.env['PATH'] ?? '' },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A group of its own: what the shell started goes with it.
        detached: true,
      });
      const stop = (): void => {
        if (child.pid === undefined) return;
        try {
          process.kill(-child.pid, 'SIGKILL');
        } catch {
          // It ended meanwhile.
        }
      };
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      child.stdout.on('data', (bytes: Buffer) => output.stdout(bytes));
      child.stderr.on('data', (bytes: Buffer) => output.stderr(bytes));
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code) => {
          signal.removeEventListener('abort', stop);
          if (signal.aborted) reject(signal.reason);
          else resolve(code);
        });
      });
    },
    async put(path, data, signal) {
      const part = `${path}.part-${Math.random().toString(36).slice(2)}`;
      await mkdir(dirname(path), { recursive: true });
      await pipeline(data, createWriteStream(part), { signal });
      await rename(part, path);
    },
    async get(path, signal) {
      const stream = createReadStream(path, { highWaterMark: 256 * 1024, signal });
      await new Promise<void>((resolve, reject) => {
        stream.once('open', () => resolve());
        stream.once('error', (cause) =>
          reject(new SpecboardError('not-found', `There is no ${join('/', path)}.`, { cause })),
        );
      });
      return stream;
    },
  };
}

/** The same over a far link: every request waits first. */
export function delayedPort(port: SandboxPort, delayMs: number): SandboxPort {
  const wait = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, delayMs);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    });
  return {
    async run(command, output, signal) {
      await wait(signal);
      return port.run(command, output, signal);
    },
    async put(path, data, signal) {
      await wait(signal);
      return port.put(path, data, signal);
    },
    async get(path, signal) {
      await wait(signal);
      return port.get(path, signal);
    },
  };
}
