/**
 * A byte pipe to a runner that lives on when the link breaks: resources/keeper.py holds it in the sandbox, and this side
 * dials again and goes on where it was, so that the RunnerClient above never notices. For sandboxes behind a network or an
 * engine (Docker, Daytona); Local needs none of it.
 */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { LinkChange } from '../../src-shared/domain/session.ts';
import { type Clock, systemClock } from '../../src-shared/lib/clock.ts';
import { bounded } from './bounded.ts';
import type { BytePipe } from './byte-pipe.ts';
import { KeeperLink, type LinkEnd } from './keeper-link.ts';
import { kernelDied, notStarted, outOfReach, streamLost, takenOver } from './kept-failures.ts';
import { KeptStream } from './kept-stream.ts';

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
  /** The same with each try: which it is, and when it begins. */
  onTry?: (link: LinkChange) => void;
  /** So many bytes from the runner were on their way to an earlier client that is gone; whether it had them is not known. */
  onDropped?: (bytes: number) => void;
  /** Default: the real one. */
  clock?: Clock;
  /** Numbers from 0 to below 1, for the jitter of the waits. Default Math.random. */
  random?: () => number;
}

const dialMs = 30_000;
const diagnoseMs = 10_000;
const firstWaitMs = 100;
const longestWaitMs = 5_000;
/** What one try counts at most against the patience: a computer that slept for an hour has not tried for an hour. */
const longestStepMs = 20_000;
/** A link that lived so long is not held against the next one. */
const soundMs = 2_000;
/** How long an open link may take for a sign of life that somebody asked for. */
const probeMs = 3_000;
/** A dial that takes so long is given up for a new one where somebody asks for it. */
const slowDialMs = 2_000;
/** How long the end may take: the keeper gives the runner 5 s to end what it started. */
const endMs = { eof: 7_000, leave: 2_000 };
/** How long it may take to say the end where there is no link at that moment. */
const sayEndMs = 1_500;

/** How one try went: a link that came to an end, or a dial that gave none. */
type Outcome = (LinkEnd | { why: 'undialled'; error: unknown }) & { opened: boolean };

/** See the file's first lines. Dials at once. The RunnerClient over it owns it and calls `close` or `leave`. */
export class KeptPipe implements BytePipe {
  /** Bytes of the runner. Throws `failure` where it gave up, after all that came before. */
  readonly readable: AsyncIterable<Uint8Array>;
  readonly #options: KeptPipeOptions;
  readonly #clock: Clock;
  readonly #stream: KeptStream;
  readonly #opened = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  /** The clock's timers keep no process alive; one that waits for its link to come back must not end meanwhile. */
  readonly #alive = setInterval(() => {}, 2 ** 30);
  #breaks = 0;
  /** Which try since the link broke. */
  #attempt = 0;
  /** Ends the wait for the next try. */
  #hurry = Promise.withResolvers<void>();
  /** Gives up the dial that is under way, once it is a slow one. */
  #redial: (() => void) | null = null;
  /** The outcome of the next try, or of one that is under way. */
  #news = Promise.withResolvers<LinkChange>();
  #over = false;
  #ending: Promise<void> | null = null;
  #failure: SpecboardError | null = null;

