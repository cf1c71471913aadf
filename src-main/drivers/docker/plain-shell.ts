/**
 * Shell commands in a container without Python: one exec each. Slower than the runner (an engine takes some 70 ms for an
 * exec) and with less: no input, and what a command leaves in the background keeps it open while it holds its output.
 */
import { randomUUID } from 'node:crypto';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExecutionResult } from '../../../src-shared/domain/execution.ts';
import { endReason } from '../../runner/request.ts';
import type { ExecuteRequest, OutputSink } from '../driver.ts';
import type { EngineExec } from './engine/engine-exec.ts';
import type { ExecSpec } from './engine/engine-types.ts';
import { commandArguments, commandInput, hello, markerName, signalArguments } from './shell-scripts.ts';

/** How programs are started in the container. */
export type StartExec = (spec: ExecSpec, signal: AbortSignal) => Promise<EngineExec>;

/** Time for a kill to show, in ms; after that the command is given up. */
const killPatienceMs = 5_000;
const signalMs = 10_000;

/** What a command is run with. */
export interface PlainShellOptions {
  exec: StartExec;
  /** Environment of every command, with its secrets. */
  environment: Readonly<Record<string, string>>;
}

/** Runs a command; resolves with the one result. Rejects only where the sink throws, or the exec could not be started. */
export async function runPlain(
  options: PlainShellOptions,
  request: Pick<ExecuteRequest, 'code' | 'env' | 'graceMs' | 'forceSignal'>,
  sink: OutputSink,
  signal: AbortSignal,
): Promise<ExecutionResult> {
  const began = performance.now();
  const elapsed = (): number => Math.round(performance.now() - began);
  const mark = randomUUID();
  const input = commandInput({ ...options.environment, ...request.env }, request.code);
  const exec = await startUnlessAborted(
    options.exec,
    { cmd: commandArguments(input.length), env: { [markerName]: mark }, stdin: true },
    signal,
  );
  const ladder = new CancelLadder(options.exec, mark, request, signal, () => exec.close());
  try {
    // Its end is not told: nobody waits for it, and over a Windows pipe it would be the end of the output, too.
    await exec.write(input).catch(() => {}); // its end says why
    const opening = new Opening((group) => ladder.knows(group));
    for await (const { stream, bytes } of exec.output) {
      const text = stream === 'stdout' ? opening.take(bytes) : bytes;
      if (text.length > 0) await sink.write({ type: 'text', stream, bytes: new Uint8Array(text) });
    }
    if (opening.rest.length > 0)
      await sink.write({ type: 'text', stream: 'stdout', bytes: new Uint8Array(opening.rest) });
  } catch (error) {
    void ladder.kill();
    if (!signal.aborted) throw error;
  } finally {
    ladder.dispose();
  }
  const reached = await ladder.settled();
  if (reached) {
    const state = endReason(signal);
    const reason = state === 'timed-out' ? 'The time limit was reached.' : 'Cancelled.';
    return { state, reason, durationMs: elapsed() };
  }
  const exitCode = await exec.exitCode(AbortSignal.timeout(signalMs)).catch(() => null);
  if (exitCode === null)
    return { state: 'lost', reason: 'The link to the container broke.', durationMs: elapsed() };
  return { state: exitCode === 0 ? 'succeeded' : 'failed', exitCode, durationMs: elapsed() };
}

/** Throws `python-missing` where the image has not even a shell: nothing at all could run in it. */
export async function assertShell(exec: StartExec, signal: AbortSignal): Promise<void> {
  let said = '';
  try {
    const shell = await exec({ cmd: ['/bin/sh', '-c', ':'] }, signal);
    for await (const { bytes } of shell.output) said += Buffer.from(bytes).toString('utf8');
    if ((await shell.exitCode(signal)) === 0) return;
  } catch (error) {
    if (!(error instanceof SpecboardError) || error.code !== 'not-found') throw error;
    said = error.problem.details ?? '';
  }
  throw new SpecboardError(
    'python-missing',
    'The image has neither python3 nor a shell: nothing can run in it.',
    {
      hint: 'Choose an image with Python, for example python:3.12-slim.',
      ...(said ? { details: said.slice(0, 2_000) } : {}),
    },
  );
}

/** Started under the signal; once it runs, an abort asks it to end instead of breaking the connection. */
async function startUnlessAborted(exec: StartExec, spec: ExecSpec, signal: AbortSignal): Promise<EngineExec> {
  const starting = new AbortController();
  const onAbort = (): void => starting.abort(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await exec(spec, starting.signal);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Takes the first line, which is ours, from the output. */
class Opening {
  rest: Uint8Array = Buffer.alloc(0);
  #over = false;
  readonly #tell: (group: number) => void;

  constructor(tell: (group: number) => void) {
    this.#tell = tell;
  }

  take(bytes: Uint8Array): Uint8Array {
    if (this.#over) return bytes;
    const all = Buffer.concat([this.rest, bytes]);
    const match = hello.exec(all.subarray(0, 64).toString('latin1'));
    if (!match && all.length < 32 && all[0] === 0x1e) {
      this.rest = all;
      return Buffer.alloc(0);
    }
    this.#over = true;
    this.rest = Buffer.alloc(0);
    if (match) this.#tell(Number(match[1]));
    return match ? all.subarray(match[0].length) : all;
  }
}

/** SIGINT, after the grace SIGKILL, at last the connection; to the group and to all that carries the mark. */
class CancelLadder {
  readonly #exec: StartExec;
  readonly #mark: string;
  readonly #graceMs: number;
  readonly #signal: AbortSignal;
  readonly #force: AbortSignal | undefined;
  readonly #giveUp: () => void;
  #group: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | null = null;
  #ended = false;

  constructor(
    exec: StartExec,
    mark: string,
    request: Pick<ExecuteRequest, 'graceMs' | 'forceSignal'>,
    signal: AbortSignal,
    giveUp: () => void,
  ) {
    this.#exec = exec;
    this.#mark = mark;
    this.#graceMs = request.graceMs ?? 3000;
    this.#signal = signal;
    this.#force = request.forceSignal;
    this.#giveUp = giveUp;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#force?.addEventListener('abort', this.#onForce, { once: true });
    if (this.#force?.aborted) this.#onForce();
    else if (signal.aborted) this.#onAbort();
  }

  /** The command's process is known: it leads its group. */
  knows(group: number): void {
    this.#group = group;
  }

  /** Ends everything the command started, at once. */
  async kill(): Promise<void> {
    await this.#send('KILL');
  }

  /** True where the command ended because it was told to; resolves when nothing of it is left. */
  async settled(): Promise<boolean> {
    if (!this.#work && !this.#force?.aborted) return false;
    await this.#work;
    await this.kill();
    return true;
  }

  dispose(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#force?.removeEventListener('abort', this.#onForce);
  }

  readonly #onAbort = (): void => {
    this.#work ??= this.#send('INT');
    if (!this.#ended) this.#timer = setTimeout(this.#onForce, this.#graceMs);
  };

  readonly #onForce = (): void => {
    clearTimeout(this.#timer);
    this.#work = (this.#work ?? Promise.resolve()).then(() => this.#send('KILL'));
    if (!this.#ended) this.#timer = setTimeout(this.#giveUp, killPatienceMs);
  };

  async #send(name: 'INT' | 'KILL'): Promise<void> {
    try {
      const cmd = signalArguments(name, this.#mark, this.#group);
      const exec = await this.#exec({ cmd }, AbortSignal.timeout(signalMs));
      for await (const _ of exec.output); // ends with it
    } catch {
      // A container that is gone or paused: its own end says so.
    }
  }
}
