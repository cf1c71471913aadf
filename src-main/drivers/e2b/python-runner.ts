/**
 * Python in an E2B sandbox: one cell at a time over the code interpreter, with cancel as a ladder. Closing the connection
 * interrupts; a probe cell then shows whether Python is free again; code that swallows the interrupt costs a restart.
 */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExecutionResult, OutputEvent } from '../../../src-shared/domain/execution.ts';
import type { ExecuteRequest, OutputSink } from '../driver.ts';
import { deadline, sleep } from './abort.ts';
import { codeErrorOf, isKernelDeath, kernelDied } from './code-errors.ts';
import type { CodeInterpreter } from './code-interpreter.ts';
import { restoreEnvironmentCell, setEnvironmentCell } from './environment-cell.ts';
import { HttpStatusError, LinkError } from './http-link.ts';
import { richEvents } from './rich-output.ts';
import { SinkWriter } from './sink-writer.ts';
import { StopSignal } from './stop-signal.ts';
import { bytesOfText, slices } from './text-bytes.ts';
import type { Timings } from './timings.ts';

/** What the runner needs of its session. */
export interface PythonHost {
  readonly interpreter: CodeInterpreter;
  readonly timings: Timings;
  /** The profile's variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long an interrupt may take to reach the kernel, whatever the grace; in ms. */
  readonly interruptFloorMs: number;
  /** Aborts when the session ends; its reason says why. */
  readonly closing: AbortSignal;
  /** What an error of the link means, after asking the control plane; ends the session where the sandbox is gone. */
  judge(error: unknown): Promise<SpecboardError>;
}

const PROBE = 'pass';
const LOST_VARIABLES = 'The variables are lost.';

/** Runs cells one after the other. Holds nothing that must be disposed. */
export class PythonRunner {
  readonly #host: PythonHost;
  /** Resolves when the cell before is done. */
  #turn: Promise<void> = Promise.resolve();
  /** True while it is not known whether Python is free: the next cell probes first. */
  #unsettled = false;
  /** True while the profile's variables are not set in this Python. */
  #bare: boolean;
  #resets = 0;

  constructor(host: PythonHost) {
    this.#host = host;
    this.#bare = Object.keys(host.environment).length > 0;
  }

  /** See `Driver.execute`. Cells wait for each other; a waiting one can be cancelled. */
  async execute(request: ExecuteRequest, sink: OutputSink, signal: AbortSignal): Promise<ExecutionResult> {
    const startedAt = performance.now();
    const stop = new StopSignal(signal, this.#host.closing, request.forceSignal);
    const before = this.#turn;
    const { promise, resolve: leave } = Promise.withResolvers<void>();
    this.#turn = before.then(() => promise);
    try {
      if (!(await stop.wait(before))) {
        return { ...stop.end('Ended before it started.'), durationMs: performance.now() - startedAt };
      }
      const runningSince = performance.now();
      const result = await this.#run(request, new SinkWriter(sink, stop.signal), stop);
      return { ...result, durationMs: performance.now() - runningSince };
    } finally {
      leave();
    }
  }

  /** Fresh Python; a running cell is killed. */
  async reset(signal: AbortSignal): Promise<void> {
    this.#resets += 1;
    this.#unsettled = true;
    this.#forget();
    try {
      await this.#host.interpreter.restart(deadline(this.#host.timings.restart, signal, this.#host.closing));
    } catch (error) {
      throw await this.#host.judge(error);
    }
  }

  async #run(
    request: ExecuteRequest,
    sink: SinkWriter,
    stop: StopSignal,
  ): Promise<Omit<ExecutionResult, 'durationMs'>> {
    const env = request.env && Object.keys(request.env).length > 0 ? request.env : undefined;
    try {
      await this.#prepare(env, stop);
    } catch (error) {
      if (stop.aborted) return { ...stop.end('Ended before it started.') };
      throw await this.#host.judge(error);
    }
    const result = await this.#cell(request, sink, stop);
    if (env && !this.#unsettled && !result.kernelLost) await this.#quietly(restoreEnvironmentCell());
    return result;
  }

  /** Makes sure that Python is free and has its variables. */
  async #prepare(env: Readonly<Record<string, string>> | undefined, stop: StopSignal): Promise<void> {
    const { interpreter, timings, environment } = this.#host;
    if (this.#unsettled && (await this.#settle(3000, stop.force)) === 'unknown') {
      stop.signal.throwIfAborted();
      throw new SpecboardError('kernel-died', 'Python in the sandbox does not answer.', {
        hint: 'Reset Python, or connect again.',
      });
    }
    stop.signal.throwIfAborted();
    if (this.#bare) {
      await interpreter.runQuietly(
        setEnvironmentCell(environment, false),
        deadline(timings.restart, stop.signal),
      );
      this.#bare = false;
    }
    if (env) {
      await interpreter.runQuietly(setEnvironmentCell(env, true), deadline(timings.restart, stop.signal));
    }
  }

