/** A terminal in a container: an exec with a TTY, whose login shell gets the environment of the code without the engine seeing it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { ByteChannel } from '../../runner/byte-channel.ts';
import { abortError, wrapError } from '../base-driver.ts';
import type { DriverTerminal, TerminalEnd, TerminalSize } from '../driver.ts';
import type { EngineExec } from './engine/engine-exec.ts';
import type { StartExec } from './plain-shell.ts';
import { markerName, signalArguments, terminalArguments, terminalHello } from './shell-scripts.ts';

const greetingMs = 15_000;
const endingMs = 3_000;
const settleMs = 200;
/** Exit code of what was ended by SIGKILL. */
const killed = 137;
/** More than the greeting can be: what does not begin with it is a shell that is none. */
const greetingLimit = 8_192;

/** What a terminal is opened with. */
export interface TerminalOptions {
  exec: StartExec;
  /** A script that sets up the shell, with its secrets. */
  setup: string;
  cwd?: string;
  size: TerminalSize;
  /** Time for the shell to start, in ms. Default 15 000. */
  greetingMs?: number;
  /** Why the container is gone, where it is: asked when the link breaks. */
  why: () => Promise<SpecboardError | null>;
}

/** See the file's first line. Made by `openContainerTerminal`. */
export class ContainerTerminal implements DriverTerminal {
  readonly output: AsyncIterable<Uint8Array>;
  readonly ended: Promise<TerminalEnd>;
  readonly #exec: EngineExec;
  readonly #options: TerminalOptions;
  readonly #mark: string;
  readonly #group: number;
  readonly #channel: ByteChannel;
  #over = false;
  #closing: Promise<void> | null = null;

  constructor(
    options: TerminalOptions,
    started: { exec: EngineExec; mark: string; group: number; rest: AsyncIterable<Uint8Array> },
  ) {
    this.#options = options;
    this.#exec = started.exec;
    this.#mark = started.mark;
    this.#group = started.group;
    // A reader that leaves has closed the terminal.
    this.#channel = new ByteChannel(() => void this.close());
    this.output = this.#channel;
    this.ended = this.#run(started.rest);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#over || this.#closing) throw goneError();
    try {
      await this.#exec.write(bytes);
    } catch {
      throw goneError();
    }
  }

  async resize(size: TerminalSize): Promise<void> {
    if (this.#over || this.#closing) return;
    await this.#exec.resize(size).catch((error: unknown) => {
      if (!this.#over && !this.#closing) throw error;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (!this.#over) {
      await this.#signal('HUP');
      await this.#signal('KILL');
    }
    this.#exec.close();
    this.#channel.drop();
    await this.ended;
  }

  async #run(rest: AsyncIterable<Uint8Array>): Promise<TerminalEnd> {
    let broken = false;
    try {
      for await (const bytes of rest) await this.#channel.push(bytes);
    } catch {
      broken = true;
    }
    this.#over = true;
    const end = await this.#how(broken);
    // What the shell left in the background loses its terminal, as everywhere.
    if (!this.#closing) await this.#signal('KILL');
    this.#channel.end();
    return end;
  }

  async #how(broken: boolean): Promise<TerminalEnd> {
    if (this.#closing) return { exitCode: null, reason: 'The terminal was closed.' };
    const exitCode = broken
      ? null
      : await this.#exec.exitCode(AbortSignal.timeout(endingMs)).catch(() => null);
    if (exitCode !== null && exitCode !== killed) return { exitCode };
    // A container that is killed is said to run for another moment.
    if (exitCode === killed) await delay(settleMs);
    const why = await this.#options.why().catch(() => null);
    if (why) return { exitCode: null, reason: why.message };
    return exitCode === null ? { exitCode, reason: 'The link to the container broke.' } : { exitCode };
  }

  async #signal(name: 'HUP' | 'KILL'): Promise<void> {
    try {
      const cmd = signalArguments(name, this.#mark, this.#group);
      const exec = await this.#options.exec({ cmd }, AbortSignal.timeout(endingMs));
      for await (const _ of exec.output); // ends with it
    } catch {
      // A container that is gone took all of it along.
    }
  }
}

/** Opens one. Rejects with `gone`, `unavailable`, `unsupported` (no shell in the image), or the signal's reason. */
export async function openContainerTerminal(
  options: TerminalOptions,
  signal: AbortSignal,
): Promise<ContainerTerminal> {
  if (signal.aborted) throw abortError(signal);
  const mark = randomUUID();
  const opening = new AbortController();
  const slow = new SpecboardError('timeout', 'The shell did not start in time.', { hint: 'Try again.' });
  const timer = setTimeout(() => opening.abort(slow), options.greetingMs ?? greetingMs);
  const onAbort = (): void => opening.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const environment = Buffer.from(options.setup);
  let exec: EngineExec | null = null;
  try {
    exec = await options.exec(
      {
        cmd: terminalArguments(environment.length),
        tty: true,
        stdin: true,
        size: options.size,
        env: { [markerName]: mark, TERM: 'xterm-256color' },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      opening.signal,
    );
    const bytes = exec.stdout[Symbol.asyncIterator]();
    const { group, rest } = await greeted(exec, bytes, environment);
    return new ContainerTerminal(options, { exec, mark, group, rest: followed(rest, bytes) });
  } catch (error) {
    exec?.close();
    if (error instanceof SpecboardError && error.code === 'not-found') {
      throw new SpecboardError('unsupported', 'The image has no shell.', { cause: error });
    }
    throw wrapError(error, signal, { code: 'unavailable', message: 'The terminal could not be opened.' });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Hands over the environment when it is asked for, and gives who the shell is and what came after. */
async function greeted(
  exec: EngineExec,
  bytes: AsyncIterator<Uint8Array>,
  environment: Uint8Array,
): Promise<{ group: number; rest: Uint8Array }> {
  let said = Buffer.alloc(0);
  let asked = false;
  for (;;) {
    const next = await bytes.next();
    if (next.done || said.length > greetingLimit) {
      throw new SpecboardError('unavailable', 'The shell of the image could not be started.', {
        details: said.toString('utf8').slice(0, 2_000),
      });
    }
    said = Buffer.concat([said, next.value]);
    const text = said.toString('latin1');
    if (!asked && text.includes(terminalHello.asks)) {
      asked = true;
      await exec.write(environment);
    }
    const match = terminalHello.is.exec(text);
    if (match) return { group: Number(match[1]), rest: said.subarray(match.index + match[0].length) };
  }
}

async function* followed(first: Uint8Array, bytes: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await bytes.next(); !next.done; next = await bytes.next()) yield next.value;
}

function goneError(): SpecboardError {
  return new SpecboardError('gone', 'This terminal has ended.', { hint: 'Open another.' });
}
