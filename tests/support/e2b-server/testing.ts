// Helpers for tests that use the E2B test server.
import type { SandboxOpts } from '@e2b/code-interpreter';
import type { E2bServer } from './server.ts';

/** The SDK options that point it at the server. */
export function sdkOptions(server: E2bServer, apiKey = server.apiKey): Pick<SandboxOpts, 'apiKey' | 'apiUrl' | 'sandboxUrl'> {
  return { apiKey, apiUrl: server.url, sandboxUrl: server.url };
}

/**
 * Ask again until the answer is truthy, and give it back. Throws when it is not within the deadline (milliseconds), naming
 * `what` was waited for.
 */
export async function eventually<T>(what: string, ask: () => T | Promise<T>, deadlineMs = 20_000): Promise<NonNullable<T>> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`Waited ${deadlineMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
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

/** Whether a process with this id is running (a zombie or a stranger's counts as not). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