  async #cell(
    request: ExecuteRequest,
    sink: SinkWriter,
    stop: StopSignal,
  ): Promise<Omit<ExecutionResult, 'durationMs'>> {
    const resets = this.#resets;
    let started = false;
    let outcome: Omit<ExecutionResult, 'durationMs'> = { state: 'succeeded' };
    try {
      const events = await this.#host.interpreter.execute(request.code, stop.signal);
      started = true;
      for await (const event of events) {
        if (event.type === 'text') {
          for (const bytes of slices(bytesOfText(event.text))) {
            await sink.write({ type: 'text', stream: event.stream, bytes });
          }
        } else if (event.type === 'result') {
          for (const rich of richEvents(event.isMain, event.fields)) await sink.write(rich);
        } else if (event.type === 'dropped') {
          await sink.write({ type: 'gap', reason: 'One piece of output was too large', bytes: event.bytes });
        } else if (event.type === 'error') {
          outcome = isKernelDeath(event.name)
            ? this.#died(resets)
            : { state: 'failed', error: codeErrorOf(event) };
        }
      }
      // Last, as everywhere: who reads only the output sees why it ended.
      if (outcome.error) await sink.write({ type: 'error', error: outcome.error });
      return outcome;
    } catch (error) {
      this.#unsettled = true;
      sink.rethrow();
      if (stop.aborted) return this.#afterStop(request, sink, stop);
      if (this.#resets > resets) return this.#died(resets);
      const mayRun =
        started || (!(error instanceof HttpStatusError) && (!(error instanceof LinkError) || error.sent));
      const problem = await this.#host.judge(error);
      if (!mayRun) throw problem;
      return lost(problem, sink);
    }
  }

  #died(resetsBefore: number): Omit<ExecutionResult, 'durationMs'> {
    this.#unsettled = true;
    this.#forget();
    if (this.#resets > resetsBefore) {
      return { state: 'cancelled', reason: 'Python was restarted.', kernelLost: true };
    }
    const error = kernelDied();
    return { state: 'failed', error, reason: error.value, kernelLost: true };
  }

  /** The connection is closed, which interrupts the cell: wait until Python is free, whatever that takes. */
  async #afterStop(
    request: ExecuteRequest,
    sink: SinkWriter,
    stop: StopSignal,
  ): Promise<Omit<ExecutionResult, 'durationMs'>> {
    const end = stop.end();
    if (this.#host.closing.aborted) return end;
    const settled = await this.#settle(request.graceMs ?? 3000, stop.force);
    if (settled === 'kept') return end;
    if (settled === 'restarted') {
      const text = `Python did not stop when asked and was restarted. ${LOST_VARIABLES}`;
      sink.last({ type: 'notice', level: 'warning', text });
      return { ...end, kernelLost: true, reason: `${end.reason} Python was restarted. ${LOST_VARIABLES}` };
    }
    if (this.#host.closing.aborted) return end;
    const problem = await this.#host.judge(new LinkError(new Error('no answer to a cancel'), true));
    return lost(problem, sink, 'Whether the code stopped is not known.');
  }

  /** Waits until Python answers a cell; restarts it when that takes longer than the grace, or at once when forced. */
  async #settle(graceMs: number, force: AbortSignal | undefined): Promise<'kept' | 'restarted' | 'unknown'> {
    const { interpreter, timings, closing, interruptFloorMs } = this.#host;
    const window = Math.max(graceMs, interruptFloorMs);
    const stop = AbortSignal.any([closing, ...(force ? [force] : [])]);
    // Two probes at most: giving one up interrupts once more, and that may hit the code's own cleaning up.
    for (const share of [0.4, 0.6]) {
      if (stop.aborted) break;
      const until = performance.now() + window * share;
      try {
        await sleep(timings.settle, stop);
        const left = Math.max(until - performance.now(), timings.settle);
        await interpreter.runQuietly(PROBE, deadline(left, stop));
        this.#unsettled = false;
        return 'kept';
      } catch {
        // Not free yet, or the probe was dropped behind the interrupted cell.
        if (!stop.aborted) await sleep(Math.max(until - performance.now(), 0), stop).catch(() => {});
      }
    }
    if (closing.aborted) return 'unknown';
    for (const renew of [
      (signal: AbortSignal) => interpreter.restart(signal),
      (signal: AbortSignal) => interpreter.replaceContext(signal),
    ]) {
      try {
        const signal = deadline(timings.restart, closing);
        await renew(signal);
        this.#forget();
        await interpreter.runQuietly(PROBE, signal);
        this.#unsettled = false;
        return 'restarted';
      } catch {
        if (closing.aborted) return 'unknown';
      }
    }
    return 'unknown';
  }

  async #quietly(code: string): Promise<void> {
    const { interpreter, timings, closing } = this.#host;
    await interpreter.runQuietly(code, deadline(timings.restart, closing)).catch(() => {
      this.#unsettled = true;
    });
  }

  /** A fresh Python has no variables of ours. */
  #forget(): void {
    this.#bare = Object.keys(this.#host.environment).length > 0;
  }
}

/** The result of an execution whose true end is not known; the output says so where it breaks off. */
function lost(
  problem: SpecboardError,
  sink: SinkWriter,
  addition?: string,
): Omit<ExecutionResult, 'durationMs'> {
  const gap: OutputEvent = {
    type: 'gap',
    reason: 'The link to the sandbox broke here; output may be missing',
  };
  sink.last(gap);
  const reason = addition ? `${problem.message} ${addition}` : problem.message;
  return { state: 'lost', reason, problem: problem.problem };
}
