/** Waiting while a sandbox changes its state: with a deadline, with words for who waits, and with the true reason where it fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ControlPlane } from './control-plane.ts';
import { goneError } from './map-errors.ts';
import { redact } from './redact.ts';
import {
  isBroken,
  isComing,
  isGoingToSleep,
  isRunning,
  type SandboxRecord,
  stepOf,
} from './sandbox-record.ts';

/** What is waited for. */
export interface Wait {
  control: ControlPlane;
  sandboxId: string;
  signal: AbortSignal;
  /** Hears what is being done, each time that changes. */
  onStep?: (step: string) => void;
}

/**
 * Waits until the sandbox has started, starting it where it is asleep. Gives its record. Throws `gone`, `timeout` with the
 * state it is stuck in, or what Daytona says is wrong with it. The deadline is the longer one while an image is built or an
 * archive is fetched.
 */
export async function waitUntilStarted(wait: Wait): Promise<SandboxRecord> {
  const { control, sandboxId, signal } = wait;
  let asked = 0;
  return watch(wait, async (record) => {
    if (isRunning(record.state)) return true;
    if (isBroken(record.state)) throw brokenError(record);
    if (isComing(record.state) || isGoingToSleep(record.state)) return false;
    // Twice: one that fell asleep again while it was being started.
    if (asked >= 2) throw stuckError(record, 'Daytona did not start the sandbox.');
    asked += 1;
    await ignoringConflict(control.start(sandboxId, signal));
    return false;
  });
}

/** Waits until the sandbox is in one of these states. Throws as `waitUntilStarted` does. */
export async function waitUntil(wait: Wait, isThere: (state: string) => boolean): Promise<SandboxRecord> {
  return watch(wait, async (record) => {
    if (isThere(record.state)) return true;
    if (isBroken(record.state)) throw brokenError(record);
    return false;
  });
}

async function watch(wait: Wait, look: (record: SandboxRecord) => Promise<boolean>): Promise<SandboxRecord> {
  const { control, sandboxId, signal, onStep } = wait;
  const { timings } = control;
  const began = performance.now();
  let limit = timings.start;
  let pause = timings.poll;
  let step = '';
  for (;;) {
    const record = await control.info(sandboxId, signal);
    if (!record) throw goneError();
    if (/build|restoring|archiv|pulling/.test(record.state)) limit = Math.max(limit, timings.build);
    if (await look(record)) return record;
    const now = stepOf(record.state);
    if (now !== step) onStep?.(now);
    step = now;
    if (performance.now() - began > limit) throw stuckError(record, stuckWords(record.state, limit));
    await sleep(pause, undefined, { signal }).catch(() => {
      throw control.mapError(signal.reason, 'sandbox', signal);
    });
    pause = Math.min(pause * 1.3, timings.poll * 8);
  }
}

/** What Daytona says is wrong with a sandbox, as an error. */
export function brokenError(record: SandboxRecord): SpecboardError {
  const { state, errorReason, recoverable } = record;
  const details = redact(errorReason);
  const said = details ? { details } : {};
  if (state === 'build_failed') {
    const text = 'Daytona could not build the image.';
    return new SpecboardError('invalid', text, {
      hint: 'Check the name of the image in the profile.',
      fields: { image: text },
      ...said,
    });
  }
  if (/no space|disk/i.test(errorReason))
    return new SpecboardError('no-space', 'The disk of the sandbox is full, and Daytona stopped it.', {
      hint: recoverable ? 'It can be recovered at app.daytona.io/dashboard.' : 'Connect again for a new one.',
      ...said,
    });
  if (/out of memory|oom/i.test(errorReason))
    return new SpecboardError('out-of-memory', 'The sandbox ran out of memory, and Daytona ended it.', {
      hint: 'Use a snapshot with more memory.',
      ...said,
    });
  return new SpecboardError('unavailable', 'Daytona reports an error of the sandbox.', {
    hint: 'Connect again for a new one; "Details" has what Daytona says.',
    ...said,
  });
}

function stuckWords(state: string, limitMs: number): string {
  const minutes = Math.max(1, Math.round(limitMs / 60_000));
  return `Daytona has not got the sandbox ready in ${minutes} min; it still says "${state || 'unknown'}".`;
}

function stuckError(record: SandboxRecord, message: string): SpecboardError {
  const details = redact(record.errorReason);
  return new SpecboardError('timeout', message, {
    hint: 'Try again; status.daytona.io says whether Daytona has trouble.',
    ...(details ? { details } : {}),
  });
}

/** It is changing its state already: then it is looked at again. */
async function ignoringConflict(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof SpecboardError && error.code === 'conflict')) throw error;
  }
}
