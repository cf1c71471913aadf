/** The shape of work that is done in the sync's worker thread, so that the main thread stays free. */

/** What a job gets beside its input. */
export interface JobContext {
  /** True once nobody wants the result any more; asked often by loops, which then call `throwIfStopped`. */
  isStopped(): boolean;
  /** Throws an AbortError once stopped. */
  throwIfStopped(): void;
  /** Sends a plain value to whoever started the job. */
  progress(value: unknown): void;
  /** Only in tests that run jobs themselves: called before each step that leaves a trace, so that they can stop the process there. */
  step?(name: string): void;
}

/**
 * A job: plain values in, plain values out (structured clone). Synchronous file calls are welcome here. Throws SpecboardErrors.
 * Bytes of its input are gone when it has ended, and bytes that are its result are handed over, not copied: it keeps neither.
 */
export type Job<I, O> = (input: I, context: JobContext) => O | Promise<O>;

/** Jobs by name. */
export type JobTable = Readonly<Record<string, Job<never, unknown>>>;

/** What a job takes. */
export type JobInput<J> = J extends Job<infer I, unknown> ? I : never;

/** What a job gives. */
export type JobOutput<J> = J extends (...all: never[]) => infer R ? Awaited<R> : never;
