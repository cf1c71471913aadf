/** Ending what runs at a driver's: with a deadline, and with words for what became of the sandbox. */
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import type { KeepMode, SessionReason } from '../../src-shared/domain/session.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Driver, DriverSession } from '../drivers/driver.ts';
import { settleAfterAbort, withDeadline } from './deadline.ts';

/** What ending needs. */
export interface EndingContext {
  clock: Clock;
  /** ms for the driver to disconnect, and then to give up what it is doing. */
  deadlines: { disconnect: number; grace: number };
  log: (level: 'info' | 'warn', message: string, fields?: JsonObject) => void;
}

/** How a connection was ended. `left`: what may still be there, for the reconciler; `foreign`: nothing of ours. */
export interface Ending {
  reason: SessionReason;
  left: KeepMode | 'unknown' | 'foreign';
}

/**
 * Disconnects as asked; where the driver has no such way, ends. A `foreign` sandbox, which SpecBoard did not start, is left
 * as it is. Never rejects: a failure is a reason with a problem.
 */
export async function endConnection(
  driver: Driver,
  connection: DriverSession,
  asked: KeepMode,
  context: EndingContext,
  { foreign = false } = {},
): Promise<Ending> {
  const { clock, deadlines, log } = context;
  const { capabilities, keepLabels } = driver.manifest;
  const keep = foreign ? 'leave' : capabilities.keep.includes(asked) ? asked : 'end';
  const deadline = withDeadline(clock, deadlines.disconnect, 'Disconnecting');
  try {
    const work = driver.disconnect(connection, { keep }, deadline.signal);
    await settleAfterAbort(clock, work, deadline.signal, deadlines.grace);
    if (foreign) return { reason: { text: 'Disconnected; the sandbox goes on as it was' }, left: 'foreign' };
    return { reason: { text: keepLabels?.[keep]?.done ?? keptWords[keep] }, left: keep };
  } catch (error) {
    const problem = toProblem(error);
    log('warn', 'disconnect failed', { code: problem.code });
    if (foreign) return { reason: { text: 'Disconnected here', problem }, left: 'foreign' };
    return {
      left: 'unknown',
      reason: {
        text: 'Disconnected here; the sandbox may still run',
        problem: {
          ...problem,
          kept: 'Output and history are stored. The sandbox may still run and cost.',
          hint: 'Try "specboard sessions end" later, or end it in the vendor\'s console.',
        },
      },
    };
  } finally {
    deadline.dispose();
  }
}

/** Frees what this side holds of a connection that is of no use any more. Never rejects. */
export async function abandonConnection(
  driver: Driver,
  connection: DriverSession,
  { clock, deadlines, log }: EndingContext,
  keep: KeepMode = 'end',
): Promise<void> {
  const deadline = withDeadline(clock, deadlines.disconnect, 'Cleaning up');
  try {
    await driver.disconnect(connection, { keep }, deadline.signal);
  } catch (error) {
    log('warn', 'cleaning up failed', { code: toProblem(error).code });
  } finally {
    deadline.dispose();
  }
}

const keptWords: Record<KeepMode, string> = {
  end: 'Ended by you',
  pause: 'Disconnected; the sandbox is paused',
  leave: 'Disconnected; the sandbox goes on running',
};
