/** Exit codes of `specboard`, and what maps to them. Documented in docs/command-line.md; scripts rely on them. */
import { constants } from 'node:os';
import type { ErrorCode } from '../../src-shared/contract/errors.ts';
import type { ExecutionResult } from '../../src-shared/domain/execution.ts';

/** The codes. A shell command that fails gives its own. */
export const exitCodes = {
  done: 0,
  codeFailed: 1,
  wrongUse: 2,
  noConnection: 3,
  /** A sync waits for the person: a plan to agree to, a question, conflicts. */
  waiting: 4,
  cancelled: 130,
} as const;

const wrongUse: ReadonlySet<ErrorCode> = new Set([
  'invalid',
  'invalid-request',
  'not-found',
  'unsupported',
  'conflict',
]);

/** The exit code for an error of SpecBoard. */
export function exitCodeOfError(code: ErrorCode): number {
  if (code === 'cancelled') return exitCodes.cancelled;
  return wrongUse.has(code) ? exitCodes.wrongUse : exitCodes.noConnection;
}

/** The exit code for how an execution ended; a signal gives 128 + its number, as shells do. */
export function exitCodeOfResult(result: ExecutionResult): number {
  switch (result.state) {
    case 'succeeded':
      return exitCodes.done;
    case 'cancelled':
      return exitCodes.cancelled;
    case 'lost':
      return exitCodes.noConnection;
    case 'timed-out':
      return exitCodes.codeFailed;
    case 'failed': {
      const signal = result.signal as keyof typeof constants.signals | undefined;
      if (signal !== undefined) return 128 + (constants.signals[signal] ?? 0);
      return result.exitCode || exitCodes.codeFailed;
    }
  }
}
