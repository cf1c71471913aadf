/** One live connection to one Daytona sandbox: its runner, its life, and the truth about how it ended. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExecutionResult } from '../../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { LinkChange } from '../../../src-shared/domain/session.ts';
import { keeperShellLine } from '../../runner/keeper-command.ts';
import { KeptRunner } from '../../runner/kept-runner.ts';
import type { RunnerClient } from '../../runner/runner-client.ts';
import { RunnerFiles } from '../../runner/runner-files.ts';
import { abortable, abortError, deadline, SessionEvents, wrapError } from '../base-driver.ts';
import type { DriverSession } from '../driver.ts';
import type { ControlPlane } from './control-plane.ts';
import { KeepAlive } from './keep-alive.ts';
import { idleError, letGoError, lostReason } from './lost-reason.ts';
import type { Prepared } from './prepare-sandbox.ts';
import { openLink } from './pty-link.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { SdkSandbox } from './sdk.ts';

/** What a session is made of. It owns the control plane's client from then on. */
export interface DaytonaSessionParts {
  control: ControlPlane;
  sandbox: SdkSandbox;
  record: SandboxRecord;
  prepared: Prepared;
  /** The keeper's name, and whether it runs already. */
  keeper: { name: string; mode: 'start' | 'attach' };
  metadata: JsonObject;
  warnings: string[];
  /** Variables of the profile and the keyring, for code. */
  environment: Readonly<Record<string, string>>;
  /** The text of filekit.py. */
  fileHelper: string;
  /** Somebody else's: left as it is; `asleep` where it was woken up for this. */
  foreign: { asleep: boolean } | null;
  now: () => number;
  log: (level: 'debug' | 'info' | 'warn', message: string, fields?: JsonObject) => void;
}

/** How long a session asks what became of its sandbox. */
const judgeMs = 5000;

/** See the first line of the file. Owns links, timers and the SDK's client: `dispose` ends them. */
export class DaytonaSession extends SessionEvents implements DriverSession {
  readonly sandboxId: string;
  readonly isolation: 'microvm' | 'container';
  readonly metadata: JsonObject;
  readonly warnings: readonly string[];
  readonly control: ControlPlane;
  readonly sandbox: SdkSandbox;
  readonly foreign: { asleep: boolean } | null;
  readonly environment: Readonly<Record<string, string>>;
  /** Folder of ours in the sandbox. */
  readonly folder: string;
  /** Full path of the interpreter in the sandbox. */
  readonly python: string;
  /** The text of filekit.py. */
  readonly fileHelper: string;
  readonly sandboxClass: string;
  /** The profile's rule about packages, or "always" once the person said so. */
  packages: 'ask' | 'always' | 'never';
  readonly #parts: DaytonaSessionParts;
  readonly #runner: KeptRunner;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly #leftoverPtys = new Set<string>();
  readonly #files = new WeakMap<RunnerClient, RunnerFiles>();
  readonly #keepAlive: KeepAlive;
  #lost: SpecboardError | null = null;
  #asleep = false;
  #cwd = '/';

