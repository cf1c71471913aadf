/**
 * The outputs of all executions this window has looked at: follows live ones over the bridge, loads the tail of ended ones
 * on demand, and lets the least recently used go when they take too much memory together.
 */
import { isSpecboardError, type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import type { Execution, ExecutionResult, StoredOutput } from '../../../src-shared/domain/execution.ts';
import type { Bridge, OpenStream } from '../../bridge/client.ts';
import { defaultLimits, ExecutionOutput, type OutputLimits } from './execution-output.ts';
import { FlushClock } from './flush-clock.ts';

/** Memory that all outputs together may take, in bytes. */
const totalLimit = 64 * 1_048_576;
const pageBytes = 2 * 1_048_576;

/** See the head of the file. */
export class OutputRegistry {
  readonly clock = new FlushClock();
  readonly #bridge: Bridge;
  readonly #limits: OutputLimits;
  /** In the order of last use. */
  readonly #outputs = new Map<string, ExecutionOutput>();
  readonly #streams = new Map<string, OpenStream<'attach'>>();
  /** Executions whose output comes by the stream that started them. */
  readonly #adopted = new Set<string>();
  readonly #problems = new Map<string, Problem>();

  constructor(bridge: Bridge, limits: OutputLimits = defaultLimits) {
    this.#bridge = bridge;
    this.#limits = limits;
  }

  /** The output of an execution, made on first use. */
  get(executionId: string): ExecutionOutput {
    const known = this.#outputs.get(executionId);
    if (known) {
      this.#outputs.delete(executionId);
      this.#outputs.set(executionId, known);
      return known;
    }
    const output: ExecutionOutput = new ExecutionOutput(this.#limits, () => this.clock.request(output));
    this.#outputs.set(executionId, output);
    return output;
  }

  /** Why following or loading failed, if it did. */
  problemOf(executionId: string): Problem | undefined {
    return this.#problems.get(executionId);
  }

  /** Takes a batch of a stream in; resolves when it may be acknowledged. */
  take(executionId: string, items: readonly StoredOutput[]): Promise<void> {
    this.get(executionId).append(items);
    let bytes = 0;
    for (const { event } of items) bytes += event.type === 'text' ? event.bytes.length : 1024;
    this.#evict(executionId);
    return this.clock.taken(bytes);
  }

  /** Tells that this window's own run brings the output, so that nobody attaches to it again. */
  adopt(executionId: string): void {
    this.#adopted.add(executionId);
    this.get(executionId).setState('live');
  }

  /** Tells that the adopted stream has ended. */
  release(executionId: string): void {
    this.#adopted.delete(executionId);
    this.get(executionId).setState('complete');
  }

  /** True while a stream brings this execution's output. */
  isFollowed(executionId: string): boolean {
    return this.#streams.has(executionId) || this.#adopted.has(executionId);
  }

  /**
   * Follows a live execution: from where this window's copy ends, or from its tail where it is long. Does nothing when it is
   * followed already. Resolves with the result when it ends; undefined when following failed.
   */
  async follow(execution: Execution): Promise<ExecutionResult | undefined> {
    const { id } = execution;
    if (this.isFollowed(id)) return undefined;
    const output = this.get(id);
    if (output.nextSeq === 0) startAtTail(output, execution, this.#limits.bytes);
    this.#problems.delete(id);
    output.setState('live');
    const stream = this.#bridge.open(
      'attach',
      { executionId: id, fromSeq: output.nextSeq },
      { onData: (items) => this.take(id, items) },
    );
    this.#streams.set(id, stream);
    try {
      const result = await stream.done;
      output.setState('complete');
      return result;
    } catch (error) {
      this.#fail(id, output, error);
      return undefined;
    } finally {
      this.#streams.delete(id);
    }
  }

  /** Reads the tail of an ended execution from main, once. */
  async load(execution: Execution): Promise<void> {
    const { id } = execution;
    const output = this.get(id);
    if (output.state !== 'idle' && output.state !== 'failed') return;
    if (output.nextSeq === 0) startAtTail(output, execution, this.#limits.bytes);
    this.#problems.delete(id);
    output.setState('loading');
    try {
      let next: number | null = output.nextSeq;
      while (next !== null) {
        const page: { items: StoredOutput[]; next: number | null } = await this.#bridge.call(
          'executions.output',
          { executionId: id, fromSeq: next, maxBytes: pageBytes },
        );
        await this.take(id, page.items);
        next = page.next;
      }
      output.setState('complete');
    } catch (error) {
      this.#fail(id, output, error);
    }
  }

  /** Stops following everything. */
  dispose(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  #fail(id: string, output: ExecutionOutput, error: unknown): void {
    this.#problems.set(id, isSpecboardError(error) ? error.problem : toProblem(error));
    output.setState('failed');
  }

  #evict(current: string): void {
    let kept = 0;
    for (const output of this.#outputs.values()) kept += output.keptBytes;
    for (const [id, output] of this.#outputs) {
      if (kept <= totalLimit) return;
      if (id === current || output.state !== 'complete') continue;
      kept -= output.keptBytes;
      output.clear();
    }
  }
}

/** Leaves the beginning of a long output in main: only the tail would be kept anyway. */
function startAtTail(output: ExecutionOutput, execution: Execution, limit: number): void {
  const { outputBytes, outputCount } = execution;
  const wanted = limit * 0.75;
  if (outputBytes <= wanted || outputCount === 0) return;
  const share = wanted / outputBytes;
  const seq = Math.floor(outputCount * (1 - share));
  output.startAt(seq, Math.round(outputBytes * (1 - share)));
}
