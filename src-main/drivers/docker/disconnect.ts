/** Leaving a container: removed, stopped, frozen or left running. Legal in every state, and as often as asked. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { KeepMode } from '../../../src-shared/domain/session.ts';
import { deadline, wrapError } from '../base-driver.ts';
import type { DockerSession } from './docker-session.ts';
import { removeRemains } from './remains.ts';

const engineMs = 25_000;
const stopGraceSeconds = 1;

/**
 * See `Driver.disconnect`. A container that SpecBoard did not start is only left: our processes in it end. This side is closed
 * in every case, also where the engine does not answer; then it rejects.
 */
export async function disconnectSession(
  session: DockerSession,
  installationId: string,
  keep: KeepMode,
  signal: AbortSignal,
): Promise<void> {
  if (!session.own) return session.end({ leave: false });
  const limit = deadline(engineMs, signal);
  try {
    if (keep === 'leave') return await session.end({ leave: true });
    if (keep === 'pause') return await sleep(session, limit);
    // A container that died keeps its files where the profile keeps them: nobody asked to throw them away.
    if (session.wasLost && session.settings.atDisconnect !== 'remove' && session.filesOutliveStop)
      return await session.end({ leave: true });
    await remove(session, installationId, limit);
  } catch (error) {
    await session.end({ leave: true });
    throw wrapError(error, limit, {
      code: 'unavailable',
      message: 'The engine did not end the container.',
      hint: 'It may still run: look with "docker ps".',
    });
  }
}

/** Freezes the container with its variables; or stops it, where the profile says so and its files outlive that. The session is of no use afterwards. */
export async function sleep(session: DockerSession, signal: AbortSignal): Promise<void> {
  const { engine, sandboxId, settings } = session;
  const stops = settings.atDisconnect === 'stop' && session.filesOutliveStop;
  // What was cancelled should have ended: frozen in the middle it would go on with the next session.
  await session.settle();
  await session.end({ leave: !stops, asleep: true });
  if (stops) return engine.containers.stop(sandboxId, stopGraceSeconds, signal);
  try {
    await engine.containers.pause(sandboxId, signal);
  } catch (error) {
    const { State } = await engine.containers.inspect(sandboxId, signal);
    if (!State.Paused) throw error;
  }
}

async function remove(session: DockerSession, installationId: string, signal: AbortSignal): Promise<void> {
  const { engine, sandboxId, ownerSessionId } = session;
  // Ended from outside, whatever the code does; our links then end by themselves.
  session.close();
  const ending = session.end({ leave: false });
  try {
    await engine.containers.remove(sandboxId, signal);
    if (ownerSessionId) await removeRemains(engine, installationId, { sessionId: ownerSessionId }, signal);
  } catch (error) {
    if (!(error instanceof SpecboardError && error.code === 'gone')) throw error;
  } finally {
    await ending;
  }
}
