/** Shell commands in an E2B sandbox: streamed with back-pressure; a cancel ends every process of the command and verifies it. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import type { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExecutionResult, OutputEvent } from '../../../src-shared/domain/execution.ts';
import type { ExecuteRequest, OutputSink } from '../driver.ts';
import { deadline, isTimeout, sleep } from './abort.ts';
import { startScript } from './command-scripts.ts';
import { EndMarker, type MarkedEnd } from './end-marker.ts';
import { endProcesses } from './end-processes.ts';
import { HttpStatusError, LinkError } from './http-link.ts';
import { type ProcessClient, type ProcessEnd, type ProcessEvent, RpcError } from './process-client.ts';
import { SinkWriter } from './sink-writer.ts';
import { StopSignal } from './stop-signal.ts';
import type { Timings } from './timings.ts';

/** What the runner needs of its session. */
export interface ShellHost {
  readonly processes: ProcessClient;
  readonly timings: Timings;
  readonly environment: Readonly<Record<string, string>>;
  readonly closing: AbortSignal;
  /** True where the whole sandbox is being ended: its processes need not be. */
  readonly isEnding: boolean;
  judge(error: unknown): Promise<SpecboardError>;
}

type Outcome = Omit<ExecutionResult, 'durationMs'>;

/** How long the stream may go on after all processes of a command are gone. */
const TAIL_MS = 1500;

const gapOfBrokenLink: OutputEvent = {
  type: 'gap',
  reason: 'The link to the sandbox broke here; output may be missing',
};

/** Runs commands, also side by side. Holds nothing that must be disposed. */
export class ShellRunner {
  readonly #host: ShellHost;

  constructor(host: ShellHost) {
    this.#host = host;
  }

  /** See `Driver.execute`. */
  async execute(request: ExecuteRequest, sink: OutputSink, signal: AbortSignal): Promise<ExecutionResult> {
    const startedAt = performance.now();
    const stop = new StopSignal(signal, this.#host.closing, request.forceSignal);
    const outcome = stop.aborted
      ? stop.end('Ended before it started.')
      : await this.#run(request, sink, stop);
    return { ...outcome, durationMs: performance.now() - startedAt };
  }

  async #run(request: ExecuteRequest, sink: OutputSink, stop: StopSignal): Promise<Outcome> {
    const mark = randomBytes(16).toString('hex');
    const nonce = randomBytes(16).toString('hex');
    // The stream outlives the cancel: what the command says while it ends is still heard.
    const giveUp = new AbortController();
    const writer = new SinkWriter(sink, giveUp.signal);
    const reading = this.#read(request, mark, nonce, writer, giveUp.signal);
    reading.catch(() => {});
    let onStop = (): void => {};
    const stopped = new Promise<'stopped'>((resolve) => {
      onStop = () => resolve('stopped');
      if (stop.aborted) onStop();
      else stop.signal.addEventListener('abort', onStop, { once: true });
    });
    try {
      const first = await Promise.race([reading, stopped]);
      if (first !== 'stopped') return first;
      return await this.#stop(request, mark, writer, stop, reading, giveUp);
    } catch (error) {
      const isOver = error instanceof NotStarted || this.#host.closing.aborted;
      const isEnded = !isOver && (await this.#endAcrossCuts(mark, 0).catch(() => true)) === false;
      writer.rethrow();
      if (error instanceof NotStarted) throw await this.#host.judge(error.cause);
      if (!stop.aborted || !isEnded) return this.#lost(error, writer);
      writer.last(gapOfBrokenLink);
      return stop.end();
    } finally {
      stop.signal.removeEventListener('abort', onStop);
      giveUp.abort();
    }
  }

  async #read(
    request: ExecuteRequest,
    mark: string,
    nonce: string,
    writer: SinkWriter,
    signal: AbortSignal,
  ): Promise<Outcome> {
    let events: AsyncGenerator<ProcessEvent>;
    const markers = { stdout: new EndMarker(nonce), stderr: new EndMarker(nonce) };
    let isStarted = false;
    try {
      events = await this.#host.processes.start(
        {
          cmd: '/bin/sh',
          args: ['-c', startScript, 'specboard', nonce, mark, request.code],
          envs: { ...this.#host.environment, ...request.env },
        },
        signal,
      );
      for await (const event of events) {
        if (event.type === 'start') isStarted = true;
        if (event.type === 'data') {
          const bytes = markers[event.stream].push(event.bytes);
          if (bytes.length > 0) await writer.write({ type: 'text', stream: event.stream, bytes });
          if (markers.stdout.end && markers.stderr.end) return fromMark(markers.stdout.end);
        }
        if (event.type === 'end') {
          for (const stream of ['stdout', 'stderr'] as const) {
            const bytes = markers[stream].flush();
            if (bytes.length > 0) await writer.write({ type: 'text', stream, bytes });
          }
          const end = markers.stdout.end ?? markers.stderr.end;
          return end ? fromMark(end) : fromEnvd(event.end);
        }
      }
    } catch (error) {
      const isRefused =
        error instanceof HttpStatusError ||
        (error instanceof LinkError && !error.sent) ||
        (error instanceof RpcError && !isStarted);
      throw isRefused && !isStarted ? new NotStarted(error) : error;
    }
    throw new LinkError(new Error('The stream ended before the command.'), true);
  }

