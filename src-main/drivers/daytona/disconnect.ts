/** Leaving a sandbox: deleted, stopped or left running; each verified, each with a deadline, as often as asked. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { KeepMode } from '../../../src-shared/domain/session.ts';
import { abortable, deadline } from '../base-driver.ts';
import type { ControlPlane } from './control-plane.ts';
import { isAsleep } from './sandbox-record.ts';
import type { DaytonaSession } from './session.ts';
import { waitUntil } from './wait-for-state.ts';

/** How long running code gets to stop before the sandbox is stopped or left. */
const stopMs = 5000;

/**
 * See `Driver.disconnect`. This side is closed in every case, also where Daytona does not answer; then it rejects and says
 * that the sandbox may still run, and can be called again. A sandbox that somebody else started is left as it was found.
 */
export async function disconnectSession(
  session: DaytonaSession,
  keep: KeepMode,
  signal: AbortSignal,
): Promise<void> {
  const how = session.foreign ? (session.foreign.asleep ? 'pause' : 'leave') : keep;
  session.end(new SpecboardError('cancelled', 'The session was disconnected.'));
  const limit = deadline(session.control.timings.disconnect, signal);
  try {
    if (session.isGone) return;
    if (how === 'end') {
      await Promise.all([session.closeRunner(false), session.control.delete(session.sandboxId, limit)]);
      session.mark('gone');
      return;
    }
    if (session.isAsleep) return;
    await session.idle(stopMs);
    if (session.foreign) await removeOurFolder(session);
    // A sandbox that keeps its memory keeps Python with its variables.
    await session.closeRunner(!session.foreign && (how === 'leave' || keepsMemory(session)));
    if (how === 'pause') await putToSleep(session, limit);
  } catch (error) {
    const problem = session.control.mapError(error, 'sandbox', limit);
    if (problem.code === 'gone') {
      session.mark('gone');
      return;
    }
    throw new SpecboardError(problem.code, problem.message, {
      ...problem.problem,
      kept: 'The sandbox may still be there; it stops by itself when it is not used.',
      retryable: true,
      cause: error,
    });
  } finally {
    await session.dispose();
    await session.idle(stopMs);
  }
}

/** Puts the sandbox to sleep; the session cannot be used afterwards, but disconnected. */
export async function pauseSession(session: DaytonaSession, signal: AbortSignal): Promise<void> {
  session.assertUsable();
  session.end(
    new SpecboardError('unavailable', 'The sandbox is stopped.', {
      hint: 'Connect to it again to start it.',
    }),
  );
  const limit = deadline(session.control.timings.disconnect, signal);
  try {
    await session.idle(stopMs);
    await session.closeRunner(keepsMemory(session));
    await putToSleep(session, limit);
  } catch (error) {
    throw session.control.mapError(error, 'sandbox', limit);
  }
}

function keepsMemory({ sandboxClass }: DaytonaSession): boolean {
  return sandboxClass === 'linux-vm';
}

async function putToSleep(session: DaytonaSession, signal: AbortSignal): Promise<void> {
  const { control, sandboxId } = session;
  const wait = { control, sandboxId, signal };
  if (keepsMemory(session)) await control.pause(sandboxId, signal);
  else await stopOnce(control, sandboxId, signal);
  // One that is deleted as soon as it stops is gone then, as its profile says.
  const record = await waitUntil(wait, (state) => isAsleep(state));
  session.mark('asleep');
  if (session.foreign || control.settings.pauseAs !== 'archive' || record.state !== 'stopped') return;
  await control.archive(sandboxId, signal);
  await waitUntil(wait, (state) => state === 'archived' || state === 'archiving');
}

/** Asks for a stop; that it stops or has stopped already is fine, and seen right after. */
async function stopOnce(control: ControlPlane, sandboxId: string, signal: AbortSignal): Promise<void> {
  try {
    await control.stop(sandboxId, signal);
  } catch (error) {
    const isAnswered = error instanceof SpecboardError && ['conflict', 'unavailable'].includes(error.code);
    if (!isAnswered || signal.aborted) throw error;
  }
}

/** What we put into somebody else's sandbox. Where it cannot be removed, it stays: three files that nothing uses. */
async function removeOurFolder(session: DaytonaSession): Promise<void> {
  const removing = session.sandbox.fs.deleteFile(session.folder, true);
  const limit = deadline(stopMs, new AbortController().signal);
  await abortable(removing, limit).catch(() => {});
}
