/** A terminal in an E2B sandbox: envd's own pseudo-terminal, spoken to straight, so that a slow reader holds programs back. */
import { randomBytes } from 'node:crypto';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { ByteChannel } from '../../runner/byte-channel.ts';
import type { DriverTerminal, TerminalEnd, TerminalSize } from '../driver.ts';
import { deadline, sleep } from './abort.ts';
import { markVariable } from './command-scripts.ts';
import { endProcesses } from './end-processes.ts';
import { HttpStatusError, LinkError } from './http-link.ts';
import { type ProcessEnd, type ProcessEvent, RpcError } from './process-client.ts';
import type { E2bSession } from './session.ts';

/** Templates may lack bash. */
const shell = 'if [ -x /bin/bash ]; then exec /bin/bash -i -l; fi; exec /bin/sh -i';
/** After a hang-up: how long programs may take to end by themselves. */
const graceMs = 500;
/** How long the stream may go on after everything in it was ended. */
const tailMs = 1500;
const writeBytes = 64 * 1024;
/** Output counts as use of the sandbox, but need not be told at every piece. */
const touchMs = 10_000;

/** See `Driver.openTerminal`. Throws `not-found` where the folder is not there, and what the sandbox's state says. */
export async function openE2bTerminal(
  session: E2bSession,
  size: TerminalSize,
  { cwd }: { cwd?: string },
  signal: AbortSignal,
): Promise<DriverTerminal> {
  session.assertUsable();
  const terminal = new E2bTerminal(session);
  const opening = AbortSignal.any([signal, session.closing]);
  try {
    await session.use(() => terminal.open(size, cwd, opening));
  } catch (error) {
    await terminal.abandon();
    throw await openProblem(session, error, cwd, opening);
  }
  session.attach(terminal.ended);
  return terminal;
}

class E2bTerminal implements DriverTerminal {
  readonly output: AsyncIterable<Uint8Array>;
  readonly ended: Promise<TerminalEnd>;
  readonly #session: E2bSession;
  readonly #channel = new ByteChannel();
  readonly #mark = randomBytes(16).toString('hex');
  readonly #giveUp = new AbortController();
  readonly #resolve: (end: TerminalEnd) => void;
  #pid = 0;
  #over = false;
  #closing: Promise<void> | null = null;
  #reason = 'It was closed.';
  #typed: Uint8Array[] = [];
  #turn: Promise<void> = Promise.resolve();
  #touched = 0;

  constructor(session: E2bSession) {
    this.#session = session;
    this.output = this.#channel;
    const { promise, resolve } = Promise.withResolvers<TerminalEnd>();
    this.ended = promise;
    this.#resolve = resolve;
  }

