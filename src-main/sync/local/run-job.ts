/** How a root's jobs are run: by the sync's threads, or here. */
import type { JobContext, JobInput, JobOutput } from '../worker/job.ts';
import type { LocalJobs } from './jobs.ts';

/** Runs a job by its name; `SyncWorker.run` is one. */
export type RunLocalJob = <N extends keyof LocalJobs>(
  name: N,
  input: JobInput<LocalJobs[N]>,
  options?: { signal?: AbortSignal; transfer?: readonly ArrayBuffer[] },
) => Promise<JobOutput<LocalJobs[N]>>;

/**
 * Runs jobs in the calling thread, for tests. `step` is called before everything that leaves a trace ("away-moved", "put a.txt"):
 * it may end the process, or throw, or change files.
 */
export function runHere(jobs: LocalJobs, step?: (name: string) => void): RunLocalJob {
  return async (name, input, options = {}) => {
    const { signal } = options;
    const context: JobContext = {
      isStopped: () => signal?.aborted === true,
      throwIfStopped: () => signal?.throwIfAborted(),
      progress: () => {},
      ...(step === undefined ? {} : { step }),
    };
    const job = jobs[name] as (input: unknown, context: JobContext) => unknown;
    return (await job(input, context)) as never;
  };
}
