/**
 * A byte pipe to a runner that lives on when the link breaks: resources/keeper.py holds it in the sandbox, and this side
 * dials again and goes on where it was, so that the RunnerClient above never notices. For sandboxes behind a network or an
 * engine (Docker, Daytona); Local needs none of it.
 */
import type { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { BytePipe } from './byte-pipe.ts';

/** What a kept pipe is made with. */
export interface KeptPipeOptions {
  /**
   * Opens one link: bytes of `keeper.py attach` (or of its start, the first time). Rejects where it cannot be opened; that
   * is tried again until `patienceMs` are over or `diagnose` says that it is of no use.
   */
  dial: (signal: AbortSignal) => Promise<BytePipe>;
  /**
   * Why a link broke or cannot be opened: an error where the sandbox is gone for good (with the true reason), null where
   * trying again makes sense. Rejections count as "not known yet".
   */
  diagnose: (signal: AbortSignal) => Promise<SpecboardError | null>;
  /** `attach`: the keeper runs already (an earlier session's); `start`: the first dial starts it. */
  mode: 'start' | 'attach';
  /** How long a link may stay broken before the session counts as lost; ms. Default 60 000. */
  patienceMs?: number;
  /** The link broke, or is there again. For warnings and the indicator. */
  onLink?: (state: 'down' | 'up') => void;
}

/** See the file's first lines. The RunnerClient over it owns it: `close` ends link and keeper's client, not the keeper. */
export interface KeptPipe extends BytePipe {
  /** Why it gave up: `kernel-died` where the keeper is gone but the sandbox is not, else what `diagnose` said. Null before. */
  readonly failure: SpecboardError | null;
}
