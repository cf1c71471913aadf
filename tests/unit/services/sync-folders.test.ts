/** Which folders can be a pair, what the second copy of "keep both" is called, and signatures as bytes. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bothName } from '../../../src-main/services/sync/conflict-view.ts';
import { checkLocalFolder, checkOverlap } from '../../../src-main/services/sync/local-folder.ts';
import { checkRemoteOverlap } from '../../../src-main/services/sync/remote-folder.ts';
import { decodeSignature, encodeSignature } from '../../../src-main/services/sync/signature-bytes.ts';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import { temporaryFolder } from '../../support/test-core.ts';

let folder: ReturnType<typeof temporaryFolder>;
let home: string;
let data: string;
beforeAll(() => {
  folder = temporaryFolder();
  home = join(folder.path, 'home');
  data = join(home, '.specboard');
  for (const name of ['project/deep', '.specboard/sandboxes'])
    mkdirSync(join(home, name), { recursive: true });
  writeFileSync(join(home, 'file'), '');
  symlinkSync('project', join(home, 'link'));
  symlinkSync('.', join(home, 'self'));
});
afterAll(() => folder.remove());

const codeOf = (work: () => unknown) => {
  try {
    work();
    return 'fine';
  } catch (error) {
    return toProblem(error).code;
  }
};

test('a folder of a person is taken by its real path; the system, the home folder and our own data are refused', () => {
  const check = (path: string) => checkLocalFolder(path, data, home);
  expect(check(join(home, 'link'))).toBe(join(home, 'project'));
  const refused = ['/', '/etc', '/usr/bin', '/home', '/tmp', home, join(home, 'self'), folder.path];
  for (const path of [...refused, data, join(data, 'sandboxes')])
    expect([path, codeOf(() => check(path))]).toEqual([path, 'invalid']);
  expect(codeOf(() => check(join(home, 'none')))).toBe('not-found');
  expect(codeOf(() => check(join(home, 'file')))).toBe('invalid');
  expect(codeOf(() => check('project'))).toBe('invalid');
});

test('no folder is synced twice, on either side', () => {
  const taken = [{ localPath: '/a/b', profileName: 'P' }];
  for (const path of ['/a/b', '/a', '/a/b/c'])
    expect(codeOf(() => checkOverlap(path, taken))).toBe('conflict');
  for (const path of ['/a/bc', '/a/c', '/b']) expect(codeOf(() => checkOverlap(path, taken))).toBe('fine');
  const root = (remotePath: string, profileId: string | null = 'p') => ({
    profileId,
    profileName: 'P',
    localPath: '/x',
    remotePath,
  });
  const others = [root('project'), root('/srv/data'), root('gone', null)];
  for (const path of ['project', './project/', 'project/src', '.', '/srv', '/srv/data/x'])
    expect([path, codeOf(() => checkRemoteOverlap(root(path), others))]).toEqual([path, 'conflict']);
  for (const path of ['projects', '/srv/other', 'gone'])
    expect([path, codeOf(() => checkRemoteOverlap(root(path), others))]).toEqual([path, 'fine']);
  expect(codeOf(() => checkRemoteOverlap(root('project', 'q'), others))).toBe('fine');
});

test('the second copy sorts beside the first, and no name is taken twice or too long', () => {
  const at = new Date(2026, 10, 29, 14, 5).getTime();
  const none = () => false;
  expect(bothName('src/notes.md', at, none)).toBe('src/notes (sandbox 2026-11-29 14-05).md');
  expect(bothName('.env', at, none)).toBe('.env (sandbox 2026-11-29 14-05)');
  const taken = new Set(['a (sandbox 2026-11-29 14-05)', 'a (sandbox 2026-11-29 14-05 2)']);
  expect(bothName('a', at, (path) => taken.has(path))).toBe('a (sandbox 2026-11-29 14-05 3)');
  const long = bothName(`${'ä'.repeat(120)}.txt`, at, none);
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(240);
  expect(long.endsWith(' (sandbox 2026-11-29 14-05).txt')).toBe(true);
});

test('a signature comes back from its bytes; other bytes are none', () => {
  const signature = {
    ...{ blockSize: 4096, strongBytes: 6, size: 5_000_000_000 },
    ...{ weak: Uint32Array.of(1, 0xffffffff), strong: Uint8Array.from({ length: 12 }, (_, n) => n) },
  };
  const bytes = encodeSignature(signature);
  expect(decodeSignature(bytes, 4096)).toEqual(signature);
  expect(decodeSignature(bytes.subarray(1), 4096)).toBeNull();
  expect(decodeSignature(new Uint8Array(3), 4096)).toBeNull();
});
