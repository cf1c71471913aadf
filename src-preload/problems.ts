/** Problems that the preload itself can state. Plain data, because contextBridge keeps nothing but the message of an Error. */
import type { Problem } from '../src-shared/contract/errors.ts';

/** The message could not be sent as it is: functions, symbols or other things that do not survive a structured clone. */
export function unsendable(error: unknown): Problem {
  return {
    code: 'invalid-request',
    message: 'The request could not be sent.',
    retryable: false,
    details: textOf(error),
  };
}

/** Main did not answer, or the answer got lost: the app is closing, or there is a bug. */
export function unanswered(details: string): Problem {
  return {
    code: 'unavailable',
    message: 'SpecBoard did not answer.',
    hint: 'Try again; if it happens again, restart SpecBoard.',
    retryable: true,
    details,
  };
}

/** The page's own listener failed. */
export function listenerFailed(error: unknown): Problem {
  return {
    code: 'internal',
    message: 'The window could not show this output.',
    kept: 'The run goes on and its output is stored.',
    hint: 'Open the run again from the history.',
    retryable: true,
    details: textOf(error),
  };
}

/** The caller closed the stream itself. */
export function closedByCaller(): Problem {
  return { code: 'cancelled', message: 'Stopped listening.', retryable: true };
}

/** Words of anything that was thrown. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
