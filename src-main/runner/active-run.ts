/** One execution as the client sees it: its output on the way to the sink, the credit it gives back, and how it ends. */
import type { Problem } from '../../src-shared/contract/errors.ts';
import type { CodeError, ExecutionResult, OutputEvent } from '../../src-shared/domain/execution.ts';
import type { OutputSink } from '../drivers/driver.ts';
import type { DoneFrame } from './protocol.ts';

/** Bytes the runner may send before more is granted. */
export const creditWindow = 1024 * 1024;
const grantAt = creditWindow / 8;
/** A runner that sends this much more than it was granted is broken or hostile. */
const overdraft = 24 * 1024 * 1024;

/** Why an execution is being ended. */
export type EndReason = 'cancelled' | 'timed-out';

/** What an active run needs from the client. */
export interface RunLink {
  /** Lets the runner send that many more bytes. */
  grant(bytes: number): void;
  /** The runner broke the protocol. */
  violated(reason: string): void;
}

/** Delivers output in order, one at a time, and resolves `result` once everything was delivered. */
export class ActiveRun {
  /** Resolves with the one result; rejects only when the sink threw. */
  readonly result: Promise<ExecutionResult>;
  /** Set when the person (or a deadline) ends it. */
  ending: EndReason | null = null;
  /** The runner said how it ended; output may still be on its way to the sink. */
  ended = false;
  readonly #sink: OutputSink;
  readonly #link: RunLink;
  readonly #began = performance.now();
  readonly #queue: { event: OutputEvent | null; cost: number }[] = [];
  #final: ExecutionResult | null = null;
  #delivering = false;
  #unpaid = 0;
  #owed = 0;
  #resolve: (result: ExecutionResult) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(sink: OutputSink, link: RunLink) {
    this.#sink = sink;
    this.#link = link;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Takes output that arrived; `cost` is what it took of the credit. */
  push(event: OutputEvent, cost: number): void {
    if (this.ended) return;
    this.#queue.push({ event, cost });
    this.#unpaid += cost;
    if (this.#unpaid > creditWindow + overdraft) {
      this.#link.violated('it sent more output than it was allowed to');
      return;
    }
    void this.#deliver();
  }

  /** The runner says that it ended. */
  finish(frame: DoneFrame): void {
    if (this.ended) return;
    const result = this.#judge(frame);
    if (result.error && (result.state === 'failed' || result.state === 'lost')) {
      this.push({ type: 'error', error: result.error }, 0);
    }
    this.#end(result);
  }

  /** The link or the runner is gone; how the code ended is not known. `problem`: the true reason, where it is known. */
  lose(reason: string, problem?: Problem): void {
    if (this.ended) return;
    this.#end({ ...lostResult(reason, problem), durationMs: this.#elapsed() });
  }

  #end(result: ExecutionResult): void {
    this.ended = true;
    this.#final = result;
    void this.#deliver();
  }

  #elapsed(): number {
    return Math.round((performance.now() - this.#began) * 1000) / 1000;
  }

  async #deliver(): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let item = this.#queue.shift(); item; item = this.#queue.shift()) {
        if (item.event) {
          const written = this.#sink.write(item.event);
          if (written) await written;
        }
        this.#pay(item.cost);
      }
    } catch (error) {
      this.ended = true;
      this.#queue.length = 0;
      this.#reject(error);
      return;
    } finally {
      this.#delivering = false;
    }
    if (this.#final) this.#resolve(this.#final);
  }

  #pay(cost: number): void {
    this.#unpaid -= cost;
    this.#owed += cost;
    if (this.#owed < grantAt || this.ended) return;
    this.#link.grant(this.#owed);
    this.#owed = 0;
  }

  #judge(frame: DoneFrame): ExecutionResult {
    const base = { durationMs: frame.ms, ...(frame.kernelLost ? { kernelLost: true } : {}) };
    if (this.ending && frame.cancelled) {
      const reason = this.ending === 'timed-out' ? 'The time limit was reached.' : 'Cancelled.';
      return { state: this.ending, reason, ...base };
    }
    if (frame.cancelled === 'queued') {
      return { state: 'cancelled', reason: 'Python was restarted before this cell ran.', ...base };
    }
    if (frame.status === 'killed') {
      return { state: 'cancelled', reason: 'Python was restarted.', ...base };
    }
    const error = frame.error ? codeError(frame.error) : undefined;
    if (frame.status === 'exit') {
      const code = frame.code ?? null;
      return {
        state: code === 0 ? 'succeeded' : 'failed',
        exitCode: code,
        ...(frame.signal ? { signal: frame.signal } : {}),
        ...(error ? { error } : {}),
        ...base,
      };
    }
    if (error) {
      const reason = frame.status === 'died' ? { reason: error.value } : {};
      return { state: 'failed', error, ...reason, ...base };
    }
    return { state: frame.status === 'ok' ? 'succeeded' : 'failed', ...base };
  }
}

/** How an execution ends of which nobody knows how it ended. */
export function lostResult(reason: string, problem?: Problem): ExecutionResult {
  const kernelLost = problem?.code === 'kernel-died' ? { kernelLost: true } : {};
  return { state: 'lost', reason, durationMs: 0, ...(problem ? { problem } : {}), ...kernelLost };
}

function codeError(error: NonNullable<DoneFrame['error']>): CodeError {
  return {
    name: error.name,
    value: error.value,
    traceback: error.traceback,
    ...(error.module === undefined ? {} : { module: error.module }),
    ...(error.line === undefined ? {} : { line: error.line }),
  };
}
