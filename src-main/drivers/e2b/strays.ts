/**
 * Creating a sandbox so that none is ever forgotten: a create whose answer never came may have made one. It carries the
 * session's id as a nonce and is found by it and ended.
 */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { deadline, sleep } from './abort.ts';
import { type ControlPlane, type CreateRequest, sessionKey } from './control-plane.ts';
import type { SdkSandbox } from './sdk.ts';
import type { Timings } from './timings.ts';

/** Errors after which E2B certainly made nothing: it answered with a refusal, or was never asked. */
const REFUSED = new Set([
  'auth',
  'credential-missing',
  'forbidden',
  'invalid',
  'quota',
  'rate-limited',
  'unsupported',
]);

/** What can be said while strays are looked for. */
export type StrayLog = (level: 'info' | 'warn', message: string, sandboxId?: string) => void;

/**
 * Creates a sandbox. When it is aborted or fails, whatever the create made is ended: at once where that is possible, else
 * by a search in the background that ends by itself (`timings.straySearch`). Rejects with a SpecboardError.
 */
export async function createOrClean(
  control: ControlPlane,
  request: CreateRequest,
  timings: Timings,
  log: StrayLog,
  signal: AbortSignal,
): Promise<SdkSandbox> {
  // The create goes on when the person aborts: its answer names the sandbox, a torn connection would not.
  const abandon = new AbortController();
  const creating = control.create(request, abandon.signal);
  creating.catch(() => {});
  const onAbort = (): void => {
    setTimeout(() => abandon.abort(), timings.abandonedCreate).unref();
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  let sandbox: SdkSandbox;
  try {
    sandbox = await creating;
  } catch (error) {
    // The create has a signal of its own: where it was given up, the reason is the caller's.
    const problem = control.mapError(signal.aborted ? new Error('aborted') : error, 'create', signal);
    const original = control.mapError(error, 'create');
    if (!REFUSED.has(original.code)) await endStrays(control, request, timings, log);
    throw problem;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  if (!signal.aborted) return sandbox;
  await endQuietly(control, sandbox.sandboxId, timings, log);
  throw control.mapError(new Error('aborted'), 'create', signal);
}

/** Looks once and ends what is there; when that was not possible or found nothing, goes on looking in the background. */
async function endStrays(
  control: ControlPlane,
  request: CreateRequest,
  timings: Timings,
  log: StrayLog,
): Promise<void> {
  const nonce = request.metadata[sessionKey];
  if (!nonce) return;
  const look = async (): Promise<boolean> => {
    const signal = deadline(timings.call);
    const strays = await control.list(signal, { [sessionKey]: nonce });
    for (const stray of strays) {
      // The filter is the server's; what is ended must be ours beyond doubt.
      if (stray.metadata[sessionKey] !== nonce) continue;
      await control.kill(stray.sandboxId, signal);
      log('info', 'Ended a sandbox of a create that had failed.', stray.sandboxId);
    }
    return strays.length > 0;
  };
  if (await look().catch(() => false)) return;
  void searchOn(look, timings, log);
}

async function searchOn(look: () => Promise<boolean>, timings: Timings, log: StrayLog): Promise<void> {
  const until = deadline(timings.straySearch);
  let pause = timings.strayInterval;
  try {
    for (;;) {
      await sleep(pause, until);
      if (await look().catch(() => false)) return;
      pause = Math.min(pause * 2, 10_000);
    }
  } catch {
    log('info', 'No sandbox of the failed create was found.');
  }
}

/** Ends a sandbox that nobody will use; a failure is logged, its short life is the backstop. */
export async function endQuietly(
  control: ControlPlane,
  sandboxId: string,
  timings: Timings,
  log: StrayLog,
): Promise<void> {
  try {
    await control.kill(sandboxId, deadline(timings.disconnect));
  } catch (error) {
    const text = error instanceof SpecboardError ? error.message : 'Ending it failed.';
    log('warn', `A sandbox could not be ended and runs until its end time: ${text}`, sandboxId);
  }
}
