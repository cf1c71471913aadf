/** The sync's threads: a job's way there and back, cancel, crashes, and that nothing is left. Real threads from the sources. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { SyncWorker, type SyncWorkerOptions } from '../../../src-main/sync/worker/worker-client.ts';
import { workerFile } from '../../../src-main/sync/worker/worker-file.ts';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import type { testJobs } from '../../support/sync/test-thread.ts';

const entry = new URL('../../support/sync/test-thread.ts', import.meta.url);
let folder = '';
let worker: SyncWorker<typeof testJobs> | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'specboard-threads-'));
});
afterEach(() => worker?.dispose());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(options: SyncWorkerOptions = {}): SyncWorker<typeof testJobs> {
  worker = new SyncWorker<typeof testJobs>({ entry, ...options });
  return worker;
}

/** Resolves with the first progress of a job; `result` settles when it ends. */
function begun<N extends 'loop' | 'gentle' | 'deaf'>(
  threads: SyncWorker<typeof testJobs>,
  name: N,
  input: Parameters<(typeof testJobs)[N]>[0],
  signal: AbortSignal,
): Promise<{ result: Promise<unknown> }> {
  return new Promise((resolve) => {
    const result = threads.run(name, input as never, { signal, onProgress: () => resolve({ result }) });
    result.catch(() => {});
  });
}

test('a job gets its input, and buffers are handed over; threads start when they are needed and not before', async () => {
  const threads = start();
  expect(threads.threadCount).toBe(0);
  const values = new Float64Array([1, 2, 3]);
  const doubled = await threads.run('double', { values }, { transfer: [values.buffer] });
  expect(doubled).toEqual(new Float64Array([2, 4, 6]));
  expect(values.length).toBe(0);
  expect(threads.threadCount).toBe(1);
  const many = Array.from({ length: 20 }, (_, at) =>
    threads.run('double', { values: new Float64Array([at]) }),
  );
  expect((await Promise.all(many)).map(([value]) => value)).toEqual(many.map((_, at) => at * 2));
  expect(threads.threadCount).toBe(2);
});

test('errors cross as what they are; a bug does not take the thread with it, and its words stay behind Details', async () => {
  const threads = start({ threads: 1 });
  const refused = await threads.run('refuse', null).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(SpecboardError);
  expect((refused as SpecboardError).problem).toMatchObject({ code: 'no-space', hint: 'Free some space.' });
  const bug = (await threads.run('bug', null).catch((error: unknown) => error)) as SpecboardError;
  expect(bug.problem).toMatchObject({ code: 'internal', details: 'TypeError: secret detail' });
  expect(bug.message).not.toContain('secret');
  await expect(threads.run('uncloneable', null)).rejects.toMatchObject({ problem: { code: 'internal' } });
  await expect(threads.run('toString' as 'bug', null)).rejects.toMatchObject({
    problem: { code: 'internal' },
  });
  await expect(threads.run('double', { values: (() => 1) as never })).rejects.toThrow();
  expect(await threads.run('double', { values: new Float64Array([4]) })).toEqual(new Float64Array([8]));
});

test('cancel: a synchronous loop ends, and when that is told nothing writes any more', async () => {
  const threads = start({ threads: 1 });
  const file = join(folder, 'loop');
  writeFileSync(file, '');
  const controller = new AbortController();
  const { result } = await begun(threads, 'loop', { file }, controller.signal);
  // One that waits behind it goes at once, and never starts.
  const waiting = new AbortController();
  const queued = threads.run('double', { values: new Float64Array(1) }, { signal: waiting.signal });
  waiting.abort(new Error('not wanted'));
  await expect(queued).rejects.toThrow('not wanted');
  controller.abort(new Error('enough'));
  await expect(result).rejects.toThrow('enough');
  const size = statSync(file).size;
  expect(size).toBeGreaterThan(10);
  expect(await threads.run('double', { values: new Float64Array([5]) })).toEqual(new Float64Array([10]));
  expect(statSync(file).size).toBe(size);
  await expect(threads.run('bug', null, { signal: controller.signal })).rejects.toThrow('enough');
});

test('a job that has a result all the same gives it; one that does not hear is ended with its thread', async () => {
  const clock = new FakeClock();
  const threads = start({ threads: 1, clock, stopMs: 5_000 });
  const first = new AbortController();
  const gentle = await begun(threads, 'gentle', null, first.signal);
  first.abort();
  expect(await gentle.result).toBe('partial');
  const second = new AbortController();
  const deaf = await begun(threads, 'deaf', null, second.signal);
  const next = threads.run('double', { values: new Float64Array([6]) });
  second.abort(new Error('really enough'));
  await clock.advance(4_999);
  expect(threads.threadCount).toBe(1);
  await clock.advance(1);
  await expect(deaf.result).rejects.toThrow('really enough');
  expect(await next).toEqual(new Float64Array([12]));
});

test('a crash fails the job that ran; those that waited go on in a new thread', async () => {
  const threads = start({ threads: 1, memoryMb: 32 });
  for (const [name, code] of [
    ['eat', 'out-of-memory'],
    ['die', 'internal'],
    ['exit', 'internal'],
  ] as const) {
    const crash = threads.run(name, null);
    const next = threads.run('double', { values: new Float64Array([7]) });
    await expect(crash).rejects.toMatchObject({ problem: { code, kept: expect.any(String) } });
    expect(await next).toEqual(new Float64Array([14]));
  }
  const gone = new SyncWorker<typeof testJobs>({ entry: pathToFileURL(join(folder, 'missing.js')) });
  await expect(gone.run('bug', null)).rejects.toMatchObject({ problem: { code: 'internal' } });
  await gone.dispose();
});

test('threads end when they have nothing to do, and on dispose with what they do', async () => {
  const clock = new FakeClock();
  const threads = start({ clock, idleMs: 1_000 });
  await threads.run('double', { values: new Float64Array(1) });
  await clock.advance(999);
  expect(threads.threadCount).toBe(1);
  await clock.advance(1);
  await expect.poll(() => threads.threadCount).toBe(0);
  const { result } = await begun(threads, 'deaf', null, new AbortController().signal);
  const others = [threads.run('gentle', null), threads.run('gentle', null)];
  const settled = Promise.allSettled([result, ...others]);
  await threads.dispose();
  expect(threads.threadCount).toBe(0);
  for (const outcome of await settled) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { problem: { code: 'cancelled' } } });
  }
  await expect(threads.run('bug', null)).rejects.toMatchObject({ problem: { code: 'cancelled' } });
});

test("the app's own thread starts from its sources; built, its file is found beside or above what asks", async () => {
  const real = new SyncWorker();
  await expect(real.run('nothing' as never, null as never)).rejects.toThrow('has no job called nothing');
  await real.dispose();
  const main = join(folder, 'main');
  await mkdir(join(main, 'chunks'), { recursive: true });
  writeFileSync(join(main, 'sync-worker.js'), '');
  const file = pathToFileURL(join(main, 'sync-worker.js'));
  expect(workerFile(join(main, 'index.js'))).toEqual(file);
  expect(workerFile(join(main, 'chunks/sync-abc.js'))).toEqual(file);
});
