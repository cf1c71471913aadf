/** A thread's side: does the jobs of a table, one after the other, for the main thread that started it. */
import { parentPort, workerData } from 'node:worker_threads';
import { SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import { freeBytes, ownBuffers } from '../free-bytes.ts';
import type { Job, JobContext, JobTable } from './job.ts';
import type { JobCall, JobReply, ThreadData } from './worker-messages.ts';

/** Call it once, from the file that a thread starts with. */
export function serveJobs(jobs: JobTable): void {
  const port = parentPort;
  if (port === null) throw new Error('This file runs in a thread only.');
  const stopFlag = new Int32Array((workerData as ThreadData).stopFlag);
  const reply = (message: JobReply): void => port.postMessage(message);
  const context: JobContext = {
    isStopped: () => Atomics.load(stopFlag, 0) !== 0,
    throwIfStopped() {
      if (context.isStopped()) throw new DOMException('The job was stopped.', 'AbortError');
    },
    progress: (value) => reply({ type: 'progress', value }),
  };
  port.on('message', async ({ name, input }: JobCall) => {
    try {
      const job = (Object.hasOwn(jobs, name) ? jobs[name] : undefined) as Job<unknown, unknown> | undefined;
      if (job === undefined) throw new SpecboardError('internal', `The sync has no job called ${name}.`);
      const value = await job(input, context);
      port.postMessage({ type: 'done', value } satisfies JobReply, ownBuffers(value));
    } catch (error) {
      reply({ type: 'failed', problem: toProblem(error) });
    }
    if (typeof input === 'object' && input !== null) for (const part of Object.values(input)) freeBytes(part);
  });
}