  /** Resolves when the shell runs. */
  async open(size: TerminalSize, cwd: string | undefined, signal: AbortSignal): Promise<void> {
    const { processes, control } = this.#session;
    signal.throwIfAborted();
    const onAbort = (): void => this.#giveUp.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const events = await processes.start(
        {
          cmd: '/bin/sh',
          args: ['-c', shell],
          envs: {
            ...{ TERM: 'xterm-256color', COLORTERM: 'truecolor', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
            ...control.settings.environment,
            [markVariable]: this.#mark,
          },
          ...(cwd === undefined ? {} : { cwd }),
          terminal: size,
        },
        this.#giveUp.signal,
      );
      const first = await events.next();
      if (first.done || first.value.type !== 'start')
        throw new LinkError(new Error('It did not start.'), true);
      this.#pid = first.value.pid;
      void this.#read(events);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    this.#session.closing.addEventListener('abort', this.#onClosing, { once: true });
    if (this.#session.closing.aborted) this.#onClosing();
  }

  /** Opening failed: what may have been started is ended. */
  async abandon(): Promise<void> {
    this.#giveUp.abort();
    this.#channel.drop();
    if (!this.#session.isGone && !this.#session.isEnding) await this.#endAll(0);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += writeBytes) {
      if (this.#over || this.#closing) throw closed();
      this.#typed.push(bytes.subarray(at, at + writeBytes));
      // One request at a time, else they could overtake each other; what is typed meanwhile goes together in the next one.
      this.#turn = this.#turn.catch(() => {}).then(() => this.#send());
      await this.#turn;
    }
  }

  async resize(size: TerminalSize): Promise<void> {
    if (this.#over || this.#closing) return;
    const { session, limit } = this.#call();
    await session.processes.resize(this.#pid, size, limit).catch(async (error: unknown) => {
      if (!this.#over) throw await session.judge(error);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  readonly #onClosing = (): void => {
    const { reason } = this.#session.closing;
    if (reason instanceof SpecboardError) this.#reason = reason.message;
    void this.close();
  };

  async #close(): Promise<void> {
    this.#channel.drop();
    if (!this.#over) {
      if (!this.#session.isEnding && !this.#session.isGone) {
        await this.#endAll(graceMs);
        await Promise.race([this.ended, sleep(tailMs, deadline(tailMs * 2)).catch(() => {})]);
      }
      this.#giveUp.abort();
    }
    await this.ended;
  }

  #call(): { session: E2bSession; limit: AbortSignal } {
    const session = this.#session;
    return { session, limit: deadline(session.control.requestMs, this.#giveUp.signal) };
  }

  /** Sends all that was typed and not sent yet; nothing where an earlier turn took it along. */
  async #send(): Promise<void> {
    if (this.#typed.length === 0) return;
    const bytes = Buffer.concat(this.#typed);
    this.#typed = [];
    const { session, limit } = this.#call();
    try {
      await session.use(() => session.processes.type(this.#pid, bytes, limit));
    } catch (error) {
      throw this.#over || this.#closing ? closed() : await session.judge(error);
    }
  }

  async #read(events: AsyncGenerator<ProcessEvent>): Promise<void> {
    let end: TerminalEnd;
    try {
      end = endOf(await this.#readToEnd(events));
    } catch (error) {
      end = await this.#broken(error);
    }
    this.#over = true;
    this.#session.closing.removeEventListener('abort', this.#onClosing);
    if (this.#closing) end = { exitCode: null, reason: this.#reason };
    // What a shell leaves behind has lost its terminal, and nobody who could end it.
    else if (!this.#session.isGone) await this.#endAll(0);
    this.#channel.end();
    this.#resolve(end);
  }

  async #readToEnd(events: AsyncGenerator<ProcessEvent>): Promise<ProcessEnd> {
    for await (const event of events) {
      if (event.type === 'end') return event.end;
      if (event.type !== 'terminal') continue;
      this.#touch();
      await this.#channel.push(event.bytes);
    }
    throw new LinkError(new Error('The stream ended before the shell.'), true);
  }

  async #broken(error: unknown): Promise<TerminalEnd> {
    if (this.#closing) return { exitCode: null, reason: this.#reason };
    const { message } = await this.#session.judge(error);
    return { exitCode: null, reason: message };
  }

  #touch(): void {
    const now = performance.now();
    if (now - this.#touched < touchMs) return;
    this.#touched = now;
    void this.#session.use(async () => {}).catch(() => {});
  }

  async #endAll(grace: number): Promise<void> {
    const { processes, timings } = this.#session;
    const options = {
      mark: this.#mark,
      signal: 'HUP',
      graceMs: grace,
      patienceMs: timings.killPatience,
    } as const;
    await endProcesses(processes, options).catch(() => {});
  }
}

function endOf(end: ProcessEnd): TerminalEnd {
  if ('exitCode' in end) return { exitCode: end.exitCode };
  return { exitCode: null, reason: `It was ended by ${end.signal}.` };
}

function closed(): SpecboardError {
  return new SpecboardError('gone', 'The terminal has ended.');
}

async function openProblem(
  session: E2bSession,
  error: unknown,
  cwd: string | undefined,
  signal: AbortSignal,
): Promise<SpecboardError> {
  if (signal.aborted) return session.control.mapError(signal.reason, 'sandbox', signal);
  const isRefused = error instanceof RpcError || (error instanceof HttpStatusError && error.status === 400);
  if (isRefused && cwd !== undefined && /cwd|directory|folder|ENOENT/i.test(error.message))
    return new SpecboardError('not-found', `The folder ${cwd} is not there.`);
  return session.judge(error);
}
