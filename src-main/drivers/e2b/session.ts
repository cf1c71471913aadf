/** One live connection to one E2B sandbox: its links, its runners, its end time, and the truth about how it died. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { LinkChange } from '../../../src-shared/domain/session.ts';
import { SessionEvents } from '../base-driver.ts';
import type { DriverSession } from '../driver.ts';
import { deadline } from './abort.ts';
import { envdUrl, interpreterUrl, isLoopback, sandboxHeaders } from './addresses.ts';
import { CodeInterpreter } from './code-interpreter.ts';
import type { ControlPlane } from './control-plane.ts';
import { HttpLink } from './http-link.ts';
import { KeepAlive } from './keep-alive.ts';
import { ProcessClient } from './process-client.ts';
import { PythonRunner } from './python-runner.ts';
import { accessTokenOf, type SdkSandbox, type SdkSandboxInfo } from './sdk.ts';
import { ShellRunner } from './shell-runner.ts';
import type { Timings } from './timings.ts';

/** What a session is made of. */
export interface E2bSessionParts {
  control: ControlPlane;
  sandbox: SdkSandbox;
  timings: Timings;
  metadata: JsonObject;
  /** Life that the sandbox was given just now, in ms. */
  leaseMs: number;
  /** Somebody else's: never ended from here; `asleep` where it was woken up for this. */
  foreign: { asleep: boolean } | null;
  now: () => number;
  /** Gives the text of resources/filekit.py. */
  fileHelper: () => Promise<string>;
  log: (level: 'debug' | 'info' | 'warn', message: string, fields?: JsonObject) => void;
}

/** Codes after which the control plane is asked what became of the sandbox. */
const DOUBTFUL = new Set([
  'gone',
  'unreachable',
  'unavailable',
  'timeout',
  'protocol',
  'forbidden',
  'internal',
  'not-found',
]);
/** Clocks of two machines never agree. */
const END_TOLERANCE_MS = 5000;

/** See the first line of the file. Owns its links and timers: `dispose` ends them. */
export class E2bSession extends SessionEvents implements DriverSession {
  // E2B sends nothing after a cell's end: `onLateOutput` is there for the interface only.
  readonly isolation = 'microvm' as const;
  readonly sandboxId: string;
  readonly metadata: JsonObject;
  readonly warnings: readonly string[] = [];
  readonly control: ControlPlane;
  readonly sandbox: SdkSandbox;
  readonly timings: Timings;
  readonly python: PythonRunner;
  readonly shell: ShellRunner;
  readonly interpreter: CodeInterpreter;
  readonly processes: ProcessClient;
  readonly envd: HttpLink;
  /** Gives the text of resources/filekit.py. */
  readonly fileHelper: () => Promise<string>;
  readonly #interpreterLink: HttpLink;
  readonly #parts: E2bSessionParts;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly #attached = new Set<Promise<unknown>>();
  #keepAlive: KeepAlive | undefined;
  #endsAt: number | null = null;
  #lost: SpecboardError | undefined;
  #isPaused = false;
  #isVanishing = false;
  #ended = false;

