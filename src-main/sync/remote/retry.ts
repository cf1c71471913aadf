/** Tries a request again while the trouble is of the kind that passes. All requests of a sync may be sent twice. */
import { type ErrorCode, SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import { abortError, pause } from './abort.ts';

/** An answer that is cut off or missing although the command ended: tried again, but not for long. */
export class GarbledAnswer extends SpecboardError {
  constructor(details: string) {
    super('protocol', 'The sandbox gave no answer that can be read.', {
      kept: 'Nothing was changed on this computer, and no file is half written in the sandbox.',
      hint: 'Sync again. If it stays so, look whether commands work in this sandbox.',
      details,
    });
  }
}

/** What retries need. */
export interface RetryOptions {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

const passing: ReadonlySet<ErrorCode> = new Set(['unreachable', 'rate-limited', 'unavailable', 'timeout']);
const firstPauseMs = 250;
const longestPauseMs = 4000;
/** From the first failure on. */
const patienceMs = 15_000;
const garbledTries = 3;

/** The work's outcome, or its last failure. */
export async function withRetries<T>(options: RetryOptions, work: () => Promise<T>): Promise<T> {
  const { clock, random, signal } = options;
  let giveUpAt: number | null = null;
  let garbled = 0;
  for (let next = firstPauseMs; ; next = Math.min(next * 2, longestPauseMs)) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw abortError(signal);
      if (!(error instanceof SpecboardError)) throw error;
      const isGarbled = error instanceof GarbledAnswer;
      if (isGarbled) garbled += 1;
      if (isGarbled ? garbled >= garbledTries : !passing.has(error.code)) throw error;
      giveUpAt ??= clock.now() + patienceMs;
      const wait = Math.max(next * (0.75 + random() / 2), error.problem.retryAfterMs ?? 0);
      if (clock.now() + wait > giveUpAt) throw error;
      await pause(clock, wait, signal);
    }
  }
}