  /** Ends everything of the command, waits for its last words, and says what is known. */
  async #stop(
    request: ExecuteRequest,
    mark: string,
    writer: SinkWriter,
    stop: StopSignal,
    reading: Promise<Outcome>,
    giveUp: AbortController,
  ): Promise<Outcome> {
    const end = stop.end();
    if (this.#host.isEnding) return end;
    const isForced = (): boolean => request.forceSignal?.aborted === true;
    const graceMs = isForced() ? 0 : this.#host.closing.aborted ? 500 : (request.graceMs ?? 3000);
    let left = this.#endAcrossCuts(mark, graceMs);
    if (request.forceSignal && !isForced()) {
      const forced = new Promise<void>((resolve) =>
        request.forceSignal?.addEventListener('abort', () => resolve(), { once: true }),
      );
      const first = await Promise.race([
        left.then(() => 'done' as const),
        forced.then(() => 'forced' as const),
      ]);
      if (first === 'forced') {
        left.catch(() => {});
        left = this.#endAcrossCuts(mark, 0);
      }
    }
    const survived = await left;
    await Promise.race([reading.catch(() => {}), sleep(TAIL_MS, AbortSignal.timeout(TAIL_MS * 2))]);
    giveUp.abort();
    if (!survived) return end;
    const text = 'Some processes of the command could not be ended.';
    writer.last({ type: 'notice', level: 'warning', text });
    return { ...end, reason: `${end.reason} ${text}` };
  }

  /** The same as `#end`, tried again for a while where the link is cut: what was cancelled must not go on there. */
  async #endAcrossCuts(mark: string, graceMs: number): Promise<boolean> {
    const limit = deadline(this.#host.timings.killPatience, this.#host.closing);
    for (let pause = 100; ; pause = Math.min(pause * 2, 1000)) {
      try {
        return await this.#end(mark, graceMs);
      } catch (error) {
        if (!(error instanceof LinkError) || limit.aborted) throw error;
        await sleep(pause, limit).catch(() => {});
      }
    }
  }

  /** True where some survived. */
  #end(mark: string, graceMs: number): Promise<boolean> {
    const { processes, timings } = this.#host;
    return endProcesses(processes, { mark, signal: 'TERM', graceMs, patienceMs: timings.killPatience });
  }

  async #lost(error: unknown, writer: SinkWriter): Promise<Outcome> {
    const problem = await this.#host.judge(isTimeout(error) ? new LinkError(error, true) : error);
    writer.last(gapOfBrokenLink);
    return { state: 'lost', reason: problem.message, problem: problem.problem };
  }
}

/** The command was certainly not started. */
class NotStarted extends Error {
  constructor(cause: unknown) {
    super('not started', { cause });
  }
}

function fromMark(end: MarkedEnd): Outcome {
  if ('exitCode' in end) return fromEnvd({ exitCode: end.exitCode });
  const name = Object.entries(constants.signals).find(([, number]) => number === end.signalNumber)?.[0];
  return fromEnvd({ signal: name ?? `signal ${end.signalNumber}` });
}

function fromEnvd(end: ProcessEnd): Outcome {
  if ('signal' in end) return { state: 'failed', exitCode: null, signal: end.signal };
  return { state: end.exitCode === 0 ? 'succeeded' : 'failed', exitCode: end.exitCode };
}
