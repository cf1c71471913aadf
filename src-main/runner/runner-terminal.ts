/** A terminal in any sandbox that the runner runs in: a login shell behind a pseudo-terminal of the sandbox's own system. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { ExecutionResult } from '../../src-shared/domain/execution.ts';
import { abortError } from '../drivers/base-driver.ts';
import type { DriverTerminal, TerminalEnd, TerminalSize } from '../drivers/driver.ts';
import { ByteChannel } from './byte-channel.ts';
import type { CommandInput } from './request.ts';
import type { RunnerClient } from './runner-client.ts';

/** What to open. */
export interface RunnerTerminalOptions extends TerminalSize {
  /** Default: where the runner was started. */
  cwd?: string;
  /** Over the runner's own environment, and over what a terminal needs (TERM). */
  env?: Readonly<Record<string, string>>;
  /** A program instead of the login shell. */
  argv?: readonly string[];
}

/** After a hang-up: how long the shell and its programs may take to end by themselves. */
const graceMs = 1000;
const writeBytes = 256 * 1024;

/**
 * Opens a terminal. Throws `not-found` where the folder or the program is not there, `unsupported` where the system has no
 * terminals, `gone` where the runner is gone, `cancelled`. The signal counts until it is open. Whoever opened it closes it;
 * the end of the runner ends it too.
 */
export async function openRunnerTerminal(
  client: RunnerClient,
  options: RunnerTerminalOptions,
  signal: AbortSignal,
): Promise<DriverTerminal> {
  if (signal.aborted) throw abortError(signal);
  const stop = new AbortController();
  const channel = new ByteChannel();
  const { promise: opened, resolve } = Promise.withResolvers<CommandInput>();
  const { cols, rows, cwd, env, argv } = options;
  const running = client.execute(
    {
      ...{ language: 'shell', code: '', graceMs, terminal: { cols, rows }, onInput: resolve },
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      ...(argv === undefined ? {} : { argv }),
    },
    { write: (event) => (event.type === 'text' ? channel.push(event.bytes) : undefined) },
    stop.signal,
  );
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(abortError(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const first = await Promise.race([opened, running, aborted]);
    if ('state' in first) throw notOpened(first, options);
    return new RunnerTerminal(first, channel, running, stop);
  } catch (error) {
    stop.abort();
    channel.drop();
    await running.catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

class RunnerTerminal implements DriverTerminal {
  readonly output: AsyncIterable<Uint8Array>;
  readonly ended: Promise<TerminalEnd>;
  readonly #input: CommandInput;
  readonly #channel: ByteChannel;
  readonly #stop: AbortController;
  #over = false;

  constructor(
    input: CommandInput,
    channel: ByteChannel,
    running: Promise<ExecutionResult>,
    stop: AbortController,
  ) {
    this.#input = input;
    this.#channel = channel;
    this.#stop = stop;
    this.output = channel;
    this.ended = running.then(endOf).then((end) => {
      this.#over = true;
      channel.end();
      return end;
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#over || this.#stop.signal.aborted) throw closed();
    const sent: Promise<boolean>[] = [];
    // Not one after the other: what is typed next must not wait for the way there and back.
    for (let at = 0; at < bytes.length; at += writeBytes)
      sent.push(this.#input.write(bytes.subarray(at, at + writeBytes)));
    if ((await Promise.all(sent)).includes(false)) throw closed();
  }

  async resize(size: TerminalSize): Promise<void> {
    if (!this.#over) this.#input.resize(size);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#channel.drop();
    await this.ended;
  }
}

function endOf(result: ExecutionResult): TerminalEnd {
  if (typeof result.exitCode === 'number') return { exitCode: result.exitCode };
  if (result.signal) return { exitCode: null, reason: `It was ended by ${result.signal}.` };
  if (result.state === 'cancelled') return { exitCode: null, reason: 'It was closed.' };
  return { exitCode: null, reason: result.reason ?? 'It ended.' };
}

function closed(): SpecboardError {
  return new SpecboardError('gone', 'The terminal has ended.');
}

function notOpened(result: ExecutionResult, { cwd }: RunnerTerminalOptions): SpecboardError {
  const details = result.error?.value ?? result.reason;
  const more = details === undefined ? {} : { details };
  if (result.state === 'lost') {
    return /POSIX/.test(details ?? '')
      ? new SpecboardError('unsupported', 'There are no terminals on this system.', more)
      : new SpecboardError('gone', 'The sandbox is no longer there.', { ...more, hint: 'Connect again.' });
  }
  if (result.error?.name === 'FileNotFoundError' || result.error?.name === 'NotADirectoryError') {
    const what = cwd === undefined ? 'The program' : `The folder ${cwd}`;
    return new SpecboardError('not-found', `${what} is not there.`, more);
  }
  return new SpecboardError('unavailable', 'The terminal could not be opened.', more);
}
