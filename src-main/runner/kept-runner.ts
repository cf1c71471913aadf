/**
 * The runner of a sandbox that lies behind a network or an engine, as a driver uses it: a `RunnerClient` over a `KeptPipe`,
 * replaced by a fresh one where Python died and the sandbox did not.
 */
import type { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import type { Event } from '../../src-shared/lib/emitter.ts';
import type { KeptPipeOptions } from './kept-pipe.ts';
import type { RunnerInfo } from './protocol.ts';
import type { RunnerClient, RunnerClientOptions } from './runner-client.ts';

/** What a kept runner is made with. */
export interface KeptRunnerOptions extends KeptPipeOptions {
  /** Options of the clients. */
  client?: RunnerClientOptions;
}

/** See the file's first lines. Whoever makes it calls `dispose`. It dials at once. */
export declare class KeptRunner {
  constructor(options: KeptRunnerOptions);
  /** The session is lost for good, with the true reason. Fires at most once; not for `dispose`. */
  readonly onLost: Event<SpecboardError>;
  /** Output that belongs to no execution: of threads and background processes, of earlier sessions, and gaps in it. */
  readonly onLateOutput: Event<OutputEvent>;
  /** The variables of Python are gone, with the reason: a crash, a kill, a reset, or a runner that had to be started anew. */
  readonly onKernelLost: Event<string>;
  /** The link broke, or is there again. */
  readonly onLink: Event<'down' | 'up'>;
  /** Waits until Python is there. Throws the true reason where it did not start or is lost, the signal's where that aborts. */
  ready(signal: AbortSignal): Promise<RunnerInfo>;
  /**
   * The client to use now; never keep it, ask each time. Starts Python anew where it died. A broken link is no reason to
   * wait: the client takes requests all the same. Throws what `ready` throws.
   */
  client(signal: AbortSignal): Promise<RunnerClient>;
  /**
   * Ends it; idempotent. `leave: true`: variables and what runs live on in the sandbox and can be found again with
   * `mode: 'attach'`. `leave: false`: Python and everything it started ends (where the link is there to say so).
   */
  dispose(how: { leave: boolean }): Promise<void>;
}
