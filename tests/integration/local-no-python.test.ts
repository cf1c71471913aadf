/** A computer on which no Python can be used: it is said, with the way to get one; and a search can be given up. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FindPythonOptions, findPython } from '../../src-main/drivers/local/find-python.ts';
import { never, problemOf } from './local-support.ts';

const posix = process.platform !== 'win32';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'specboard-no-python-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Searches only in `path`, as if this system had nothing else. */
function search(path: string, signal = never, changes: Partial<FindPythonOptions> = {}) {
  const cacheFile = join(folder, 'cache.json');
  return findPython(
    { chosen: '', env: { PATH: path }, folders: [], cacheFile, now: Date.now, ...changes },
    signal,
  );
}

/** A folder with a `python3` that answers what the script says. */
function withPython(name: string, script: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, 'python3'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

test('none at all: said so, with how to get one, and nothing is remembered', async () => {
  for (const path of ['', folder, join(folder, 'not-there')]) {
    const { problem } = await problemOf(search(path));
    expect(problem.code).toBe('python-missing');
    expect(problem.hint).toMatch(/install/i);
  }
  expect(existsSync(join(folder, 'cache.json'))).toBe(false);
});

test.runIf(posix)('only ones that cannot be used: too old, broken, no Python, talkative', async () => {
  const old = '{"executable":"/x","version":[3,7,17],"prefix":"/x","basePrefix":"/x"}';
  const paths = [
    withPython('old', `echo '${old}'`),
    withPython('broken', 'exit 9'),
    withPython('other', 'echo hello'),
    withPython('half', `echo '{"executable":"/x"}'`),
  ];
  expect((await problemOf(search(paths.join(':')))).code).toBe('python-missing');
});

test.runIf(posix)('a search that is given up ends the interpreter that does not answer', async () => {
  const marker = join(folder, 'started');
  const slow = withPython('slow', `echo > ${marker}; exec sleep 600`);
  const controller = new AbortController();
  const searching = search(slow, controller.signal);
  searching.catch(() => {});
  while (!existsSync(marker)) await new Promise((resolve) => setImmediate(resolve));
  controller.abort(new Error('given up'));
  await expect(searching).rejects.toThrow('given up');
});
