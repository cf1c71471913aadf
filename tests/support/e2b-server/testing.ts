// Helpers for tests that use the E2B test server.
import { readFileSync } from 'node:fs';
import type { Execution, Sandbox, SandboxOpts } from '@e2b/code-interpreter';
import type { E2bServer } from './server.ts';

/** The SDK options that point it at the server. */
export function sdkOptions(
  server: E2bServer,
  apiKey = server.apiKey,
): Pick<SandboxOpts, 'apiKey' | 'apiUrl' | 'sandboxUrl'> {
  return { apiKey, apiUrl: server.url, sandboxUrl: server.url };
}

/**
 * Ask again until the answer is truthy, and give it back. Throws when it is not within the deadline (milliseconds), naming
 * `what` was waited for.
 */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  deadlineMs = 20_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`Waited ${deadlineMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Run a cell soon after another was interrupted. One that comes too early is dropped (as with E2B) and tried again.
 */
export function runSettled(sandbox: Sandbox, code: string): Promise<Execution> {
  return eventually('the kernel to answer', () =>
    sandbox.runCode(code, { timeoutMs: 2_000 }).catch(() => undefined),
  );
}

/** What the promise was rejected with. Throws when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('The promise was expected to be rejected.');
}

/** Begin something that calls /execute, and wait until the server has answered that call's head. */
export async function startCell<T>(
  server: E2bServer,
  begin: () => Promise<T>,
): Promise<{ readonly done: Promise<T> }> {
  const before = server.requests.find('POST', '/execute').length;
  const done = begin();
  await eventually(
    'the cell to arrive',
    () => server.requests.find('POST', '/execute')[before]?.status === 200,
  );
  return { done };
}

/** Whether a process with this id is running. One that has ended but was not yet collected by its parent does not count. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = process.platform === 'linux' ? readFileSync(`/proc/${pid}/stat`, 'latin1') : '';
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}
