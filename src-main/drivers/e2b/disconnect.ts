/** Leaving a sandbox: ended, paused or left running; each verified, each with a deadline, as often as asked. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { KeepMode } from '../../../src-shared/domain/session.ts';
import { deadline } from './abort.ts';
import type { E2bSession } from './session.ts';

/** How long running code gets to stop before the sandbox is paused or left. */
const STOP_MS = 5000;

/**
 * See `Driver.disconnect`. This side is closed in every case, also where E2B does not answer; then it rejects and says that
 * the sandbox may still run, and can be called again. One of somebody else is left, whatever is asked; where it slept
 * before it sleeps again: running, it would reach its end, and be gone.
 */
export async function disconnectSession(
  session: E2bSession,
  keep: KeepMode,
  signal: AbortSignal,
): Promise<void> {
  const how = session.foreign ? (session.foreign.asleep ? 'pause' : 'leave') : keep;
  session.end(new SpecboardError('cancelled', 'The session was disconnected.'), how === 'end');
  const limit = deadline(session.timings.disconnect, signal);
  try {
    if (session.isGone) return;
    if (how === 'end') {
      await session.control.kill(session.sandboxId, limit);
      session.markEnded();
    } else {
      await settleWork(session, limit);
      if (how === 'pause') await sleepAtVendor(session, limit);
      else await leaveRunning(session, limit);
    }
  } catch (error) {
    const problem = session.control.mapError(error, 'sandbox', limit);
    if (problem.code === 'gone') {
      session.markEnded();
      return;
    }
    throw new SpecboardError(problem.code, problem.message, {
      ...problem.problem,
      kept: 'The sandbox may still be there; it ends by itself at its end time.',
      retryable: true,
      cause: error,
    });
  } finally {
    session.dispose();
    await session.idle();
  }
}

/** Puts the sandbox to sleep; the session cannot be used afterwards. */
export async function pauseSession(session: E2bSession, signal: AbortSignal): Promise<void> {
  session.assertUsable();
  session.end(
    new SpecboardError('unavailable', 'The sandbox is paused.', { hint: 'Connect to it again.' }),
    false,
  );
  const limit = deadline(session.timings.disconnect, signal);
  try {
    await settleWork(session, limit);
    await sleepAtVendor(session, limit);
  } catch (error) {
    throw session.control.mapError(error, 'sandbox', limit);
  }
}

/** Waits until cancelled executions have stopped: what runs on would cost, and come back with a resume. */
async function settleWork(session: E2bSession, limit: AbortSignal): Promise<void> {
  if (session.isPaused) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, STOP_MS);
  limit.addEventListener('abort', () => resolve(), { once: true });
  await Promise.race([session.idle(), promise]);
  clearTimeout(timer);
  limit.throwIfAborted();
}

async function sleepAtVendor(session: E2bSession, limit: AbortSignal): Promise<void> {
  if (session.isPaused) return;
  // Writes of the last moments have been lost in snapshots.
  await session.processes.run({ cmd: '/bin/sync', args: [] }, deadline(STOP_MS, limit)).catch(() => {});
  await session.control.pause(session.sandboxId, limit);
  const info = await session.control.info(session.sandboxId, limit);
  if (!info) throw new SpecboardError('gone', 'The sandbox is no longer there.');
  if (info.state !== 'paused') {
    throw new SpecboardError('conflict', 'E2B did not pause the sandbox.', { retryable: true });
  }
  session.markPaused();
}

/** Nobody renews it any more: it gets the profile's whole time now. */
async function leaveRunning(session: E2bSession, limit: AbortSignal): Promise<void> {
  if (session.isPaused) return;
  const lifetimeMs = session.control.settings.timeoutMinutes * 60_000;
  const left = (session.endsAt ?? 0) - Date.now();
  if (lifetimeMs > left) await session.control.setEnd(session.sandboxId, lifetimeMs, limit);
}
