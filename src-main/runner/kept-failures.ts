/** What a person is told when a kept pipe gives up. */
import { constants } from 'node:os';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { RunnerEnd } from './keeper-link.ts';

/** The runner or its keeper is gone and the sandbox is not. `how`: where the keeper could still say it. */
export function kernelDied(how: RunnerEnd | null): SpecboardError {
  const killed = how?.signal === constants.signals.SIGKILL;
  const message = killed
    ? 'Python in the sandbox was killed, perhaps because the memory was used up.'
    : 'Python in the sandbox ended unexpectedly.';
  const details = how ? [endOf(how), how.said.trim()].filter(Boolean).join('\n') : '';
  return new SpecboardError('kernel-died', message, {
    kept: 'Output up to then and the files in the sandbox are kept. Variables are lost.',
    hint: 'Run the code again: it gets a fresh Python.',
    ...(details ? { details } : {}),
  });
}

/** Nothing that can be talked to came up; `noise` is what was printed instead. */
export function notStarted(noise: string): SpecboardError {
  return new SpecboardError(
    'unavailable',
    'Python did not start in the sandbox.',
    noise ? { details: noise } : {},
  );
}

/** The link stayed broken for too long. `error`: what the last try to restore it gave. */
export function outOfReach(downMs: number, error: unknown): SpecboardError {
  const seconds = Math.round(downMs / 1000);
  return new SpecboardError('unreachable', `The sandbox could not be reached for ${seconds} seconds.`, {
    kept: 'Output up to then is kept. The sandbox may still be there, with its variables.',
    hint: 'Check the network, then connect to the sandbox again.',
    ...(error instanceof Error ? { details: error.message, cause: error } : {}),
  });
}

/** Another client attached to the same session. */
export function takenOver(): SpecboardError {
  return new SpecboardError('conflict', 'Somebody else connected to this session and took it over.', {
    kept: 'Output up to then is kept. Variables are still there.',
    hint: 'Connect again to take it back.',
  });
}

/** The two sides do not agree on what was sent: never a silent gap. */
export function streamLost(): SpecboardError {
  return new SpecboardError('protocol', 'The link was restored, but what came in between is lost.', {
    kept: 'Output up to then is kept.',
    hint: 'Connect to the sandbox again.',
  });
}

function endOf({ code, signal }: RunnerEnd): string {
  if (signal === null) return `exit code ${code}`;
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return `signal ${name ?? signal}`;
}
