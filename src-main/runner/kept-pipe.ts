/**
 * A byte pipe to a runner that lives on when the link breaks: resources/keeper.py holds it in the sandbox, and this side
 * dials again and goes on where it was, so that the RunnerClient above never notices. For sandboxes behind a network or an
 * engine (Docker, Daytona); Local needs none of it.
 */
import type { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { BytePipe } from './byte-pipe.ts';

/** What a kept pipe is made with. Times in ms. */
export interface KeptPipeOptions {
  /**
   * Opens one link: the bytes of `keeper.py start` or `keeper.py attach` (`keeper-command.ts` gives the words), as `mode` says:
   * `start` until the runner was there once, `attach` from then on. Rejects where it cannot be opened; that is tried
   * again until `patienceMs` are over, unless the rejection is a SpecboardError that is not `retryable`: that one is final.
   * `close` of the pipe ends the link (the exec, the PTY).
   */
  dial: (signal: AbortSignal, mode: 'start' | 'attach') => Promise<BytePipe>;
  /**
   * Why a link broke or cannot be opened: an error where the sandbox is gone for good (with the true reason), null where
   * trying again makes sense. Rejections count as "not known yet". Asked after every break and every dial that failed.
   */
  diagnose: (signal: AbortSignal) => Promise<SpecboardError | null>;
  /** `attach`: the keeper runs already (an earlier session's); `start`: the first dial starts it. */
  mode: 'start' | 'attach';
  /** How long a link may stay broken before the session counts as lost. Default 60 000. */
  patienceMs?: number;
  /** A link on which nothing came for so long is asked for a sign of life. Default 5 000. */
  pingMs?: number;
  /** A link on which nothing came for so long is dead. Default 15 000. */
  silenceMs?: number;
  /** Bytes of output that may be on their way at once. Default 8 MiB; less where the transport drops slow readers. */
  windowBytes?: number;
  /** The link broke, or is there again. For warnings and the indicator. */
  onLink?: (state: 'down' | 'up') => void;
}

/** See the file's first lines. The RunnerClient over it owns it. */
export interface KeptPipe extends BytePipe {
  /** Why it gave up: `kernel-died` where the keeper is gone but the sandbox is not, else what `diagnose` said. Null before. */
  readonly failure: SpecboardError | null;
  /** Ends the runner with everything it started, as BytePipe says; where the link is down that cannot be told any more. */
  close(): Promise<void>;
  /** Closes the link and leaves the runner alive, to be found again with `mode: 'attach'`. */
  leave(): Promise<void>;
}
