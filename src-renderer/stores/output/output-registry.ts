/**
 * The outputs of all executions this window has looked at: follows live ones over the bridge, loads the tail of ended ones
 * on demand, and lets the least recently used go when they take too much memory together.
 */
import { isSpecboardError, type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import type { Execution, ExecutionResult, StoredOutput } from '../../../src-shared/domain/execution.ts';
import type { Bridge, OpenStream } from '../../bridge/client.ts';
import { defaultLimits, ExecutionOutput, type OutputLimits } from './execution-output.ts';
import { FlushClock } from './flush-clock.ts';
import type { Reader } from './stored-reader.ts';

/** Memory that all outputs together may take, in bytes. */
const totalLimit = 40 * 1_048_576;
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
    const output: ExecutionOutput = new ExecutionOutput(
      this.#limits,
      () => this.clock.request(output),
      readerOf(this.#bridge, executionId),
    );
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
    if (output.nextSeq === 0) startAtTail(output, execution);
    this.#problems.delete(id);
    output.setState('live');
    const stream = this.#bridge.open(
      'attach',
      { executionId: id, fromSeq: output.nextSeq },
      { onData: (items) => this.take(id, items) },
    );
    this.#streams.set(id, stream);
    // After the stream's own first messages: what is new matters more than what is old.
    void this.#loadHead(output);
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
    if (output.nextSeq === 0) startAtTail(output, execution);
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
      void this.#loadHead(output);
    } catch (error) {
      this.#fail(id, output, error);
    }
  }

  /**
   * The output of an execution once more, apart from the one that `get` gives: for a view of another width. Follows or loads
   * until `signal` aborts.
   */
  openApart(execution: Execution, signal: AbortSignal): ExecutionOutput {
    const output: ExecutionOutput = new ExecutionOutput(
      { ...this.#limits, parts: 4000 },
      () => this.clock.request(output),
      readerOf(this.#bridge, execution.id),
    );
    startAtTail(output, execution);
    output.setState('live');
    const stream = this.#bridge.open(
      'attach',
      { executionId: execution.id, fromSeq: output.nextSeq },
      {
        onData: (items) => {
          output.append(items);
          return this.clock.taken(
            items.reduce((sum, { event }) => sum + (event.type === 'text' ? event.bytes.length : 1024), 0),
          );
        },
      },
      signal,
    );
    stream.done.then(
      () => output.setState('complete'),
      () => output.setState('failed'),
    );
    void this.#loadHead(output);
    return output;
  }

  /** All output as text, read from main where it is not in memory; null where it is too much for a clipboard. */
  async textOf(executionId: string, mostBytes: number): Promise<string | null> {
    const output = this.get(executionId);
    if (output.isWhole) return output.text();
    if (output.totalBytes > mostBytes) return null;
    const copy = new ExecutionOutput({ bytes: 4 * mostBytes, parts: 1_000_000 }, () => {});
    let next: number | null = 0;
    while (next !== null) {
      const page: { items: StoredOutput[]; next: number | null } = await this.#bridge.call(
        'executions.output',
        { executionId, fromSeq: next, maxBytes: pageBytes },
      );
      copy.append(page.items);
      next = page.next;
    }
    return copy.text();
  }

  /** Stops following everything. */
  dispose(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  async #loadHead(output: ExecutionOutput): Promise<void> {
    if (output.droppedBytes === 0) return;
    try {
      await untilFirstPart(output);
      await output.loadHead();
    } catch {
      // The view says that there is more, and opens it in parts.
    }
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
      output.release();
    }
  }
}

/** How much of a long output is read at once; the rest comes when it is looked at. */
const tailBytes = 4 * 1_048_576;

/** Leaves the beginning of a long output in main. */
function startAtTail(output: ExecutionOutput, execution: Execution): void {
  const { outputBytes, outputCount } = execution;
  if (outputBytes <= tailBytes * 1.5 || outputCount === 0) return;
  const share = tailBytes / outputBytes;
  const seq = Math.floor(outputCount * (1 - share));
  output.startAt(seq, Math.round(outputBytes * (1 - share)));
}

function readerOf(bridge: Bridge, executionId: string): Reader {
  return {
    read: (fromSeq, maxBytes) => bridge.call('executions.output', { executionId, fromSeq, maxBytes }),
    outline: (from, to) => bridge.call('executions.outline', { executionId, from, to }),
  };
}

function untilFirstPart(output: ExecutionOutput): Promise<void> {
  return new Promise((resolve) => {
    if (output.parts.length > 0) {
      resolve();
      return;
    }
    const stop = output.subscribe(() => {
      if (output.parts.length === 0 && output.state === 'live') return;
      stop();
      resolve();
    });
  });
}