  constructor(parts: E2bSessionParts) {
    super();
    const { control, sandbox, timings } = parts;
    const { addresses } = control;
    this.#parts = parts;
    this.control = control;
    this.sandbox = sandbox;
    this.timings = timings;
    this.fileHelper = parts.fileHelper;
    this.sandboxId = sandbox.sandboxId;
    this.metadata = parts.metadata;
    const identity = {
      sandboxId: this.sandboxId,
      accessToken: accessTokenOf(sandbox),
      trafficToken: sandbox.trafficAccessToken,
    };
    const interpreterBase = interpreterUrl(addresses, sandbox.sandboxDomain, this.sandboxId);
    this.envd = new HttpLink(
      envdUrl(addresses, sandbox.sandboxDomain, this.sandboxId),
      sandboxHeaders('envd', identity),
      addresses.proxy,
    );
    this.#interpreterLink = new HttpLink(
      interpreterBase,
      sandboxHeaders('interpreter', identity),
      addresses.proxy,
    );
    this.interpreter = new CodeInterpreter(this.#interpreterLink, timings, control.requestMs, (signal) =>
      this.#isThere(signal),
    );
    this.processes = new ProcessClient(this.envd, timings, control.requestMs);
    const session = this;
    const host = {
      interpreter: this.interpreter,
      processes: this.processes,
      timings,
      environment: control.settings.environment,
      interruptFloorMs: isLoopback(interpreterBase) ? 0 : timings.interruptFloor,
      closing: this.#closing.signal,
      get isEnding() {
        return session.#isVanishing;
      },
      judge: (error: unknown) => this.judge(error),
    };
    this.python = new PythonRunner(host);
    this.shell = new ShellRunner(host);
  }

  get endsAt(): number | null {
    return this.#endsAt;
  }
  /** See `E2bSessionParts`. */
  get foreign(): { asleep: boolean } | null {
    return this.#parts.foreign;
  }
  /** Aborts when the session ends, with the reason. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }
  /** True where the sandbox is being ended, with everything in it. */
  get isEnding(): boolean {
    return this.#isVanishing;
  }
  /** True where the sandbox is asleep at E2B. */
  get isPaused(): boolean {
    return this.#isPaused;
  }
  /** The same, by the name that `DriverSession` has for it. */
  get isAsleep(): boolean {
    return this.#isPaused;
  }
  /** True where the sandbox is known to be gone. */
  get isGone(): boolean {
    return this.#ended || (this.#lost !== undefined && !this.#isPaused);
  }

  /** Checks that Python is there, learns the end time, and begins to keep the sandbox alive. */
  async open(signal: AbortSignal): Promise<void> {
    const limit = deadline(this.timings.preflight, signal);
    try {
      await this.interpreter.preflight(limit);
    } catch (error) {
      throw this.control.mapError(error, 'interpreter', limit);
    }
    const { control, sandboxId } = this;
    const info = await control.info(sandboxId, signal);
    if (!info) throw new SpecboardError('gone', 'The sandbox ended while it was being connected.');
    this.#onInfo(info);
    this.#keepAlive = new KeepAlive(
      {
        control,
        sandboxId,
        timings: this.timings,
        lifetimeMs: control.settings.timeoutMinutes * 60_000,
        now: this.#parts.now,
        isBusy: () => this.#running.size > 0,
        onInfo: (seen) => this.#onInfo(seen),
        onLink: (link) => this.tellLink(link),
        onTrouble: (problem) =>
          this.#parts.log('warn', 'The heartbeat failed.', { sandboxId, code: problem.code }),
      },
      this.#parts.leaseMs,
    );
  }

  /** Counts work as use of the sandbox and remembers it until it ends. Throws where the session is over. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.assertUsable();
    this.#keepAlive?.touch();
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      if (!this.#closing.signal.aborted) this.#keepAlive?.touch();
    }
  }

  /** What lives beside executions (terminals): it does not keep the sandbox alive, and is waited for by `idle`. */
  attach(life: Promise<unknown>): void {
    this.#attached.add(life);
    void life.finally(() => this.#attached.delete(life));
  }

  /** Throws the reason where the sandbox cannot be used any more. */
  assertUsable(): void {
    if (this.#lost) throw this.#lost;
    if (!this.#closing.signal.aborted) return;
    const reason: unknown = this.#closing.signal.reason;
    // Executions under way were cancelled; what is asked for now comes too late.
    if (reason instanceof SpecboardError && reason.code !== 'cancelled') throw reason;
    throw new SpecboardError('gone', 'The session has ended.', { hint: 'Connect again.' });
  }

  /** Moves the end time by `ms`; gives what E2B made of it. */
  async extend(ms: number, signal: AbortSignal): Promise<number | null> {
    this.assertUsable();
    try {
      await this.#keepAlive?.extend(ms, deadline(this.timings.call, signal));
    } catch (error) {
      throw await this.judge(error);
    }
    return this.#endsAt;
  }

  /** See `DriverSession.checkLink`. */
  async checkLink(signal: AbortSignal): Promise<LinkChange> {
    return (await this.#keepAlive?.check(signal)) ?? { state: 'live' };
  }

  /** What an error means: E2B is asked where the error alone leaves doubt. Ends the session where the sandbox is gone. */
  async judge(error: unknown): Promise<SpecboardError> {
    const mapped = this.control.mapError(error, 'sandbox');
    if (this.#lost) return this.#lost;
    if (!DOUBTFUL.has(mapped.code)) return mapped;
    try {
      const info = await this.control.info(this.sandboxId, deadline(this.timings.call));
      this.#onInfo(info);
    } catch (problem) {
      // Offline: what became of the sandbox is not known; the heartbeat goes on asking.
      if (!(problem instanceof SpecboardError) || problem.code !== 'unreachable') return mapped;
      this.#keepAlive?.lostTouch();
      return problem;
    }
    if (this.#lost) return this.#lost;
    if (mapped.code !== 'gone') return mapped;
    return new SpecboardError('unavailable', 'The sandbox runs, but does not answer now.', {
      hint: 'Try again in a moment.',
      ...(mapped.problem.details ? { details: mapped.problem.details } : {}),
    });
  }

  /** Ends this side: executions are cancelled with the reason, the heartbeat stops. The links stay for the last words. */
  end(reason: SpecboardError, isEnding: boolean): void {
    this.close();
    this.#isVanishing = isEnding;
    this.#keepAlive?.dispose();
    if (!this.#closing.signal.aborted) this.#closing.abort(reason);
  }

  /** Resolves when no execution runs and no terminal is open any more. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#running, ...this.#attached]);
  }

  /** The sandbox is asleep, because we asked for it. */
  markPaused(): void {
    this.#isPaused = true;
  }

  /** The sandbox is gone, because we asked for it. */
  markEnded(): void {
    this.#ended = true;
  }

  /** Closes the links. Twice is fine. */
  dispose(): void {
    this.#keepAlive?.dispose();
    this.envd.dispose();
    this.#interpreterLink.dispose();
  }

  async #isThere(signal: AbortSignal): Promise<boolean> {
    const info = await this.control.info(this.sandboxId, deadline(this.timings.call, signal));
    this.#onInfo(info);
    return info?.state === 'running';
  }

  #onInfo(info: SdkSandboxInfo | null): void {
    if (this.#closing.signal.aborted || this.#lost) return;
    if (info?.state === 'running') {
      const endsAt = info.endAt.getTime();
      if (endsAt === this.#endsAt) return;
      this.#endsAt = endsAt;
      this.moveEnd(endsAt);
      return;
    }
    this.#isPaused = info !== null;
    this.#die(info ? pausedError() : goneError(this.#isPastEnd()));
  }

  #isPastEnd(): boolean {
    const end = Math.min(
      this.#endsAt ?? Number.POSITIVE_INFINITY,
      this.#keepAlive?.leaseUntil ?? Number.POSITIVE_INFINITY,
    );
    return this.#parts.now() >= end - END_TOLERANCE_MS;
  }

  #die(error: SpecboardError): void {
    this.#lost = error;
    this.#keepAlive?.dispose();
    this.lose(error);
  }
}

function goneError(isPastEnd: boolean): SpecboardError {
  const kept = 'Output that reached SpecBoard is kept; files and variables in the sandbox are gone.';
  return isPastEnd
    ? new SpecboardError('gone', 'The sandbox reached its end time and was ended.', {
        kept,
        hint: 'Connect again for a new one; the profile says how long an unused sandbox is kept.',
      })
    : new SpecboardError('gone', 'The sandbox was ended before its end time.', {
        kept,
        hint: 'It was ended at E2B or by another program, or its machine failed. Connect again for a new one.',
      });
}

function pausedError(): SpecboardError {
  return new SpecboardError('unavailable', 'The sandbox was paused at E2B.', {
    kept: 'Its files and variables are kept.',
    hint: 'Connect to it again to wake it up.',
    retryable: true,
  });
}