  constructor(options: KeptPipeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#stream = new KeptStream({
      clock: this.#clock,
      pingMs: options.pingMs ?? 5_000,
      silenceMs: options.silenceMs ?? 15_000,
      ...(options.windowBytes === undefined ? {} : { windowBytes: options.windowBytes }),
      onOpen: (dropped) => this.#onOpen(dropped),
    });
    this.readable = this.#stream.inbox;
    void this.#run();
  }

  /** Why it gave up: `kernel-died` where the keeper is gone but the sandbox is not, else what `diagnose` said. Null before. */
  get failure(): SpecboardError | null {
    return this.#failure;
  }

  /** Rises by one when the link breaks and when it is there again: odd while it is broken. */
  get breaks(): number {
    return this.#breaks;
  }

  /**
   * Looks at the link now: an open one must give a sign of life, a broken one is dialled without waiting for its turn. Gives
   * what came of it. Rejects when `signal` aborts.
   */
  async check(signal: AbortSignal): Promise<LinkChange> {
    signal.throwIfAborted();
    const { link } = this.#stream;
    const news = this.#news.promise;
    if (link?.open && (await link.probe(probeMs))) return { state: 'live' };
    this.#hurry.resolve();
    this.#redial?.();
    if (this.#over) return { state: 'live' };
    const { promise, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([news, promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Resolves when there is room for more, which may last as long as a broken link. Rejects after the end. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#ending) throw new Error('The pipe is closed.');
    await this.#stream.write(bytes);
  }

  /** Ends the runner with everything it started, as BytePipe says; where the link is down that cannot be told any more. */
  close(): Promise<void> {
    this.#ending ??= this.#shut('eof');
    return this.#ending;
  }

  /** Closes the link and leaves the runner alive, to be found again with `mode: 'attach'`. */
  leave(): Promise<void> {
    this.#ending ??= this.#shut('leave');
    return this.#ending;
  }

  // ---- the links, one after the other

  async #run(): Promise<void> {
    let downMs = 0;
    let before = this.#clock.now();
    let tries = 0;
    let silent = 0;
    while (!this.#over) {
      const began = this.#clock.now();
      const outcome = await this.#oneLink();
      if (this.#over) return;
      const now = this.#clock.now();
      downMs = outcome.opened ? 0 : downMs + Math.min(now - before, longestStepMs);
      before = now;
      if (outcome.opened) {
        this.#breaks += 1;
        this.#options.onLink?.('down');
        this.#attempt = 1;
        this.#tellTry(null);
      } else this.#attempt += 1;
      tries = outcome.opened && now - began >= soundMs ? 0 : tries + 1;
      if (outcome.why === 'broken' && !outcome.spoke && this.#mode() === 'start') silent += 1;
      const done = this.#ending !== null && outcome.why !== 'broken' && outcome.why !== 'undialled';
      const failure = done ? null : await this.#judge(outcome, silent, downMs);
      if (done || failure) this.#finish(this.#ending ? null : failure);
      else await this.#pause(tries);
    }
  }

  /** Which program the next dial runs. */
  #mode(): 'start' | 'attach' {
    return this.#stream.known ? 'attach' : this.#options.mode;
  }

  async #oneLink(): Promise<Outcome> {
    let pipe: BytePipe;
    try {
      const dial = (signal: AbortSignal): Promise<BytePipe> => this.#options.dial(signal, this.#mode());
      pipe = await bounded(dial, dialMs, this.#mayGiveUp(), (late) => void late.close());
    } catch (error) {
      return { why: 'undialled', error, opened: false };
    } finally {
      this.#redial = null;
    }
    const link = new KeeperLink(pipe, this.#stream);
    this.#stream.link = link;
    const end = await link.ended;
    this.#stream.link = null;
    return { ...end, opened: link.opened };
  }

  /** Aborts with the pipe, and when somebody asks for another dial while this one is slow. */
  #mayGiveUp(): AbortSignal {
    const began = this.#clock.now();
    const again = new AbortController();
    this.#redial = () => {
      if (this.#clock.now() - began >= slowDialMs) again.abort(new Error('Dialled anew.'));
    };
    return AbortSignal.any([this.#stop.signal, again.signal]);
  }

  /** Says which try is next; nothing before the first link was there. */
  #tellTry(nextAt: number | null): void {
    if (this.#breaks % 2 === 1) this.#tell({ state: 'retrying', attempt: this.#attempt, nextAt });
  }

  #tell(link: LinkChange): void {
    if (link.state === 'live' || link.nextAt !== null) this.#hear(link);
    this.#options.onTry?.(link);
  }

  /** For those who asked for it. */
  #hear(outcome: LinkChange): void {
    this.#news.resolve(outcome);
    this.#news = Promise.withResolvers();
  }

  #onOpen(dropped: number): void {
    this.#opened.resolve();
    if (dropped > 0) this.#options.onDropped?.(dropped);
    if (this.#breaks % 2 === 0) {
      this.#hear({ state: 'live' });
      return;
    }
    this.#breaks += 1;
    this.#options.onLink?.('up');
    this.#tell({ state: 'live' });
  }

  /** The reason to give up, or null where the next try makes sense. */
  async #judge(outcome: Outcome, silent: number, downMs: number): Promise<SpecboardError | null> {
    const starting = this.#mode() === 'start';
    switch (outcome.why) {
      case 'taken':
        return takenOver();
      case 'lost':
        return streamLost();
      case 'runner-ended':
        return (await this.#diagnosis()) ?? kernelDied(outcome.how);
      case 'none':
      case 'unknown':
      case 'left':
      case 'ended': // the name still belonged to one that is on its way out
        return (await this.#diagnosis()) ?? (starting ? null : kernelDied(null));
      case 'broken':
        if (silent >= 2) return (await this.#diagnosis()) ?? notStarted(outcome.noise);
        break;
      case 'undialled':
        if (outcome.error instanceof SpecboardError && !outcome.error.problem.retryable) return outcome.error;
    }
    const diagnosis = await this.#diagnosis();
    if (diagnosis || downMs < (this.#options.patienceMs ?? 60_000)) return diagnosis;
    return outOfReach(downMs, outcome.why === 'undialled' ? outcome.error : null);
  }

  async #diagnosis(): Promise<SpecboardError | null> {
    try {
      return await bounded(this.#options.diagnose, diagnoseMs, this.#stop.signal);
    } catch {
      return null;
    }
  }

  /** Waits longer from try to try, and never two clients in step. */
  async #pause(tries: number): Promise<void> {
    const random = this.#options.random ?? Math.random;
    const ms = Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1)) * (0.5 + random());
    this.#hurry = Promise.withResolvers();
    this.#tellTry(this.#clock.now() + ms);
    await this.#wait(ms, Promise.race([this.#stopped.promise, this.#hurry.promise]));
    if (!this.#over) this.#tellTry(null);
  }

  // ---- the end

  async #shut(how: 'eof' | 'leave'): Promise<void> {
    if (this.#over) return;
    const stream = this.#stream;
    stream.last = how;
    stream.link?.wake();
    // A start that is under way is waited for, so that no runner is left alone; what breaks now is dialled again, too.
    if (!stream.link?.open && how === 'eof')
      await this.#wait(sayEndMs, stream.known ? this.#stopped.promise : this.#opened.promise);
    if (stream.link?.open) await this.#wait(endMs[how], this.#stopped.promise);
    this.#finish(null);
  }

  #finish(failure: SpecboardError | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = failure;
    this.#stop.abort();
    this.#stopped.resolve();
    this.#news.resolve({ state: 'live' });
    clearInterval(this.#alive);
    this.#stream.link?.close();
    this.#stream.end(failure);
  }

  async #wait(ms: number, orUntil: Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(ms, resolve);
    await Promise.race([promise, orUntil]);
    timer.dispose();
  }
}
