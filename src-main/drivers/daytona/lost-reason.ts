/** Why a sandbox that was there does not run any more, in words. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { idleEnd, isBroken, isComing, isRunning, type SandboxRecord } from './sandbox-record.ts';
import { brokenError } from './wait-for-state.ts';

/** Clocks of two machines never agree, and Daytona looks at its intervals about once a minute. */
const tolerance = 90_000;
const asleepKept = 'Its files are kept; variables and what ran are lost.';
const asleepHint = 'Connect to it again to start it.';

/** Null where it runs, or will in a moment. `now` in ms since the epoch. */
export function lostReason(record: SandboxRecord | null, now: number): SpecboardError | null {
  if (record === null) {
    return new SpecboardError('gone', 'The sandbox was deleted.', {
      kept: 'Output that reached SpecBoard is kept; files and variables in the sandbox are gone.',
      hint: 'It was deleted at Daytona, by its own intervals or by another program. Connect again for a new one.',
    });
  }
  const { state } = record;
  if (isRunning(state) || isComing(state)) return null;
  if (isBroken(state)) return brokenError(record);
  if (/archiv/.test(state)) return asleep('The sandbox was archived at Daytona.');
  if (/paus/.test(state)) {
    return new SpecboardError('unavailable', 'The sandbox was paused at Daytona.', {
      kept: 'Its files and variables are kept.',
      hint: 'Connect to it again to wake it up.',
      retryable: true,
    });
  }
  const minutes = record.autoStopInterval ?? 0;
  const end = minutes > 0 ? idleEnd(record) : null;
  return end !== null && now >= end - tolerance
    ? asleep(`Daytona stopped the sandbox because it was not used for ${minutes} min.`)
    : asleep('The sandbox was stopped at Daytona, or by another program.');
}

/** The session ends because nobody used it. */
export function idleError(minutes: number, deletes: boolean): SpecboardError {
  const words = `The sandbox was not used for ${minutes} min and was stopped.`;
  if (!deletes) return asleep(words);
  return new SpecboardError('gone', words, {
    kept: 'Output that reached SpecBoard is kept; the sandbox was deleted, as the profile says.',
    hint: 'Connect again for a new one.',
  });
}

/** The session ends because nobody used it, in a sandbox that is not ours to stop. */
export function letGoError(): SpecboardError {
  return new SpecboardError('unavailable', 'The session was not used for a long time and was ended.', {
    kept: 'The sandbox was left as it is; Daytona stops it when nobody uses it.',
    hint: 'Connect to it again.',
    retryable: true,
  });
}

function asleep(message: string): SpecboardError {
  return new SpecboardError('unavailable', message, { kept: asleepKept, hint: asleepHint, retryable: true });
}
