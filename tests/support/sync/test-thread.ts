/** A thread with jobs that a test needs: ones that go on until they are told to stop, that crash, that eat memory. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Job, JobTable } from '../../../src-main/sync/worker/job.ts';
import { serveJobs } from '../../../src-main/sync/worker/serve-jobs.ts';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';

const double: Job<{ values: Float64Array }, Float64Array> = ({ values }) => values.map((value) => value * 2);

/** A synchronous loop, as scanning is. Writes to a file as long as it goes on. */
const loop: Job<{ file: string }, never> = ({ file }, context) => {
  const descriptor = openSync(file, 'a');
  try {
    for (let round = 0; ; round++) {
      writeSync(descriptor, '.');
      if (round === 10) context.progress('going');
      context.throwIfStopped();
    }
  } finally {
    closeSync(descriptor);
  }
};

/** Gives what it has when it is told to stop. */
const gentle: Job<null, string> = (_, context) => {
  context.progress('going');
  for (;;) if (context.isStopped()) return 'partial';
};

const deaf: Job<null, never> = (_, context) => {
  context.progress('going');
  for (;;);
};

const refuse: Job<null, never> = () => {
  throw new SpecboardError('no-space', 'The disk is full.', { hint: 'Free some space.' });
};

const bug: Job<null, never> = () => {
  throw new TypeError('secret detail');
};

const eat: Job<null, number> = () => {
  const all: number[][] = [];
  for (;;) all.push(Array.from({ length: 1000 }, (_, at) => at + all.length));
};

const die: Job<null, never> = () => {
  queueMicrotask(() => {
    throw new Error('out of the blue');
  });
  return new Promise<never>(() => {});
};

const exit: Job<null, never> = () => process.exit(3);

const uncloneable: Job<null, unknown> = () => () => 1;

/** The jobs' names and types for the test. */
export const testJobs = {
  double,
  loop,
  gentle,
  deaf,
  refuse,
  bug,
  eat,
  die,
  exit,
  uncloneable,
} satisfies JobTable;

serveJobs(testJobs);