  /** Dials at once; `ready` waits for Python. */
  constructor(parts: DaytonaSessionParts) {
    super();
    const { control, sandbox, record, prepared, keeper } = parts;
    const { timings, settings } = control;
    this.#parts = parts;
    this.control = control;
    this.sandbox = sandbox;
    this.sandboxId = sandbox.id;
    this.sandboxClass = record.sandboxClass;
    this.isolation = /vm/.test(record.sandboxClass) ? 'microvm' : 'container';
    this.metadata = parts.metadata;
    this.warnings = parts.warnings;
    this.foreign = parts.foreign;
    this.environment = parts.environment;
    this.folder = prepared.folder;
    this.python = prepared.python;
    this.fileHelper = parts.fileHelper;
    this.packages = settings.packages;
    this.#runner = new KeptRunner({
      mode: keeper.mode,
      patienceMs: timings.patience,
      // Daytona drops a terminal's reader that is more than 256 messages behind.
      windowBytes: 2 * 1024 * 1024,
      dial: (signal, mode) => this.#dial(signal, mode),
      diagnose: async (signal) => lostReason(await control.info(this.sandboxId, signal), parts.now()),
    });
    this.#runner.onLost((error) => this.#die(error));
    this.#runner.onTry((link) => this.tellLink(link));
    this.#runner.onLateOutput((event) => this.late(event));
    this.#runner.onKernelLost((reason) => {
      // An execution says so itself; between two of them nobody would.
      if (this.#running.size > 0) return;
      const text = `Python ended by itself and was started anew: its variables are gone. ${reason}`.trim();
      this.late({ type: 'notice', level: 'warning', text });
    });
    this.#keepAlive = new KeepAlive({
      control,
      sandboxId: this.sandboxId,
      idleMinutes: parts.foreign ? (record.autoStopInterval ?? 0) : settings.autoStopMinutes,
      intervalThere: record.autoStopInterval ?? null,
      isOurs: parts.foreign === null,
      now: parts.now,
      isBusy: () => this.#running.size > 0,
      onRecord: (seen) => this.#onRecord(seen),
      onEndsAt: (at) => this.moveEnd(at),
      onIdle: () => void this.#onIdle(),
      onTrouble: ({ code }) =>
        parts.log('warn', 'The heartbeat failed.', { sandboxId: this.sandboxId, code }),
    });
  }

  get endsAt(): number | null {
    return this.#keepAlive.endsAt;
  }
  /** Aborts when the session ends, with the reason. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }
  /** True where the sandbox is known to be gone for good. */
  get isGone(): boolean {
    return this.#lost?.code === 'gone';
  }
  /** True where the sandbox is stopped, paused or archived. */
  get isAsleep(): boolean {
    return this.#asleep;
  }
  /** Working folder of code, where relative paths start. */
  get cwd(): string {
    return this.#cwd;
  }

  /** See `DriverSession.checkLink`. */
  checkLink(signal: AbortSignal): Promise<LinkChange> {
    return this.#runner.check(signal);
  }

  /** Waits for Python. Throws the true reason where it does not come. */
  async ready(signal: AbortSignal): Promise<void> {
    const info = await this.#runner.ready(deadline(this.control.timings.runner, signal));
    this.#cwd = info.cwd;
  }

  /** The client of the runner, for now: ask each time. */
  async client(signal: AbortSignal): Promise<RunnerClient> {
    this.assertUsable();
    const open = AbortSignal.any([signal, this.closing]);
    try {
      return await this.#runner.client(open);
    } catch (error) {
      throw wrapError(error, open, { code: 'unavailable', message: 'The sandbox does not answer now.' });
    }
  }

  /** Files of the sandbox through the runner. */
  async runnerFiles(signal: AbortSignal): Promise<RunnerFiles> {
    const client = await this.client(signal);
    let files = this.#files.get(client);
    if (!files) {
      files = new RunnerFiles(client, { source: this.fileHelper, root: this.#cwd, confined: false });
      this.#files.set(client, files);
    }
    return files;
  }

  /** Counts work as use of the sandbox and remembers it until it ends. Throws where the session is over. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.assertUsable();
    this.#keepAlive.touch();
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      if (!this.closing.aborted) this.#keepAlive.touch();
    }
  }

  /** An execution's result with the true reason where it was lost. */
  async explained(result: ExecutionResult): Promise<ExecutionResult> {
    if (result.state !== 'lost' || this.closing.aborted) return result;
    const why = this.#lost ?? (await this.#askWhy());
    return why ? { ...result, reason: why.message, problem: why.problem } : result;
  }

  /** Throws the reason where the sandbox cannot be used any more. */
  assertUsable(): void {
    if (this.#lost) throw this.#lost;
    if (!this.closing.aborted) return;
    const reason: unknown = this.closing.reason;
    // Executions under way were cancelled; what is asked for now comes too late.
    if (reason instanceof SpecboardError && reason.code !== 'cancelled') throw reason;
    throw new SpecboardError('gone', 'The session has ended.', { hint: 'Connect again.' });
  }

  /** What an error of a call means: the control plane is asked where the error alone leaves doubt. */
  async judge(
    error: unknown,
    about: 'sandbox' | 'toolbox' | 'file',
    signal: AbortSignal,
  ): Promise<SpecboardError> {
    if (signal.aborted)
      return this.closing.aborted ? this.#closedError() : this.control.mapError(error, about, signal);
    const mapped = this.control.mapError(error, about);
    if (!['gone', 'unreachable', 'unavailable', 'timeout', 'internal'].includes(mapped.code)) return mapped;
    const why = this.#lost ?? (await this.#askWhy());
    if (why) return why;
    if (mapped.code !== 'gone') return mapped;
    return new SpecboardError('unavailable', 'The sandbox runs, but does not answer now.', {
      hint: 'Try again in a moment.',
      ...(mapped.problem.details ? { details: mapped.problem.details } : {}),
    });
  }

  /** Moves the end time by `ms`; gives the new one. */
  async extend(ms: number, signal: AbortSignal): Promise<number | null> {
    this.assertUsable();
    try {
      return await this.#keepAlive.extend(ms, signal);
    } catch (error) {
      throw await this.judge(error, 'sandbox', signal);
    }
  }

  /** Fresh Python: resolves when it is there. */
  async resetPython(signal: AbortSignal): Promise<void> {
    const bounded = deadline(this.control.timings.reset, AbortSignal.any([signal, this.closing]));
    const client = await this.client(bounded);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const listening = client.onKernelLost(() => resolve());
    try {
      // A cell sent between the answer and the end of the old Python would end with it.
      await abortable(Promise.all([client.reset(), ended]), bounded);
    } finally {
      listening.dispose();
    }
  }

  /** Ends this side's work with the reason: executions are asked to stop, nothing new begins. The link stays for the last words. */
  end(reason: SpecboardError): void {
    this.close();
    this.#keepAlive.dispose();
    if (!this.closing.aborted) this.#closing.abort(reason);
  }

  /** Resolves when no work runs any more, or after `ms`. */
  async idle(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([Promise.allSettled([...this.#running]), promise]);
    clearTimeout(timer);
  }

  /** The sandbox is asleep, or gone, because we asked for it. */
  mark(what: 'asleep' | 'gone'): void {
    if (what === 'asleep') this.#asleep = true;
    else this.#lost = new SpecboardError('gone', 'The session has ended.', { hint: 'Connect again.' });
  }

  /** Ends the link to the runner; with `leave` what runs in the sandbox lives on. Twice is fine. */
  async closeRunner(leave: boolean): Promise<void> {
    await this.#runner.dispose({ leave });
  }

  /** Ends everything this side holds. Twice is fine. */
  async dispose(): Promise<void> {
    this.#keepAlive.dispose();
    await this.#runner.dispose({ leave: true });
    await this.control.dispose();
  }

  async #dial(signal: AbortSignal, mode: 'start' | 'attach') {
    const { sandbox, control } = this;
    const { prepared, keeper } = this.#parts;
    const line = keeperShellLine(
      { mode, name: keeper.name },
      prepared.python,
      `${prepared.folder}/keeper.py`,
    );
    const limit = deadline(control.timings.link, signal);
    try {
      const cwd = control.settings.workingFolder;
      return await openLink({ sandbox, cwd, line, leftovers: this.#leftoverPtys }, limit);
    } catch (error) {
      throw control.mapError(error, 'toolbox', limit);
    }
  }

  async #onIdle(): Promise<void> {
    const { settings } = this.control;
    // Its own interval may stop it now: our open link would have counted as use.
    if (this.foreign) return this.#die(letGoError());
    const error = idleError(settings.autoStopMinutes, settings.autoDeleteMinutes === 0);
    const limit = deadline(this.control.timings.disconnect, new AbortController().signal);
    this.#asleep = true;
    this.#die(error);
    await this.control.stop(this.sandboxId, limit).catch((problem: SpecboardError) => {
      this.#parts.log('warn', 'An unused sandbox could not be stopped.', { code: problem.code });
    });
  }

  async #askWhy(): Promise<SpecboardError | null> {
    try {
      const limit = deadline(judgeMs, this.closing);
      this.#onRecord(await this.control.info(this.sandboxId, limit));
    } catch {
      // Offline: what became of the sandbox is not known; the heartbeat goes on asking.
    }
    return this.#lost;
  }

  #onRecord(record: SandboxRecord | null): void {
    if (this.closing.aborted || this.#lost) return;
    const reason = lostReason(record, this.#parts.now());
    if (!reason) return;
    this.#asleep = record !== null;
    this.#die(reason);
  }

  #die(error: SpecboardError): void {
    if (this.#lost || this.closing.aborted) return;
    this.#lost = error;
    this.#keepAlive.dispose();
    void this.#runner.dispose({ leave: true });
    this.lose(error);
  }

  #closedError(): SpecboardError {
    return this.#lost ?? abortError(this.closing);
  }
}
