/** What the runner can be asked to run, and why a run may be ended. */
import type { ExecuteRequest, TerminalSize } from '../drivers/driver.ts';
import type { EndReason } from './active-run.ts';

/** What the runner can run beyond what a driver is asked for. */
export interface RunnerRequest extends Omit<ExecuteRequest, 'askInstall'> {
  /** Runs this program with these arguments instead of `code` in a shell. */
  argv?: readonly string[];
  /** Working folder of a command; Python keeps its own. */
  cwd?: string;
  /** Gives the command a terminal of its own; without `argv`, a login shell in it. Its output is one stream, stdout. */
  terminal?: TerminalSize;
  /** Sends output as it comes instead of in fewer, larger pieces: for a program that somebody talks to. */
  eager?: boolean;
  /** Opens the command's standard input; it is handed over as soon as the command was started. */
  onInput?: (input: CommandInput) => void;
}

/** Standard input of a running command. */
export interface CommandInput {
  /** Resolves when the command's pipe has taken the bytes; false where the command no longer reads. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** End of input. */
  end(): Promise<boolean>;
  /** The terminal has another size now. */
  resize(size: TerminalSize): void;
}

/** Whether an abort is a deadline (its reason has the code or the name of a timeout) or somebody's wish. */
export function endReason(signal: AbortSignal): EndReason {
  const reason: unknown = signal.reason;
  if (typeof reason !== 'object' || reason === null) return 'cancelled';
  const { code, name } = reason as { code?: unknown; name?: unknown };
  return code === 'timeout' || name === 'TimeoutError' ? 'timed-out' : 'cancelled';
}
