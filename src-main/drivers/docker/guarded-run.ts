/** Runs an execution so that what happens to its container ends it with the true reason, and nothing is said after its end. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExecutionResult, OutputEvent } from '../../../src-shared/domain/execution.ts';
import type { OutputSink } from '../driver.ts';

/** What may happen to a container while code runs in it. */
export interface RunEvents {
  /** It was frozen (true) or goes on (false). */
  onPaused: (listener: (paused: boolean) => void) => { dispose(): void };
  /** The kernel killed something for want of memory. */
  onOutOfMemory: (listener: () => void) => { dispose(): void };
  /** Why the sandbox cannot be reached any more: asked where an execution was lost. Null where it is there after all. */
  why: () => Promise<SpecboardError | null>;
  /** Megabytes that the container may use, for the words; null where there is no limit of ours. */
  memoryMb: number | null;
}

/** An engine tells of a kill for memory a moment after it; ms. */
const oomPatienceMs = 400;

/**
 * `run` gets a sink and a signal of its own. Resolves with its result; or, where the container is frozen, at once with
 * `lost` and the reason: what was running is interrupted when the container goes on, and what it says then is dropped.
 */
export async function guardedRun(
  events: RunEvents,
  sink: OutputSink,
  signal: AbortSignal,
  run: (sink: OutputSink, signal: AbortSignal) => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const began = performance.now();
  const gate = new Gate(sink);
  const over = new AbortController();
  const frozen = Promise.withResolvers<null>();
  const oom = Promise.withResolvers<void>();
  const pausing = events.onPaused((paused) => {
    if (paused) frozen.resolve(null);
    else if (gate.isClosed) over.abort(new SpecboardError('cancelled', 'Its container had been paused.'));
  });
  let outOfMemory = false;
  const watching = events.onOutOfMemory(() => {
    outOfMemory = true;
    oom.resolve();
  });
  const work = run(gate, AbortSignal.any([signal, over.signal]));
  const done = (): void => pausing.dispose();
  work.then(done, done);
  try {
    const result = await Promise.race([work, frozen.promise]);
    if (result === null) {
      await gate.close();
      return lostTo(pausedProblem(), began);
    }
    if (!wasKilled(result)) return result.state === 'lost' ? await explained(result, events) : result;
    if (!outOfMemory) await Promise.race([oom.promise, pause(oomPatienceMs)]);
    if (outOfMemory) return withoutMemory(result, events.memoryMb);
    // A container that is killed is said to run for another moment.
    const why = await events.why().catch(() => null);
    if (why) return { ...lostTo(why, began), durationMs: result.durationMs };
    return result.state === 'lost' ? { ...result, kernelLost: true } : result;
  } finally {
    watching.dispose();
  }
}

/** Passes events on until it is closed. */
class Gate implements OutputSink {
  readonly #sink: OutputSink;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(sink: OutputSink) {
    this.#sink = sink;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  write(event: OutputEvent): void | Promise<void> {
    if (this.#closed) return;
    const written = this.#sink.write(event);
    if (written) this.#last = written.catch(() => {});
    return written;
  }

  /** Nothing is passed on any more; resolves when what was is taken. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }
}

async function explained(result: ExecutionResult, events: RunEvents): Promise<ExecutionResult> {
  if (result.problem) return result;
  const why = await events.why().catch(() => null);
  return why ? { ...result, reason: why.message, problem: why.problem } : result;
}

/** Ended by SIGKILL without our doing: what the kernel does where memory runs out. */
function wasKilled({ state, exitCode, signal, kernelLost, problem }: ExecutionResult): boolean {
  if (state === 'lost') return problem?.code === 'kernel-died';
  return state === 'failed' && (kernelLost === true || exitCode === 137 || signal === 'SIGKILL');
}

function withoutMemory(result: ExecutionResult, memoryMb: number | null): ExecutionResult {
  const limit = memoryMb === null ? '' : ` of ${memoryMb} MB`;
  const { problem } = new SpecboardError(
    'out-of-memory',
    `It was ended by the system: the memory${limit} of the container was used up.`,
    {
      kept: result.kernelLost
        ? 'Files are kept; the variables of Python are gone.'
        : 'Files and variables are kept.',
      hint: 'Use less at once, or allow more memory in the profile.',
    },
  );
  const kernelLost = result.state === 'lost' ? { kernelLost: true } : {};
  return { ...result, ...kernelLost, reason: problem.message, problem };
}

/** What is said where the container is frozen. */
export function pausedProblem(): SpecboardError {
  return new SpecboardError('unavailable', 'The container was paused by somebody else.', {
    kept: 'Files and variables are kept.',
    hint: 'Let it go on ("docker unpause"), then run the code again.',
  });
}

function lostTo(error: SpecboardError, began: number): ExecutionResult {
  const durationMs = Math.round(performance.now() - began);
  return { state: 'lost', reason: error.message, problem: error.problem, durationMs };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
