/** Watching a folder of an E2B sandbox: what happens to the watch when its time, its link, its folder or its session ends. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { E2bSession } from '../../src-main/drivers/e2b/session.ts';
import type { SpecboardError } from '../../src-shared/contract/errors.ts';
import { until } from '../support/runner.ts';
import { type Kit, never, problemOf, startKit } from './e2b-driver-support.ts';

const watchCall = { plane: 'envd', path: '/filesystem.Filesystem/WatchDir' } as const;

describe('a watch', () => {
  let kit: Kit;
  let session: E2bSession;
  let folders = 0;

  beforeAll(async () => {
    kit = await startKit({}, { watchLease: 400, watchRetry: 20 });
    session = await kit.connect();
  });
  afterEach(() => kit.server.faults.clear());
  afterAll(() => kit.stop());

  /** Watches a folder of its own. */
  async function start(from = session) {
    const folder = `w${++folders}`;
    await kit.driver.files?.makeDir(from, folder, never);
    const changes: string[] = [];
    const ends: SpecboardError[] = [];
    const listener = {
      onChange: (path: string) => void changes.push(path),
      onEnd: (problem: SpecboardError) => void ends.push(problem),
    };
    const handle = await kit.driver.watch?.(from, folder, listener, never);
    let files = 0;
    /** Changes are told; written again and again, because one may fall between two calls. */
    const works = async () => {
      const name = `f${++files}`;
      await until(`a change of ${name}`, async () => {
        await kit.run(from, `echo >> ${folder}/${name}`, { language: 'shell' });
        return changes.includes(name);
      });
    };
    return { folder, changes, ends, works, dispose: () => handle?.dispose() };
  }

  test('goes on when its time is over, and says that something may have been missed', async () => {
    const watch = await start();
    await watch.works();
    await until('the next one', () => watch.changes.includes(''));
    await watch.works();
    expect(watch.ends).toEqual([]);
    watch.dispose();
  });

  test('is begun again when its stream breaks, and tried until it can be', async () => {
    kit.server.faults.add({ match: watchCall, effect: { kind: 'cut-after-event', event: 'filesystem' } });
    const watch = await start();
    kit.server.faults.add({ match: watchCall, effect: { kind: 'reply', status: 503 }, times: 2 });
    await watch.works();
    await until('the next one', () => watch.changes.includes(''));
    await watch.works();
    expect(watch.ends).toEqual([]);
    watch.dispose();
  });

  test('ends with a reason when its folder is gone by then', async () => {
    const watch = await start();
    await kit.run(session, `rm -r ${watch.folder}`, { language: 'shell' });
    await until('the end', () => watch.ends.length > 0);
    expect(watch.ends.map(({ code }) => code)).toEqual(['not-found']);
    const before = watch.changes.length;
    watch.dispose();
    expect(watch.changes).toHaveLength(before);
  });

  test('is over once nobody wants it, and does not keep a disconnect waiting', async () => {
    const watch = await start();
    const idle = session.idle().then(() => 'idle');
    expect(await Promise.race([idle, Promise.resolve('watching')])).toBe('watching');
    watch.dispose();
    expect(await idle).toBe('idle');
  });

  test('a link that works again makes it begin anew, and its session ends it without a word', async () => {
    const patient = await startKit({}, { watchLease: 60_000, watchRetry: 20 });
    try {
      const theirs = await patient.connect();
      const changes: string[] = [];
      const ends: SpecboardError[] = [];
      const listener = {
        onChange: (path: string) => void changes.push(path),
        onEnd: (problem: SpecboardError) => void ends.push(problem),
      };
      await patient.driver.watch?.(theirs, '.', listener, never);
      theirs.tellLink({ state: 'retrying', attempt: 1, nextAt: null });
      theirs.tellLink({ state: 'live' });
      await until('the next one', () => changes.includes(''));
      await patient.driver.disconnect(theirs, { keep: 'end' }, never);
      await theirs.idle();
      expect(ends).toEqual([]);
      expect(
        (await problemOf(patient.driver.watch?.(theirs, '.', listener, never) ?? Promise.resolve())).code,
      ).toBe('gone');
    } finally {
      await patient.stop();
    }
  });
});
