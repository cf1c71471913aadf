/**
 * Creating a sandbox so that none is ever forgotten: a create whose answer never came may have made one. It carries the
 * session's id as a nonce and is found by it and deleted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { deadline } from '../base-driver.ts';
import type { ControlPlane, CreateRequest } from './control-plane.ts';
import { labelKeys } from './manifest.ts';
import type { SandboxRecord } from './sandbox-record.ts';

/** Errors after which Daytona certainly made nothing: it answered with a refusal, or was never asked. */
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
 * Creates a sandbox. When it is aborted or fails, whatever the create made is deleted: at once where that is possible, else
 * by a search in the background that ends by itself (`timings.straySearch`). Rejects with a SpecboardError. `done` is called
 * when nothing of it uses the control plane any more, also after a rejection.
 */
export async function createOrClean(
  control: ControlPlane,
  request: CreateRequest,
  log: StrayLog,
  signal: AbortSignal,
  done: () => void,
): Promise<SandboxRecord> {
  const { timings } = control;
  // The create goes on when the person aborts: its answer names the sandbox, a torn connection would not.
  const abandon = new AbortController();
  const creating = control.create(request, abandon.signal);
  creating.catch(() => {});
  const onAbort = (): void => {
    setTimeout(() => abandon.abort(), timings.abandonedCreate).unref();
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  let record: SandboxRecord;
  try {
    record = await creating;
  } catch (error) {
    const original = control.mapError(error, 'create');
    if (REFUSED.has(original.code)) done();
    else await deleteStrays(control, request, log, done);
    throw control.mapError(signal.aborted ? signal.reason : error, 'create', signal);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  if (!signal.aborted) {
    done();
    return record;
  }
  await deleteQuietly(control, record.id, log);
  done();
  throw control.mapError(signal.reason, 'create', signal);
}

/** Looks once and deletes what is there; when that was not possible or found nothing, goes on looking in the background. */
async function deleteStrays(
  control: ControlPlane,
  request: CreateRequest,
  log: StrayLog,
  done: () => void,
): Promise<void> {
  const nonce = request.labels[labelKeys.nonce];
  const look = async (): Promise<boolean> => {
    if (!nonce) return true;
    const signal = deadline(control.timings.call, new AbortController().signal);
    const strays = await control.list(signal, { [labelKeys.nonce]: nonce });
    // The filter is the server's; what is deleted must be ours beyond doubt.
    const ours = strays.filter(({ labels }) => labels[labelKeys.nonce] === nonce);
    for (const stray of ours) {
      await control.delete(stray.id, signal);
      log('info', 'Deleted a sandbox of a create that had failed.', stray.id);
    }
    return ours.length > 0;
  };
  if (await look().catch(() => false)) done();
  else void searchOn(look, control, log).finally(done);
}

async function searchOn(look: () => Promise<boolean>, control: ControlPlane, log: StrayLog): Promise<void> {
  const until = performance.now() + control.timings.straySearch;
  let pause = control.timings.strayInterval;
  while (performance.now() + pause < until) {
    await sleep(pause, undefined, { ref: false });
    if (await look().catch(() => false)) return;
    pause = Math.min(pause * 2, 10_000);
  }
  log('info', 'No sandbox of the failed create was found.');
}

/** Deletes a sandbox that nobody will use; a failure is logged, its auto-stop and auto-delete are the backstop. */
export async function deleteQuietly(control: ControlPlane, sandboxId: string, log: StrayLog): Promise<void> {
  try {
    await control.delete(sandboxId, deadline(control.timings.disconnect, new AbortController().signal));
  } catch (error) {
    const text = error instanceof SpecboardError ? error.message : 'Deleting it failed.';
    log('warn', `A sandbox could not be deleted and stops by itself when unused: ${text}`, sandboxId);
  }
}
