/** Every job of the sync's threads by name. Only threads load this file; the main thread knows its type. */
import { localJobs } from '../local/jobs.ts';
import type { JobTable } from './job.ts';

/** Loaded with the thread's start: no job loads a part later, because by then archives are plain files (sync-worker.ts). */
export const jobs = { ...localJobs } satisfies JobTable;

/** The type that `SyncWorker.run` checks names, inputs and results with. */
export type SyncJobs = typeof jobs;
