/**
 * The runner of a sandbox that lies behind a network or an engine, as a driver uses it: a `RunnerClient` over a `KeptPipe`,
 * replaced by a fresh one where Python died and the sandbox did not.
 */
import { randomBytes } from 'node:crypto';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import type { LinkChange } from '../../src-shared/domain/session.ts';
import { Emitter } from '../../src-shared/lib/emitter.ts';
import { KeptPipe, type KeptPipeOptions } from './kept-pipe.ts';
import type { RunnerInfo } from './protocol.ts';
import { RunnerClient, type RunnerClientOptions } from './runner-client.ts';

/** What a kept runner is made with. */
export interface KeptRunnerOptions extends Omit<KeptPipeOptions, 'onLink' | 'onTry' | 'onDropped'> {
  /** Options of the clients. */
  client?: Omit<RunnerClientOptions, 'idPrefix'>;
}

interface Life {
  pipe: KeptPipe;
  client: RunnerClient;
  ready: boolean;
}

/**
 * See the file's first lines. It dials at once; whoever makes it calls `dispose`. An execution that is lost with the runner
 * or the sandbox has the true reason as its result's `problem`.
 */
export class KeptRunner {
  readonly #options: KeptRunnerOptions;
  readonly #lostEvent = new Emitter<SpecboardError>();
  readonly #late = new Emitter<OutputEvent>();
  readonly #kernelLost = new Emitter<string>();
  readonly #link = new Emitter<'down' | 'up'>();
  readonly #try = new Emitter<LinkChange>();
  #isLinked = true;
  #life: Life | null;
  #lost: SpecboardError | null = null;
  #disposing: Promise<void> | null = null;

  constructor(options: KeptRunnerOptions) {
    this.#options = options;
    this.#life = this.#begin(options.mode);
  }

  /** The session is lost for good, with the true reason. Fires at most once; not for `dispose`. */
  readonly onLost = this.#lostEvent.event;
  /** Output that belongs to no execution: of threads and background processes, of earlier sessions, and gaps in it. */
  readonly onLateOutput = this.#late.event;
  /** The variables of Python are gone, with the reason: a crash, a kill, a reset, or a runner that had to be started anew. */
  readonly onKernelLost = this.#kernelLost.event;
  /** The link broke, or is there again. */
  readonly onLink = this.#link.event;
  /** The same with each try, as `DriverSession.onLink` tells it. */
  readonly onTry = this.#try.event;

  /** Waits until Python is there. Throws the true reason where it did not start or is lost, the signal's where that aborts. */
  async ready(signal: AbortSignal): Promise<RunnerInfo> {
    signal.throwIfAborted();
    const { client } = this.#now();
    return client.ready(signal);
  }

  /**
   * The client to use now; never keep it, ask each time. Starts Python anew where it died. A broken link is no reason to
   * wait: the client takes requests all the same. Throws what `ready` throws.
   */
  async client(signal: AbortSignal): Promise<RunnerClient> {
    signal.throwIfAborted();
    const { client } = this.#now();
    await client.ready(signal);
    return client;
  }

  /** Looks at the link now: see `DriverSession.checkLink`. */
  async check(signal: AbortSignal): Promise<LinkChange> {
    return (await this.#life?.pipe.check(signal)) ?? { state: 'live' };
  }

  /**
   * Ends it; idempotent. `leave: true`: variables and what runs live on in the sandbox and can be found again with
   * `mode: 'attach'`. `leave: false`: Python and everything it started ends (where the link is there to say so).
   */
  dispose({ leave }: { leave: boolean }): Promise<void> {
    this.#disposing ??= this.#end(leave);
    return this.#disposing;
  }

  async #end(leave: boolean): Promise<void> {
    const emitters = [this.#lostEvent, this.#late, this.#kernelLost, this.#link, this.#try];
    for (const emitter of emitters) emitter.dispose();
    const client = this.#life?.client;
    if (leave) await client?.leave();
    else await client?.dispose();
  }

  #now(): Life {
    if (this.#lost) throw this.#lost;
    if (this.#disposing) throw new SpecboardError('gone', 'The session was ended.');
    this.#life ??= this.#begin('start');
    return this.#life;
  }

  #begin(mode: 'start' | 'attach'): Life {
    const pipe = new KeptPipe({
      ...this.#options,
      mode,
      onLink: (state) => this.#link.fire(state),
      onTry: (link) => this.#tellTry(link),
      onDropped: () =>
        this.#late.fire({
          type: 'gap',
          reason: 'Output that was on its way to the earlier session is lost.',
        }),
    });
    // The sandbox has had other clients; what is still said to them must not be taken for an answer to this one.
    const idPrefix = `${randomBytes(6).toString('base64url')}.`;
    const client = new RunnerClient(pipe, { ...this.#options.client, idPrefix });
    const life: Life = { pipe, client, ready: false };
    client.ready(new AbortController().signal).then(
      () => {
        life.ready = true;
      },
      () => {},
    );
    client.onBackground((event) => this.#late.fire(event));
    client.onKernelLost((reason) => this.#kernelLost.fire(reason));
    client.onExit((reason) => this.#onExit(life, reason));
    return life;
  }

  #tellTry(link: LinkChange): void {
    this.#isLinked = link.state === 'live';
    this.#try.fire(link);
  }

  /** A runner that worked and died is replaced when the next is asked for; whatever else it was is the end. */
  #onExit(life: Life, reason: string): void {
    const failure = life.client.failure;
    if (life.ready && (failure === null || failure.code === 'kernel-died')) {
      this.#life = null;
      // The sandbox answered that Python is dead: it can be reached.
      if (!this.#isLinked) this.#tellTry({ state: 'live' });
      this.#kernelLost.fire(reason);
      return;
    }
    this.#lost = failure ?? new SpecboardError('unavailable', 'Python did not start in the sandbox.');
    this.#lostEvent.fire(this.#lost);
  }
}
