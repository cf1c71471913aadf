/** Changes in a folder of the sandbox, told by the vendor. Held to by whoever declares it. */
import { expect } from 'vitest';
import type { DriverSession } from '../../../src-main/drivers/driver.ts';
import { until } from '../../support/runner.ts';
import { type ConformanceKit, never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';

const needs = ['watch', 'files'] as const;

/** What a watch told, and how to end it. */
async function watched(kit: ConformanceKit, session: DriverSession, folder: string, signal = never) {
  const paths = new Set<string>();
  const ends: unknown[] = [];
  const listener = {
    onChange: (path: string) => void paths.add(path),
    onEnd: (problem: unknown) => void ends.push(problem),
  };
  const handle = await kit.driver.watch?.(session, folder, listener, signal);
  if (!handle) throw new Error('watch is missing');
  const hears = (path: string) => until(`a change of ${path}`, () => paths.has(path));
  return { paths, ends, hears, handle };
}

export const watchAssertions: readonly Assertion[] = [
  {
    name: 'A folder that is watched tells what is made, changed and removed in it, however deep',
    needs,
    async run(kit) {
      const session = await kit.session();
      await kit.files.makeDir(session, 'watched/a/b', never);
      const { paths, ends, hears, handle } = await watched(kit, session, 'watched');
      await kit.write('watched/new.txt', '1');
      await hears('new.txt');
      await kit.shell('echo 2 > "watched/a/b/dö ep.txt"');
      await hears('a/b/dö ep.txt');
      paths.clear();
      await kit.shell('echo 3 >> watched/new.txt; rm -r watched/a');
      await hears('new.txt');
      await hears('a');
      await kit.files.makeDir(session, 'watched/late', never);
      await hears('late');
      handle.dispose();
      expect(ends).toEqual([]);
    },
  },
  {
    name: 'A watch that nobody wants any more is silent, ended by hand or by its signal',
    needs,
    async run(kit) {
      const session = await kit.session();
      await kit.files.makeDir(session, 'watched-twice', never);
      const controller = new AbortController();
      const byHand = await watched(kit, session, 'watched-twice');
      const bySignal = await watched(kit, session, 'watched-twice', controller.signal);
      const other = await watched(kit, session, 'watched-twice');
      byHand.handle.dispose();
      byHand.handle.dispose();
      controller.abort();
      await kit.write('watched-twice/x', '1');
      await other.hears('x');
      for (const { paths, ends } of [byHand, bySignal]) {
        expect([...paths]).toEqual([]);
        expect(ends).toEqual([]);
      }
      other.handle.dispose();
    },
  },
  {
    name: 'A folder that is not there, or is none, cannot be watched, and that is said',
    needs,
    async run(kit) {
      const session = await kit.session();
      expect((await problemOf(watched(kit, session, 'no-such-folder'))).code).toBe('not-found');
      await kit.write('a-file', 'x');
      const { code, message } = await problemOf(watched(kit, session, 'a-file'));
      expect(['invalid', 'not-found']).toContain(code);
      expect(message).not.toBe('');
      const aborted = AbortSignal.abort();
      expect((await problemOf(watched(kit, session, '.', aborted))).code).toBe('cancelled');
    },
  },
];
